"""JSON lines, one session a line: the canonical form, plain or compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._call_log import CallLog
from attunement.transcripts._calls import looks_like_call
from attunement.transcripts._canonical import json_type, session
from attunement.transcripts._json import parse
from attunement.transcripts._lines import lines
from attunement.transcripts._messages import conversation, looks_like_chat
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read sessions line by line, in constant memory.

    A line holds a session in the canonical form, a chat, or a logged call of a chat model. Empty
    lines are left out. A log of calls is read twice, for a chat may grow from call to call.
    """

    def values(tell: OnProblem) -> Iterator[tuple[int, object]]:
        for number, line in lines(path, problem=tell):
            if line.strip():
                try:
                    value = parse(line, path=path, line=number)
                except DataError as error:
                    tell(error)
                else:
                    yield number, value

    yield from sessions_of_values(values, path=path, problem=problem)


def sessions_of_values(
    values: Callable[[OnProblem], Iterable[tuple[int | None, object]]],
    *,
    path: Path,
    problem: OnProblem,
) -> Iterator[Record]:
    """Read the JSON values of one file, each a session, a chat or a call.

    Parameters
    ----------
    values : callable
        Gives the values anew at each call, each with its line; is given whom to tell of problems.
    path : Path
        The file.
    problem : callable
        Is given the error of each value that is no session.
    """
    log: CallLog | None = None
    for line, value in values(problem):
        try:
            if isinstance(value, dict) and looks_like_call(value):
                if log is None:
                    log = CallLog(values(_told_elsewhere), path=path)
                record = log.record(value, line=line)
            else:
                record = session_of_value(value, path=path, line=line)
        except DataError as error:
            problem(error)
        else:
            if record is not None:
                yield record


def session_of_value(value: object, *, path: Path, line: int | None) -> Record:
    """Read one JSON value, which holds a session in the canonical form or a chat.

    Raises
    ------
    DataError
        It holds neither.
    """
    if looks_like_chat(value):
        return conversation(value, path=path, line=line)
    if isinstance(value, dict):
        return session(value, path=path, line=line)
    raise DataError(
        f"found {json_type(value)}, expected a session",
        mend='Write sessions as {"session_id": ..., "turns": [...]} (docs/formats.md)',
        path=path,
        line=line,
    )


def _told_elsewhere(error: DataError) -> None:
    """Say nothing of a problem in the first reading: the second tells it."""
