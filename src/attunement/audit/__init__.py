"""An AI in the therapist's chair, audited: what it takes the alliance for, and what it does."""

from attunement.audit._advice import Rule, advice
from attunement.audit._audit import audit_reading, audit_sessions, scored_chats
from attunement.audit._definitions import FigureDefinition, figure_definitions, figure_names
from attunement.audit._measured import FigureOver, Measured, figure_over, measure
from attunement.audit._options import ALL_CHATS, FOLDER, AuditOptions
from attunement.audit._own import OwnRatings, answer_range, own_ratings
from attunement.audit._reading import Reading, read_chats
from attunement.audit._remembering import Remembering
from attunement.audit._result import AuditResult
from attunement.audit._thresholds import Breach, Threshold, breaches

__all__ = [
    "ALL_CHATS",
    "FOLDER",
    "AuditOptions",
    "AuditResult",
    "Breach",
    "FigureDefinition",
    "FigureOver",
    "Measured",
    "OwnRatings",
    "Reading",
    "Remembering",
    "Rule",
    "Threshold",
    "advice",
    "answer_range",
    "audit_reading",
    "audit_sessions",
    "breaches",
    "figure_definitions",
    "figure_names",
    "figure_over",
    "measure",
    "own_ratings",
    "read_chats",
    "scored_chats",
]
