"""Where a session goes: group means in ten stretches of its time, with cluster-bootstrap bands."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics import BINS, Clusters, Codes, Course, Design
from attunement.tables import MEASURES, TRAJECTORIES

QUANTITIES = ("inferred_patient", "inferred_therapist", "gap", "absolute_gap")


def trajectories(bins: pl.DataFrame, design: Design, clusters: Clusters) -> pl.DataFrame:
    """Average each group's sessions over ten equal bins of session time.

    Time is normalised within a session, so that long sessions do not make up the end alone. A
    session enters a bin with the mean of its turns there.

    Parameters
    ----------
    bins : DataFrame
        From `binned`.
    design : Design
        The sessions.
    clusters : Clusters
        The bootstrap's draws.

    Returns
    -------
    DataFrame
        `TRAJECTORIES`. A bin no session reaches has no row; one heard in fewer than two clusters
        has no band. Sessions without a group stand under a missing condition.
    """
    columns = [
        *(f"{quantity}_{m}" for quantity in QUANTITIES[:3] for m in MEASURES),
        *(f"absolute_gap_{m}" for m in MEASURES),
    ]
    filled = bins.with_columns(
        pl.col(f"gap_{m}").abs().alias(f"absolute_gap_{m}") for m in MEASURES
    )
    values = np.full((len(design.session_ids), BINS, len(columns)), np.nan)
    values[filled["session"].to_numpy(), filled["bin"].to_numpy()] = filled.select(
        columns
    ).to_numpy()
    tables = [
        _of_group(label, where, values, clusters)
        for label, where in _groups(design).items()
        if len(where)
    ]
    return pl.concat(tables) if tables else pl.DataFrame(schema=TRAJECTORIES.schema)


def _groups(design: Design) -> dict[str | None, Codes]:
    groups: dict[str | None, Codes] = {label: design.code(label) for label in design.labels}
    groups[None] = np.flatnonzero(np.array([group is None for group in design.groups]))
    return groups


def _of_group(
    label: str | None, where: Codes, values: NDArray[np.float64], clusters: Clusters
) -> pl.DataFrame:
    course = Course.of(values[where].reshape(len(where), -1), where=where, clusters=clusters)
    bins = np.repeat(np.arange(BINS), len(QUANTITIES) * len(MEASURES))
    table = pl.DataFrame(
        {
            "condition": [label] * len(bins),
            "quantity": np.tile(np.repeat(QUANTITIES, len(MEASURES)), BINS),
            "scale": np.tile(np.array(MEASURES), BINS * len(QUANTITIES)),
            "bin": bins + 1,
            "time": (bins + 0.5) / BINS,
            "mean": course.mean,
            "low": course.low,
            "high": course.high,
            "n_sessions": course.n_sessions,
        }
    )
    ordered = pl.col("scale").replace_strict({m: at for at, m in enumerate(MEASURES)})
    kind = pl.col("quantity").replace_strict({q: at for at, q in enumerate(QUANTITIES)})
    return (
        table.select(pl.col(name).cast(dtype) for name, dtype in TRAJECTORIES.columns.items())
        .with_columns(pl.col("mean", "low", "high").fill_nan(None))
        .filter(pl.col("n_sessions") > 0)
        .sort(kind, ordered, "bin")
    )
