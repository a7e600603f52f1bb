"""From answers to ratings: reversed items turned, scales summed, too few answers told."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.instruments.questionnaires._answers import (
    OF_FORM,
    checked_answers,
    item_column,
)
from attunement.instruments.questionnaires._instrument import Instrument

SCORED: dict[str, pl.DataType] = {
    **OF_FORM,
    "instrument": pl.String(),
    "scale": pl.String(),
    "value": pl.Float64(),
    "prorated": pl.Boolean(),
}
UNSCORED: dict[str, pl.DataType] = {
    **OF_FORM,
    "scale": pl.String(),
    "answered": pl.Int64(),
    "items": pl.Int64(),
    "reason": pl.String(),
}


@dataclass(frozen=True, slots=True)
class ScoredAnswers:
    """Forms and what they come to.

    Attributes
    ----------
    instrument : Instrument
        What was filled in.
    items : DataFrame
        One row a form: what is known of it (`form`, `file`, `line`, `session_id`, `patient_id`,
        `date`, `number`, `rater`) and its answers `item_1` ..., reversed ones turned, so that high
        always speaks of a strong alliance.
    ratings : DataFrame
        One row a form and scale that could be scored: what is known of the form, `instrument`,
        `scale`, `value`, and whether it is `prorated`, standing in for some missing answers.
    missing : DataFrame
        One row a form and scale that could not: what is known of the form, `scale`, how many of
        its items were `answered`, and the `reason`.
    prorated : int
        How many of the ratings stand in for some missing answers.
    """

    instrument: Instrument
    items: pl.DataFrame
    ratings: pl.DataFrame
    missing: pl.DataFrame
    prorated: int


def score_answers(answers: pl.DataFrame, instrument: Instrument) -> ScoredAnswers:
    """Score filled-in forms.

    A scale's value is the sum (or the mean, as the instrument has it) of its answers, reversed
    items turned: low + high - answer. Where no more than the bearable share of its items is
    unanswered, a sum is prorated: the mean of the answers given, times the number of items. Where
    more is, the scale is not scored, and `missing` says so.

    Parameters
    ----------
    answers : DataFrame
        One row a form; see `checked_answers` in this package's `_answers` for its columns:
        `rater`, `item_1`, `item_2` ... as answered, and what else is known.
    instrument : Instrument
        What was filled in.

    Returns
    -------
    ScoredAnswers

    Raises
    ------
    DataError
        An answer cannot be one: file, line, column, what was found and what was expected.
    """
    frame = checked_answers(answers, instrument=instrument)
    items = frame.with_columns(
        (instrument.low + instrument.high - pl.col(item_column(item))).alias(item_column(item))
        for item in instrument.items
        if item.key == -1
    )
    parts = [_measured(items, instrument=instrument, measure=name) for name in instrument.measures]
    measured = pl.concat(parts).sort("form", maintain_order=True)
    scored = measured.filter(pl.col("reason").is_null())
    return ScoredAnswers(
        instrument=instrument,
        items=items,
        ratings=scored.select(*SCORED),
        missing=measured.filter(pl.col("reason").is_not_null()).select(*UNSCORED),
        prorated=scored.filter("prorated").height,
    )


def _measured(items: pl.DataFrame, *, instrument: Instrument, measure: str) -> pl.DataFrame:
    """Give every form's value on one scale, or why it has none."""
    columns = [item_column(item) for item in instrument.items_of(measure)]
    count, bearable = len(columns), instrument.bearable(measure)
    times = count if instrument.score == "sum" else 1
    answered = pl.sum_horizontal(pl.col(columns).is_not_null()).cast(pl.Int64)
    return items.select(
        *OF_FORM,
        pl.lit(instrument.name).alias("instrument"),
        pl.lit(measure).alias("scale"),
        (pl.mean_horizontal(columns) * times).alias("value"),
        (answered < count).alias("prorated"),
        answered.alias("answered"),
        pl.lit(count, pl.Int64).alias("items"),
        pl.when(answered == 0)
        .then(pl.lit("nothing was answered"))
        .when(count - answered > bearable)
        .then(
            pl.format(
                f"{{}} of {count} items unanswered, at most {bearable} may be", count - answered
            )
        )
        .alias("reason"),
    )
