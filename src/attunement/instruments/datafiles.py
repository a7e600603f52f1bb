"""Reading a YAML or CSV file against a schema, with line and field in every error.

For rooms whose own files are laid out and refused as the instruments are.
"""

from attunement.instruments._csv import read_csv
from attunement.instruments._document import Document
from attunement.instruments._schema import FileModel, Wording, comparable, validated
from attunement.instruments._yaml import read_yaml

__all__ = [
    "Document",
    "FileModel",
    "Wording",
    "comparable",
    "read_csv",
    "read_yaml",
    "validated",
]
