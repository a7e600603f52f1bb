"""A whole session at once, from the tables that every other command makes."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance import EmbeddedChunk, embed
from attunement.alliance.fitted import Estimated, session_turns
from attunement.live._courses import Course, Slope, courses, slope
from attunement.live._described import nearest_anchors, state_of
from attunement.live._ears import Ears
from attunement.live._running import Running, fitted, zero_shot
from attunement.live._state import Heard, Nearest, State
from attunement.live._turns import checked_session
from attunement.tables import ROLES, Role
from attunement.transcripts import Session

Places = NDArray[np.int64]


def batch_states(ears: Ears, session: Session) -> list[State]:
    """Give the state after each turn of a session; see `Listener.batch`."""
    session = checked_session(session)
    chunk = embed([session], ears.encoder)
    spoken = chunk.spoken
    scores = ears.hearing.contrast(chunk.vectors, spoken["role"].to_list())
    # For each turn, how many turns of either side, and of both, were scored up to it.
    row_of = dict(zip(spoken["turn"].to_list(), range(spoken.height), strict=True))
    heard = {role: _up_to(chunk, [role]) for role in ROLES}
    of_side = {
        role: courses(spoken.filter(role=role)["turn"].to_numpy(), scores[_rows(spoken, role)])
        for role in ROLES
    }
    lines = _taken(of_side["patient"], heard["patient"])
    running = _running(ears, chunk, of_side, heard)
    slopes = slope(lines)
    evidence = _evidence(ears, chunk)
    alarms = ears.alarms.start()
    states = []
    for place, turn in enumerate(session.turns):
        row = row_of.get(turn.turn)
        own = None if row is None else scores[row]
        raised = alarms.step(
            turn=turn.turn,
            role=turn.role,
            scores=own,
            text=turn.text,
            english_only=ears.english_only,
        )
        states.append(
            state_of(
                ears=ears,
                session_id=session.session_id,
                turn=turn,
                heard=Heard(*(int(heard[role][place]) for role in ROLES)),
                scores=own,
                running=running.at(place),
                slope=Slope(slopes.value[place], slopes.half_width[place]),
                evidence=() if row is None else evidence[row],
                raised=raised,
            )
        )
    return states


def _up_to(chunk: EmbeddedChunk, roles: list[Role]) -> Places:
    """Count, for each turn, how many turns of these sides were scored up to it."""
    scored = chunk.turns["turn"].is_in(chunk.spoken["turn"].implode())
    return (scored & chunk.turns["role"].is_in(roles)).cum_sum().cast(pl.Int64).to_numpy()


def _rows(spoken: pl.DataFrame, role: Role) -> NDArray[np.bool_]:
    return (spoken["role"] == role).to_numpy()


def _taken(course: Course, which: Places) -> Course:
    return Course(course.count[which], course.sums[which], course.first[which], course.last[which])


def _running(
    ears: Ears, chunk: EmbeddedChunk, of_side: dict[Role, Course], heard: dict[Role, Places]
) -> Running:
    """Give both sides' estimates after each turn of the session."""
    if ears.model is None:
        return zero_shot(**{role: _taken(of_side[role], heard[role]) for role in ROLES})
    found = [ears.model.after_each_turn(turns) for _, turns in session_turns(chunk, ears.hearing)]
    nothing = Estimated(*(np.full(1, np.nan) for _ in range(3)))
    led = [
        Estimated(
            np.concatenate([nothing.estimate, *(one[place].estimate for one in found)]),
            np.concatenate([nothing.low, *(one[place].low for one in found)]),
            np.concatenate([nothing.high, *(one[place].high for one in found)]),
        )
        for place in range(len(ears.model.scales))
    ]
    return fitted(ears.model.scales, led).at(heard["patient"] + heard["therapist"])


def _evidence(ears: Ears, chunk: EmbeddedChunk) -> list[tuple[Nearest, ...]]:
    """Give the nearest anchors of each scored turn."""
    found: list[tuple[Nearest, ...]] = [()] * chunk.spoken.height
    for role in ROLES:
        rows = np.flatnonzero(_rows(chunk.spoken, role))
        nearest = nearest_anchors(ears.evidence, chunk.vectors[rows], role)
        for row, of_turn in zip(rows.tolist(), nearest, strict=True):
            found[row] = of_turn
    return found
