"""The words of turns that tell what they are about, and how often each turn has each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from typing import Self, TypeAlias

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from attunement.errors import DataError

Counts: TypeAlias = sparse.csr_array
"""How often each turn (row) has each word of the vocabulary (column)."""

LEAST_TURNS = 5
"""A word said in fewer turns than this is no word of a topic, in a corpus of any size ..."""

LEAST_SHARE = 1e-4
"""... nor one said in a smaller share of all turns."""

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_ASIDE = re.compile(r"\([^()]{1,40}\)|\[[^\[\]]{1,40}\]")
"""What a transcript notes in brackets: (laughs), [silence]."""

_APOSTROPHES = str.maketrans("’ʼ‘`", "''''")
_ENGLISH = frozenset(
    ("the", "and", "to", "of", "a", "i", "you", "it", "is", "that", "in", "do", "not", "my")
)
_LEAST_ENGLISH = 0.05
_LONG_RUN = 6
"""Letters between spaces, on average, from which writing in other letters has no words."""


class LanguageWarning(UserWarning):
    """The texts do not look English, and the stop words and the default embedding are."""


@cache
def stop_words() -> frozenset[str]:
    """Give the words that never stand for a topic: function words, answers, courtesies.

    They are in `data/stop_words.txt`, with a note on how they were chosen.
    """
    text = files("attunement.topics").joinpath("data", "stop_words.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def content_words(text: str, *, without: Collection[str]) -> list[str]:
    """Give the words of a text in order, in lower case, less possessives and stop words.

    What a transcript notes in brackets is left out.

    Parameters
    ----------
    text : str
        A turn.
    without : collection of str
        Words to leave out.

    Examples
    --------
    >>> content_words("My mother’s new job... um, it isn't well-paid!", without=stop_words())
    ['mother', 'job', 'well-paid']
    >>> content_words("(laughs) the garden [silence]", without=stop_words())
    ['garden']
    """
    lowered = _ASIDE.sub(" ", text.lower().translate(_APOSTROPHES))
    words = (word.removesuffix("'s") for word in _WORD.findall(lowered))
    return [word for word in words if len(word) > 1 and word not in without]


class Vocabulary:
    """The words that topics are made of.

    Parameters
    ----------
    least_turns : int, optional
        Words said in fewer turns are left out; by default 5, or one turn in ten thousand if that
        is more, or one where there are fewer than a hundred turns.
    without : collection of str, optional
        Words to leave out; `stop_words()` by default.

    Attributes
    ----------
    words_ : tuple of str
        In alphabetical order.
    """

    def __init__(
        self, *, least_turns: int | None = None, without: Collection[str] | None = None
    ) -> None:
        self.least_turns = least_turns
        self.without = without

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the words of turns.

        Parameters
        ----------
        texts : sequence of str
            One a turn.

        Raises
        ------
        DataError
            No word is left.
        """
        if _unspaced(texts):
            raise DataError(
                "the turns are written without spaces, so no words are found in them",
                mend="Put spaces between words with a word segmenter first; the embedding of "
                "turns does not need them, the words of topics do",
                field="text",
            )
        _check_language(texts)
        least = self.least_turns or _least_turns(len(texts))
        counter = CountVectorizer(analyzer=self._content, min_df=least)
        try:
            counter.fit(texts)
        except ValueError as error:
            raise self._empty(least) from error
        self._counter = counter
        self.words_: tuple[str, ...] = tuple(map(str, counter.get_feature_names_out()))
        return self

    def counts(self, texts: Sequence[str]) -> Counts:
        """Count the words of turns.

        Returns
        -------
        scipy.sparse.csr_array of shape (texts, words)
            float32.
        """
        return sparse.csr_array(self._counter.transform(texts), dtype=np.float32)

    def documents(self, texts: Sequence[str]) -> list[list[str]]:
        """Give each turn's words of this vocabulary, in the order they were said."""
        known = self._counter.vocabulary_
        return [[word for word in self._content(text) if word in known] for text in texts]

    def _content(self, text: str) -> list[str]:
        return content_words(text, without=stop_words() if self.without is None else self.without)

    def _empty(self, least: int) -> DataError:
        if least == 1:
            return DataError(
                "the turns have no words that topics could be made of, only stop words",
                mend="Check that the texts are what was said, or give other stop words (without=)",
                field="text",
            )
        return DataError(
            f"no word but stop words is said in {least} turns or more: topics would have no words",
            mend="Give more turns, or set least_turns=1",
            field="text",
        )


def _least_turns(n_turns: int) -> int:
    if n_turns < 20 * LEAST_TURNS:
        return 1
    return max(LEAST_TURNS, round(LEAST_SHARE * n_turns))


def _unspaced(texts: Sequence[str]) -> bool:
    """Whether most is written without spaces between words, as Japanese, Chinese or Thai is."""
    some = texts[:: max(1, len(texts) // 2_000)]
    letters = [one for text in some for one in text if one.isalpha()]
    runs = sum(len(text.split()) for text in some)
    other = sum(not one.isascii() for one in letters)
    return 2 * other > len(letters) and len(letters) >= _LONG_RUN * runs


def _check_language(texts: Sequence[str]) -> None:
    """Warn when too few of the words are the commonest of English."""
    some = texts[:: max(1, len(texts) // 2_000)]
    words = [word for text in some for word in _WORD.findall(text.lower())]
    if words and sum(word in _ENGLISH for word in words) < _LEAST_ENGLISH * len(words):
        warnings.warn(
            "the texts do not look English: the stop words left out of topics, and the default "
            "embedding, are English. Give stop words of the language (without=) and a "
            "multilingual embedding",
            LanguageWarning,
            stacklevel=3,
        )
