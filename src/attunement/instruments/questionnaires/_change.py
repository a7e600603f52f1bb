"""Reliable change from one of a patient's forms to the next."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.errors import UsageError
from attunement.instruments.questionnaires._order import PLACE, in_order
from attunement.instruments.questionnaires._scoring import ScoredAnswers
from attunement.reliability import smallest_reliable_change

CHANGES: dict[str, pl.DataType] = {
    "patient_id": pl.String(),
    "rater": pl.String(),
    "instrument": pl.String(),
    "scale": pl.String(),
    "line": pl.Int64(),
    "number": pl.Int32(),
    "date": pl.Date(),
    "before": pl.Float64(),
    "after": pl.Float64(),
    "change": pl.Float64(),
    "threshold": pl.Float64(),
    "verdict": pl.String(),
}

HIGHER, LOWER, WITHIN = "reliably higher", "reliably lower", "within error"

_FEWEST_PATIENTS = 3


def reliable_changes(scored: ScoredAnswers, *, consistency: pl.DataFrame) -> pl.DataFrame:
    """Hold each change between a patient's consecutive forms against measurement error.

    A change is reliable beyond 1.96 SD sqrt(2 (1 - reliability)) (Jacobson & Truax 1991), where SD
    is that of the patients' first forms, and the reliability the instrument's own where it states
    one for the scale, otherwise alpha of these forms.

    Parameters
    ----------
    scored : ScoredAnswers
        Forms that name their patients; ordered by number, else by date, else as in the file.
    consistency : DataFrame
        Of the same forms, for alpha.

    Returns
    -------
    DataFrame
        One row a pair of consecutive forms and scale: whose, `line`, `number` and `date` of the
        later one, `before`, `after`, `change`, the `threshold` and the `verdict`: "reliably
        higher", "reliably lower" or "within error". Both are null where there is no reliability
        between 0 and 1, or fewer than three patients.

    Raises
    ------
    UsageError
        No form names its patient.
    """
    forms = scored.ratings.filter(pl.col("patient_id").is_not_null())
    if forms.is_empty() and scored.ratings.height:
        raise UsageError(
            "no form names its patient, so there is no change to follow",
            mend="Name the column that does with --columns patient_id=NAME",
            field="patient_id",
        )
    by = ["patient_id", "rater", "scale"]
    ordered = in_order(forms, by=by, tie="form")
    thresholds = _thresholds(ordered, consistency, scored.instrument.reliability)
    pairs = (
        ordered.with_columns(pl.col("value").shift(1).over(by).alias("before"))
        .filter(pl.col(PLACE) > 0)
        .with_columns(pl.col("value").alias("after"), change=pl.col("value") - pl.col("before"))
        .join(thresholds, on=["rater", "scale"], how="left")
    )
    verdict = (
        pl.when(pl.col("threshold").is_null())
        .then(None)
        .when(pl.col("change") > pl.col("threshold"))
        .then(pl.lit(HIGHER))
        .when(pl.col("change") < -pl.col("threshold"))
        .then(pl.lit(LOWER))
        .otherwise(pl.lit(WITHIN))
    )
    return pairs.with_columns(verdict.alias("verdict")).sort("form").select(*CHANGES)


def _thresholds(
    ordered: pl.DataFrame, consistency: pl.DataFrame, published: Mapping[str, float]
) -> pl.DataFrame:
    first = ordered.filter(pl.col(PLACE) == 0)
    rows: list[tuple[str, str, float | None]] = []
    for rater, scale, alpha in consistency.select("rater", "scale", "alpha").rows():
        values = first.filter(rater=rater, scale=scale)["value"]
        reliability = published.get(scale, alpha)
        sd = values.std()
        usable = reliability is not None and 0 < reliability < 1
        if usable and values.len() >= _FEWEST_PATIENTS and isinstance(sd, float):
            rows.append((rater, scale, smallest_reliable_change(sd=sd, reliability=reliability)))
        else:
            rows.append((rater, scale, None))
    schema = {"rater": pl.String, "scale": pl.String, "threshold": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
