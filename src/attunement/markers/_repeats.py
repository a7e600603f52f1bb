"""Repeats: a word or short phrase, whole or cut off, said again without emphasis."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

import polars as pl

from attunement.markers._context import begins_sentence, gap, word
from attunement.markers._lexicon import repeat_words
from attunement.markers._tokens import Gap

_LONGEST = 4
_PAIR = 2
_FRAGMENT = 2
_PAUSES = [int(Gap.COMMA), int(Gap.DOTS), int(Gap.DASH)]
_BROKEN_OFF = [int(Gap.CUT), int(Gap.DASH)]


def take_out_repeats(cut: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find what is said again, and keep it once.

    Parameters
    ----------
    cut : DataFrame
        What `tokens` gives, without the words that fill.

    Returns
    -------
    DataFrame
        The words, of each repeat the last time only.
    DataFrame
        `row` and `repeats`, for the rows that have some. Each time something is said again counts:
        two in "the, the, the".
    """
    marked = [cut.select("row", repeats=pl.col("stutters") + (gap() == Gap.SAID_AGAIN))]
    for length in range(1, _LONGEST + 1):
        cut = cut.with_columns(again=_said_again(length))
        place = pl.int_range(pl.len()).over(pl.col("again").rle_id())
        cut = cut.with_columns(counted=pl.col("again") & (place % length == 0))
        marked.append(cut.select("row", repeats=pl.col("counted").cast(pl.Int32)))
        first_time = (pl.col("counted").shift(k, fill_value=False) for k in range(length))
        cut = cut.filter(~reduce(or_, first_time)).drop("again", "counted")
    counts = pl.concat(marked).filter(pl.col("repeats") > 0)
    return cut, counts.group_by("row").agg(pl.col("repeats").sum())


def _said_again(length: int) -> pl.Expr:
    """Say whether the next `length` words are said again at once, and not for emphasis."""
    equal = reduce(and_, (_same(place, place + length) for place in range(length)))
    inside = (gap(place) for place in range(2 * length - 1))
    one_sentence = reduce(and_, (between < Gap.SAID_AGAIN for between in inside))
    return equal & one_sentence & ~(_meant_word() if length == 1 else _meant_phrase(length))


def _same(here: int, there: int) -> pl.Expr:
    """Say whether two words are equal, or the first is cut off and begins the second."""
    begins = gap(here).is_in(_BROKEN_OFF) & word(there).str.starts_with(word(here))
    cut_off = (gap(here) == Gap.CUT) | (word(here).str.len_chars() <= _FRAGMENT)
    return (word(here) != "") & ((word(here) == word(there)) | (begins & cut_off))


def _meant_word() -> pl.Expr:
    """Tell a word rightly said twice: "very very", "work, work", "I know you, you never forget"."""
    words = repeat_words()
    cut_off = (gap() == Gap.CUT) | (word() != word(1))
    once_too_often = (word() == "had") & word(-1).str.ends_with("'d")
    emphatic = word().is_in(words.doubled) & ~once_too_often
    begins = (gap(-1) != Gap.BLANK) | word(-1).is_in(words.before_clause)
    out_of_place = word().is_in(words.anywhere) | (word().is_in(words.beginning) & begins)
    asks = word().is_in(words.asking) & word(2).is_in(words.asked) & ~begins_sentence()
    complete = gap().is_in(_PAUSES) & (~out_of_place | asks)
    thrice = ~word().is_in(_small()) & ((word(2) == word()) | (word(-1) == word()))
    return ~cut_off & (emphatic | complete | thrice | word().str.contains(r"^\d"))


def _meant_phrase(length: int) -> pl.Expr:
    """Tell a phrase rightly said twice: "I know, I know", "what he did, he did"."""
    words = repeat_words()
    phrase = pl.concat_str([word(place) for place in range(length)], separator=" ")
    comma = gap(length - 1) == Gap.COMMA
    insists = comma & (gap(2 * length - 1) == Gap.END)
    clause = comma & ~word(length - 1).is_in(_small()) if length > _PAIR else pl.lit(value=False)
    relates = comma & word(-1).is_in(words.relating)
    emphatic = phrase.is_in(words.doubled_phrases) | word().is_in(words.doubled)
    number = word().str.contains(r"^\d")
    joined = _joined() if length == _PAIR else pl.lit(value=False)
    return emphatic | insists | clause | relates | number | joined


def _joined() -> pl.Expr:
    """Tell two words that join a third to itself: "more and more and more", "day by day by day"."""
    joining = repeat_words().joining
    first = word().is_in(joining) & ~word(1).is_in(_small())
    return first | (word(1).is_in(joining) & ~word().is_in(_small()))


def _small() -> tuple[str, ...]:
    words = repeat_words()
    return (*words.anywhere, *words.beginning, *words.before_clause)
