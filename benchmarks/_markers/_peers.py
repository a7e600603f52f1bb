"""What the markers are held against: rules written down in a minute, and the most frequent."""

from __future__ import annotations

import polars as pl

_WH = r"(?i)\b(what|how|why|tell me)\b[^.!?]*\?"
_GIVES_BACK = r"(?i)\b(sounds like|seems|must be|must have|you feel|you're feeling|so you)\b"
_ADVISES = r"(?i)\b(should|could|try|suggest|recommend|maybe|how about|why don't you)\b"
_FILLED = r"(?i)\b(u+m+|u+h+|e+r+m*|h+m+|you know|i mean)\b|\.\.\.|…"


def act_by_rules(texts: pl.Series) -> pl.Series:
    """Tell questions by their mark and a question word, the rest by a few key words."""
    text = pl.col("text")
    return pl.DataFrame({"text": texts}).select(
        act=pl.when(text.str.contains(_WH))
        .then(pl.lit("open_question"))
        .when(text.str.contains(r"\?"))
        .then(pl.lit("closed_question"))
        .when(text.str.contains(_GIVES_BACK))
        .then(pl.lit("reflection"))
        .when(text.str.contains(_ADVISES))
        .then(pl.lit("advice"))
        .otherwise(pl.lit("other"))
    )["act"]


def fluency_by_rules(texts: pl.Series) -> pl.Series:
    """Call a turn non-fluent that has a filled pause, "you know", "I mean" or three dots."""
    return texts.str.contains(_FILLED)


def majority(truth: pl.Series) -> pl.Series:
    """Give every line the most frequent label."""
    most = truth.value_counts(sort=True)[truth.name][0]
    return pl.Series([most] * len(truth))
