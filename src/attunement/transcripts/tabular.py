"""How tables beside the transcripts are read: for other rooms that read such tables themselves."""

from attunement.transcripts._canonical import QUESTIONNAIRE
from attunement.transcripts._columns import find
from attunement.transcripts._encoding import encoding_of
from attunement.transcripts._folder import RATINGS_FILE, SESSIONS_FILE
from attunement.transcripts._rated import rater_of
from attunement.transcripts._rows import Row
from attunement.transcripts._text import clean_name, listed
from attunement.transcripts.readers.csv import table

__all__ = [
    "QUESTIONNAIRE",
    "RATINGS_FILE",
    "SESSIONS_FILE",
    "Row",
    "clean_name",
    "encoding_of",
    "find",
    "listed",
    "rater_of",
    "table",
]
