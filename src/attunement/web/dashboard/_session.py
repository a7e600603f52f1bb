"""What the page of a session shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attunement.tables import MEASURES
from attunement.web.dashboard._charts import contents, measured, specifications
from attunement.web.dashboard._reading import first_choice, lead, reading
from attunement.web.dashboard._words import (
    course_words,
    gap_name,
    gap_words,
    interval_words,
    language_words,
    signed,
    trend_note,
    unit_words,
)
from attunement.web.sessions import AlarmView, SessionView, TurnView, safety


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
    last, estimator = session.last, session.estimator
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
        "reading": reading(
            turns,
            alarms,
            number=chosen,
            states=[turn.state for turn in turns],
            beside=beside(chosen),
        ),
        "lead": lead(session),
        "safety": [(turn, safety(turn)) for turn in _safety_turns(turns)],
        "language_words": language_words(last),
        "unit_words": unit_words(estimator, last.unit if last else None),
        "interval_words": interval_words(estimator),
        "trended": last is not None and last.trend is not None,
        "trend_note": trend_note(estimator),
        "signed": signed(estimator),
        "gap_name": gap_name(estimator),
        "gap_words": gap_words(estimator, last),
        "courses": _courses(turns),
        "charts": charts_of(turns, alarms),
    }


def _safety_turns(turns: Sequence[TurnView]) -> list[int]:
    return sorted({turn.state.safety_turn for turn in turns if turn.state.safety_turn is not None})


def charts_of(turns: Sequence[TurnView], alarms: Sequence[AlarmView]) -> dict[str, Any]:
    """Give the charts' specifications and what they show."""
    return {
        "specs": specifications(),
        **contents(
            [turn.state for turn in turns],
            [alarm.turn for alarm in alarms],
            final=turns[-1].number,
        ),
    }


def _courses(turns: Sequence[TurnView]) -> dict[str, str]:
    """Describe every chart in words."""
    said = {}
    plus = signed(turns[-1].state.estimator)
    for measure in MEASURES:
        lines = {
            role: [
                estimate.value
                for turn in turns
                if turn.role == role
                and (estimate := measured(getattr(turn.state, role), measure)) is not None
                and estimate.low is not None
            ]
            for role in ("patient", "therapist")
        }
        said[measure] = " ".join(
            course_words(values, whose=side, signed=plus) for side, values in lines.items()
        )
    gaps = [
        gap.value
        for turn in turns
        if (gap := turn.state.gap.alliance) is not None and gap.low is not None
    ]
    said["gap"] = course_words(gaps, whose="difference")
    return said
