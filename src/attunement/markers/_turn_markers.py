"""The markers of each turn that are read off its words and times."""

from __future__ import annotations

import polars as pl

from attunement.markers._counts import count_words
from attunement.markers._fluency import count_non_fluencies
from attunement.markers._language import language_of, taken_as_english
from attunement.markers._pairs import other_side_before, shared_words, times
from attunement.markers._sentiment import sentiment
from attunement.markers._tokens import tokens
from attunement.tables import COUNTED, MARKERS

_SENTIMENT = ("positive", "negative", "compound")
_OF_ENGLISH = (*COUNTED, *_SENTIMENT, "shared_words")
_ELSEWHERE = ("act", "act_probability", "overlap")
_COLUMNS = tuple(name for name in MARKERS.columns if name not in _ELSEWHERE)


def turn_markers(spoken: pl.DataFrame, *, languages: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the lexical markers of each turn.

    Parameters
    ----------
    spoken : DataFrame
        Turns of patient and therapist that have words, in order, whole sessions: session_id, turn,
        role, text, start, end, time, words.
    languages : DataFrame, optional
        `session_id` and `english` without null, as `taken_as_english` gives them for the corpus
        that these sessions are a part of; otherwise told from these sessions.

    Returns
    -------
    DataFrame
        A row a turn, with the columns of `MARKERS` but `act`, `act_probability` and `overlap`. In
        sessions that are not English all but words and times is null: not applicable.
    """
    cut = tokens(spoken["text"])
    if languages is None:
        languages = taken_as_english(language_of(cut, spoken["session_id"]))
    told = spoken.select("session_id", "text").join(
        languages.select("session_id", "english"),
        on="session_id",
        how="left",
        maintain_order="left",
    )
    is_english = told["english"]
    english_texts = told.select(text=pl.when("english").then("text").otherwise(pl.lit("")))
    before = other_side_before(spoken)
    columns = spoken.with_columns(
        *count_words(cut).drop("row"),
        *count_non_fluencies(cut).drop("row"),
        *sentiment(english_texts["text"]),
        *times(spoken, before),
        shared_words=shared_words(cut, before),
    )
    return columns.with_columns(pl.when(is_english).then(pl.col(_OF_ENGLISH))).select(_COLUMNS)
