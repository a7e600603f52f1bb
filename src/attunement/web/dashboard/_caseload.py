"""The caseload: what a list of sessions shows of each, and which of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from attunement.live import State
from attunement.web.dashboard._spark import bounds, sparkline
from attunement.web.dashboard._words import (
    ALARM_NAMES,
    MISSING,
    course_words,
    interval,
    level_name,
    number,
    short_unit,
    signed,
    trend_words,
    unit_words,
)
from attunement.web.sessions import SessionView

PER_PAGE = 50

STATUSES = {
    "": "all sessions",
    "live": "live now",
    "down": "moving down (trend)",
    "alarms": "with an open alarm",
    **{kind: f"with an open alarm: {name}" for kind, name in ALARM_NAMES.items()},
}
"""What the list can be narrowed to. A trend that moves down is no alarm that the patient falls."""

OpenAlarms = Mapping[str, Counter[str]]
"""By session and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which sessions are asked for.

    Attributes
    ----------
    find : str
        Part of a patient's code, a session's label or its condition.
    status : str
        One of `STATUSES`.
    """

    find: str = ""
    status: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.find.strip() or self.status)

    def admit(self, session: SessionView, *, alarms: Counter[str], hidden: bool) -> bool:
        """Tell whether a session fits.

        Parameters
        ----------
        session : SessionView
            The session.
        alarms : Counter
            Its open alarms, by kind.
        hidden : bool
            Whether what was inferred waits for the therapist's own rating.
        """
        named = f"{session.patient_code}\n{session.label}\n{session.condition or ''}".casefold()
        if self.find.strip().casefold() not in named:
            return False
        if self.status == "live":
            return session.status == "live"
        if self.status == "down":
            return not hidden and _direction(session) == "falling"
        if self.status == "alarms":
            return bool(alarms)
        return self.status not in ALARM_NAMES or alarms[self.status] > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One session as lists show it.

    Attributes
    ----------
    session : SessionView
        The session.
    hidden : bool
        Whether what was inferred waits for the therapist's own rating; then there is none of it.
    spark : str
        Both sides' courses.
    patient, therapist, unit : str
        The running alliance after the last turn.
    range : str
        The interval of the patient's, with its name.
    direction, trend : str
        How the patient's turns have moved: for the style sheet, and in words.
    open_alarms : int
        Alarms that nobody has looked at.
    """

    session: SessionView
    hidden: bool
    spark: str = ""
    patient: str = MISSING
    therapist: str = MISSING
    unit: str = ""
    range: str = ""
    direction: str = "early"
    trend: str = ""
    open_alarms: int = 0


def rows(sessions: Sequence[SessionView], alarms: OpenAlarms, *, hidden: Set[str]) -> list[Row]:
    """Give the rows of a list.

    Parameters
    ----------
    sessions : sequence of SessionView
        In the list's order.
    alarms : mapping
        Open alarms, by session and kind.
    hidden : set of str
        The sessions of which nothing inferred is shown yet.

    Returns
    -------
    list of Row
        Sparklines of one estimator share one height, so that they compare.
    """
    courses: defaultdict[str, list[list[float | None]]] = defaultdict(list)
    for session in sessions:
        courses[session.estimator] += [_course(session, side) for side in ("patient", "therapist")]
    heights = {estimator: bounds(of_all) for estimator, of_all in courses.items()}
    return [
        Row(session=session, hidden=True)
        if session.id in hidden
        else _row(
            session,
            height=heights[session.estimator],
            open_alarms=alarms.get(session.id, Counter()).total(),
        )
        for session in sessions
    ]


def units(sessions: Sequence[SessionView]) -> list[str]:
    """Say what the numbers of a list are: once for every kind of them."""
    said = []
    for session in sessions:
        last = session.last if not signed(session.estimator) else None
        said.append(unit_words(session.estimator, last.unit if last else None))
    return list(dict.fromkeys(said))


def _row(session: SessionView, *, height: tuple[float, float], open_alarms: int) -> Row:
    patient, therapist = _course(session, "patient"), _course(session, "therapist")
    last: State | None = session.last
    of_patient = last.patient.alliance if last else None
    of_therapist = last.therapist.alliance if last else None
    trend = last.trend if last else None
    plus = signed(session.estimator)
    drawn = [value for value in patient if value is not None]
    return Row(
        session=session,
        hidden=False,
        spark=sparkline(
            patient,
            therapist,
            low=height[0],
            high=height[1],
            words=course_words(drawn, whose="patient", signed=plus),
        ),
        patient=number(of_patient.value if of_patient else None, signed=plus),
        therapist=number(of_therapist.value if of_therapist else None, signed=plus),
        unit=short_unit(last),
        range=f"{level_name(session.estimator)}: {interval(of_patient, signed=plus)}"
        if of_patient and of_patient.low is not None
        else "",
        direction=trend.direction if trend else "early",
        trend=trend_words(trend),
        open_alarms=open_alarms,
    )


def _course(session: SessionView, side: str) -> list[float | None]:
    return [] if session.summary is None else list(session.summary["course"][side])


def _direction(session: SessionView) -> str | None:
    trend = session.summary["last"]["trend"] if session.summary else None
    return trend["direction"] if trend else None
