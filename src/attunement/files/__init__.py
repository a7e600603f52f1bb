"""Writing files so that nothing is ever half-written: a temporary name first, then a rename."""

from attunement.files._earlier import MANIFEST, Earlier, clear_earlier
from attunement.files._filling import filling
from attunement.files._replacing import replacing, storage_errors, write_text

__all__ = [
    "MANIFEST",
    "Earlier",
    "clear_earlier",
    "filling",
    "replacing",
    "storage_errors",
    "write_text",
]
