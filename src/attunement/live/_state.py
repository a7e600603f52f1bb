"""What is known of a session after a turn: the one thing a monitor gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from attunement.tables import Pole, Scale
from attunement.transcripts import SpeakerRole

AlarmKind: TypeAlias = Literal["falling", "widening", "withdrawal", "confrontation", "low"]
"""What an alarm may be about."""

Direction: TypeAlias = Literal["rising", "steady", "falling"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A running estimate.

    Attributes
    ----------
    value : float
        In the unit of the state that holds it.
    low, high : float or None
        Its 95% interval, which is not one of what the person feels; None until there are enough
        turns for one.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """One side's running estimates, or the difference of the two sides'.

    Attributes
    ----------
    alliance, task, bond, goal : Estimate or None
        None until that side was heard, and where a fitted model knows no such scale.
    """

    alliance: Estimate | None
    task: Estimate | None
    bond: Estimate | None
    goal: Estimate | None


@dataclass(frozen=True, slots=True)
class Trend:
    """How the scores of the patient's language have moved over the patient's turns so far.

    Attributes
    ----------
    per_ten_turns : float
        Change over ten of the patient's turns, in standard deviations of the reference's turns,
        whatever the estimator: it is the slope of the turns' own zero-shot scores, also where a
        model estimates ratings.
    low, high : float
        Its 95% interval, which is not one of what the patient feels.
    direction : {"rising", "steady", "falling"}
        Steady unless the interval is off zero.
    """

    per_ten_turns: float
    low: float
    high: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class Nearest:
    """An anchor that a turn comes close to: why it scores as it does.

    Attributes
    ----------
    scale : {"task", "bond", "goal"}
        What the anchor is about.
    pole : {"strong", "weak"}
        What alliance it is said in.
    anchor : str
        Its name in the bank.
    text : str
        Its words, which are the bank's and never the session's.
    similarity : float
        Cosine of the turn with it.
    """

    scale: Scale
    pole: Pole
    anchor: str
    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a supervisor may want to look at.

    Attributes
    ----------
    kind : {"falling", "widening", "withdrawal", "confrontation", "low"}
        What it is about.
    turn : int
        The turn it was raised at.
    level : float
        The statistic that raised it; 1 is the threshold.
    words : tuple of str
        The words of the turn that show it, as they were said. They are the session's text and
        must be kept as safe as it.
    message : str
        One calm sentence, without words of the session.
    """

    kind: AlarmKind
    turn: int
    level: float
    words: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Heard:
    """How many turns of each side were scored."""

    patient: int
    therapist: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What one turn sounds like by itself, in standard deviations of the reference's turns."""

    task: float
    bond: float
    goal: float
    alliance: float


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a session after a turn.

    Attributes
    ----------
    session_id : str
        The session.
    turn : int
        The number of the turn, from 0.
    role : {"patient", "therapist", "other"}
        Who spoke.
    scored : bool
        Whether the turn counts. Turns of third speakers and turns without words do not; the
        estimates then stay as they were. Nor do turns while nothing can be said of the session's
        language.
    estimator : str
        "contrast", or "fitted".
    unit : str
        What the estimates and the gap are measured in, in words.
    on_common_scale : bool
        Whether the gap may be read as over- or underestimation. With "contrast" it may not: it is
        a role difference.
    heard : Heard
        How many turns of each side were scored so far.
    scores : Scores or None
        What this turn sounds like by itself, zero-shot with either estimator; None where it is
        not scored.
    patient, therapist : Measures
        Each side's running estimates.
    gap : Measures
        Therapist less patient; None where either is, or where their scales differ.
    trend : Trend or None
        Of the patient's own scores, zero-shot with either estimator; None until the patient said
        enough.
    evidence : tuple of Nearest
        Per scale, the anchors nearest to this turn; empty where it is not scored.
    alarms : tuple of Alarm
        Those raised at this turn.
    levels : dict of str to float
        Every alarm's statistic now; 1 is its threshold. An alarm that does not apply is left out.
    in_english : bool or None
        Whether what was said so far is English; None with too few words. Where it is False and the
        encoder knows English only, nothing is estimated and no alarm is raised.
    safety_turn : int or None
        The latest turn with words that may be about not wanting to live, while the talk counts as
        the same: ruptures are not looked for then. It is no search for risk; None says nothing.
    """

    session_id: str
    turn: int
    role: SpeakerRole
    scored: bool
    estimator: str
    unit: str
    on_common_scale: bool
    heard: Heard
    scores: Scores | None
    patient: Measures
    therapist: Measures
    gap: Measures
    trend: Trend | None
    evidence: tuple[Nearest, ...]
    alarms: tuple[Alarm, ...]
    levels: dict[str, float] = field(hash=False)
    in_english: bool | None = None
    safety_turn: int | None = None
