"""Which sessions are in English: only there do the word lists and VADER apply."""

from __future__ import annotations

import polars as pl

from attunement.markers._lexicon import telling_words
from attunement.markers._tokens import tokens

FEWEST_WORDS = 30
"""With fewer words, a session's language is not told."""

ENGLISH_SHARE = 0.15
"""The least share of telling words in English: talk has .3 to .6, other languages under .1."""

_LATIN = r"^[\p{Latin}\p{M}\p{N}'\-]+$"


def english(spoken: pl.DataFrame) -> pl.DataFrame:
    """Tell which sessions are in English.

    Parameters
    ----------
    spoken : DataFrame
        With `session_id` and `text`, one row a turn.

    Returns
    -------
    DataFrame
        `session_id`, `english` (null with fewer than `FEWEST_WORDS` words) and `share`: of the
        session's words, the share that are frequent in English and in no other language in Latin
        script (words.yaml). In writing without spaces, or in other letters, every letter counts as
        a word.
    """
    return language_of(tokens(spoken["text"]), spoken["session_id"])


def taken_as_english(told: pl.DataFrame) -> pl.DataFrame:
    """Take the sessions whose language is not told for what most of the others are.

    Parameters
    ----------
    told : DataFrame
        What `english` gives, of a whole corpus.

    Returns
    -------
    DataFrame
        The same without null in `english`: where no session's language is told, all are English.
    """
    known = told["english"].drop_nulls()
    majority = known.is_empty() or 2 * int(known.sum()) >= known.len()
    return told.with_columns(pl.col("english").fill_null(majority))


def language_of(cut: pl.DataFrame, sessions: pl.Series) -> pl.DataFrame:
    """Give what `english` gives, of turns cut by `tokens` and the session of each turn."""
    said = cut.filter(pl.col("word") != "")
    words = said.with_columns(
        session_id=sessions.gather(said["row"]),
        weight=pl.when(pl.col("word").str.contains(_LATIN))
        .then(1)
        .otherwise(pl.col("word").str.len_chars()),
    )
    shares = words.group_by("session_id").agg(
        n=pl.col("weight").sum(),
        share=pl.col("word").is_in(telling_words()).sum() / pl.col("weight").sum(),
    )
    return (
        pl.DataFrame({"session_id": sessions.unique(maintain_order=True)})
        .join(shares, on="session_id", how="left", maintain_order="left")
        .select(
            "session_id",
            english=pl.when(pl.col("n") >= FEWEST_WORDS).then(pl.col("share") >= ENGLISH_SHARE),
            share="share",
        )
    )
