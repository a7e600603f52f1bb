"""Listening while a session goes on: a turn in, a state out, and alarms."""

from attunement.live._alarms import Alarms, Raised, SessionAlarms
from attunement.live._listener import Listener
from attunement.live._monitor import Monitor
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
    "Alarms",
    "Direction",
    "Estimate",
    "Heard",
    "Listener",
    "Measures",
    "Monitor",
    "Nearest",
    "Raised",
    "Scores",
    "SessionAlarms",
    "State",
    "Trend",
]
