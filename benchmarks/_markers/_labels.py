"""The hand labels: by corpus, session and turn, without text."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

ACT_LABELS = Path(__file__).with_name("labels.csv")
FRESH_ACT_LABELS = Path(__file__).with_name("fresh_labels.csv")
FLUENCY_LABELS = Path(__file__).with_name("fluency_labels.csv")
FRESH = "fresh"
"""The part of the acts that was labelled after the classifier was made."""


def labels(path: Path) -> pl.DataFrame:
    """Read a file of labels: corpus, session_id, turn, part, weight and the label's columns."""
    return pl.read_csv(path, schema_overrides={"session_id": pl.String, "turn": pl.Int32})


def act_labels(
    parts: Collection[str], *, looked_at: Path = ACT_LABELS, fresh: Path = FRESH_ACT_LABELS
) -> pl.DataFrame:
    """Read the acts of these parts; the file of the fresh ones only where they are asked for."""
    columns = ("corpus", "session_id", "turn", "part", "act", "second", "weight")
    files = [labels(looked_at)]
    if FRESH in parts:
        files.append(labels(fresh).with_columns(part=pl.lit(FRESH)))
    every = pl.concat([file.select(columns) for file in files], how="vertical_relaxed")
    return every.filter(pl.col("part").is_in(list(parts)))
