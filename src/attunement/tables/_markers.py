"""Language markers, a row a turn and a row a session."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

STYLE_WORDS: tuple[str, ...] = (
    "personal_pronouns",
    "impersonal_pronouns",
    "articles",
    "conjunctions",
    "prepositions",
    "auxiliary_verbs",
    "adverbs",
    "negations",
    "quantifiers",
)
"""The nine kinds of function words that language style matching compares (Ireland et al. 2011)."""

COUNTED: tuple[str, ...] = (
    "i",
    "we",
    "you",
    "they",
    "fillers",
    "repeats",
    "repairs",
    "hedges",
    *(name for name in STYLE_WORDS if name != "negations"),
    "negations",
)
"""The markers that are counted in words of a turn."""

ACTS: tuple[str, ...] = (
    "open_question",
    "closed_question",
    "reflection",
    "advice",
    "information",
    "other",
)
"""What a therapist's turn may do."""

MARKERS = Table(
    "markers",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "role": pl.String(),
        "time": pl.Float64(),
        "words": pl.Int32(),
        **dict.fromkeys(COUNTED, pl.Int32()),
        "act": pl.String(),
        "act_probability": pl.Float64(),
        "positive": pl.Float64(),
        "negative": pl.Float64(),
        "compound": pl.Float64(),
        "overlap": pl.Float64(),
        "shared_words": pl.Float64(),
        "response_time": pl.Float64(),
        "seconds": pl.Float64(),
    },
)

MARKER_SESSIONS = Table(
    "marker_sessions",
    {
        "session_id": pl.String(),
        "role": pl.String(),
        "marker": pl.String(),
        "value": pl.Float64(),
        "n": pl.Int64(),
    },
)
