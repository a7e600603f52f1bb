"""Repairs: breaking off and saying it otherwise."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from attunement.markers._context import before, gap, says, says_any, word
from attunement.markers._fillers import meant, takes_up
from attunement.markers._lexicon import repair_words, short_words
from attunement.markers._tokens import Gap

_NEAR = 4
_RESTART = 3
_BREAKS = [int(Gap.COMMA), int(Gap.DASH)]


def count_repairs(cut: pl.DataFrame) -> pl.DataFrame:
    """Count repairs.

    Parameters
    ----------
    cut : DataFrame
        What `take_out_repeats` leaves, with `paused` (a filler follows the word).

    Returns
    -------
    DataFrame
        `row` and `repairs`, for the rows that have some. A word broken off and the words that
        announce what is said instead are one repair ("my sis- my cousin, I mean").
    """
    broken = _cut_off() | _left_open() | _announced() | _retensed() | (gap() == Gap.RECAST)
    marked = cut.with_columns(broken=broken, sentence=(pl.col("word") == "").cum_sum())
    near = reduce(or_, (_broken_before(place) for place in range(1, _NEAR + 1)))
    return (
        marked.filter(pl.col("broken") & ~near).group_by("row").agg(repairs=pl.len().cast(pl.Int32))
    )


def _broken_before(place: int) -> pl.Expr:
    same = pl.col("sentence").shift(place) == pl.col("sentence")
    return (same & pl.col("broken").shift(place)).fill_null(value=False)


def _cut_off() -> pl.Expr:
    """Find a word broken off at a hyphen: "I was go- I left", "Thurs- Friday".

    Typists put a hyphen so for a dash, too. It counts where a word of the last three comes again,
    or where what stands before it is short and no word.
    """
    words = repair_words()
    compound = word(1).is_in(words.compound) | (word(1) == "")
    whole = word().is_in(words.whole)
    fragment = word().str.contains("^[a-z]{1,5}$") & ~word().is_in(short_words())
    return (word() != "") & (gap() == Gap.CUT) & ~compound & ((_restarts() & ~whole) | fragment)


def _left_open() -> pl.Expr:
    """Find an article and then no noun ("to the, no") or a new start ("I just, I couldn't")."""
    words = repair_words()
    paused = pl.col("paused")
    article = word().is_in(words.left_open) & (word(-1) != "an")
    no_noun = article & gap().is_in(_BREAKS) & ~paused & (word(1) != "")
    pause = paused | gap().is_in([*_BREAKS, int(Gap.DOTS)])
    return no_noun | (word().is_in(words.left_hanging) & pause & _restarts())


def _restarts() -> pl.Expr:
    """Say whether the next word is one of the last three before this one."""
    said = reduce(or_, (word(1) == before(place) for place in range(1, _RESTART + 1)))
    return said & (word(1) != "")


def _announced() -> pl.Expr:
    """Find "I mean" within a sentence, "or rather", ", sorry,"."""
    words = repair_words()
    mended = says(("i", "mean")) & ~takes_up() & ~meant() & ~_defines() & (word(2) != "")
    says_so = says_any(words.announcing) & gap(-1).is_in([*_BREAKS, int(Gap.DOTS), int(Gap.CUT)])
    set_off = gap(-1).is_in(_BREAKS) & gap().is_in(_BREAKS) & (gap(-2) != Gap.END)
    instead = word().is_in(words.between_commas) & ~word(-1).is_in(words.answering)
    well = (word() == "well") & word(-1).is_in(words.open_before_well)
    return mended | says_so | (set_off & (instead | well))


def _defines() -> pl.Expr:
    """Tell "I mean" in "by that I mean"."""
    return reduce(or_, (before(place) == "by" for place in range(2, 5)))


def _retensed() -> pl.Expr:
    """Find another tense or person at once: "she is, was, my friend"."""
    return says_any(repair_words().retensed) & (gap() == Gap.COMMA) & (gap(1) == Gap.COMMA)
