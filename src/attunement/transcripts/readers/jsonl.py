"""JSON lines, one session a line: the canonical form, plain or compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._canonical import json_type, session
from attunement.transcripts._json import parse
from attunement.transcripts._lines import lines
from attunement.transcripts._messages import conversation, looks_like_messages
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read sessions line by line, in constant memory.

    A line holds a session in the canonical form, or a message list. Empty lines are left out.
    """
    for number, line in lines(path, problem=problem):
        if not line.strip():
            continue
        try:
            yield session_of_value(parse(line, path=path, line=number), path=path, line=number)
        except DataError as error:
            problem(error)


def session_of_value(value: object, *, path: Path, line: int | None) -> Record:
    """Read one JSON value, which holds a session in the canonical form or a message list.

    Raises
    ------
    DataError
        It holds neither.
    """
    if isinstance(value, dict) and "messages" in value and "turns" not in value:
        return conversation(value, path=path, line=line)
    if looks_like_messages(value):
        return conversation(value, path=path, line=line)
    if isinstance(value, dict):
        return session(value, path=path, line=line)
    raise DataError(
        f"found {json_type(value)}, expected a session",
        mend='Write sessions as {"session_id": ..., "turns": [...]} (docs/formats.md)',
        path=path,
        line=line,
    )
