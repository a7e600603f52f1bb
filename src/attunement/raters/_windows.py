"""Cutting a session into windows that fit a judge's context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from attunement.errors import UsageError
from attunement.raters._model import Window
from attunement.transcripts import Session, Turn

CUT = " (…)"
"""What stands at the end of a turn that was cut: no letters, so that nobody can quote it."""


def windows(
    session: Session, *, most_turns: int | None = None, most_characters: int | None = None
) -> list[Window]:
    """Cut a session into consecutive windows of whole turns.

    Parameters
    ----------
    session : Session
        The session.
    most_turns : int, optional
        The most turns of a window.
    most_characters : int, optional
        The most characters of the turns of a window together. A single turn that is longer has a
        window of its own, in which its end is cut off and marked.

    Returns
    -------
    list of Window
        Every turn is in exactly one. Without limits there is one window; a session without turns
        has one too, so that no session goes missing.

    Raises
    ------
    UsageError
        A limit is too small.
    """
    _check(most_turns, least=1, field="most_turns")
    _check(most_characters, least=20, field="most_characters")
    pieces = _pieces(session.turns, most_turns=most_turns, most_characters=most_characters)
    return [
        Window(
            session_id=session.session_id,
            window=place,
            first_turn=piece[0].turn if piece else 0,
            last_turn=piece[-1].turn if piece else 0,
            turns=piece,
        )
        for place, piece in enumerate(pieces)
    ]


def _pieces(
    turns: Sequence[Turn], *, most_turns: int | None, most_characters: int | None
) -> Iterator[tuple[Turn, ...]]:
    piece: list[Turn] = []
    characters = 0
    for whole in turns:
        turn = _cut(whole, most_characters)
        full = most_turns is not None and len(piece) == most_turns
        long = most_characters is not None and characters + len(turn.text) > most_characters
        if piece and (full or long):
            yield tuple(piece)
            piece, characters = [], 0
        piece.append(turn)
        characters += len(turn.text)
    yield tuple(piece)


def _cut(turn: Turn, most_characters: int | None) -> Turn:
    if most_characters is None or len(turn.text) <= most_characters:
        return turn
    return replace(turn, text=turn.text[: most_characters - len(CUT)] + CUT)


def _check(limit: int | None, *, least: int, field: str) -> None:
    if limit is not None and limit < least:
        raise UsageError(
            f"found {limit}, expected {least} or more",
            mend="Give a larger limit, or leave it out for the whole session",
            field=field,
        )
