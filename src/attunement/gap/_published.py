"""The published analysis, for comparison only: t-tests over pooled turns.

It treats the turns of one session as independent, so that its p values are far too small
(benchmarks/gap_simulation.py), and it compares scores on two different wordings.
"""

from __future__ import annotations

import polars as pl
from scipy import stats

from attunement.statistics import Design
from attunement.tables import AS_PUBLISHED, MEASURES

NOTE = "for comparison only: turns of one session are not independent"


def as_published(turns: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Test therapist against patient turns in each condition, turns pooled over sessions.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`.
    design : Design
        The sessions.

    Returns
    -------
    DataFrame
        `AS_PUBLISHED`: Student's t with pooled variance over turns (Lin et al. 2025, doi
        10.1038/s41398-025-03379-3).
    """
    rows = []
    conditions = pl.Series(design.groups, dtype=pl.String).gather(turns["session"].to_list())
    placed = turns.with_columns(condition=conditions)
    for (condition,), inside in placed.group_by("condition"):
        rows += [_row(condition, inside, measure) for measure in MEASURES]
    order = {measure: at for at, measure in enumerate(MEASURES)}
    return pl.DataFrame(rows, schema=AS_PUBLISHED.schema).sort(
        "condition", pl.col("scale").replace_strict(order, return_dtype=pl.Int8), nulls_last=True
    )


def _row(condition: object, turns: pl.DataFrame, measure: str) -> dict[str, object]:
    therapist, patient = (
        turns.filter(pl.col("role") == role)[measure].drop_nulls().to_numpy()
        for role in ("therapist", "patient")
    )
    row: dict[str, object] = {
        "condition": condition,
        "scale": measure,
        "patient_turns": len(patient),
        "therapist_turns": len(therapist),
        "note": NOTE,
    }
    if not len(patient) or not len(therapist):
        return row | {"note": f"one side has no scored turn; {NOTE}"}
    row["estimate"] = float(therapist.mean() - patient.mean())
    if min(len(patient), len(therapist)) < 2 or therapist.var() + patient.var() == 0:
        return row | {"note": f"too few or constant scores; {NOTE}"}
    tested = stats.ttest_ind(therapist, patient)
    return row | {
        "t": float(tested.statistic),
        "df": float(tested.df),
        "p_val": float(tested.pvalue),
    }
