"""Chats that are in memory already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from attunement.transcripts._merge import merge
from attunement.transcripts._messages import conversation
from attunement.transcripts._model import ReadOptions, Session
from attunement.transcripts._sessions import session_of


def chat_session(chat: object, *, session_id: str, options: ReadOptions | None = None) -> Session:
    """Make a session of a chat's messages.

    Parameters
    ----------
    chat : list or dict
        Messages such as ``{"role": "user", "content": "..."}``, or ShareGPT's; or an object that
        holds them, as in a file.
    session_id : str
        The session's, unless the object has one.
    options : ReadOptions, optional
        Who is who, and whether one speaker's messages in a row are one turn.

    Raises
    ------
    DataError
        A message is no object with a role and words, or it cannot be told who is who; the message
        names the chat by `session_id`.
    """
    options = options or ReadOptions()
    record = conversation(chat, path=Path(session_id), line=None)
    if not record.named:
        record = replace(record, session_id=session_id)
    session = replace(session_of(record, options=options), path=None)
    return merge(session) if options.merge else session
