"""Message lists as chat programs keep them: ``{"role": "user", "content": "..."}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_UNSPOKEN = frozenset({"system", "developer", "tool", "function"})
_WORDLESS = frozenset({"tool_calls", "function_call", "audio", "refusal"})
_IDS = ("session_id", "conversation_id", "id")
_KNOWN = frozenset({"messages", *_IDS})


def looks_like_messages(value: object) -> bool:
    """Tell a list of messages from a list of anything else."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(m, dict) and "role" in m and "turns" not in m for m in value)
    )


def conversation(value: object, *, path: Path, line: int | None) -> Record:
    """Read one message list, bare or in an object's ``messages``.

    System and tool messages are left out, and so is a message without words (a call of a tool).

    Parameters
    ----------
    value : object
        The list, or the object that holds it. An object's ``session_id``, ``conversation_id`` or
        ``id`` is the session's; without one the file's name is, with the line's number where
        each line is a conversation.
    path, line
        Where it stands.

    Raises
    ------
    DataError
        A message is no object with a role and a content.
    """
    whole: Mapping[str, object] = value if isinstance(value, dict) else {}
    messages = whole.get("messages") if isinstance(value, dict) else value
    if not isinstance(messages, list):
        raise _wrong("messages", messages, "a list", path=path, line=line)
    if len(messages) > MAX_TURNS:
        raise too_many_turns(path, line)
    spoken = [
        utterance
        for place, message in enumerate(messages)
        if (utterance := _utterance(message, place, path=path, line=line))
    ]
    named = next((clean_name(str(whole[key])) for key in _IDS if whole.get(key) is not None), "")
    made = stem(path) if line is None else f"{stem(path)}-{line}"
    silent = len(messages) - len(spoken)
    note = Note(issue="messages left out", detail=f"{silent} of system, tools or without words")
    return Record(
        session_id=named or made,
        named=bool(named),
        utterances=spoken,
        path=path,
        line=line,
        columns=own_columns(whole, known=_KNOWN),
        notes=(note,) if silent else (),
    )


def _utterance(message: object, place: int, *, path: Path, line: int | None) -> Utterance | None:
    where = f"messages[{place}]"
    if not isinstance(message, dict):
        raise _wrong(where, message, "an object", path=path, line=line)
    role = message.get("role")
    if not isinstance(role, str):
        raise _wrong(f"{where}.role", role, "text", path=path, line=line)
    if role.strip().casefold() in _UNSPOKEN:
        return None
    content = message.get("content")
    words = _words(content, f"{where}.content", path=path, line=line)
    if not words and isinstance(message.get("refusal"), str):
        words = message["refusal"]
    if content is None and not words:
        if not _WORDLESS.intersection(message):
            raise _wrong(f"{where}.content", None, "text or a list of parts", path=path, line=line)
        return None
    name = message.get("name")
    return Utterance(
        labels=tuple(n for n in (role, name) if isinstance(n, str) and n.strip()),
        text=words,
        speaker=name if isinstance(name, str) and name.strip() else role,
        line=line,
    )


def _words(content: object, where: str, *, path: Path, line: int | None) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _wrong(where, content, "text or a list of parts", path=path, line=line)
    return "\n".join(part for part in map(_part, _parts(content, where, path, line)) if part)


def _parts(content: Sequence[object], where: str, path: Path, line: int | None) -> list[object]:
    for place, part in enumerate(content):
        if not isinstance(part, (str, dict)):
            raise _wrong(f"{where}[{place}]", part, "text or an object", path=path, line=line)
    return list(content)


def _part(part: object) -> str:
    """Give the words of one part; pictures and sounds have none."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    words = part.get("text", part.get("refusal"))
    return words if isinstance(words, str) else ""


def _wrong(field: str, found: object, expected: str, *, path: Path, line: int | None) -> DataError:
    return DataError(
        f"found {json_type(found)}, expected {expected}",
        mend='Write messages as {"role": "user", "content": "..."}',
        path=path,
        line=line,
        field=field,
    )
