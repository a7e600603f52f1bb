"""Joining a speaker's consecutive utterances to one turn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import groupby

from attunement.transcripts._model import Rating, Session, SpeakerRole, Turn
from attunement.transcripts._roles import exact


def merge(session: Session) -> Session:
    """Join consecutive utterances of one speaker, and number the turns anew.

    The texts are joined by a line feed; the turn starts with its first utterance and ends with
    its last. A rating of any of them becomes the turn's; several on one scale are averaged.

    Parameters
    ----------
    session : Session
        As read.

    Returns
    -------
    Session
        In which no speaker follows themself. Merging it again changes nothing.
    """
    turns: list[Turn] = []
    place: dict[int, int] = {}
    for _, run in groupby(session.turns, key=_speaker):
        utterances = list(run)
        place.update(dict.fromkeys((u.turn for u in utterances), len(turns)))
        turns.append(_joined(utterances, turn=len(turns)))
    return replace(session, turns=tuple(turns), ratings=_moved(session.ratings, place))


def _speaker(turn: Turn) -> tuple[SpeakerRole, str | None]:
    return turn.role, exact(turn.speaker) if turn.speaker is not None else None


def _joined(utterances: list[Turn], *, turn: int) -> Turn:
    first, last = utterances[0], utterances[-1]
    if first is last and first.turn == turn:
        return first
    return Turn(
        turn=turn,
        role=first.role,
        text="\n".join(u.text for u in utterances if u.text),
        speaker=first.speaker,
        start=first.start,
        end=last.end,
    )


def _moved(ratings: tuple[Rating, ...], place: dict[int, int]) -> tuple[Rating, ...]:
    if all(rating.turn is None for rating in ratings):
        return ratings
    values: defaultdict[Rating, list[float]] = defaultdict(list)
    for rating in ratings:
        turn = place[rating.turn] if rating.turn is not None else None
        values[replace(rating, turn=turn, value=0.0)].append(rating.value)
    return tuple(replace(key, value=sum(v) / len(v)) for key, v in values.items())
