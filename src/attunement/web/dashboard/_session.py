"""What the page of a session shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attunement.tables import MEASURES
from attunement.web.dashboard._charts import contents, measured, specifications
from attunement.web.dashboard._reading import first_choice, lead, reading
from attunement.web.dashboard._words import course_words, gap_name, gap_words, unit_words
from attunement.web.sessions import AlarmView, SessionView, TurnView


def session_page(
    *,
    session: SessionView,
    turns: Sequence[TurnView],
    alarms: Sequence[AlarmView],
    chosen: int | None,
    beside: Callable[[int], Sequence[tuple[str, str]]],
) -> dict[str, Any]:
    """Put together what the page of a session shows.

    Parameters
    ----------
    session : SessionView
        The session.
    turns : sequence of TurnView
        All of its turns.
    alarms : sequence of AlarmView
        All of its alarms.
    chosen : int or None
        The turn to show; one is chosen where it is None or there is none such.
    beside : callable
        Gives the markers and topics of a turn, by its number.
    """
    last = session.last
    shown: dict[str, Any] = {"session": session, "turns": turns}
    if not turns:
        return shown
    alarms = sorted(alarms, key=lambda alarm: (alarm.turn, alarm.id))
    if chosen is None or not 0 <= chosen <= turns[-1].number:
        chosen = first_choice(turns, alarms)
    return {
        **shown,
        "alarms": alarms,
        "chosen": chosen,
        "reading": reading(turns, alarms, number=chosen, beside=beside(chosen)),
        "lead": lead(session),
        "unit_words": unit_words(last),
        "gap_name": gap_name(last),
        "gap_words": gap_words(last),
        "courses": _courses(turns),
        "charts": charts_of(turns, alarms),
    }


def charts_of(turns: Sequence[TurnView], alarms: Sequence[AlarmView]) -> dict[str, Any]:
    """Give the charts' specifications and what they show."""
    return {
        "specs": specifications(),
        **contents([turn.state for turn in turns], [alarm.turn for alarm in alarms]),
    }


def _courses(turns: Sequence[TurnView]) -> dict[str, str]:
    """Describe every chart in words."""
    said = {}
    for measure in MEASURES:
        lines = {
            role: [
                estimate.value
                for turn in turns
                if turn.role == role
                and (estimate := measured(getattr(turn.state, role), measure)) is not None
            ]
            for role in ("patient", "therapist")
        }
        said[measure] = " ".join(course_words(values, whose=side) for side, values in lines.items())
    gaps = [turn.state.gap.alliance.value for turn in turns if turn.state.gap.alliance is not None]
    said["gap"] = course_words(gaps, whose="difference")
    return said
