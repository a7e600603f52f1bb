"""What counts as a word of a topic."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from attunement.errors import DataError
from attunement.topics import LanguageWarning, Vocabulary, stop_words
from attunement.topics._words import content_words

JAPANESE = ["私は昨日の夜ずっと眠れませんでした", "仕事のことが心配で仕方がないのです"] * 20
FINNISH = ["Minun äitini puhuu aina työstään", "Äitini työ väsyttää minua kovasti"] * 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MY Mother’s new job... um, it isn't well-paid!", ["mother", "job", "well-paid"]),
        ("Yeah, okay. Thank you very much. I see, mm-hm.", []),
        ("don't dont I'm im we'll 42 x", []),
        ("Ääni, über, naïve", ["ääni", "über", "naïve"]),
        ("boss boss", ["boss", "boss"]),
    ],
)
def test_content_words(text: str, words: list[str]) -> None:
    assert content_words(text, without=stop_words()) == words


def test_words_said_in_too_few_turns_are_left_out_of_all_counts() -> None:
    texts = ["the boss and the office", "the boss", "it is the office of my boss", "my dog"]
    vocabulary = Vocabulary(least_turns=2).fit(texts)
    assert vocabulary.words_ == ("boss", "office")
    np.testing.assert_array_equal(
        vocabulary.counts(texts).toarray(), [[1, 1], [1, 0], [1, 1], [0, 0]]
    )
    assert vocabulary.documents(texts) == [["boss", "office"], ["boss"], ["office", "boss"], []]


@pytest.mark.parametrize(("n", "kept"), [(4, False), (5, True)])
def test_from_a_hundred_turns_on_a_word_needs_five(n: int, kept: bool) -> None:
    texts = ["that is the boss"] * 100 + ["it is a harpsichord"] * n
    assert ("harpsichord" in Vocabulary().fit(texts).words_) is kept


def test_only_stop_words_is_one_error_that_says_what_to_do() -> None:
    with pytest.raises(DataError, match="only stop words") as caught:
        Vocabulary().fit(["yeah okay", "um, thank you"])
    assert "okay" not in str(caught.value)
    with pytest.raises(DataError, match="no word but stop words is said in 2 turns or more"):
        Vocabulary(least_turns=2).fit(["the boss", "my dog"])


def test_no_turns_at_all_is_the_same_error() -> None:
    with pytest.raises(DataError, match="only stop words"):
        Vocabulary().fit([])


def test_writing_without_spaces_is_refused_by_its_name() -> None:
    for least_turns in (1, 30):
        with pytest.raises(DataError, match="written without spaces") as caught:
            Vocabulary(least_turns=least_turns).fit(JAPANESE)
        assert JAPANESE[0] not in str(caught.value)


def test_another_language_works_with_a_warning_and_its_own_stop_words() -> None:
    with pytest.warns(LanguageWarning, match="do not look English"):
        vocabulary = Vocabulary(without={"minun", "minua", "aina"}).fit(FINNISH)
    assert set(vocabulary.words_) == {"äitini", "puhuu", "työstään", "työ", "väsyttää", "kovasti"}


def test_english_is_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Vocabulary().fit(["I lost my job and the boss is to blame", "It was in the office"])


def test_the_stop_words_keep_what_topics_are_made_of() -> None:
    assert not stop_words() & {"mother", "alone", "tired", "night", "school", "worried", "work"}
    assert {"the", "yeah", "okay", "um", "don't"} <= stop_words()
    assert all(word == word.lower() and "’" not in word for word in stop_words())
