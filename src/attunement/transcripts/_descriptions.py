"""What sessions.csv and ratings.csv say of the sessions in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attunement.errors import DataError
from attunement.tables import SESSIONS
from attunement.transcripts._columns import find, missing
from attunement.transcripts._encoding import encoding_of
from attunement.transcripts._folder import SESSIONS_FILE
from attunement.transcripts._model import Session, Value
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts._rows import Row, whole_number
from attunement.transcripts._text import clean_name
from attunement.transcripts._values import typed_columns
from attunement.transcripts.readers.csv import table

_FIELDS = ("patient_id", "therapist_id", "condition", "number")


@dataclass(frozen=True, slots=True)
class Description:
    """One row of a sessions.csv: what it says, and of which session or file.

    Attributes
    ----------
    line : int
        The row's line.
    session_id : str, optional
        The session it means, or how to call the one in `file`.
    file : str, optional
        A file's name, or its path from the folder.
    patient_id, therapist_id, condition, number, columns
        As in Session; None where the row is silent.
    """

    line: int
    session_id: str | None
    file: str | None
    patient_id: str | None = None
    therapist_id: str | None = None
    condition: str | None = None
    number: int | None = None
    columns: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Descriptions:
    """A folder's sessions.csv.

    Attributes
    ----------
    path : Path
        The file.
    rows : tuple of Description
        Its rows.
    used : set of int
        Lines of the rows that some session has been found for.
    """

    path: Path
    rows: tuple[Description, ...]
    used: set[int] = field(default_factory=set)
    _by_id: dict[str, list[Description]] = field(default_factory=dict, init=False)
    _by_file: dict[str, list[Description]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            if row.file is not None:
                self._by_file.setdefault(row.file, []).append(row)
            elif row.session_id is not None:
                self._by_id.setdefault(row.session_id, []).append(row)

    def matching(self, record: Record, session_id: str) -> list[Description]:
        """Give the rows that mean a session, and remember that they were needed."""
        names = {record.path.name, record.path.relative_to(self.path.parent).as_posix()}
        by_file = [row for name in sorted(names) for row in self._by_file.get(name, [])]
        rows = [row for row in by_file if _means(row, record, session_id)]
        rows += self._by_id.get(session_id, [])
        self.used.update(row.line for row in rows)
        return rows


def read_descriptions(folder: Path, *, problem: OnProblem) -> Descriptions | None:
    """Read a folder's sessions.csv, None when there is none.

    Raises
    ------
    DataError
        It has no column that says which session or file a row means. A bad row is handed to
        `problem` and left out.
    """
    path = folder / SESSIONS_FILE
    if not path.is_file():
        return None
    rows = table(path, encoding_of(path))
    first = next(rows, None)
    if first is None:
        return Descriptions(path=path, rows=())
    header = [str(cell) for cell in first.cells]
    columns = find(header, kind="sessions", chosen={}, path=path)
    if "session_id" not in columns and "file" not in columns:
        raise missing(
            "no column session_id or file", header, kind="sessions", field="session_id", path=path
        )
    own = {
        clean_name(name): place
        for place, name in enumerate(header)
        if place not in columns.values() and clean_name(name)
    }
    _check_own(own, path=path)
    good = [row for row in rows if _readable(row, problem)]
    typed = typed_columns(
        {name: [_cell(row, place) for row in good] for name, place in own.items()}
    )
    described: list[Description] = []
    for position, row in enumerate(good):
        try:
            described.append(
                _description(
                    row,
                    columns=columns,
                    own={name: values[position] for name, values in typed.items()},
                    path=path,
                )
            )
        except DataError as error:
            problem(error)
    return Descriptions(path=path, rows=tuple(_once(described, path=path, problem=problem)))


def described(session: Session, row: Description, *, source: Path) -> Session:
    """Add to a session what a row of sessions.csv says of it.

    Raises
    ------
    DataError
        The file itself says something else.
    """
    for name, said in row.columns.items():
        _agree(session.columns.get(name), said, name, session, row, source=source)
    for name in _FIELDS:
        _agree(getattr(session, name), getattr(row, name), name, session, row, source=source)
    told_already = {name: value for name, value in session.columns.items() if value is not None}
    return replace(
        session,
        session_id=row.session_id or session.session_id,
        patient_id=session.patient_id or row.patient_id,
        therapist_id=session.therapist_id or row.therapist_id,
        condition=session.condition or row.condition,
        number=session.number if session.number is not None else row.number,
        columns={**session.columns, **row.columns, **told_already},
    )


def _agree(
    known: object, said: object, field: str, session: Session, row: Description, *, source: Path
) -> None:
    if known is None or said is None or str(known) == str(said):
        return
    raise DataError(
        f'for session "{session.session_id[:100]}", {source} (line {row.line}) and the transcript '
        "say different things",
        mend="Mend the one that is wrong, or leave the cell empty",
        path=session.path,
        line=session.line,
        field=field,
    )


def _means(row: Description, record: Record, session_id: str) -> bool:
    """Tell whether a row that names a record's file means this session in it.

    A row with an id means the session of that id; in a file of one session that has no id of
    its own, the row gives it one.
    """
    if row.session_id is None or row.session_id == session_id:
        return True
    return not record.named and record.line is None


def _description(
    row: Row, *, columns: Mapping[str, int], own: Mapping[str, Value], path: Path
) -> Description:
    said = {field: _cell(row, place) or None for field, place in columns.items()}
    if said.get("session_id") is None and said.get("file") is None:
        raise _wrong(row, "session_id", "the row names no session and no file", path=path)
    try:
        number = whole_number(said.get("number") or "")
    except ValueError as error:
        raise _wrong(row, "number", "expected a whole number", path=path) from error
    file = said.get("file")
    return Description(
        line=row.line,
        session_id=said.get("session_id"),
        file=file.replace("\\", "/").removeprefix("./") if file else None,
        patient_id=said.get("patient_id"),
        therapist_id=said.get("therapist_id"),
        condition=said.get("condition"),
        number=number,
        columns=own,
    )


def _once(rows: list[Description], *, path: Path, problem: OnProblem) -> Iterator[Description]:
    """Pass on the rows of which each means something else."""
    seen: dict[tuple[str | None, str | None], int] = {}
    for row in rows:
        before = seen.setdefault((row.session_id, row.file), row.line)
        if before == row.line:
            yield row
            continue
        problem(
            DataError(
                f"the row means the same session as line {before}",
                mend="Keep one row for each session",
                path=path,
                line=row.line,
            )
        )


def _readable(row: Row, problem: OnProblem) -> bool:
    if row.error is None:
        return True
    problem(row.error)
    return False


def _check_own(own: Mapping[str, int], *, path: Path) -> None:
    for name in own:
        if name in SESSIONS.columns:
            raise DataError(
                f'two columns stand for "{name}"',
                mend="Keep one of them, or rename the other",
                path=path,
                line=1,
                field=name,
            )


def _cell(row: Row, place: int) -> str:
    return clean_name(str(row.cells[place]))


def _wrong(row: Row, field: str, problem: str, *, path: Path) -> DataError:
    return DataError(problem, mend="Mend the row", path=path, line=row.line, field=field)
