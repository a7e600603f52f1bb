"""What a list of sessions shows of one, without opening its turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attunement.live import Measures, State
from attunement.web.sessions._views import STATE

MOST_POINTS = 40


def extended(summary: Mapping[str, Any] | None, states: Iterable[State]) -> dict[str, Any]:
    """Add what is known after further turns.

    Parameters
    ----------
    summary : mapping or None
        Of the turns before; None where there are none.
    states : iterable of State
        After each further turn, at least one.

    Returns
    -------
    dict
        JSON. `last` is the last state; `course` has, for each side, at most 41 values of the
        running alliance (null until it has an interval): those after every `every`-th turn, from
        the first on, and the last. Sides' values belong to the same turns.
    """
    every: int = 1 if summary is None else summary["every"]
    kept: int = 0 if summary is None else summary["kept"]
    course: dict[str, list[float | None]] = {
        side: [] if summary is None else list(summary["course"][side][:kept])
        for side in ("patient", "therapist")
    }
    last: State | None = None
    for last in states:
        if last.turn % every == 0:
            _add(course, last)
            kept += 1
            if kept > MOST_POINTS:
                course = {side: values[::2] for side, values in course.items()}
                kept, every = len(course["patient"]), 2 * every
    if last is None:
        raise ValueError("no further turn")
    if last.turn % every:
        _add(course, last)
    return {
        "last": STATE.dump_python(last, mode="json"),
        "every": every,
        "kept": kept,
        "course": course,
    }


def _add(course: dict[str, list[float | None]], state: State) -> None:
    course["patient"].append(_alliance(state.patient))
    course["therapist"].append(_alliance(state.therapist))


def _alliance(side: Measures) -> float | None:
    estimate = side.alliance
    return None if estimate is None or estimate.low is None else estimate.value
