"""Chats as tests have them: files, lists of messages, or lists of these by model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.transcripts import Session

Chat: TypeAlias = Sequence[Mapping[str, Any]] | Mapping[str, Any]
"""Messages such as ``{"role": "user", "content": "..."}``, or an object with ``messages``."""

Chats: TypeAlias = Path | str | Iterable[Path | str] | Iterable[Chat] | Mapping[str, Iterable[Chat]]
"""Files or folders, or chats, or a model's name to its chats."""


def sessions_of(chats: Chats) -> Iterator[Session]:
    """Give the sessions in files, or make them of messages.

    Raises
    ------
    DataError
        A file or a chat cannot be read; a chat in memory is named by its place, from 1.
    UsageError
        What was given is neither, or both.
    """
    if isinstance(chats, (str, Path)):
        yield from _read([chats])
        return
    if isinstance(chats, Mapping):
        for model, its in chats.items():
            yield from _made(its, name=model, model=model)
        return
    several = list(chats)
    paths = [chat for chat in several if isinstance(chat, (str, Path))]
    if not paths:
        yield from _made(several, name="chat")
    elif len(paths) == len(several):
        yield from _read(paths)
    else:
        raise UsageError(
            "found paths among lists of messages",
            mend="Give either paths or chats, and audit the others in a second call",
            field="chats",
        )


def _read(paths: Iterable[Path | str]) -> Iterator[Session]:
    from attunement.transcripts import Corpus

    yield from Corpus(paths)


def _made(chats: Iterable[object], *, name: str, model: str | None = None) -> Iterator[Session]:
    from attunement.transcripts import chat_session

    for place, chat in enumerate(chats, start=1):
        plain = dict(chat) if isinstance(chat, Mapping) else chat
        session = chat_session(plain, session_id=f"{name}-{place}")
        if model is not None:
            session = replace(session, columns={**session.columns, "model": model})
        yield session
