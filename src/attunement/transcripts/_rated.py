"""What ratings.csv says of the sessions in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._canonical import QUESTIONNAIRE
from attunement.transcripts._columns import find, missing
from attunement.transcripts._encoding import encoding_of
from attunement.transcripts._folder import RATINGS_FILE
from attunement.transcripts._model import Rater, Rating, Session
from attunement.transcripts._records import OnProblem
from attunement.transcripts._roles import default_role, exact
from attunement.transcripts._rows import Row, whole_number
from attunement.transcripts._text import clean_name
from attunement.transcripts.readers.csv import table

_NEEDED = ("session_id", "rater", "scale", "value")
_OBSERVERS = frozenset({"observer", "rater", "coder", "judge"})


@dataclass(frozen=True, slots=True)
class RatingsFile:
    """A folder's ratings.csv.

    Attributes
    ----------
    path : Path
        The file.
    ratings : Mapping of str to list
        A session's id to its ratings, each with its line.
    used : set of str
        The sessions found so far.
    """

    path: Path
    ratings: Mapping[str, list[tuple[int, Rating]]]
    used: set[str] = field(default_factory=set)


def read_ratings(folder: Path, *, problem: OnProblem) -> RatingsFile | None:
    """Read a folder's ratings.csv, None when there is none.

    Raises
    ------
    DataError
        A needed column is missing. A bad row is handed to `problem` and left out; a row without
        a value is no rating.
    """
    path = folder / RATINGS_FILE
    if not path.is_file():
        return None
    rows = table(path, encoding_of(path))
    first = next(rows, None)
    ratings: dict[str, list[tuple[int, Rating]]] = {}
    if first is None:
        return RatingsFile(path=path, ratings=ratings)
    header = [str(cell) for cell in first.cells]
    columns = find(header, kind="ratings", chosen={}, path=path)
    for name in _NEEDED:
        if name not in columns:
            raise missing(f"no column {name}", header, kind="ratings", field=name, path=path)
    for row in rows:
        try:
            if row.error is not None:
                raise row.error
            cells = {name: clean_name(str(row.cells[at])) for name, at in columns.items()}
            if cells["value"]:
                rating = _rating(cells, row, path=path)
                ratings.setdefault(cells["session_id"], []).append((row.line, rating))
        except DataError as error:
            problem(error)
    return RatingsFile(path=path, ratings=ratings)


def rated(session: Session, file: RatingsFile) -> Session:
    """Add to a session, before its utterances are merged, what ratings.csv says of it.

    Raises
    ------
    DataError
        A rating's turn is not there, or the session has another value for it already.
    """
    found = file.ratings.get(session.session_id)
    if not found:
        return session
    file.used.add(session.session_id)
    values = {replace(rating, value=0.0): rating.value for rating in session.ratings}
    for line, rating in found:
        if rating.turn is not None and rating.turn >= len(session.turns):
            raise _wrong(
                f"there is no turn {rating.turn}: the session has {len(session.turns)}, from 0",
                line=line,
                field="turn",
                path=file.path,
            )
        if values.setdefault(replace(rating, value=0.0), rating.value) != rating.value:
            raise _wrong(
                f'session "{session.session_id[:100]}" has two values for the same scale',
                line=line,
                field="value",
                path=file.path,
            )
    return replace(
        session, ratings=tuple(replace(key, value=value) for key, value in values.items())
    )


def _rating(cells: Mapping[str, str], row: Row, *, path: Path) -> Rating:
    for name in ("session_id", "scale"):
        if not cells[name]:
            raise _wrong("the cell is empty", line=row.line, field=name, path=path)
    try:
        value = float(cells["value"].replace(",", "."))
        if not isfinite(value):
            raise ValueError
    except ValueError:
        raise _wrong("expected a number", line=row.line, field="value", path=path) from None
    try:
        turn = whole_number(cells.get("turn", ""))
    except ValueError:
        raise _wrong("expected a whole number", line=row.line, field="turn", path=path) from None
    rater = rater_of(cells["rater"])
    if rater is None:
        raise _wrong(
            "expected patient, therapist or observer", line=row.line, field="rater", path=path
        )
    return Rating(
        rater=rater,
        instrument=cells.get("instrument") or QUESTIONNAIRE,
        scale=cells["scale"],
        value=value,
        turn=turn,
    )


def rater_of(name: str) -> Rater | None:
    """Give who rates by a name such as "client" or "coder", None when it stands for nobody."""
    if exact(name) in _OBSERVERS:
        return "observer"
    role = default_role(name)
    return role if role == "patient" or role == "therapist" else None


def _wrong(problem: str, *, line: int, field: str, path: Path) -> DataError:
    return DataError(problem, mend="Mend the row", path=path, line=line, field=field)
