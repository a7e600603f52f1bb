"""What a language model is asked about a session, and what it answered, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from attunement.raters._reasons import Reason
from attunement.tables import SURFACE_FEATURES
from attunement.transcripts import Turn

Perspective: TypeAlias = Literal["patient", "therapist", "observer"]
"""As whom the judge is to answer."""

Framing: TypeAlias = Literal["reader", "own"]
"""Whether the judge reads a transcript, or is the AI of the chat and rates it as itself."""

PERSPECTIVES: tuple[Perspective, ...] = get_args(Perspective)
FRAMINGS: tuple[Framing, ...] = get_args(Framing)

AS_IT_IS = "as it is"
SECOND_HALF_FIRST = "second half first"
VARIANTS: tuple[str, ...] = (AS_IT_IS, *SURFACE_FEATURES, SECOND_HALF_FIRST)
"""What is shown: the transcript, or a rewriting of it that probes a bias of the judge."""


@dataclass(frozen=True, slots=True)
class RatedItem:
    """One statement that a judge is asked about.

    Attributes
    ----------
    item : str
        Its name, unique in its set: "7", "clarity-2".
    scale : str
        The scale it belongs to.
    key : {1, -1}
        -1 when a high answer speaks of little of what the scale measures.
    patient, therapist, observer : str, optional
        The statement as each of the three answers it. At least one is there.
    definition : str
        What the item is about.
    high, low : str
        Scoring guideline: what is the case when the highest answer is right, and the lowest.
    """

    item: str
    scale: str
    key: Literal[1, -1]
    patient: str | None
    therapist: str | None
    observer: str | None
    definition: str
    high: str
    low: str

    def wording(self, perspective: Perspective) -> str | None:
        """Give the statement as it is put to `perspective`.

        An observer is shown the patient's form where there is no wording of an observer's own, as
        observer forms of alliance questionnaires are the patient's in other words.
        """
        if perspective == "therapist":
            return self.therapist
        if perspective == "patient":
            return self.patient
        return self.observer or self.patient


@dataclass(frozen=True, slots=True)
class ItemSet:
    """The statements of one instrument and the range of their answers.

    Attributes
    ----------
    name, version, licence : str
        What it is, and on what terms; `name` is the instrument of every table.
    low, high : float
        The ends of the answer scale.
    whole : bool
        Whether only whole numbers are answers.
    items : tuple of RatedItem
        In the order of the file.
    sha256 : str
        Hash of the file it was read from.
    """

    name: str
    version: str
    licence: str
    low: float
    high: float
    whole: bool
    items: tuple[RatedItem, ...]
    sha256: str

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales, in the order in which the items name them first."""
        return tuple(dict.fromkeys(item.scale for item in self.items))


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive turns of a session that are judged together.

    Attributes
    ----------
    session_id : str
        The session.
    window : int
        Its place in the session, from 0.
    first_turn, last_turn : int
        The turns it spans, as the session counts them. Both 0 in a session without turns.
    turns : tuple of Turn
        The turns in the order in which they are shown, with the words that are shown: a variant of
        a transcript is a window with other words, or another order.
    """

    session_id: str
    window: int
    first_turn: int
    last_turn: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat with a judge."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """One item asked about one window.

    Attributes
    ----------
    session_id : str
        The session.
    window : Window
        What is shown, as the judge sees it: the variant's words.
    item : RatedItem
        What is asked.
    perspective : Perspective
        As whom the judge answers.
    framing : Framing
        Reader of a transcript, or the AI of the chat.
    variant : str
        One of `VARIANTS`.
    messages : tuple of Message
        What is sent. Empty where `reason` is given.
    prompt : str
        SHA-256 of everything that decides the answer but the model, its settings and the seed. Two
        questions of one session never share it.
    speaks_to_judge : bool
        Whether words in the window address whoever rates it.
    reason : Reason, optional
        Why there is nothing to ask: the verdict is unscored with this reason, and no endpoint is
        called.
    """

    session_id: str
    window: Window
    item: RatedItem
    perspective: Perspective
    framing: Framing
    variant: str
    messages: tuple[Message, ...]
    prompt: str
    speaks_to_judge: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that stand in the window, and the turn of the session that they stand in."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer means: a score, or the reason that there is none.

    Attributes
    ----------
    score : float, optional
        On the scale of the items, as answered: not turned round by the key.
    reason : Reason, optional
        Given exactly when there is no score.
    quotes : tuple of Quote
        The quotes of the verdict that were found in the window, in the window's own words.
    """

    score: float | None
    reason: Reason | None
    quotes: tuple[Quote, ...] = ()
