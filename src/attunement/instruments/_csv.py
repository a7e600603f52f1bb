"""Reading an inventory's rows from CSV, with the delimiters that spreadsheets write."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from attunement.errors import DataError
from attunement.instruments._document import Document, Location, Value, decoded, read_bytes, sha256

_MEND = "Save the table again as CSV with one header row, one row an item, and quoted text"


def read_csv(path: Path) -> Document:
    """Read a CSV file as if it were a YAML file with one list, `items`.

    Parameters
    ----------
    path : Path
        A table in UTF-8 with a header row; cells separated by comma, semicolon or tab.

    Returns
    -------
    Document
        {"items": [one mapping a row]}. Empty cells and empty rows are left out.

    Raises
    ------
    UsageError
        The file cannot be read.
    DataError
        It is not UTF-8 or not CSV, it is empty, a column stands twice, or a row has more or fewer
        cells than the header.
    """
    content = read_bytes(path)
    rows = _rows(decoded(content, path=path), path=path)
    if not rows:
        raise DataError("the file is empty", mend=_MEND, path=path)
    header = [cell.strip() for cell in rows[0][1]]
    _check_header(header, path=path, line=rows[0][0])
    items: list[Value] = []
    lines: dict[Location, int] = {(): rows[0][0]}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise DataError(
                f"the row has {len(cells)} cells, the header {len(header)}",
                mend="Put text that holds the delimiter in double quotes",
                path=path,
                line=line,
            )
        lines["items", len(items)] = line
        items.append({n: c for n, c in zip(header, cells, strict=True) if c.strip()})
    return Document(path, {"items": items}, lines, sha256(content))


def _rows(text: str, *, path: Path) -> list[tuple[int, list[str]]]:
    """Split into rows, each with the line it starts on; a cell may run over several lines."""
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", mend=_MEND, path=path, line=line) from error
    return rows


def _check_header(header: list[str], *, path: Path, line: int) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(
            f"the column {twice[0]!r} stands twice in the header",
            mend="Give every column its own name",
            path=path,
            line=line,
        )
