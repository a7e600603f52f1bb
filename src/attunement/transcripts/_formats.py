"""Which reader reads which file."""

from __future__ import annotations

from pathlib import Path

from attunement.transcripts._records import Reader
from attunement.transcripts.readers import (
    chat,
    csv,
    docx,
    json,
    jsonl,
    parquet,
    plain,
    srt,
    vtt,
    xlsx,
)

READERS: dict[str, Reader] = {
    ".jsonl": jsonl.read,
    ".jsonl.gz": jsonl.read,
    ".jsonl.xz": jsonl.read,
    ".jsonl.zst": jsonl.read,
    ".csv": csv.read,
    ".tsv": csv.read,
    ".parquet": parquet.read,
    ".xlsx": xlsx.read,
    ".vtt": vtt.read,
    ".srt": srt.read,
    ".json": json.read,
    ".txt": plain.read,
    ".docx": docx.read,
    ".cha": chat.read,
}
"""By suffix; .json and .txt are told apart by their content."""


def reader_for(path: Path) -> Reader | None:
    """Give the reader for a file by its suffix, None when no format has that suffix."""
    name = path.name.lower()
    return next((reader for suffix, reader in READERS.items() if name.endswith(suffix)), None)
