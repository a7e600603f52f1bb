"""Every table's schema, defined once: names, types, and the words the docs use for them.

docs/tables.md is checked against this module.
"""

from __future__ import annotations

from attunement.tables._associations import ASSOCIATION_CONTROLS, ASSOCIATIONS
from attunement.tables._corpora import ISSUES, RATINGS, SESSIONS, TURNS
from attunement.tables._gap import (
    AS_PUBLISHED,
    CONTROLS,
    EFFECTS,
    GAP_BINS,
    GAP_CONDITIONS,
    GAP_DYADS,
    GAP_PAIRS,
    GAP_SESSIONS,
    RATED_PAIRS,
    TRAJECTORIES,
)
from attunement.tables._markers import ACTS, COUNTED, MARKER_SESSIONS, MARKERS, STYLE_WORDS
from attunement.tables._scores import CORRECTIVE_SIGNAL, ESTIMATES, EVIDENCE, SCORES
from attunement.tables._summaries import (
    CONDITION_SUMMARY,
    MOMENTS,
    NEAREST_ANCHORS,
    SESSION_SUMMARY,
)
from attunement.tables._table import (
    ALLIANCE,
    MEASURES,
    OTHER,
    POLES,
    ROLES,
    SCALES,
    Pole,
    Role,
    Scale,
    Table,
)
from attunement.tables._topics import (
    TOPIC_COURSES,
    TOPIC_QUALITY,
    TOPIC_TRANSITIONS,
    TOPIC_TURNS,
    TOPICS,
)
from attunement.tables._validity import VALIDITY

TABLES: tuple[Table, ...] = (
    TURNS,
    SESSIONS,
    RATINGS,
    SCORES,
    ESTIMATES,
    CORRECTIVE_SIGNAL,
    EVIDENCE,
    ISSUES,
    SESSION_SUMMARY,
    CONDITION_SUMMARY,
    GAP_PAIRS,
    GAP_BINS,
    GAP_SESSIONS,
    GAP_DYADS,
    GAP_CONDITIONS,
    TRAJECTORIES,
    EFFECTS,
    CONTROLS,
    RATED_PAIRS,
    AS_PUBLISHED,
    MOMENTS,
    VALIDITY,
    MARKERS,
    MARKER_SESSIONS,
    TOPICS,
    TOPIC_TURNS,
    TOPIC_COURSES,
    TOPIC_TRANSITIONS,
    TOPIC_QUALITY,
    ASSOCIATIONS,
    ASSOCIATION_CONTROLS,
)

__all__ = [
    "ACTS",
    "ALLIANCE",
    "ASSOCIATIONS",
    "ASSOCIATION_CONTROLS",
    "AS_PUBLISHED",
    "CONDITION_SUMMARY",
    "CONTROLS",
    "CORRECTIVE_SIGNAL",
    "COUNTED",
    "EFFECTS",
    "ESTIMATES",
    "EVIDENCE",
    "GAP_BINS",
    "GAP_CONDITIONS",
    "GAP_DYADS",
    "GAP_PAIRS",
    "GAP_SESSIONS",
    "ISSUES",
    "MARKERS",
    "MARKER_SESSIONS",
    "MEASURES",
    "MOMENTS",
    "NEAREST_ANCHORS",
    "OTHER",
    "POLES",
    "RATED_PAIRS",
    "RATINGS",
    "ROLES",
    "SCALES",
    "SCORES",
    "SESSIONS",
    "SESSION_SUMMARY",
    "STYLE_WORDS",
    "TABLES",
    "TOPICS",
    "TOPIC_COURSES",
    "TOPIC_QUALITY",
    "TOPIC_TRANSITIONS",
    "TOPIC_TURNS",
    "TRAJECTORIES",
    "TURNS",
    "VALIDITY",
    "Pole",
    "Role",
    "Scale",
    "Table",
]
