"""What comes after a session: ratings, alarms looked at, and the comparison."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from attunement.wire._model import AlarmKind, Asked, Moment, Rater, ShortName, Told

RatingValue = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class NewRatings(Asked):
    """What patient or therapist answered on a form after the session."""

    rater: Rater = Field(description="Who filled the form in.", examples=["therapist"])
    instrument: ShortName = Field(
        description="The questionnaire. Scales of a shipped key (WAI-SR, WAI-S, WAI-36, SRS) are "
        "checked against its range; any other name may be used.",
        examples=["WAI-SR"],
    )
    values: dict[ShortName, RatingValue] = Field(
        min_length=1,
        max_length=50,
        description="Scale to value, on the instrument's own scale.",
        examples=[{"task": 4.0, "bond": 4.5, "goal": 3.75}],
    )


class Rating(Told):
    """One value on one scale."""

    rater: Rater = Field(description="Who rated.")
    instrument: str = Field(description="The questionnaire.")
    scale: str = Field(description="The scale.")
    value: float = Field(description="What stands now, on the instrument's own scale.")
    first_value: float = Field(description="What was answered first; it stays.")
    seen_before: bool | None = Field(
        description="Whether whoever put down the first answer had been shown what was inferred "
        "of the session before; null where that is not known: the patient's, and a program's."
    )
    created_at: Moment = Field(description="When the service was first told, UTC.")
    changed_at: Moment | None = Field(
        description="When it was last answered otherwise, UTC; null if it never was."
    )


class Ratings(Told):
    """All ratings of a session."""

    ratings: tuple[Rating, ...] = Field(description="By rater, instrument and scale.")


class RaisedAlarm(Told):
    """An alarm that was raised in a session."""

    id: str = Field(description="Names the alarm in this API.")
    session_id: str = Field(description="The session.")
    turn: int = Field(description="The number of the turn it was raised at, from 0.")
    kind: AlarmKind = Field(description="What it is about.")
    level: float = Field(description="The statistic that raised it; 1 is the threshold.")
    words: tuple[str, ...] = Field(description="The words of the turn that show it, as said.")
    message: str = Field(description="One calm sentence, without words of the session.")
    raised_at: Moment = Field(description="When, UTC.")
    seen_at: Moment | None = Field(description="When somebody looked at it, UTC; null until then.")
    seen_by: str | None = Field(description="The user who did; null for a program.")


class RaisedAlarms(Told):
    """Alarms, the latest first."""

    alarms: tuple[RaisedAlarm, ...] = Field(description="At most `limit` of them.")
    next: str | None = Field(
        description="Ask again with `before` set to this for earlier ones; null at the end."
    )


class OnOneScale(Told):
    """The therapist's own rating held against the patient's, as estimated on the same scale."""

    instrument: str = Field(description="The questionnaire both are on.")
    scale: str = Field(description="The scale both are on.")
    therapist_rated: float = Field(description="The therapist's first answer, on that scale.")
    seen_before: bool | None = Field(
        description="Whether what was inferred had been seen before it; null if not known."
    )
    inferred_patient: float = Field(
        description="What the model estimates that the patient would say, on that scale."
    )
    low: float = Field(description="Lower end of the estimate's prediction interval.")
    high: float = Field(description="Upper end of the estimate's prediction interval.")
    difference: float = Field(description="therapist_rated less inferred_patient, on that scale.")
    signal: Literal["over", "under", "within"] = Field(
        description="over: the therapist's rating lies above the interval; under: below it; "
        "within: in it."
    )


class Place(Told):
    """Where a session lies among this therapist's sessions."""

    value: float = Field(description="This session's value, in `unit`.")
    unit: str = Field(description="What the value is measured in.")
    lower: int = Field(description="How many of the others have a lower value.")
    equal: int = Field(description="How many of the others have the same value.")
    higher: int = Field(description="How many of the others have a higher value.")
    others: int = Field(description="How many others there are.")


class SideBySide(Told):
    """Own rating and inferred-patient, each among this therapist's sessions; not subtracted."""

    instrument: str = Field(description="The questionnaire the therapist rated on.")
    scale: str = Field(description="The scale.")
    seen_before: bool | None = Field(
        description="Whether what was inferred had been seen before the first answer; null if not "
        "known."
    )
    therapist_rated: Place = Field(description="By the therapist's first answer.")
    inferred_patient: Place = Field(
        description="By what the patient's language suggests; never on the questionnaire's scale."
    )
    chance: float = Field(
        description="How often the two places would lie as far apart, or farther, if rating and "
        "language had nothing to do with each other; 0 to 1."
    )
    summary: str = Field(description="The same in plain sentences.")


class WithoutPlace(Told):
    """A scale the therapist rated that nothing inferred can be put beside."""

    instrument: str = Field(description="The questionnaire.")
    scale: str = Field(description="The scale.")
    reason: str = Field(description="Why not, in a sentence.")


class Comparison(Told):
    """The therapist's own rating beside what was inferred from the patient's language."""

    session_id: str = Field(description="The session.")
    on_common_scale: bool = Field(
        description="Whether the two may be subtracted: only with a model fitted on the same "
        "questionnaire."
    )
    on_one_scale: tuple[OnOneScale, ...] = Field(description="Empty unless `on_common_scale`.")
    side_by_side: tuple[SideBySide, ...] = Field(description="Empty where there are too few.")
    without_place: tuple[WithoutPlace, ...] = Field(
        description="The therapist's other ratings, and why nothing is put beside each."
    )
    missing: str | None = Field(
        description="Why there is nothing to compare, and what to do; null where there is."
    )
    note: str = Field(description="What this is not.")
