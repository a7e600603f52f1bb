"""One logged call of a chat model: what was sent, and what the model answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._canonical import json_type, own_columns
from attunement.transcripts._messages import (
    ABOUT,
    MESSAGES,
    Place,
    Silent,
    name_in,
    said_in,
    silent_in,
    spoken,
)
from attunement.transcripts._model import Value
from attunement.transcripts._records import Utterance

_CONVERSATION = ("session_id", "conversation_id")
_KNOWN = frozenset(
    {
        *("request", "response", "body", "messages", "choices", "custom_id", "id", "object"),
        *("created", "method", "url", "error", "model", "user", "system_fingerprint"),
        *_CONVERSATION,
        *ABOUT,
    }
)
_MEND = 'Log calls as {"request": {"messages": [...]}, "response": {"choices": [...]}}'


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the log has it.

    Attributes
    ----------
    sent, answer : tuple of Utterance
        What stood in the request, as a rule the whole history, and what came back.
    silent : Silent
        What is left out.
    answered : bool
        Whether the log has an answer, be it one without words.
    conversation_id : str or None
        The conversation the log says it belongs to.
    custom_id : str or None
        The name of this one call in a batch.
    model : str or None
        The model that answered, or else the one that was asked.
    patient_id, therapist_id, condition : str or None
        What the log says of the chat; the ``user`` of a request is the patient.
    columns : dict
        What else is plain and stands beside request and response.
    line : int or None
        Where it stands.
    """

    sent: tuple[Utterance, ...]
    answer: tuple[Utterance, ...]
    silent: Silent
    answered: bool
    conversation_id: str | None
    custom_id: str | None
    model: str | None
    patient_id: str | None
    therapist_id: str | None
    condition: str | None
    columns: dict[str, Value]
    line: int | None


def looks_like_call(value: object) -> bool:
    """Tell a logged call, or half of one, from a chat."""
    if not isinstance(value, dict) or "turns" in value:
        return False
    if "messages" in value:
        return "choices" in value or "choices" in _plain_object(value.get("response"))
    return any(field in value for field in ("request", "choices", "custom_id"))


def answers_only(value: Mapping[str, object]) -> bool:
    """Tell a call's answer that stands alone, as in what a batch gives back."""
    return not any(field in value for field in ("request", "messages", "body"))


def read_call(
    value: Mapping[str, object],
    *,
    path: Path,
    line: int | None,
    answer: Mapping[str, object] | None = None,
) -> Call:
    """Read one call.

    Parameters
    ----------
    value : Mapping
        The request, in ``request`` or as it is, and beside it the answer, in ``response`` or as
        ``choices``. Either may be in a ``body``, as in batches.
    path, line
        Where it stands.
    answer : Mapping, optional
        Where the answer is, if it stands on a line of its own.

    Raises
    ------
    DataError
        What was sent is missing, or a message is no object with a role and words.
    """
    place = Place(path=path, line=line, shape=MESSAGES)
    if answers_only(value):
        raise DataError(
            "found an answer without the messages that were sent",
            mend="Put the batch's requests into the same file, with the same custom_id",
            path=path,
            line=line,
            field="request",
        )
    request, way = _unpacked(value, "request", holds="messages", place=place)
    sent, silent = spoken(request.get("messages"), field=f"{way}messages", place=place)
    response, way = _unpacked(answer or value, "response", holds="choices", place=place)
    field = f"{way}choices[0].message"
    message = _first_answer(response, way=way, place=place)
    said = None if message is None else said_in(message, field=field, place=place)
    metadata = {**_plain_object(request.get("metadata")), **_plain_object(value.get("metadata"))}
    return Call(
        sent=tuple(sent),
        answer=(said,) if said else (),
        silent=silent if message is None else silent + silent_in(said, message, place=place),
        answered=message is not None,
        conversation_id=name_in(value, _CONVERSATION) or name_in(metadata, _CONVERSATION),
        custom_id=name_in(value, ["custom_id"]),
        model=name_in(response, ["model"]) or name_in(request, ["model"]),
        patient_id=name_in(value, ["patient_id"]) or name_in(request, ["user"]),
        therapist_id=name_in(value, ["therapist_id"]),
        condition=name_in(value, ["condition"]),
        columns={
            name: content
            for name, content in own_columns(value, known=_KNOWN).items()
            if not isinstance(value.get(name), (dict, list))
        },
        line=line,
    )


def _unpacked(
    value: Mapping[str, object], name: str, *, holds: str, place: Place
) -> tuple[Mapping[str, object], str]:
    """Give the object that holds the messages, or the choices, and the way to it."""
    inside, way = value, ""
    for step in (name, "body"):
        if holds in inside:
            break
        packed = inside.get(step)
        if packed is None:
            continue
        if not isinstance(packed, dict):
            raise _wrong(f"{way}{step}", packed, "an object", place=place)
        inside, way = packed, f"{way}{step}."
    return inside, way


def _first_answer(response: Mapping[str, object], *, way: str, place: Place) -> object:
    """Give the message of the first choice, None where the log has no answer."""
    choices = response.get("choices")
    if choices is None or choices == []:
        return None
    if not isinstance(choices, list):
        raise _wrong(f"{way}choices", choices, "a list", place=place)
    first = choices[0]
    message = first.get("message") if isinstance(first, dict) else None
    if message is None:
        raise _wrong(f"{way}choices[0].message", message, "an object", place=place)
    return message


def _plain_object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _wrong(field: str, found: object, expected: str, *, place: Place) -> DataError:
    return DataError(
        f"found {json_type(found)}, expected {expected}",
        mend=_MEND,
        path=place.path,
        line=place.line,
        field=field,
    )
