"""A word's neighbours, as expressions over the table that `tokens` gives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

import polars as pl

from attunement.markers._tokens import Gap


def word(place: int = 0) -> pl.Expr:
    """Give the word `place` words on; empty where a text begins."""
    return pl.col("word").shift(-place, fill_value="")


def before(place: int) -> pl.Expr:
    """Give the word `place` words back; empty where the sentence begins after it."""
    same_sentence = reduce(and_, (word(-back) != "" for back in range(1, place + 1)))
    return pl.when(same_sentence).then(word(-place)).otherwise(pl.lit(""))


def gap(place: int = 0) -> pl.Expr:
    """Give what follows the word `place` words on."""
    return pl.col("gap").shift(-place, fill_value=int(Gap.END))


def begins_sentence() -> pl.Expr:
    """Say whether the word begins its sentence or its text."""
    return gap(-1) == Gap.END


def says(phrase: Sequence[str]) -> pl.Expr:
    """Say whether the phrase begins at the word."""
    return reduce(and_, (word(place) == said for place, said in enumerate(phrase)))


def says_any(phrases: Sequence[Sequence[str]]) -> pl.Expr:
    """Say whether one of the phrases begins at the word."""
    return reduce(or_, (says(phrase) for phrase in phrases))


def within_any(phrases: Sequence[Sequence[str]]) -> pl.Expr:
    """Say whether the word belongs to one of the phrases."""
    return reduce(
        or_,
        (
            says(phrase).shift(place, fill_value=False)
            for phrase in phrases
            for place in range(len(phrase))
        ),
    )
