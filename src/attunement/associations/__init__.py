"""How markers and topics go with the alliance: within sessions, and over them. Tables only."""

from attunement.associations._analysis import associate_sessions, associate_turns
from attunement.associations._next_turn import (
    ANOTHER_SESSION,
    FEWEST_STEPS,
    FORM_SWAP,
    INFERRED_PATIENT,
    KEY_OFFSET,
    KIND_OF_ANSWER,
    LENGTH_MATCH,
    NEXT_TURN,
    PREVIOUS_TURN,
    WITHOUT_CLOSING,
    WITHOUT_LENGTHS,
)
from attunement.associations._options import AssociationOptions
from attunement.associations._result import Associations
from attunement.associations._sessions import SESSION

__all__ = [
    "ANOTHER_SESSION",
    "FEWEST_STEPS",
    "FORM_SWAP",
    "INFERRED_PATIENT",
    "KEY_OFFSET",
    "KIND_OF_ANSWER",
    "LENGTH_MATCH",
    "NEXT_TURN",
    "PREVIOUS_TURN",
    "SESSION",
    "WITHOUT_CLOSING",
    "WITHOUT_LENGTHS",
    "AssociationOptions",
    "Associations",
    "associate_sessions",
    "associate_turns",
]
