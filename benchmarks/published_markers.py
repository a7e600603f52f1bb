"""The correlations of 28 dyads, made again: language counts and the patient's alliance.

Ryu et al. 2023 (iScience) correlated language-category counts of patient and therapist with the
patient's questionnaire, and found four beyond p < .05 and none beyond the false discovery rate.
This reads their public table (no text is in it) and asks `associate_sessions` the same question.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from attunement.associations import associate_sessions

PUBLISHED = {
    ("therapist", "we"): -0.45,
    ("therapist", "i"): -0.45,
    ("patient", "i"): -0.42,
    ("patient", "nonflu"): 0.44,
}
"""Pearson's r on the logarithm of the rate, as published."""


def read(path: Path) -> pl.DataFrame:
    """Read the table; numbers throughout but for what is not language."""
    return pl.read_csv(path, infer_schema_length=None, null_values=["", "NA"])


def categories(table: pl.DataFrame) -> list[str]:
    """List the language categories that both sides have, as counted by the study's dictionary."""
    columns = table.columns
    first, last = columns.index("Patient_WC"), columns.index("Patient_filler")
    names = [name.removeprefix("Patient_") for name in columns[first : last + 1]]
    return [name for name in names if f"Therapist_{name}" in columns]


def rates(table: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Give the logarithm of every category's rate, a row a session, side and category.

    A category that a session lacks has no logarithm, and that session no value.
    """
    return pl.concat(
        table.select(
            pl.col("Session").cast(pl.String).alias("session_id"),
            pl.lit(role).alias("role"),
            pl.lit(name).alias("marker"),
            pl.when(pl.col(f"{side}_{name}").cast(pl.Float64) > 0)
            .then(pl.col(f"{side}_{name}").cast(pl.Float64).log())
            .alias("value"),
        )
        for side, role in (("Patient", "patient"), ("Therapist", "therapist"))
        for name in names
    )


def alliance(table: pl.DataFrame) -> pl.DataFrame:
    """Give the patient's own rating as the target."""
    return table.select(
        pl.col("Session").cast(pl.String).alias("session_id"),
        pl.lit("patient_rated").alias("target"),
        pl.lit("WAI").alias("instrument"),
        pl.lit("alliance").alias("scale"),
        pl.col("Patient Alliance").cast(pl.Float64).alias("value"),
    )


def correlations(table: pl.DataFrame) -> pl.DataFrame:
    """Correlate every category with the patient's alliance; no covariates, as in the study.

    Returns
    -------
    DataFrame
        role, feature, r, p_val (of r, by t), p_fdr over all of them, n_sessions.
    """
    found = associate_sessions(
        rates(table, categories(table)),
        alliance(table),
        table.select(pl.col("Session").cast(pl.String).alias("session_id")),
    ).effects
    return found.filter(pl.col("r").is_not_null()).select(
        "role", "feature", "r", "p_val", "p_fdr", "n_sessions"
    )


def smallest_adjusted(found: pl.DataFrame) -> float:
    """Give the smallest p after the false discovery rate's adjustment."""
    return float(np.min(stats.false_discovery_control(found["p_val"].to_numpy())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    table = read(parser.parse_args().corpora / "iscience_language.csv")
    found = correlations(table)
    print("| side | category | published r | r | p | p (FDR) | dyads |")
    print("|---|---|---|---|---|---|---|")
    for (role, feature), published in PUBLISHED.items():
        row = found.row(
            by_predicate=(pl.col("role") == role) & (pl.col("feature") == feature), named=True
        )
        print(
            f"| {role} | {feature} | {published:+.2f} | {row['r']:+.3f} | {row['p_val']:.3f} "
            f"| {row['p_fdr']:.2f} | {row['n_sessions']} |"
        )
    print(
        f"\n{found.height} correlations of {len(categories(table))} categories; "
        f"{(found['p_val'] < 0.05).sum()} have p < .05, "
        f"{(found['p_fdr'] < 0.05).sum()} have a false discovery rate under .05 "
        f"(smallest {smallest_adjusted(found):.2f})."
    )


if __name__ == "__main__":
    main()
