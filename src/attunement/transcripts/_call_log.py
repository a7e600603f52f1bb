"""Chats out of a log of calls, in which every call repeats what was said before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._calls import Call, answers_only, looks_like_call, read_call
from attunement.transcripts._messages import left_out, name_in, unnamed
from attunement.transcripts._records import Note, Record
from attunement.transcripts._text import clean

_MARK_BYTES = 16


@dataclass(slots=True)
class _Calls:
    """Calls of which the same was said, or that are of one conversation.

    Attributes
    ----------
    number : int
        How many there are.
    line : int or None
        Where the one stands that is the chat, unless it is the beginning of a longer one.
    models : dict
        Those that answered, in the log's order, as keys.
    marks : tuple of bytes
        Of a conversation: the marks of its longest call.
    wholes : list of bytes
        Of a conversation: the mark of each of its calls.
    """

    number: int = 0
    line: int | None = None
    models: dict[str, None] = field(default_factory=dict)
    marks: tuple[bytes, ...] = ()
    wholes: list[bytes] = field(default_factory=list)


class CallLog:
    """The calls of one file, and which of them are whole chats.

    A chat that is logged call by call stands there again and again, longer each time. It is one
    chat: the longest call, of which the others are the beginning. Where the log does not say
    which conversation a call belongs to, all of a call must stand at the beginning of another
    word for word, the answer too, so that no words are lost. Where it does, what was sent is
    enough, and answers that were made anew are left out. A call of a batch stays alone.

    Marks of what was said are kept, not the words.

    Parameters
    ----------
    values : iterable of (line, value)
        All JSON values of the file, whether calls or not.
    path : Path
        The file.
    """

    def __init__(self, values: Iterable[tuple[int | None, object]], *, path: Path) -> None:
        self.path = path
        self._answers: dict[str, Mapping[str, object]] = {}
        self._in_batch: set[str] = set()
        self._begun: set[bytes] = set()
        self._by_words: dict[bytes, _Calls] = {}
        self._by_conversation: dict[str, _Calls] = {}
        for line, value in values:
            if isinstance(value, dict) and looks_like_call(value):
                self._note(value, line)

    def record(self, value: Mapping[str, object], *, line: int | None) -> Record | None:
        """Give the chat that a call is, None where it is part of another's.

        Raises
        ------
        DataError
            It is no call, or not one of the conversation that the log says.
        """
        name = name_in(value, ["custom_id"])
        if answers_only(value) and name in self._in_batch:
            return None
        answer = self._answers.get(name) if name else None
        call = read_call(value, path=self.path, line=line, answer=answer)
        marks = _marks(call)
        if call.custom_id is not None:
            return self._record(call, parts=[_Calls(number=1)])
        if call.conversation_id is None:
            if marks[-1] in self._begun or self._by_words[marks[-1]].line != line:
                return None
            parts = [self._by_words[mark] for mark in marks if mark in self._by_words]
            return self._record(call, parts=parts)
        conversation = self._by_conversation[call.conversation_id]
        if marks[len(call.sent)] not in conversation.marks:
            raise _stray(self.path, line)
        return self._record(call, parts=[conversation]) if conversation.line == line else None

    def _note(self, value: dict[str, object], line: int | None) -> None:
        """Take in what one call says of the others; what is wrong with it is told later."""
        if answers_only(value):
            if name := name_in(value, ["custom_id"]):
                self._answers[name] = value
            return
        try:
            call = read_call(value, path=self.path, line=line)
        except DataError:
            return
        marks = _marks(call)
        if call.custom_id is not None:
            self._in_batch.add(call.custom_id)
            return
        if call.conversation_id is None:
            self._begun.update(marks[:-1])
            calls = self._by_words.setdefault(marks[-1], _Calls(line=line))
        else:
            calls = self._by_conversation.setdefault(call.conversation_id, _Calls())
            calls.wholes.append(marks[-1])
            if len(marks) >= len(calls.marks):
                calls.line, calls.marks = line, marks
        calls.number += 1
        if call.model is not None:
            calls.models[call.model] = None

    def _record(self, call: Call, *, parts: list[_Calls]) -> Record:
        number = sum(part.number for part in parts)
        anew = sum(1 for part in parts for mark in part.wholes if mark not in part.marks)
        models = dict.fromkeys(model for part in parts for model in part.models)
        columns = {"model": " + ".join(models) or call.model, **call.columns}
        notes = [*left_out(call.silent)]
        if number > 1:
            notes.append(Note(issue="calls joined", detail=f"{number} calls are one chat"))
        if anew:
            notes.append(Note(issue="answers left out", detail=f"{anew} that were made anew"))
        if not call.answered:
            notes.append(Note(issue="no answer", detail="the log has no answer to the last call"))
        return Record(
            session_id=call.conversation_id or call.custom_id or unnamed(self.path, call.line),
            named=(call.conversation_id or call.custom_id) is not None,
            utterances=(*call.sent, *call.answer),
            path=self.path,
            line=call.line,
            patient_id=call.patient_id,
            therapist_id=call.therapist_id,
            condition=call.condition,
            columns={name: value for name, value in columns.items() if value is not None},
            notes=tuple(notes),
        )


def _marks(call: Call) -> tuple[bytes, ...]:
    """Give a mark for every beginning of a call, from nothing to all of it.

    Two are equal where the same was said by the same, of one user if the log names users, whatever
    system messages stand between.
    """
    digest = blake2b(digest_size=_MARK_BYTES)
    digest.update(f"{call.patient_id or ''}\0".encode("utf-8", "surrogatepass"))
    marks = [digest.digest()]
    for utterance in (*call.sent, *call.answer):
        # Clean text holds no NUL, so that no two lists of messages look alike.
        said = "\0".join([*(label.casefold() for label in utterance.labels), clean(utterance.text)])
        digest.update(f"{said}\0\0".encode("utf-8", "surrogatepass"))
        marks.append(digest.digest())
    return tuple(marks)


def _stray(path: Path, line: int | None) -> DataError:
    return DataError(
        "what was sent is not the beginning of this conversation's longest call",
        mend="Log every call with its whole history, or as a conversation with an id of its own",
        path=path,
        line=line,
        field="messages",
    )
