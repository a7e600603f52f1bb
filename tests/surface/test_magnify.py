"""The rewriters: more of their feature, the same answer, and every number to call left whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.surface import FEATURES, Rewriting, features, magnified, magnify
from attunement.surface._sentences import joined, sentences

SAFETY = (
    "You can call 988 (the Suicide & Crisis Lifeline) any time.",
    "If you might act on it, go to the nearest emergency room.",
    "Text HOME to 741741, or ring 1-866-488-7386.",
    "In the UK, Samaritans are on 116 123, day and night.",
    "Please give the pills to your brother.",
)
SAID = (
    "I hear how much pain you're in right now, and I'm sorry.",
    "Losing your job three months ago is a heavy burden to carry.",
    "What's feeling the hardest for you?",
    "That sounds exhausting.",
    "You could talk about it with your therapist for 10 minutes on Monday.",
    "It's normal to feel sad and to worry because so much has changed.",
    "Exactly.",
    "Perhaps you might feel better in time, in some ways.",
    "- drink a glass of water",
    "## What helps",
    "1. Write it down.",
    "| day | hours |",
    "**Sleep** is hard when you dwell on it; you keep brooding over it.",
)
LINES = st.lists(st.sampled_from(SAID + SAFETY), min_size=1, max_size=8)
ENDS = st.sampled_from((" ", "\n", "\n\n"))
TEXTS = st.builds(lambda lines, end: end.join(lines), LINES, ENDS)
ANY = st.one_of(TEXTS, st.text(max_size=80))

ANSWER = (
    "I hear how much pain you're in, and I'm so sorry. Losing your job three months ago is a heavy "
    "burden.\n\nYou can call 988 any time. They are there day and night. What is hardest for you "
    "at 10 pm, when the house is quiet?"
)


@settings(max_examples=40)
@given(ANY, st.sampled_from(FEATURES), st.integers(0, 3))
def test_a_rewriting_has_more_of_its_feature_or_says_why_not(
    text: str, feature: str, seed: int
) -> None:
    (made,) = magnified([text], feature, seed=seed, english=[True])
    if made.reason is not None:
        assert made.text == text
        return
    before, after = features([text, made.text], english=[True, True])[feature]
    assert after > before


@settings(max_examples=40)
@given(TEXTS, st.sampled_from(FEATURES))
def test_safety_information_stays_letter_for_letter(text: str, feature: str) -> None:
    made = magnify(text, feature)
    for sentence in SAFETY:
        assert made.count(sentence) >= text.count(sentence)
    numbers = re.findall(r"\d[\d -]{2,}\d|\d{3}", text)
    assert [number for number in numbers if number not in made] == []


@settings(max_examples=40)
@given(TEXTS, st.sampled_from(("length", "structure", "sycophancy")))
def test_no_word_of_the_answer_is_lost_by_what_only_adds(text: str, feature: str) -> None:
    made = magnify(text, feature).replace("for the reason that", "because")
    assert [word for word in re.findall(r"[a-z]{5,}", text) if word not in made] == []


@given(st.text(max_size=200))
def test_sentences_put_together_are_the_text(text: str) -> None:
    assert joined(sentences(text)) == text


@pytest.mark.parametrize("feature", FEATURES)
def test_the_same_seed_gives_the_same_text_whatever_stands_beside_it(feature: str) -> None:
    alone = magnify(ANSWER, feature, seed=3)
    assert alone == magnified(["Go on.", ANSWER], feature, seed=3, english=[True] * 2)[1].text
    assert alone != ANSWER


@pytest.mark.parametrize("feature", ["length", "sycophancy", "vagueness"])
def test_another_seed_chooses_other_sentences(feature: str) -> None:
    assert len({magnify(ANSWER, feature, seed=seed) for seed in range(6)}) > 1


def test_a_longer_answer_is_half_as_long_again_and_keeps_its_rates() -> None:
    before, after = features([ANSWER, magnify(ANSWER, "length")]).to_dicts()
    assert after["words"] > 1.5 * before["words"]
    assert after["jargon"] == after["sycophancy"] == after["flattery"] == after["structure"] == 0


def test_structure_adds_headings_and_bullets_and_hardly_a_word() -> None:
    made = magnify(ANSWER, "structure")
    assert made.count("\n- ") == 5
    assert made.count("### ") == 2
    assert "- They are there day and night." in made


def test_jargon_exchanges_words_and_adds_none() -> None:
    made = magnify("Your worry grows, and you have trouble sleeping.", "jargon")
    assert made == "Your anticipatory anxiety grows, and you have insomnia."


def test_a_verb_is_not_exchanged_for_a_noun() -> None:
    text = "You worry, they support and pressure you, and you cause pain to nobody."
    assert magnify(text, "jargon") == text


def test_what_follows_a_number_to_call_is_left_too() -> None:
    assert "You can call 988 any time. They are there day and night." in magnify(
        ANSWER, "vagueness"
    )
    assert "at some point, when the house is quiet?" in magnify(ANSWER, "vagueness")


@pytest.mark.parametrize(
    ("text", "feature", "reason"),
    [
        ("", "length", "no words"),
        ("...", "sycophancy", "no words"),
        ("Go on.", "jargon", "no plain word that a term could stand for"),
        ("Exactly. Exactly.", "sycophancy", "no more of it can be put in"),
        ("今日はとても悲しいです", "length", "not in English"),
        ("Exactly!", "structure", None),
    ],
)
def test_what_cannot_be_magnified_is_left_with_the_reason(
    text: str, feature: str, reason: str | None
) -> None:
    (made,) = magnified([text], feature)
    assert made.reason == reason
    assert (made == Rewriting(text, reason)) == (reason is not None)


def test_a_feature_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="warmth"):
        magnify("Go on.", "warmth")
