"""The caseload: what a list of sessions shows of each, and which of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from attunement.live import State
from attunement.web.dashboard._spark import bounds, sparkline
from attunement.web.dashboard._words import course_words, interval, trend_words
from attunement.web.sessions import AlarmView, SessionView

PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which sessions are asked for.

    Attributes
    ----------
    find : str
        Part of a patient's code or a session's label.
    condition : str
        The condition; empty for all.
    status : str
        alarms, live, falling, or empty for all.
    """

    find: str = ""
    condition: str = ""
    status: str = ""

    def admit(self, session: SessionView, *, open_alarms: int) -> bool:
        """Tell whether a session fits."""
        wanted = self.find.strip().casefold()
        named = f"{session.patient_code}\n{session.label}".casefold()
        return (
            wanted in named
            and self.condition in ("", session.condition)
            and {
                "alarms": open_alarms > 0,
                "live": session.status == "live",
                "falling": _direction(session) == "falling",
            }.get(self.status, True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One session as lists show it.

    Attributes
    ----------
    session : SessionView
        The session.
    spark : Markup
        Both sides' courses.
    patient, therapist : float or None
        The running alliance after the last turn.
    range : str
        The interval of the patient's.
    direction, trend : str
        How the patient's has moved: for the style sheet, and in words.
    open_alarms : int
        Alarms that nobody has looked at.
    """

    session: SessionView
    spark: Markup
    patient: float | None
    therapist: float | None
    range: str
    direction: str
    trend: str
    open_alarms: int


def rows(sessions: Sequence[SessionView], alarms: Sequence[AlarmView]) -> list[Row]:
    """Give the rows of a list; their sparklines share one height, so that they compare."""
    still_open = Counter(alarm.session_id for alarm in alarms if alarm.seen_at is None)
    low, high = bounds([_course(s, side) for s in sessions for side in ("patient", "therapist")])
    return [
        _row(session, low=low, high=high, open_alarms=still_open[session.id])
        for session in sessions
    ]


def conditions(sessions: Sequence[SessionView]) -> list[str]:
    """Name the conditions that occur."""
    return sorted({session.condition for session in sessions if session.condition})


def _row(session: SessionView, *, low: float, high: float, open_alarms: int) -> Row:
    patient, therapist = _course(session, "patient"), _course(session, "therapist")
    last: State | None = session.last
    of_patient = last.patient.alliance if last else None
    of_therapist = last.therapist.alliance if last else None
    trend = last.trend if last else None
    return Row(
        session=session,
        spark=sparkline(
            patient, therapist, low=low, high=high, words=course_words(patient, whose="patient")
        ),
        patient=of_patient.value if of_patient else None,
        therapist=of_therapist.value if of_therapist else None,
        range=interval(of_patient),
        direction=trend.direction if trend else "early",
        trend=trend_words(trend),
        open_alarms=open_alarms,
    )


def _course(session: SessionView, side: str) -> list[float]:
    if session.summary is None:
        return []
    return [value for value in session.summary["course"][side] if value is not None]


def _direction(session: SessionView) -> str | None:
    trend = session.summary["last"]["trend"] if session.summary else None
    return trend["direction"] if trend else None
