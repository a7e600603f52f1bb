"""One turn to be read: its words, its neighbours, what it scores and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attunement.live import Nearest, State
from attunement.tables import MEASURES
from attunement.web.dashboard._charts import scored
from attunement.web.dashboard._words import (
    SCALE_NAMES,
    interval,
    interval_name,
    language_words,
    number,
    signed,
    standing,
    trend_words,
)
from attunement.web.sessions import AlarmView, SessionView, TurnView


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What a turn sounds like on one scale, and the anchors it comes closest to."""

    name: str
    value: float | None
    words: str
    nearest: tuple[Nearest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A turn to be read.

    Attributes
    ----------
    turn : TurnView
        The turn.
    before, after : TurnView or None
        Its neighbours.
    scores : list of ScoreRow
        Empty where the turn does not count.
    alarms : list of AlarmView
        Those raised at it.
    beside : list of tuple
        Names and values of markers and topics of the turn, where they were read.
    """

    turn: TurnView
    before: TurnView | None
    after: TurnView | None
    scores: list[ScoreRow]
    alarms: list[AlarmView]
    beside: list[tuple[str, str]]

    @property
    def words(self) -> list[str]:
        """The words that raised alarms."""
        return [words for alarm in self.alarms for words in alarm.words]


def reading(
    turns: Sequence[TurnView],
    alarms: Sequence[AlarmView],
    *,
    number: int,
    states: Sequence[State],
    beside: Sequence[tuple[str, str]] = (),
) -> Reading:
    """Put together what is read of a turn.

    Parameters
    ----------
    turns : sequence of TurnView
        The turn and, where there are any, its neighbours, in order.
    alarms : sequence of AlarmView
        The session's.
    number : int
        The turn's.
    states : sequence of State
        After every turn of the session, to set this turn among its side's others.
    beside : sequence of tuple
        See `Reading`.
    """
    by_number = {turn.number: turn for turn in turns}
    turn = by_number[number]
    return Reading(
        turn=turn,
        before=by_number.get(number - 1),
        after=by_number.get(number + 1),
        scores=_scores(turn.state, states),
        alarms=[alarm for alarm in alarms if alarm.turn == number],
        beside=list(beside),
    )


def first_choice(turns: Sequence[TurnView], alarms: Sequence[AlarmView]) -> int:
    """Choose the turn to show first: the latest alarm's, or else the patient's lowest."""
    if alarms:
        return max(alarm.turn for alarm in alarms)
    said = [
        (turn.state.scores.alliance, turn.number)
        for turn in turns
        if turn.role == "patient" and turn.state.scores is not None
    ]
    return min(said)[1] if said else turns[-1].number


def lead(session: SessionView) -> str:
    """Say in a sentence or two where a session stands."""
    last = session.last
    if last is None or last.patient.alliance is None:
        return language_words(last) or "Nothing of the patient was heard yet."
    stands, plus = last.patient.alliance, signed(session.estimator)
    when = "So far" if session.status == "live" else "At the end"
    said = f"{when}, inferred-patient stands at {number(stands.value, signed=plus)}"
    if stands.low is None or stands.high is None:
        said += ": too few turns to say how sure that is."
    else:
        said += f" ({interval_name(session.estimator)} {interval(stands, signed=plus)})."
    trend = last.trend
    if trend is None:
        return said
    moved = {
        "rising": "Over the session the patient's turns score higher and higher",
        "falling": "Over the session the patient's turns score lower and lower",
        "steady": "Over the session the patient's turns show no clear trend",
    }[trend.direction]
    return f"{said} {moved}."


def now_words(state: State) -> str:
    """Say for those who listen what the newest turn brought."""
    alliance = state.patient.alliance
    stands = (
        f"Inferred-patient {number(alliance.value, signed=signed(state.estimator))}"
        if alliance
        else ""
    )
    raised = ", ".join(f"alarm: {alarm.kind}" for alarm in state.alarms)
    parts = [
        f"Turn {state.turn}, {state.role}",
        stands,
        f"trend {trend_words(state.trend)}",
        raised,
        f"turn {state.safety_turn} may be about not wanting to live"
        if state.safety_turn is not None
        else "",
    ]
    return ". ".join(part for part in parts if part) + "."


def _scores(state: State, states: Sequence[State]) -> list[ScoreRow]:
    if not state.scored or state.scores is None:
        return []
    others = [
        other.scores
        for other in states
        if other.role == state.role and other.turn != state.turn and other.scores is not None
    ]
    rows = []
    for measure in MEASURES:
        value = scored(state.scores, measure)
        theirs = [likewise for one in others if (likewise := scored(one, measure)) is not None]
        rows.append(
            ScoreRow(
                name=SCALE_NAMES[measure],
                value=value,
                words=standing(value, theirs, role=state.role),
                nearest=tuple(near for near in state.evidence if near.scale == measure),
            )
        )
    return rows
