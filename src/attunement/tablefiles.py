"""Writing tables that grow: chunk after chunk into Parquet, CSV or JSON lines, whole or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow.parquet as pq

from attunement.errors import UsageError
from attunement.files import replacing

SUFFIXES = (".parquet", ".csv", ".jsonl")


class TableSink(Protocol):
    """Takes the chunks of one table in order."""

    def write(self, chunk: pl.DataFrame) -> None:
        """Append the rows of a chunk."""
        ...


class _ParquetSink:
    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._schema = pl.DataFrame(schema=schema).to_arrow().schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, chunk: pl.DataFrame) -> None:
        if chunk.height:
            self._writer.write_table(chunk.to_arrow().cast(self._schema))

    def close(self) -> None:
        self._writer.close()


class _TextSink:
    def __init__(self, path: Path, schema: pl.Schema, *, csv: bool) -> None:
        self._handle = path.open("w", encoding="utf-8", newline="")
        self._csv = csv
        if csv:
            self._handle.write(",".join(schema.names()) + "\n")

    def write(self, chunk: pl.DataFrame) -> None:
        if not chunk.height:
            return
        if self._csv:
            self._handle.write(chunk.write_csv(include_header=False))
        else:
            self._handle.write(chunk.write_ndjson())

    def close(self) -> None:
        self._handle.close()


@contextmanager
def writing_table(path: Path, schema: pl.Schema) -> Iterator[TableSink]:
    """Open a table file to write chunks to; it appears at `path` when the block succeeds.

    Parameters
    ----------
    path : Path
        Ends in .parquet, .csv or .jsonl, which decides the format.
    schema : pl.Schema
        The table's columns; every chunk has exactly these.

    Yields
    ------
    TableSink

    Raises
    ------
    UsageError
        The suffix is none of the three, or a list column is to be written to CSV.
    StorageError
        The file cannot be written; what stood at `path` is untouched.
    """
    suffix = checked_suffix(path)
    nested = [name for name, dtype in schema.items() if dtype.is_nested()]
    if suffix == ".csv" and nested:
        raise UsageError(
            "a list column cannot be written to CSV",
            mend="Write to a .parquet or .jsonl file",
            path=path,
            field=nested[0],
        )
    with replacing(path) as temporary:
        sink = (
            _ParquetSink(temporary, schema)
            if suffix == ".parquet"
            else _TextSink(temporary, schema, csv=suffix == ".csv")
        )
        try:
            yield sink
        finally:
            sink.close()


def checked_suffix(path: Path) -> str:
    """Give the path's suffix, if tables can be written under it.

    Raises
    ------
    UsageError
        The suffix is not one of `SUFFIXES`.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(
            f"the output file ends in {path.suffix or 'no suffix'!r}, which is no table format",
            mend=f"End its name in {', '.join(SUFFIXES)}",
            path=path,
        )
    return path.suffix


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write one whole table to `path`; see `writing_table`."""
    with writing_table(path, table.schema) as sink:
        sink.write(table)


__all__ = ["SUFFIXES", "TableSink", "checked_suffix", "write_table", "writing_table"]
