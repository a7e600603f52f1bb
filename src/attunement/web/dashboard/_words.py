"""How pages say numbers and names: calmly, and never more than the numbers carry."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.alliance.fitted import LEVEL
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
    "falling": "the patient's language scores lower than it did earlier in this session",
    "widening": "the role difference has moved against the patient's side, compared with earlier; "
    "either side may have moved",
    "withdrawal": "words of moving away: short, evasive, or giving in",
    "confrontation": "words of complaint about the work or the therapist",
    "low": "the patient's language scores low for this point of a session",
}

FEWEST_OTHERS = 5
"""A place among fewer turns says nothing."""


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


def standing(score: float | None, others: Sequence[float], *, role: str) -> str:
    """Say where a turn's score lies among the same side's other turns of the session."""
    if score is None:
        return "not scored"
    if len(others) < FEWEST_OTHERS:
        return f"too few other {role} turns to compare with"
    lower = sum(other < score for other in others)
    return f"above {lower} of this {role}'s {len(others)} other turns"


def trend_words(trend: Trend | None) -> str:
    """Say how the patient's turns have moved; falling is what an alarm is called, not a trend."""
    if trend is None:
        return "too early to say"
    return {"rising": "moving up", "steady": "no clear change", "falling": "moving down"}[
        trend.direction
    ]


def trend_note(estimator: str) -> str:
    """Say what the trend is of."""
    said = (
        "The trend is a straight line through the scores of the patient's single turns, told as "
        "moving where its 95% interval is off zero at this moment."
    )
    if signed(estimator):
        return said
    return f"{said} Those scores are zero-shot, in reference SDs: the model has no part in it."


def course_words(values: Sequence[float], *, whose: str, signed: bool = True) -> str:
    """Describe a line, for those who cannot see it."""
    if not values:
        return f"The {whose} has no line yet: too few turns."
    start, end, low, high = (
        number(value, signed=signed) for value in (values[0], values[-1], min(values), max(values))
    )
    return f"The {whose}'s line starts at {start}, ends at {end} and lies between {low} and {high}."


def signed(estimator: str) -> bool:
    """Tell whether estimates bear a sign: standard deviations do, a questionnaire's points not."""
    return estimator.startswith("contrast")


def interval_name(estimator: str) -> str:
    """Name the intervals of estimates, as 95% interval."""
    return f"{level_name(estimator)} interval"


def level_name(estimator: str) -> str:
    """Give the level of the intervals of estimates, as 95%."""
    return "95%" if signed(estimator) else f"{LEVEL:.0%}"


def unit_words(estimator: str, unit: str | None = None) -> str:
    """Say what the numbers are."""
    if signed(estimator):
        return (
            "Inferred-patient and inferred-therapist: what each side's own language suggests, in "
            "standard deviations (SDs) of our fictional reference turns; not a questionnaire "
            "score. 0 is the middle of both sides' reference turns together; patients tend to lie "
            "below it and therapists above. Inferred-therapist is not validated."
        )
    return (
        "Inferred-patient and inferred-therapist: what a model fitted on questionnaires estimates "
        f"that each side would answer{f', in {unit}' if unit else ''}; nobody has answered it."
    )


def short_unit(state: State | None) -> str:
    """Name the unit of an estimate where there is little room."""
    if state is None or signed(state.estimator):
        return "SD"
    return state.unit


def interval_words(estimator: str) -> str:
    """Say what an interval is of, and where lines begin."""
    if signed(estimator):
        return (
            "Bands are 95% intervals: how far the estimate might still move if that side went on "
            "speaking as it has. They are not intervals of what the person feels. A line begins "
            "where there are turns enough for one; early values swing because few turns are in "
            "them, so lines that come closer are by themselves no sign of the sides drawing closer."
        )
    return (
        f"Bands are the model's {LEVEL:.0%} intervals of the answer it estimates; they are not "
        "intervals of what the person feels. Early values lie near the mean answer because few "
        "turns are in them, so lines that part or come closer early say little."
    )


def gap_words(estimator: str, state: State | None) -> str:
    """Say what the difference of the two sides may be called."""
    if signed(estimator):
        return (
            "Role difference: inferred-therapist less inferred-patient. The two sides talk "
            "differently, so where it stands does not tell who sees more alliance; only its change "
            "within a session may say something, and it narrows by itself while turns are few."
        )
    if state and not state.gap.alliance and state.heard.patient and state.heard.therapist:
        return (
            "No gap: the model does not estimate both sides' whole alliance on one scale of one "
            "questionnaire, so nothing is subtracted."
        )
    return (
        "Gap: inferred-therapist less inferred-patient, on the questionnaire's scale. Above 0, the "
        "therapist is estimated to rate the alliance higher than the patient does."
    )


def language_words(state: State | None) -> str:
    """Say what follows where a session is not in English; nothing where it is."""
    if state is None or state.in_english is not False:
        return ""
    if state.patient.alliance is None and state.therapist.alliance is None:
        return (
            "What was said does not seem to be English, which is all that the model in use "
            "knows: nothing is estimated, and no alarm is raised."
        )
    return (
        "What was said does not seem to be English: words of withdrawal and confrontation are "
        "not looked for."
    )


def gap_name(estimator: str) -> str:
    """Name the difference of the two sides."""
    return "Role difference" if signed(estimator) else "Gap"


def similarity(value: float) -> str:
    """Write a cosine as .61."""
    written = number(value)
    return written.replace("0.", ".", 1)


def count(n: int, one: str, many: str) -> str:
    """Write a number of things: 1 session, 1,200 sessions."""
    return f"{n:,} {one if n == 1 else many}"
