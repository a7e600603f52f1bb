"""Chats as programs keep them: ``{"role": "user", "content": "..."}``, or ShareGPT's way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._canonical import json_type, own_columns
from attunement.transcripts._records import (
    MAX_TURNS,
    Note,
    Record,
    Utterance,
    stem,
    too_many_turns,
)
from attunement.transcripts._text import clean_name

_UNSPOKEN = frozenset(
    {"system", "developer", "tool", "function", "function_call", "function_response", "observation"}
)
_WORDLESS = frozenset({"tool_calls", "function_call", "audio", "refusal"})

IDS = ("session_id", "conversation_id", "id")
"""Fields that may name a chat, best first."""

ABOUT = ("patient_id", "therapist_id", "condition")
"""Fields in which an object says of its chat what sessions.csv says of others."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a program writes a message down: the fields of role and words, and an example."""

    role: str
    words: str
    mend: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chat stands, and in which shape its messages are."""

    path: Path
    line: int | None
    shape: Shape


@dataclass(frozen=True, slots=True)
class Silent:
    """What is left out of a chat.

    Attributes
    ----------
    messages : int
        Messages of system and tools, or without words.
    parts : int
        Parts without words of messages that are kept: pictures, sounds, files.
    """

    messages: int = 0
    parts: int = 0

    def __add__(self, other: Silent) -> Silent:
        return Silent(self.messages + other.messages, self.parts + other.parts)


MESSAGES = Shape("role", "content", 'Write messages as {"role": "user", "content": "..."}')
SHAREGPT = Shape("from", "value", 'Write conversations as {"from": "human", "value": "..."}')
_FIELDS = {"messages": MESSAGES, "conversations": SHAREGPT}


def looks_like_chat(value: object) -> bool:
    """Tell a chat, which is a list of messages or an object that holds one."""
    if isinstance(value, dict):
        return "turns" not in value and any(field in value for field in _FIELDS)
    return _shape_of(value) is not None


def conversation(value: object, *, path: Path, line: int | None) -> Record:
    """Read one chat.

    System and tool messages are left out, and so is a message without words (a call of a tool).

    Parameters
    ----------
    value : object
        A list of messages, or the object that holds it as ``messages`` or ``conversations``. An
        object's ``session_id``, ``conversation_id`` or ``id`` is the session's; without one the
        file's name is, with the line's number where each line is a conversation.
    path, line
        Where it stands.

    Raises
    ------
    DataError
        A message is no object with a role and words.
    """
    whole: Mapping[str, object] = value if isinstance(value, dict) else {}
    field = next((name for name in _FIELDS if name in whole), "messages")
    messages = whole.get(field) if isinstance(value, dict) else value
    # Some data sets put messages of the other shape into ShareGPT's field.
    place = Place(path=path, line=line, shape=_shape_of(messages) or _FIELDS[field])
    utterances, silent = spoken(messages, field=field, place=place)
    session_id = name_in(whole, IDS)
    return Record(
        session_id=session_id or unnamed(path, line),
        named=session_id is not None,
        utterances=utterances,
        path=path,
        line=line,
        patient_id=name_in(whole, ["patient_id"]),
        therapist_id=name_in(whole, ["therapist_id"]),
        condition=name_in(whole, ["condition"]),
        columns=own_columns(whole, known={field, *IDS, *ABOUT}),
        notes=left_out(silent),
    )


def spoken(messages: object, *, field: str, place: Place) -> tuple[list[Utterance], Silent]:
    """Give what is said in a list of messages, and how much there is that says nothing.

    Raises
    ------
    DataError
        It is no list of messages, or too long for one chat.
    """
    if not isinstance(messages, list):
        raise _wrong(field, messages, "a list", place=place)
    if len(messages) > MAX_TURNS:
        raise too_many_turns(place.path, place.line)
    read = [
        (said_in(message, field=f"{field}[{n}]", place=place), message)
        for n, message in enumerate(messages)
    ]
    silent = sum((silent_in(said, message, place=place) for said, message in read), Silent())
    return [said for said, _ in read if said is not None], silent


def said_in(message: object, *, field: str, place: Place) -> Utterance | None:
    """Give what one message says; None for one of system or tools, or without words.

    Raises
    ------
    DataError
        It is no object with a role and words.
    """
    if not isinstance(message, dict):
        raise _wrong(field, message, "an object", place=place)
    role, content = message.get(place.shape.role), message.get(place.shape.words)
    if not isinstance(role, str):
        raise _wrong(f"{field}.{place.shape.role}", role, "text", place=place)
    if role.strip().casefold() in _UNSPOKEN:
        return None
    where = f"{field}.{place.shape.words}"
    words = _words(content, where, place)
    if not words and isinstance(message.get("refusal"), str):
        words = message["refusal"]
    if content is None and not words:
        # A log that says null says that there were no words; one without the field says nothing.
        if "content" not in message and not _WORDLESS.intersection(message):
            raise _wrong(where, None, "text or a list of parts", place=place)
        return None
    name = message.get("name")
    return Utterance(
        labels=tuple(n for n in (role, name) if isinstance(n, str) and n.strip()),
        text=words,
        speaker=name if isinstance(name, str) and name.strip() else role,
        line=place.line,
    )


def silent_in(said: Utterance | None, message: object, *, place: Place) -> Silent:
    """Give what is left out of one message, of which `said_in` gave what it says."""
    if said is None:
        return Silent(messages=1)
    content = message.get(place.shape.words) if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else []
    return Silent(parts=sum(1 for part in parts if _words_of(part) is None))


def name_in(whole: Mapping[str, object], fields: Iterable[str]) -> str | None:
    """Give the first name or id that stands in one of the fields."""
    named = (clean_name(str(whole[name])) for name in fields if whole.get(name) is not None)
    return next(named, None) or None


def unnamed(path: Path, line: int | None) -> str:
    """Give the id of a chat that has none: the file's name, and the line where there are lines."""
    return stem(path) if line is None else f"{stem(path)}-{line}"


def left_out(silent: Silent) -> tuple[Note, ...]:
    """Note what says nothing, where there is any."""
    told = []
    if silent.messages:
        told.append(f"{silent.messages} of system, tools or without words")
    if silent.parts:
        parts = "1 part" if silent.parts == 1 else f"{silent.parts} parts"
        told.append(f"{parts} without words of messages that are kept, such as pictures")
    return (Note(issue="messages left out", detail="; ".join(told)),) if told else ()


def _shape_of(messages: object) -> Shape | None:
    if not isinstance(messages, list) or not messages:
        return None
    for shape in (MESSAGES, SHAREGPT):
        if all(isinstance(m, dict) and shape.role in m and "turns" not in m for m in messages):
            return shape
    return None


def _words(content: object, where: str, place: Place) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _wrong(where, content, "text or a list of parts", place=place)
    return "\n".join(words for words in map(_words_of, _parts(content, where, place)) if words)


def _parts(content: Sequence[object], where: str, place: Place) -> list[object]:
    for n, part in enumerate(content):
        if not isinstance(part, (str, dict)):
            raise _wrong(f"{where}[{n}]", part, "text or an object", place=place)
    return list(content)


def _words_of(part: object) -> str | None:
    """Give the words of one part; pictures and sounds have none."""
    if isinstance(part, dict):
        part = part.get("text", part.get("refusal"))
    return part if isinstance(part, str) else None


def _wrong(field: str, found: object, expected: str, *, place: Place) -> DataError:
    return DataError(
        f"found {json_type(found)}, expected {expected}",
        mend=place.shape.mend,
        path=place.path,
        line=place.line,
        field=field,
    )
