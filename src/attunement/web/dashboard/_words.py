"""How pages say numbers and names: calmly, and never more than the numbers carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from attunement.live import Estimate, State, Trend

MISSING = "–"
MINUS = "−"

SCALE_NAMES = {"alliance": "Whole alliance", "task": "Task", "bond": "Bond", "goal": "Goal"}
SCALE_MEANINGS = {
    "alliance": "task, bond and goal together",
    "task": "whether what is done in the session seems useful",
    "bond": "trust, respect, being understood",
    "goal": "whether both want the same to come of it",
}
ALARM_NAMES = {
    "falling": "Falling",
    "widening": "Widening",
    "withdrawal": "Withdrawal",
    "confrontation": "Confrontation",
    "low": "Low",
}
ALARM_MEANINGS = {
    "falling": "the patient's language moved away from how this session began",
    "widening": "the two sides' language moved apart",
    "withdrawal": "words of moving away: short, evasive, or giving in",
    "confrontation": "words of complaint about the work or the therapist",
    "low": "the patient's language lies low for this point of a session",
}

Standing: TypeAlias = Literal["far below", "below", "about", "above", "far above"]

_FAR, _OFF = 1.5, 0.5


def number(value: float | None, *, signed: bool = False, places: int = 2) -> str:
    """Write a value with a real minus; a dash where there is none."""
    if value is None:
        return MISSING
    rounded = round(value, places) + 0.0
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):.{places}f}"


def interval(estimate: Estimate | None, *, signed: bool = False) -> str:
    """Write an interval as `−0.20 to 0.61`; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return MISSING
    return f"{number(estimate.low, signed=signed)} to {number(estimate.high, signed=signed)}"


def standing(score: float | None) -> str:
    """Say where a turn's score lies among the reference's turns."""
    if score is None:
        return "not scored"
    how: Standing
    if abs(score) < _OFF:
        how = "about"
    elif abs(score) < _FAR:
        how = "above" if score > 0 else "below"
    else:
        how = "far above" if score > 0 else "far below"
    return "about usual" if how == "about" else f"{how} usual"


def trend_words(trend: Trend | None) -> str:
    """Say how the patient's alliance has moved."""
    if trend is None:
        return "too early to say"
    return {"rising": "rising", "steady": "no clear change", "falling": "falling"}[trend.direction]


def course_words(values: Sequence[float], *, whose: str) -> str:
    """Describe a line, for those who cannot see it."""
    if not values:
        return f"Nothing of the {whose} was scored yet."
    return (
        f"The {whose}'s line starts at {number(values[0])}, ends at {number(values[-1])} and lies "
        f"between {number(min(values))} and {number(max(values))}."
    )


def unit_words(state: State | None) -> str:
    """Say what the numbers are, in one sentence."""
    if state is None or state.estimator == "contrast":
        return (
            "Inferred-patient and inferred-therapist: what each side's own language suggests, in "
            "standard deviations of reference turns (0 is usual); not a questionnaire score."
        )
    return (
        "Inferred-patient and inferred-therapist: what a model fitted on questionnaires estimates "
        f"that each side would answer, in {state.unit}; nobody has answered it."
    )


def gap_words(state: State | None) -> str:
    """Say what the difference of the two sides may be called."""
    if state is not None and state.on_common_scale:
        return (
            "Gap: inferred-therapist less inferred-patient, on the questionnaire's scale. Above 0, "
            "the therapist's view is estimated to be the better one."
        )
    return (
        "Role difference: inferred-therapist less inferred-patient. The two sides talk "
        "differently, so only its change within a session says something; it is not over- or "
        "underestimation."
    )


def gap_name(state: State | None) -> str:
    """Name the difference of the two sides."""
    return "Gap" if state is not None and state.on_common_scale else "Role difference"


def similarity(value: float) -> str:
    """Write a cosine as .61."""
    written = number(value)
    return written.replace("0.", ".", 1)


def count(n: int, one: str, many: str) -> str:
    """Write a number of things: 1 session, 1,200 sessions."""
    return f"{n:,} {one if n == 1 else many}"
