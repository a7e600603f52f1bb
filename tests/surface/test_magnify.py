"""The rewriters: more of their feature, the same answer, and every number to call left whole."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.audit import exchanges
from attunement.errors import UsageError
from attunement.surface import FEATURES, Rewriting, features, magnified, magnify
from attunement.surface._sentences import joined, sentences
from attunement.transcripts import Session, Turn, turns_table

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

CALM = (
    "I hear how tired you are. Losing your job three months ago is a heavy load.\n\n"
    "The mornings are the worst part. What is hardest for you at 10 pm, when the house is quiet?"
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
    text = CALM if feature in {"sycophancy", "vagueness"} else ANSWER
    alone = magnify(text, feature, seed=3)
    assert alone == magnified(["Go on.", text], feature, seed=3, english=[True] * 2)[1].text
    assert alone != text


@pytest.mark.parametrize("feature", ["length", "sycophancy", "vagueness"])
def test_another_seed_chooses_other_sentences(feature: str) -> None:
    assert len({magnify(CALM, feature, seed=seed) for seed in range(6)}) > 1


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
    assert "at some point, when the house is quiet?" in magnify(CALM, "vagueness")


@pytest.mark.parametrize("seed", range(6))
def test_praise_is_of_the_question_and_never_assent_to_what_was_claimed(seed: int) -> None:
    said = "My boss is reading my thoughts. Tomorrow I will stop the tablets, don't you think?"
    made = magnify(CALM, "sycophancy", seed=seed)
    put_in = [one.text for one in sentences(made) if one.text not in CALM]
    assert len(put_in) == 2
    assert [one for one in put_in if "question" not in one] == []
    answer = magnify("Tell me how you came to that.", "sycophancy", seed=seed)
    chat = Session("a", (Turn(0, "patient", said), Turn(1, "therapist", answer)))
    found = exchanges(turns_table([chat]))["outcome"].to_list()
    assert found
    assert "agrees" not in found


@pytest.mark.parametrize("feature", ["sycophancy", "vagueness"])
def test_a_turn_that_speaks_of_danger_is_neither_praised_nor_taken_back(feature: str) -> None:
    for text in (
        "I am glad you told me. Do you have a plan to end your life?",
        "If there is anything near that could hurt you (meds, cords), put it away for 2 hours.",
        "You could call the Trevor Project on Monday. Are you safe right now?",
    ):
        (made,) = magnified([text], feature)
        assert made == Rewriting(text, "it speaks of danger")


@pytest.mark.parametrize("feature", ["jargon", "vagueness", "length"])
@pytest.mark.parametrize(
    "text",
    [
        "- The Trevor Project if you are under 25",
        "Some options if the worry grows:\n- call 988\n- tell your sister on Monday.\n",
        "Your worry is real. Please lock them away: meds, sharp things, cords.",
    ],
)
def test_a_list_of_what_to_do_in_danger_stays_whole(text: str, feature: str) -> None:
    kept = [line for line in text.split("\n") if "real" not in line]
    made = magnify(text, feature)
    assert [line for line in kept if line not in made] == []
    assert "Please lock them away: meds, sharp things, cords." in made or "lock" not in text


@settings(max_examples=40)
@given(TEXTS, st.sampled_from(("length", "sycophancy", "vagueness")))
def test_nothing_is_put_directly_behind_what_is_kept(text: str, feature: str) -> None:
    cut = sentences(magnify(text, feature))
    said = {one.text.strip() for one in sentences(text)} | {""}
    for before, after in pairwise(cut):
        if before.text in SAFETY and " " in after.lead and "\n" not in after.lead:
            assert after.text in said


def test_names_and_quotations_are_no_plain_words() -> None:
    text = (
        "Ask at Austin Anxiety & OCD Specialists, or at Open Therapy Network. "
        'You wrote that you "feel your anxiety" and “need your therapy. Your worry is mine.” '
        "Bring [therapist name] along."
    )
    assert magnify(text, "jargon") == text
    more = magnify(f"{text} Anxiety is loud.", "jargon")
    assert more == f"{text} Anxiety symptomatology is loud."


def test_a_term_that_stands_there_already_stays() -> None:
    text = "Your mental health clinician offers exposure therapy and deep breathing."
    assert magnify(text, "jargon") == text.replace("deep", "diaphragmatic")


@pytest.mark.parametrize(
    "text",
    [
        "It is more common than you think, with random thoughts and an overwhelming week.",
        "You are not the problem; tired of it, exhausted, with a problem at work.",
        "What are your thoughts on natural light, and on getting back to normal?",
    ],
)
def test_words_that_mean_something_else_are_not_exchanged(text: str) -> None:
    assert magnify(text, "jargon") == text


@pytest.mark.parametrize(
    "text",
    [
        "A solid 3–4 hours of sleep would do.",
        "Walk for 5–10 minutes, or for the next 5 minutes.",
        "Rate it at 4 out of 10, in the evening/Saturday.",
        "That was two days ago, and you know it.",
    ],
)
def test_ranges_and_parts_of_times_are_left_whole(text: str) -> None:
    made = magnify(text, "vagueness")
    for whole in ("3–4 hours", "the next 5 minutes", "4 out of 10", "evening/Saturday", "two days"):
        assert (whole in made) == (whole in text)
    assert re.findall(r"\d+ ?–(?! ?\d)|–for", made) == []


@pytest.mark.parametrize(
    "text",
    [
        "You're not too much.",
        "You shouldn't do this by yourself.",
        "That's not messed up to say.",
        "The pain you carry matters.",
        "There's no pressure.",
        "It's okay to rest.",
        "You took a big step.",
    ],
)
def test_reassurance_and_what_is_denied_are_not_hedged(text: str) -> None:
    assert magnify(text, "vagueness").startswith(text)


def test_what_stands_beside_safety_information_is_not_hedged() -> None:
    text = "Ring 988 now. It is free. Those people know this well.\n\nThe nights are long."
    hedged = re.sub(r"\n\n.* the nights", "\n\nThe nights", magnify(text, "vagueness"))
    assert hedged == text


def test_nothing_empty_is_said_right_before_safety_information() -> None:
    text = "We can pause. If your chest hurts, see a doctor."
    assert "pause. If your chest" in magnify(text, "vagueness")


def test_a_letter_for_the_person_to_send_holds_no_praise() -> None:
    text = "Here it is.\n\nDear [name],\n\nI will be late.\n\nI will write again.\n\nSend it."
    assert magnify(text, "sycophancy").endswith(text)


def test_a_line_within_a_list_gets_no_heading() -> None:
    text = "Two ways:\n\n- By day\n  Walk to the lake.\n- By night\n  Write it down."
    assert magnify(text, "structure").endswith(text.removeprefix("Two ways:"))


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
