"""Results: the language of a session, and what is found over all sessions."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from attunement.wire._model import Moment, Role, Told
from attunement.wire._uploads import Job

Change: TypeAlias = Literal["sessions", "conditions", "ratings", "model"]


class UsualMarker(Told):
    """What a marker is in the organisation's other sessions."""

    median: float = Field(description="The middle one.")
    low: float = Field(description="Where the middle half begins.")
    high: float = Field(description="Where the middle half ends.")
    sessions: int = Field(description="How many other sessions have it.")
    rarity: float = Field(
        description="Share of sessions that lie as far out, low and high together, if this one is "
        "like the others; 0 to 1."
    )
    standing: Literal["lower", "usual", "higher"] = Field(
        description="lower or higher where `rarity` is at most 0.05, which takes 39 others."
    )


class SessionMarker(Told):
    """A marker of a session: how one side, or the two together, speak."""

    marker: str = Field(description="Its name, as in the documentation of markers.")
    label: str = Field(description="What it is called on pages.")
    side: Literal["patient", "therapist", "dyad"] = Field(
        description="Whose it is; dyad is of the two together."
    )
    value: float = Field(description="In its unit.")
    unit: str = Field(description="What it is measured in.")
    n: int | None = Field(description="Words or turns that it rests on.")
    definition: str = Field(description="What is counted.")
    caution: str = Field(description="What it does not say.")
    usual: UsualMarker | None = Field(
        description="What is usual in the other sessions; null where fewer than twenty have it."
    )


class TurnLanguage(Told):
    """What was read of one turn."""

    turn: int = Field(description="Its number.")
    role: Role = Field(description="Who speaks.")
    act: str | None = Field(
        description="What a therapist's turn does: open_question, closed_question, reflection, "
        "advice, information or other; null for the patient's turns, and where it is not told."
    )
    act_probability: float | None = Field(description="How sure that is, from 0 to 1.")
    topic: int | None = Field(description="The topic of `topics` that it is nearest to.")
    markers: dict[str, float] = Field(
        description="Its markers that are not null or nought, by their names."
    )


class SessionTopic(Told):
    """A topic, and how much of a session is about it."""

    topic: int = Field(description="Its number.")
    name: str = Field(description="Its first words.")
    words: str = Field(description="The words that tell it from the others.")
    patient: float = Field(description="Share of the patient's turns, from 0 to 1.")
    therapist: float = Field(description="Share of the therapist's turns, from 0 to 1.")
    usual_patient: float | None = Field(description="The same over the organisation's sessions.")
    usual_therapist: float | None = Field(description="The same over the organisation's sessions.")


class TopicPart(Told):
    """The share of a topic in a tenth of a session's time."""

    part: int = Field(description="Which tenth, from 0.")
    topic: int = Field(description="The topic.")
    share: float = Field(description="Share of both sides' turns there, from 0 to 1.")


class SessionLanguage(Told):
    """How a session is spoken, and of what."""

    status: Literal["ready", "waiting"] = Field(
        description="waiting where it was not read yet: sessions are read when they are closed."
    )
    english: bool | None = Field(
        description="Whether it was taken for English: word lists apply there alone. Null while "
        "waiting."
    )
    other_sessions: int = Field(description="Sessions that usual values are of.")
    fewest_others: int = Field(description="With fewer, nothing is said to stand out.")
    compared: int = Field(description="Markers that were put beside the other sessions'.")
    standing_out: int = Field(description="How many of these are lower or higher than usual.")
    by_chance: float = Field(
        description="How many would be, about, in a session that is like the others; fewer where "
        "values are tied."
    )
    fictional: bool = Field(
        description="Whether it is one of the bundled sample's. Invented sessions are compared "
        "with each other, and with nothing once there are others."
    )
    markers: list[SessionMarker] = Field(description="In the order of the documentation.")
    turns: list[TurnLanguage] = Field(description="The turns with words of either side, in order.")
    topics: list[SessionTopic] = Field(description="The topics that the session speaks of.")
    course: list[TopicPart] = Field(description="When it speaks of them.")
    no_topics: str | None = Field(description="Why there are no topics, in a sentence.")


class Conditions(Told):
    """The calibration gap over all sessions of the organisation."""

    status: Literal["none", "ready"] = Field(description="none where it was not computed yet.")
    job: Job | None = Field(description="The computation that waits or runs, if one does.")
    computed_at: Moment | None = Field(description="When, UTC.")
    n_sessions: int = Field(description="Sessions in it.")
    stale: bool = Field(description="Whether it would come out otherwise by now.")
    changed: list[Change] = Field(
        description="Why: sessions have come or gone, they are described otherwise, others' "
        "ratings count, or another model reads them."
    )
    fictional: bool = Field(
        description="Whether they are the bundled sample's, which count while there are no others."
    )
    sample_left_out: int = Field(description="Sessions of the sample that do not count.")
    added: int = Field(description="Sessions that have come since.")
    gone: int = Field(description="Sessions that were in it and are gone.")
    draws: int = Field(description="Bootstrap and permutation draws.")
    effects: list[dict[str, Any]] = Field(description="Rows of the table `effects`.")
    controls: list[dict[str, Any]] = Field(description="Rows of the table `controls`.")
    trajectories: list[dict[str, Any]] = Field(description="Rows of the table `trajectories`.")
    conditions: list[dict[str, Any]] = Field(description="Rows of the table `gap_conditions`.")
    levels: list[dict[str, Any]] = Field(description="The effects on level and size.")
    notes: list[str] = Field(description="What a reader must know of the whole.")
    section: dict[str, Any] | None = Field(
        description="The report's section on them, worked out: its tables in words, its figures "
        "as SVG whose colours are CSS custom properties, its sentences, methods and sources."
    )
