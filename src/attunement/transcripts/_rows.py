"""Turn-per-row tables: rows that stand together make a session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._columns import find, missing
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import (
    MAX_TURNS,
    Moment,
    Note,
    OnProblem,
    Record,
    Utterance,
    shown_name,
    stem,
    too_many_turns,
)
from attunement.transcripts._text import clean_name
from attunement.transcripts._times import moment

_OF_SESSION = ("patient_id", "therapist_id", "condition")
_WHOLE = re.compile(r"([0-9]{1,12})(?:\.0*)?")
MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a turn-per-row table.

    Attributes
    ----------
    line : int
        Where it stands.
    cells : sequence
        Text, numbers, dates or None.
    error : DataError, optional
        Why the row cannot be read.
    """

    line: int
    cells: Sequence[object]
    error: DataError | None = None


def turn_columns(header: Sequence[str], *, options: ReadOptions, path: Path) -> dict[str, int]:
    """Find the columns of a turn-per-row table.

    Raises
    ------
    DataError
        There is no column of words, or none that says who speaks.
    """
    columns = find(header, kind="turns", chosen=options.columns, path=path)
    if "text" not in columns:
        raise missing(
            "no column holds the turns' text", header, kind="turns", field="text", path=path
        )
    if "role" not in columns and "speaker" not in columns:
        raise missing("no column says who speaks", header, kind="turns", field="role", path=path)
    return columns


def sessions(
    rows: Iterable[Row],
    *,
    columns: Mapping[str, int],
    path: Path,
    problem: OnProblem,
    notes: tuple[Note, ...] = (),
) -> Iterator[Record]:
    """Make sessions of rows, holding one session at a time.

    A session with a bad row is handed to `problem` and left out. Without a session column the
    whole table is one session, named by the file.
    """
    place = columns.get("session_id")
    seen: set[str] = set()
    for name, group in groupby(_with_ids(rows, place=place), key=lambda pair: pair[0]):
        try:
            yield _session(
                name if place is not None else None,
                (row for _, row in group),
                columns=columns,
                path=path,
                seen=seen,
                notes=notes,
            )
        except DataError as error:
            problem(error)
        notes = ()


def text_of(value: object) -> str:
    """Give a cell as text; what is missing is no text.

    Raises
    ------
    ValueError
        The cell holds something that is no text, number, date or truth value.
    """
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float, bool, Decimal, date, time)):
        return str(value)
    raise ValueError(f"found a {type(value).__name__}, expected text")


def whole_number(text: str) -> int | None:
    """Read a session's number; blank is none.

    Raises
    ------
    ValueError
        It is not a whole number from 0.
    """
    if not text.strip():
        return None
    # Programs that know no missing whole numbers write 3 as 3.0 beside an empty cell.
    match = _WHOLE.fullmatch(text.strip())
    if match is None or int(match[1]) > MAX_NUMBER:
        raise ValueError("not a whole number")
    return int(match[1])


def _with_ids(rows: Iterable[Row], *, place: int | None) -> Iterator[tuple[str, Row]]:
    """Pair each row with its session's id, as far as it can be read."""
    for row in rows:
        session_id = ""
        if place is not None:
            with suppress(ValueError):
                session_id = clean_name(text_of(row.cells[place]))
        yield session_id, row


def _session(
    name: str | None,
    rows: Iterable[Row],
    *,
    columns: Mapping[str, int],
    path: Path,
    seen: set[str],
    notes: tuple[Note, ...],
) -> Record:
    utterances: list[Utterance] = []
    about: dict[str, str] = {}
    first_line: int | None = None
    for row in rows:
        if row.error is not None:
            raise row.error
        if first_line is None:
            first_line = row.line
            if name is not None:
                _check_id(name, path=path, line=row.line, seen=seen)
        if len(utterances) == MAX_TURNS:
            raise too_many_turns(path, first_line)
        utterances.append(_utterance(row, columns=columns, path=path))
        _note_session(about, row, columns=columns, path=path)
    number = about.pop("number", "")
    return Record(
        session_id=name if name is not None else stem(path),
        named=name is not None,
        utterances=utterances,
        path=path,
        line=first_line if name is not None else None,
        number=int(number) if number else None,
        notes=notes,
        patient_id=about.get("patient_id"),
        therapist_id=about.get("therapist_id"),
        condition=about.get("condition"),
    )


def _check_id(name: str, *, path: Path, line: int, seen: set[str]) -> None:
    if not name:
        raise DataError(
            "the session has no id",
            mend="Fill the session column on every row",
            path=path,
            line=line,
            field="session_id",
        )
    if name in seen:
        raise DataError(
            f'session "{name[:100]}" comes back after another session\'s rows',
            mend="Sort the file by session",
            path=path,
            line=line,
            field="session_id",
        )
    seen.add(name)


def _utterance(row: Row, *, columns: Mapping[str, int], path: Path) -> Utterance:
    role = _text(row, "role", columns=columns, path=path).strip()
    named = _text(row, "speaker", columns=columns, path=path).strip()
    return Utterance(
        labels=tuple(label for label in (role, named) if label),
        text=_text(row, "text", columns=columns, path=path),
        speaker=shown_name(role=role, speaker=named),
        start=_time(row, "start", columns=columns, path=path),
        end=_time(row, "end", columns=columns, path=path),
        line=row.line,
    )


def _note_session(
    about: dict[str, str], row: Row, *, columns: Mapping[str, int], path: Path
) -> None:
    """Take down what a row says of its session, which all its rows must agree on."""
    for field in (*_OF_SESSION, "number"):
        value = (
            clean_name(_text(row, field, columns=columns, path=path)) if field in columns else ""
        )
        if not value:
            continue
        if field == "number":
            try:
                value = str(whole_number(value))
            except ValueError as error:
                raise _wrong(row, field, "expected a whole number", path=path) from error
        if about.setdefault(field, value) != value:
            raise _wrong(row, field, "the session's rows before say something else", path=path)


def _text(row: Row, field: str, *, columns: Mapping[str, int], path: Path) -> str:
    if field not in columns:
        return ""
    try:
        return text_of(row.cells[columns[field]])
    except ValueError as error:
        raise _wrong(row, field, str(error), path=path) from error


def _time(row: Row, field: str, *, columns: Mapping[str, int], path: Path) -> Moment | None:
    if field not in columns:
        return None
    try:
        return moment(row.cells[columns[field]])
    except (ValueError, OverflowError) as error:
        raise _wrong(
            row, field, "expected seconds, hh:mm:ss or an ISO date and time", path=path
        ) from error


def _wrong(row: Row, field: str, problem: str, *, path: Path) -> DataError:
    return DataError(
        problem,
        mend="Mend the cell, or name the right column with --columns " + f"{field}=NAME",
        path=path,
        line=row.line,
        field=field,
    )
