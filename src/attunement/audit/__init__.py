"""An AI in the therapist's chair, audited: what it takes the alliance for, and what it does."""

from attunement.audit._advice import Rule, advice
from attunement.audit._audit import audit_reading, audit_sessions, scored_chats
from attunement.audit._axes import Axes, parting
from attunement.audit._definitions import FigureDefinition, figure_definitions, figure_names
from attunement.audit._exchanges import exchanges, in_english
from attunement.audit._measured import FigureOver, Measured, figure_over, measure
from attunement.audit._options import ALL_CHATS, FOLDER, AuditOptions
from attunement.audit._own import OwnRatings, answer_range, check_models, own_ratings
from attunement.audit._reading import Reading, read_chats
from attunement.audit._remembering import Remembering
from attunement.audit._result import AuditResult
from attunement.audit._risk import risk
from attunement.audit._thresholds import Breach, Threshold, breaches, few_behind

__all__ = [
    "ALL_CHATS",
    "FOLDER",
    "AuditOptions",
    "AuditResult",
    "Axes",
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
    "check_models",
    "exchanges",
    "few_behind",
    "figure_definitions",
    "figure_names",
    "figure_over",
    "in_english",
    "measure",
    "own_ratings",
    "parting",
    "read_chats",
    "risk",
    "scored_chats",
]
