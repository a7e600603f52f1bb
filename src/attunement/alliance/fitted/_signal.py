"""The corrective signal: a therapist's own rating against what the patient's is estimated to be."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.tables import CORRECTIVE_SIGNAL


def corrective_signal(
    estimates: pl.DataFrame, ratings: pl.DataFrame, *, instruments: Mapping[str, str]
) -> pl.DataFrame:
    """Say where the therapist's own rating lies outside the interval of the estimated one.

    Parameters
    ----------
    estimates : DataFrame
        With the schema of ESTIMATES; those of patients' ratings are used.
    ratings : DataFrame
        With the schema of RATINGS; therapists' ratings of whole sessions are used.
    instruments : Mapping of str to str
        For each estimated scale, the questionnaire it belongs to: a rating on another is no
        counterpart.

    Returns
    -------
    DataFrame
        With the schema of CORRECTIVE_SIGNAL, a row a session and scale that has both, in the order
        of the estimates.
    """
    estimated = estimates.filter(pl.col("perspective") == "patient").with_columns(
        instrument=pl.col("scale").replace_strict(instruments, default=None, return_dtype=pl.String)
    )
    own = ratings.filter(pl.col("rater") == "therapist", pl.col("turn").is_null()).select(
        "session_id", "instrument", "scale", therapist_rated="value"
    )
    both = estimated.join(
        own, on=["session_id", "instrument", "scale"], how="inner", maintain_order="left"
    )
    signal = (
        pl.when(pl.col("therapist_rated") > pl.col("high"))
        .then(pl.lit("over"))
        .when(pl.col("therapist_rated") < pl.col("low"))
        .then(pl.lit("under"))
        .otherwise(pl.lit("within"))
    )
    return both.with_columns(
        inferred_patient=pl.col("estimate"),
        difference=pl.col("therapist_rated") - pl.col("estimate"),
        signal=signal,
    ).select(CORRECTIVE_SIGNAL.schema.names())
