"""What is known of a session after a turn, as the API tells it.

The fields are those of `attunement.live.State`; they are written down again because clients need
neither the encoder nor its libraries, and because an answer's form is a promise.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from attunement.wire._model import AlarmKind, Direction, Role, Told


class Estimate(Told):
    """A running estimate."""

    value: float = Field(description="In the unit of the state.")
    low: float | None = Field(
        description="Lower end of its 95% interval, in the unit of the state; null until there are "
        "enough turns for one. With contrast it says how far the mean of the turns may lie from "
        "where it would settle; it is not an interval of what the person feels."
    )
    high: float | None = Field(description="Upper end of its 95% interval, likewise.")


class Measures(Told):
    """One side's running estimates, or the difference of the two sides'."""

    alliance: Estimate | None = Field(description="The whole; null until that side was heard.")
    task: Estimate | None = Field(description="Agreement on what is done; null likewise.")
    bond: Estimate | None = Field(description="The affective bond; null likewise.")
    goal: Estimate | None = Field(description="Agreement on what for; null likewise.")


class Trend(Told):
    """How the scores of the patient's language have moved over the patient's turns so far."""

    per_ten_turns: float = Field(
        description="Change over ten of the patient's turns, in standard deviations of the "
        "reference's turns, whatever the estimator: it is the slope of the turns' own zero-shot "
        "scores, also beside estimates of a model."
    )
    low: float = Field(
        description="Lower end of its 95% interval, in the same unit: how sure the slope is, not "
        "what the patient feels."
    )
    high: float = Field(description="Upper end of its 95% interval, likewise.")
    direction: Direction = Field(description="Steady unless the interval is off zero.")


class Nearest(Told):
    """An anchor that a turn comes close to: why it scores as it does."""

    scale: Literal["task", "bond", "goal"] = Field(description="What the anchor is about.")
    pole: Literal["strong", "weak"] = Field(description="What alliance it is said in.")
    anchor: str = Field(description="Its name in the anchor bank.")
    text: str = Field(description="Its words, which are the bank's and never the session's.")
    similarity: float = Field(description="Cosine of the turn with it, -1 to 1.")


class Alarm(Told):
    """Something a supervisor may want to look at."""

    kind: AlarmKind = Field(description="What it is about.")
    turn: int = Field(description="The number of the turn it was raised at, from 0.")
    level: float = Field(description="The statistic that raised it; 1 is the threshold.")
    words: tuple[str, ...] = Field(
        description="The words of the turn that show it, as they were said: as sensitive as the "
        "transcript."
    )
    message: str = Field(description="One calm sentence, without words of the session.")


class Heard(Told):
    """How many turns of each side were scored so far."""

    patient: int = Field(description="Turns of the patient.")
    therapist: int = Field(description="Turns of the therapist.")


class Scores(Told):
    """What one turn sounds like by itself, in standard deviations of the reference's turns."""

    task: float = Field(description="In standard deviations of the reference's turns.")
    bond: float = Field(description="In standard deviations of the reference's turns.")
    goal: float = Field(description="In standard deviations of the reference's turns.")
    alliance: float = Field(description="In standard deviations of the reference's turns.")


class State(Told):
    """What is known of a session after a turn."""

    session_id: str = Field(description="The session.")
    turn: int = Field(description="The number of the turn, from 0.")
    role: Role = Field(description="Who spoke.")
    scored: bool = Field(
        description="Whether the turn counts: third speakers' turns and turns without words do "
        "not, nor turns while estimates are withheld (`in_english`)."
    )
    estimator: str = Field(description='"contrast" (zero-shot), or "fitted".')
    unit: str = Field(description="What estimates and gap are measured in, in words.")
    on_common_scale: bool = Field(
        description="Whether the gap may be read as one side seeing more alliance than the other. "
        "With contrast it may not: it is a role difference."
    )
    heard: Heard = Field(description="How many turns of each side were scored so far.")
    scores: Scores | None = Field(
        description="What this turn sounds like by itself; null where it is not scored."
    )
    patient: Measures = Field(
        description="Inferred-patient: running estimates from the patient's language, in `unit`."
    )
    therapist: Measures = Field(
        description="Inferred-therapist: running estimates from the therapist's language, in "
        "`unit`. Unlike those of the patient, they were held against no ratings of therapists yet "
        "unless a model was fitted to some."
    )
    gap: Measures = Field(
        description="Therapist less patient, in `unit`; null where either is, or where their "
        "scales differ."
    )
    trend: Trend | None = Field(
        description="Of the patient's own turns, zero-shot with every estimator; null until the "
        "patient said enough."
    )
    evidence: tuple[Nearest, ...] = Field(
        description="Per scale, the anchors nearest to this turn; empty where it is not scored."
    )
    alarms: tuple[Alarm, ...] = Field(description="Those raised at this turn.")
    levels: dict[str, float] = Field(
        description="Every alarm's statistic now, by kind; 1 is its threshold. An alarm that does "
        "not apply is left out."
    )
    in_english: bool | None = Field(
        default=None,
        description="Whether what was said so far is English; null with too few words. Where it is "
        "false, the words of withdrawal and confrontation are not looked for, and with the shipped "
        "encoder, which knows English only, nothing is estimated and no alarm is raised.",
    )
    safety_turn: int | None = Field(
        default=None,
        description="The latest turn, of either side, with words that may be about not wanting to "
        "live, until the patient has spoken five turns: withdrawal and confrontation are not "
        "looked for then. It is no search for risk and no assessment of it; null says nothing.",
    )
