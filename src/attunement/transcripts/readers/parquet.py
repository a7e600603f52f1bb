"""Turn-per-row Parquet, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attunement.errors import DataError
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts._rows import Row, sessions, turn_columns

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_BATCH = 4096


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a turn-per-row table; a row's number, counted from 1, stands for its line.

    Raises
    ------
    DataError
        The file is no Parquet, or lacks a needed column.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            found = turn_columns(header, options=options, path=path)
            names = [header[position] for position in found.values()]
            columns = {field: position for position, field in enumerate(found)}
            rows = _rows(file, names)
            yield from sessions(rows, columns=columns, path=path, problem=problem)
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError) as error:
        raise DataError(
            "this is not a Parquet file that can be read",
            mend="Write it anew, or give the table as CSV",
            path=path,
        ) from error


def _rows(file: ParquetFile, names: list[str]) -> Iterator[Row]:
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=names):
        cells = [batch.column(name).to_pylist() for name in names]
        for row in zip(*cells, strict=True):
            number += 1
            yield Row(number, row)
