"""The hand labels: by corpus, session and turn, without text."""

from __future__ import annotations

from pathlib import Path

import polars as pl

ACT_LABELS = Path(__file__).with_name("labels.csv")
FLUENCY_LABELS = Path(__file__).with_name("fluency_labels.csv")


def labels(path: Path) -> pl.DataFrame:
    """Read a file of labels: corpus, session_id, turn, part, weight and the label's columns."""
    return pl.read_csv(path, schema_overrides={"session_id": pl.String, "turn": pl.Int32})
