"""What language models answered when asked to rate, and how far that can be relied on."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

VERDICTS = Table(
    "verdicts",
    {
        "session_id": pl.String(),
        "window": pl.Int32(),
        "first_turn": pl.Int32(),
        "last_turn": pl.Int32(),
        "instrument": pl.String(),
        "item": pl.String(),
        "scale": pl.String(),
        "key": pl.Int8(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "perspective": pl.String(),
        "framing": pl.String(),
        "variant": pl.String(),
        "judge": pl.String(),
        "seed": pl.Int64(),
        "status": pl.String(),
        "reason": pl.String(),
        "score": pl.Float64(),
        "quotes": pl.List(pl.String()),
        "quote_turns": pl.List(pl.Int32()),
        "speaks_to_judge": pl.Boolean(),
        "attempts": pl.Int32(),
        "prompt_tokens": pl.Int64(),
        "completion_tokens": pl.Int64(),
        "seconds": pl.Float64(),
        "prompt": pl.String(),
    },
)
"""One row an answer that was asked for. `score` is as answered: not turned round by the key."""

RATER_SCORES = Table(
    "rater_scores",
    {
        "session_id": pl.String(),
        "judge": pl.String(),
        "perspective": pl.String(),
        "framing": pl.String(),
        "variant": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "seed": pl.Int64(),
        "value": pl.Float64(),
        "items": pl.Int32(),
        "items_scored": pl.Int32(),
        "verdicts": pl.Int32(),
        "verdicts_scored": pl.Int32(),
        "reason": pl.String(),
    },
)
"""One row a session, judge, way of asking, scale and seed; without a seed: over all of them."""

RATER_STATISTICS = Table(
    "rater_statistics",
    {
        "question": pl.String(),
        "judge": pl.String(),
        "other": pl.String(),
        "perspective": pl.String(),
        "framing": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "statistic": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "p_val": pl.Float64(),
        "p_holm": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_raters": pl.Int64(),
        "method": pl.String(),
        "reason": pl.String(),
    },
)
"""Agreement, reliability and bias of raters, one figure a row."""

RATER_ITEMS = Table(
    "rater_items",
    {
        "judge": pl.String(),
        "perspective": pl.String(),
        "framing": pl.String(),
        "instrument": pl.String(),
        "item": pl.String(),
        "scale": pl.String(),
        "key": pl.Int8(),
        "asked": pl.Int64(),
        "scored": pl.Int64(),
        "mean": pl.Float64(),
        "sd": pl.Float64(),
        "at_floor": pl.Float64(),
        "at_ceiling": pl.Float64(),
        "item_rest": pl.Float64(),
        "alpha_without": pl.Float64(),
        "r_rated": pl.Float64(),
        "rank": pl.Int32(),
    },
)
"""Each item of a judge: how it spreads, goes with the rest, and goes with what people rated."""

RATER_SHORT_FORMS = Table(
    "rater_short_forms",
    {
        "judge": pl.String(),
        "perspective": pl.String(),
        "framing": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "k": pl.Int32(),
        "items": pl.List(pl.String()),
        "criterion": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "all_items": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "reason": pl.String(),
    },
)
"""The best k items, and how well forms chosen the same way do on patients they did not see."""
