"""Emotion words: VADER's positive, negative and compound scores.

Hutto, C. J., and Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis
of social media text. ICWSM. The lexicon and rules are those of vaderSentiment (MIT).
"""

from __future__ import annotations

from functools import cache

import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_REACH = 3
"""How many words before and after an emotion word VADER's rules look at, at most."""


def sentiment(texts: pl.Series) -> pl.DataFrame:
    """Score texts.

    Parameters
    ----------
    texts : Series of str
        One a turn.

    Returns
    -------
    DataFrame
        `positive` and `negative` (shares of the text, 0 to 1) and `compound` (-1 to 1), in order.
        Equal texts are scored once.
    """
    plain = texts.rename("text").str.replace_many(["’", "‘", "ʼ"], ["'", "'", "'"])
    distinct = plain.unique()
    vader = _vader()
    scores = [vader.polarity_scores(text) for text in distinct]
    scored = pl.DataFrame(
        {
            "text": distinct,
            "positive": pl.Series([score["pos"] for score in scores], dtype=pl.Float64),
            "negative": pl.Series([score["neg"] for score in scores], dtype=pl.Float64),
            "compound": pl.Series([score["compound"] for score in scores], dtype=pl.Float64),
        }
    )
    return plain.to_frame().join(scored, on="text", how="left", maintain_order="left").drop("text")


@cache
def _vader() -> SentimentIntensityAnalyzer:
    return _Vader()


class _Text:
    """What VADER's rules ask of a text, with some of its words."""

    __slots__ = ("is_cap_diff", "words_and_emoticons")

    def __init__(self, words: list[str], *, is_cap_diff: bool) -> None:
        self.words_and_emoticons = words
        self.is_cap_diff = is_cap_diff


class _Vader(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """VADER, given for each emotion word only the words that its rules look at.

    The scores are the same. The original lower-cases the whole text several times for each emotion
    word, so that its time grows with the square of a turn's length.
    """

    def sentiment_valence(
        self, valence: float, sentitext: _Text, item: str, i: int, sentiments: list[float]
    ) -> list[float]:
        if item.lower() not in self.lexicon:
            sentiments.append(valence)
            return sentiments
        start = max(0, i - _REACH)
        words = sentitext.words_and_emoticons[start : i + _REACH]
        near = _Text(words, is_cap_diff=sentitext.is_cap_diff)
        scored: list[float] = super().sentiment_valence(valence, near, item, i - start, sentiments)
        return scored
