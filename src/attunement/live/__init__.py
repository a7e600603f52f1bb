"""Listening while a session goes on: a turn in, a state out, and alarms."""

from attunement.live._state import (
    Alarm,
    AlarmKind,
    Direction,
    Estimate,
    Heard,
    Measures,
    Nearest,
    Scores,
    State,
    Trend,
)

__all__ = [
    "Alarm",
    "AlarmKind",
    "Direction",
    "Estimate",
    "Heard",
    "Measures",
    "Nearest",
    "Scores",
    "State",
    "Trend",
]
