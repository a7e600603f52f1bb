"""The canonical form of a session, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from attunement.errors import DataError
from attunement.transcripts._model import Rater, Rating, Value
from attunement.transcripts._records import (
    MAX_TURNS,
    Moment,
    Record,
    Utterance,
    shown_name,
    too_many_turns,
)
from attunement.transcripts._rows import MAX_NUMBER
from attunement.transcripts._text import clean_name
from attunement.transcripts._times import moment

QUESTIONNAIRE = "questionnaire"
FEEDBACK = "feedback"
_STRICT = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)
_IGNORE_MORE = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

_Name: TypeAlias = str | int
_Scores: TypeAlias = dict[str, float | None]


class _Turn(TypedDict):
    __pydantic_config__ = _IGNORE_MORE  # type: ignore[misc]
    role: str
    text: str
    speaker: NotRequired[str | None]
    start: NotRequired[float | str | None]
    end: NotRequired[float | str | None]
    patient_rating: NotRequired[float | None]


class _Session(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    session_id: _Name
    turns: list[_Turn]
    patient_id: NotRequired[_Name | None]
    therapist_id: NotRequired[_Name | None]
    condition: NotRequired[_Name | None]
    number: NotRequired[Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None]
    instrument: NotRequired[str | None]
    patient_ratings: NotRequired[_Scores | None]
    therapist_ratings: NotRequired[_Scores | None]
    observer_ratings: NotRequired[_Scores | None]
    flags: NotRequired[dict[str, bool | None] | None]


_ADAPTER: TypeAdapter[_Session] = TypeAdapter(_Session)
FIELDS = frozenset(_Session.__annotations__)
_RATED: tuple[tuple[str, Rater], ...] = (
    ("patient_ratings", "patient"),
    ("therapist_ratings", "therapist"),
    ("observer_ratings", "observer"),
)
_EXPECTED = {
    "missing": "a value",
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "finite_number": "a finite number",
    "greater_than_equal": "a number from 0",
    "less_than_equal": f"a number up to {MAX_NUMBER}",
}


def session(value: Mapping[str, object], *, path: Path, line: int | None) -> Record:
    """Read one session in the canonical form.

    Parameters
    ----------
    value : Mapping
        The JSON object.
    path, line
        Where it stands; None for the line when the file holds this session alone.

    Raises
    ------
    DataError
        A field is missing or has the wrong type, or there are too many turns.
    """
    turns = value.get("turns")
    if isinstance(turns, list) and len(turns) > MAX_TURNS:
        raise too_many_turns(path, line)
    try:
        checked = _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise _wrong(error, value, path=path, line=line) from None
    session_id = clean_name(str(checked["session_id"]))
    if not session_id:
        raise DataError(
            "the session has no id",
            mend="Give each session an id of its own",
            path=path,
            line=line,
            field="session_id",
        )
    return Record(
        session_id=session_id,
        utterances=[
            _utterance(turn, place, path=path, line=line)
            for place, turn in enumerate(checked["turns"])
        ],
        path=path,
        line=line,
        patient_id=_name(checked.get("patient_id")),
        therapist_id=_name(checked.get("therapist_id")),
        condition=_name(checked.get("condition")),
        number=checked.get("number"),
        columns=own_columns(value, known=FIELDS, flags=checked.get("flags")),
        ratings=_ratings(checked),
    )


def own_columns(
    value: Mapping[str, object],
    *,
    known: Iterable[str],
    flags: Mapping[str, bool | None] | None = None,
) -> dict[str, Value]:
    """Take the fields that are not ours as the user's own columns.

    Parameters
    ----------
    value : Mapping
        A session's JSON object.
    known : iterable of str
        The fields that are ours.
    flags : Mapping of str to bool, optional
        Flags become columns of their own, as ``flags.name`` where the name is taken.

    Returns
    -------
    dict
        Plain values as they are, lists and objects as JSON text.
    """
    reserved = set(known)
    columns = {
        clean_name(name): _plain(content)
        for name, content in value.items()
        if name not in reserved and clean_name(name) not in reserved and clean_name(name)
    }
    for name, flag in (flags or {}).items():
        own = clean_name(name)
        columns[f"flags.{own}" if own in columns or own in reserved else own] = flag
    return columns


def json_type(value: object) -> str:
    """Name a JSON value's type as messages do."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def _utterance(turn: _Turn, place: int, *, path: Path, line: int | None) -> Utterance:
    role, speaker = turn["role"].strip(), (turn.get("speaker") or "").strip()
    return Utterance(
        labels=tuple(label for label in (role, speaker) if label),
        text=turn["text"],
        speaker=shown_name(role=role, speaker=speaker),
        start=_moment(turn.get("start"), f"turns[{place}].start", path=path, line=line),
        end=_moment(turn.get("end"), f"turns[{place}].end", path=path, line=line),
        line=line,
    )


def _moment(
    value: float | str | None, field: str, *, path: Path, line: int | None
) -> Moment | None:
    if value is None:
        return None
    try:
        return moment(value)
    except (ValueError, OverflowError) as error:
        raise DataError(
            "this is no time",
            mend="Give seconds or an ISO 8601 date and time",
            path=path,
            line=line,
            field=field,
        ) from error


def _ratings(checked: _Session) -> tuple[Rating, ...]:
    instrument = clean_name(checked.get("instrument") or "") or QUESTIONNAIRE
    whole = [
        Rating(rater=rater, instrument=instrument, scale=clean_name(scale), value=value)
        for field, rater in _RATED
        for scale, value in _scores(checked, field).items()
        if value is not None
    ]
    by_turn = [
        Rating(rater="patient", instrument=instrument, scale=FEEDBACK, value=value, turn=place)
        for place, turn in enumerate(checked["turns"])
        if (value := turn.get("patient_rating")) is not None
    ]
    return (*whole, *by_turn)


def _scores(checked: _Session, field: str) -> _Scores:
    scores: _Scores | None = checked.get(field)  # type: ignore[assignment]
    return scores or {}


def _name(value: _Name | None) -> str | None:
    return (clean_name(str(value)) or None) if value is not None else None


def _plain(content: object) -> Value:
    if content is None or isinstance(content, (bool, int, float)):
        return content
    if isinstance(content, str):
        return clean_name(content)
    return dumps(content, ensure_ascii=False, sort_keys=True)


def _wrong(error: ValidationError, value: object, *, path: Path, line: int | None) -> DataError:
    """Say what is wrong first, and where, without quoting what the record holds."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    first = problems[0]
    found, field = value, ""
    for step in _steps(first["loc"], value):
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else str(step)
        found = _inside(found, step)
    # A field that may hold one of several types has a problem for each of them.
    expected = " or ".join(
        dict.fromkeys(
            _EXPECTED.get(p["type"], "something else")
            for p in problems
            if _steps(p["loc"], value) == _steps(first["loc"], value)
        )
    )
    found_name = "nothing" if first["type"] == "missing" else json_type(found)
    return DataError(
        f"found {found_name}, expected {expected}",
        mend="Write the session in the canonical form (docs/formats.md)",
        path=path,
        line=line,
        field=field,
    )


def _steps(location: Sequence[int | str], value: object) -> list[int | str]:
    """Drop from pydantic's location the names of types, which are no part of the data."""
    steps: list[int | str] = []
    for step in location:
        inside: Any = _inside(value, step)
        if inside is None and step in ("str", "int", "float", "bool", "constrained-int"):
            break
        steps.append(step)
        value = inside
    return steps


def _inside(value: object, step: int | str) -> object:
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if step < len(value) else None
    if isinstance(value, dict):
        return value.get(step)
    return None
