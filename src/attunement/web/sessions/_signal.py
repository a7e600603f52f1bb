"""The corrective signal: what the words show, in a form that a companion can act on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, get_args

import yaml

from attunement import wire
from attunement.live import State
from attunement.web.sessions._views import AlarmView
from attunement.wire import AlarmKind

_ORDER: tuple[AlarmKind, ...] = ("confrontation", "withdrawal", "falling", "widening", "low")
"""Of alarms at one turn, the first is answered to: what was said goes before what was counted."""


def signal(state: State | None, alarms: Sequence[AlarmView], *, n_turns: int) -> wire.Signal:
    """Read the signal off a session's last state and its alarms.

    Parameters
    ----------
    state : State or None
        The last one; None before the first turn.
    alarms : sequence of AlarmView
        The session's.
    n_turns : int
        How many turns were heard.

    Returns
    -------
    wire.Signal
        While talk may be about not wanting to live, the suggestion is to read it and to follow
        one's own safety procedure, whatever alarms there are. Else it answers to the latest alarm
        of the last turns. A trend alone gives none: its
        interval is one of many that are looked at, and would be off zero by chance in one session
        of five (docs/howto-live.md).
    """
    said = _said()
    window: int = said["window"]
    recent = sorted(
        (one for one in alarms if one.turn >= n_turns - window),
        key=lambda one: (-one.turn, _rank(one.kind)),
    )
    about: str | None = None
    turn: int | None = None
    suggestion: str | None = None
    if state is not None and state.safety_turn is not None:
        about, turn = "safety", state.safety_turn
        suggestion = safety(turn)
    elif recent:
        about, turn = recent[0].kind, recent[0].turn
        suggestion = said["suggestions"][about].format(turn=turn)
    trend = None if state is None else state.trend
    return wire.Signal.model_validate(
        {
            "trend": None if trend is None else wire.SignalTrend.model_validate(trend),
            "alarms": [
                {
                    "kind": one.kind,
                    "turn": one.turn,
                    "turns_ago": n_turns - 1 - one.turn,
                    "message": one.message,
                    "words": one.words,
                }
                for one in recent
            ],
            "window": window,
            "about": about,
            "turn": turn,
            "suggestion": suggestion,
            "note": said["note"],
        }
    )


def note() -> str:
    """Say what this is not."""
    told: str = _said()["note"]
    return told


def safety(turn: int) -> str:
    """Say what to do about a turn whose words may be about not wanting to live."""
    told: str = _said()["safety"].format(turn=turn)
    return told


def _rank(kind: str) -> int:
    return next((place for place, one in enumerate(_ORDER) if one == kind), len(_ORDER))


@cache
def _said() -> dict[str, Any]:
    text = files("attunement.web.sessions").joinpath("signal.yaml").read_text("utf-8")
    said: dict[str, Any] = yaml.safe_load(text)
    if set(said["suggestions"]) != set(get_args(AlarmKind)):
        raise ValueError("signal.yaml does not say something for every kind of alarm")
    return said
