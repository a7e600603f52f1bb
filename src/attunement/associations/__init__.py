"""How markers and topics go with the alliance: within sessions, and over them. Tables only."""

from attunement.associations._analysis import associate_sessions, associate_turns
from attunement.associations._next_turn import (
    FORM_SWAP,
    INFERRED_PATIENT,
    KEY_OFFSET,
    LENGTH_MATCH,
    NEXT_TURN,
    POSITION_MATCH,
    PREVIOUS_TURN,
    SHIFTED_TIME,
    WITHOUT_CLOSING,
)
from attunement.associations._options import AssociationOptions
from attunement.associations._result import Associations
from attunement.associations._sessions import SESSION

__all__ = [
    "FORM_SWAP",
    "INFERRED_PATIENT",
    "KEY_OFFSET",
    "LENGTH_MATCH",
    "NEXT_TURN",
    "POSITION_MATCH",
    "PREVIOUS_TURN",
    "SESSION",
    "SHIFTED_TIME",
    "WITHOUT_CLOSING",
    "AssociationOptions",
    "Associations",
    "associate_sessions",
    "associate_turns",
]
