"""Listening while a session goes on: a turn in, a state out, and alarms."""

from attunement.live._alarms import Alarms, Raised, SessionAlarms
from attunement.live._alarms_tables import ALARM_LEVELS_SCHEMA, alarm_levels
from attunement.live._listener import Listener
from attunement.live._monitor import Monitor
from attunement.live._patterns import filled, plain
from attunement.live._rupture import RuptureMarker, rupture_markers
from attunement.live._safety import may_be_about_not_living, words_about_not_living
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
    "ALARM_LEVELS_SCHEMA",
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
    "RuptureMarker",
    "Scores",
    "SessionAlarms",
    "State",
    "Trend",
    "alarm_levels",
    "filled",
    "may_be_about_not_living",
    "plain",
    "rupture_markers",
    "words_about_not_living",
]
