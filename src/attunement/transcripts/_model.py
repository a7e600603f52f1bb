"""What a transcript is once it has been read: sessions, their turns, and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from attunement.errors import UsageError
from attunement.tables import ROLES, Role

SpeakerRole: TypeAlias = Role | Literal["other"]
"""Whose words a turn holds: the two sides that are scored, and whoever else was in the room."""

Rater: TypeAlias = Literal["patient", "therapist", "observer"]
Value: TypeAlias = str | int | float | bool | None
"""What a cell of one of the user's own session columns may hold."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says until another one does.

    Attributes
    ----------
    turn : int
        Its place in the session, 0 to n - 1.
    role : {"patient", "therapist", "other"}
        Whose words they are; "other" is kept and never scored.
    text : str
        The words, in Unicode NFC, without control characters. May be empty: nothing was said.
    speaker : str, optional
        The name the file gives the speaker, where it gives one.
    start, end : float, optional
        Seconds from the session's beginning.
    """

    turn: int
    role: SpeakerRole
    text: str
    speaker: str | None = None
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """One value on one scale of one instrument.

    Attributes
    ----------
    rater : {"patient", "therapist", "observer"}
        Who rated.
    instrument : str
        The questionnaire, "questionnaire" when the file does not say which.
    scale : str
        The scale, such as "bond"; "feedback" for a turn's own rating in the canonical form.
    value : float
        The value, on the instrument's own scale.
    turn : int, optional
        The turn rated; None when the rating is the whole session's.
    """

    rater: Rater
    instrument: str
    scale: str
    value: float
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation between a patient and a therapist.

    Attributes
    ----------
    session_id : str
        Unique in a corpus.
    turns : tuple of Turn
        In the order spoken.
    patient_id, therapist_id, condition : str, optional
        Who they are, and the group the patient belongs to.
    number : int, optional
        Which session of the treatment this is.
    columns : Mapping
        The user's own columns: name to text, number, truth value or None.
    ratings : tuple of Rating
        What was rated, by whom.
    path : Path, optional
        The file the session was read from. Two sessions that differ only in this are equal.
    line : int, optional
        The line there it begins on, where a file holds several sessions.
    """

    session_id: str
    turns: tuple[Turn, ...]
    patient_id: str | None = None
    therapist_id: str | None = None
    condition: str | None = None
    number: int | None = None
    columns: Mapping[str, Value] = field(default_factory=dict, hash=False)
    ratings: tuple[Rating, ...] = ()
    path: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)


FIELDS = (
    "session_id",
    "role",
    "text",
    "speaker",
    "start",
    "end",
    "patient_id",
    "therapist_id",
    "condition",
    "number",
)
"""What a turn-per-row table may say in its columns."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are to be understood where they do not say it themselves.

    Attributes
    ----------
    columns : Mapping of str to str
        For turn-per-row tables, our name of a field to the user's name of its column:
        ``{"text": "utterance", "role": "who"}``.
    patient, therapist : tuple of str
        The user's own names of the two sides' speakers. They win over the default names.
    merge : bool
        Whether consecutive utterances of one speaker become one turn.
    folder_in_id : bool
        Whether sessions named by their files have the folder's name before theirs ("x/chat"), where
        files of several folders are called alike.

    Raises
    ------
    UsageError
        A field that no table has, or one name given to both sides.
    """

    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    patient: tuple[str, ...] = ()
    therapist: tuple[str, ...] = ()
    merge: bool = True
    folder_in_id: bool = False

    def __post_init__(self) -> None:
        for side in ROLES:
            names: object = getattr(self, side)
            if isinstance(names, str):
                raise UsageError(
                    "expected a tuple of names, found one text",
                    mend=f'Write {side}=("{names}",)',
                    field=side,
                )
        for name in self.columns:
            if name not in FIELDS:
                raise UsageError(
                    f'"{name}" is not a field of a turn',
                    mend=f"Map one of {', '.join(FIELDS)}, as in --columns text=utterance",
                    field="columns",
                )
        both = {n.casefold().strip() for n in self.patient} & {
            n.casefold().strip() for n in self.therapist
        }
        if both:
            raise UsageError(
                f'"{sorted(both)[0]}" is named as patient and as therapist',
                mend="Name each speaker on one side only",
                field="patient, therapist",
            )
