"""Which texts can be measured: words between blanks, and which are English."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.surface._lexicon import english_words

FEWEST_WORDS = 12
"""With fewer words, a text's language is not told."""

ENGLISH_SHARE = 0.15
"""The least share of telling words in English text."""

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_LETTER = r"\p{L}"
_PLAIN_LETTER = "[a-zA-Z]"


def spaced(texts: pl.Series) -> pl.Series:
    """Tell which texts are written with blanks between words: not Japanese, Chinese or Thai."""
    return 2 * texts.str.count_matches(_UNSPACED) <= texts.str.count_matches(_LETTER)


def english(texts: pl.Series, told: Sequence[bool] | None) -> pl.Series:
    """Tell which texts are in English.

    Parameters
    ----------
    texts : Series of str
        In lower case.
    told : sequence of bool, optional
        What the caller knows. It cannot make a text in other letters English.

    Returns
    -------
    Series of bool
        Where the caller does not say, by the share of telling words; texts too short for that are
        taken for what most of the others are, and for English where none can be told.
    """
    latin = texts.str.count_matches(_PLAIN_LETTER) * 10 >= texts.str.count_matches(_LETTER) * 9
    if told is not None:
        return pl.Series(told, dtype=pl.Boolean) & latin
    words = texts.str.extract_all(r"[\p{L}\p{M}']+")
    count = words.list.len()
    share = words.list.eval(pl.element().is_in(english_words())).list.sum() / count
    long_enough = count >= FEWEST_WORDS
    known = pl.DataFrame({"long": long_enough, "english": (share >= ENGLISH_SHARE) & latin})
    sure = known.filter("long")["english"]
    majority = sure.is_empty() or 2 * int(sure.sum()) >= sure.len()
    return known.select(
        english=pl.when("long").then("english").otherwise(pl.lit(majority) & latin)
    ).to_series()
