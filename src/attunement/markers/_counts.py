"""How many words of each kind a turn has: pronouns, function words, negations, hedges."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from attunement.markers._context import says, word
from attunement.markers._lexicon import HedgePhrase, hedge_phrases, kinds_of_words


def count_words(cut: pl.DataFrame) -> pl.DataFrame:
    """Count the words of each kind.

    Parameters
    ----------
    cut : DataFrame
        What `tokens` gives.

    Returns
    -------
    DataFrame
        `row` and an Int32 column for each kind in words.yaml, for every row of `cut`.
    """
    kinds = kinds_of_words()
    hedged = reduce(or_, (_hedges(phrase) for phrase in hedge_phrases()))
    return (
        cut.join(kinds, on="word", how="left", maintain_order="left")
        .with_columns(hedges=pl.col("hedges").fill_null(value=False) | hedged)
        .group_by("row", maintain_order=True)
        .agg(pl.col(kinds.columns[1:]).fill_null(value=False).sum().cast(pl.Int32))
    )


def _hedges(phrase: HedgePhrase) -> pl.Expr:
    beside = word(-1).is_in(phrase.not_after) | word(len(phrase.words)).is_in(phrase.not_before)
    return says(phrase.words) & ~beside
