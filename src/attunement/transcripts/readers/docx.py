"""Word documents with speaker labels, in paragraphs or in a table of two columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attunement.errors import DataError
from attunement.transcripts._archive import check_archive
from attunement.transcripts._labels import Line
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._optional import needed
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts.readers.plain import labelled

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .docx as one session; a line's number is its paragraph's or table row's.

    Raises
    ------
    DataError
        It is no Word document, or no paragraph begins with a speaker's name.
    UsageError
        python-docx is not installed.
    """
    with needed("python-docx", format_name=".docx"):
        import docx
    check_archive(path, kind="Word document")
    try:
        lines = list(_lines(docx.Document(str(path))))
    except Exception as error:  # python-docx lets any error of zip, XML or key through
        raise DataError(
            "this is not a Word document that can be read",
            mend="Open it in a word processor and save it as .docx or as plain text",
            path=path,
        ) from error
    yield from labelled(lines, path=path, options=options)


def _lines(document: Document) -> Iterator[Line]:
    from docx.text.paragraph import Paragraph

    number = 0
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            number += 1
            yield from (Line(number, text) for text in block.text.split("\n"))
        else:
            for row in _rows(block):
                number += 1
                yield from (Line(number, text) for text in row.split("\n"))


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        # A cell that spans several columns is given once for each of them.
        cells = list({id(cell._tc): cell.text for cell in row.cells}.values()) or [""]
        name, words = cells[0].strip(), "\n".join(cells[1:])
        yield name if not words.strip() else f"{name.rstrip(':')}: {words}" if name else words
