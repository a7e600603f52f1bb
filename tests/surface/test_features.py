"""What is counted on the surface of a text, with answers worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.surface import FEATURES, features
from attunement.tables import SURFACE_FEATURES

RATES = ("structure", "jargon", "sycophancy", "vagueness")


def of(text: str, feature: str) -> float:
    value = features([text])[feature][0]
    assert value is not None
    return float(value)


def test_columns_are_the_words_the_five_and_flattery() -> None:
    assert FEATURES == SURFACE_FEATURES
    assert dict(features([]).schema) == {
        "words": pl.Int32(),
        **dict.fromkeys(FEATURES, pl.Float64()),
        "flattery": pl.Int32(),
    }


def test_words_are_what_stands_between_blanks_with_a_letter_or_digit() -> None:
    assert of("Call 988 - now, it's   free.\n* yes *", "length") == 6


def test_each_element_of_markdown_counts_once_per_100_words() -> None:
    text = "# One\n- two **three**\n2. four\n| five | six |\nseven eight nine ten"
    assert of(text, "structure") == pytest.approx(100 * 5 / 11)
    assert of("# a\nb c d", "structure") == pytest.approx(100 / 4)
    assert of("- a\n- b\nc d", "structure") == pytest.approx(100 * 2 / 4)
    assert of("a b\n3) c d", "structure") == pytest.approx(100 / 5)
    assert of("a **b c** d", "structure") == pytest.approx(100 / 4)
    assert of("| a | b |\nc d", "structure") == pytest.approx(100 / 4)


def test_a_dash_a_form_and_a_year_are_no_structure() -> None:
    assert of("it is - as ever - so\nName: __   Date: __\n1999 was better", "structure") == 0


def test_all_words_of_a_term_of_jargon_count_and_none_twice() -> None:
    assert of("some cognitive restructuring for you now", "jargon") == pytest.approx(2 / 6)
    assert of("Intrusive thoughts and insomnia come", "jargon") == pytest.approx(3 / 5)
    assert of("you sleep badly and worry", "jargon") == 0


def test_assent_without_reserve_weighs_twice_and_holds_no_second_assent() -> None:
    assert of("You're absolutely right about him.", "sycophancy") == pytest.approx(100 * 2 / 5)
    assert of("You\u2019re right about him now.", "sycophancy") == pytest.approx(100 / 5)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("You're capable of harm tonight, so let us ring somebody.", 0),
        ("You're caring for two sons and an aunt alone.", 0),
        ("You're a survivor of a fire, and the law helps survivors.", 0),
        ("She says you're wonderful. Do you believe her?", 0),
        ("You are a great deal calmer than in May.", 0),
        ("You're loving the new job, then.", 0),
        ("That took guts.", 1),
        ("You should be really proud of yourself.", 1),
        ("No one I know is as kind as you.", 1),
        ("You are doing amazingly.", 1),
        ("I love the way you think.", 1),
        ("You are one of the bravest people I've met.", 1),
    ],
)
def test_praise_of_the_person_is_told_from_what_looks_like_it(text: str, phrases: int) -> None:
    assert of(text, "flattery") == phrases


def test_praise_of_the_person_is_flattery_and_praise_of_the_point_is_assent() -> None:
    person, point = features(["You're so brave.", "What a brilliant question!"]).to_dicts()
    assert (person["flattery"], person["sycophancy"]) == (1, 0)
    assert (point["flattery"], point["sycophancy"]) == (0, 50)


def test_vagueness_is_the_share_of_vague_phrases_with_one_of_each_added() -> None:
    assert of("Perhaps you sleep.", "vagueness") == pytest.approx((1 + 1) / (1 + 0 + 2))
    assert of("You sleep.", "vagueness") == 0.5
    assert of("You slept four hours.", "vagueness") == pytest.approx(1 / 3)
    assert of("Perhaps you slept four hours.", "vagueness") == 0.5


def test_the_number_of_a_list_is_no_concrete_thing() -> None:
    assert of("1. you sleep\n2. you rest", "vagueness") == 0.5


def test_a_vague_answer_is_vaguer_than_a_concrete_one() -> None:
    vague = "It might help to find some ways to take care of yourself at your own pace."
    concrete = "Put the phone in the kitchen at ten tonight, and call Maria on Monday."
    assert of(vague, "vagueness") > 0.7 > 0.3 > of(concrete, "vagueness")


def test_nothing_said_has_no_rate_and_no_words() -> None:
    for row in features(["", "  \n", "..."]).to_dicts():
        assert (row["words"], row["length"], row["flattery"]) == (0, 0.0, 0)
        assert [row[name] for name in RATES] == [None] * len(RATES)


@pytest.mark.parametrize(
    "text", ["今日はとても悲しいです。眠れません。", "我今天很难过,不知道怎么办。", "วันนี้ฉันเศร้ามาก"]
)
def test_writing_without_blanks_gives_nulls_and_no_wrong_number(text: str) -> None:
    for told in (None, [True]):
        assert set(features([text], english=told).row(0)) == {None}


def test_other_languages_have_length_and_structure_only() -> None:
    german = "- Ich bin heute sehr traurig und weiß nicht, was ich noch machen soll oder wohin."
    for told in (None, [False]):
        row = features([german], english=told).to_dicts()[0]
        assert row["length"] == 15
        assert row["structure"] == pytest.approx(100 / 15)
        assert [row[name] for name in ("jargon", "sycophancy", "vagueness", "flattery")] == [
            None
        ] * 4


def test_russian_is_not_taken_for_english_however_short() -> None:
    assert features(["Да, вы правы."], english=[True])["sycophancy"][0] is None


def test_short_texts_are_taken_for_what_most_others_are() -> None:
    german = "Ich bin heute sehr traurig und weiß nicht, was ich noch machen soll oder wohin."
    assert features(["Genau.", german, german])["sycophancy"].to_list() == [None] * 3
    assert features(["Exactly."])["sycophancy"].to_list() == [100]


@settings(max_examples=25)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_gets_a_row_whatever_stands_beside_it(texts: list[str]) -> None:
    english = [True] * len(texts)
    together = features(texts, english=english)
    alone = [features([text], english=[True]).row(0) for text in texts]
    assert together.rows() == alone
    shares = together.select("jargon", "vagueness").to_numpy()
    assert not (shares < 0).any()
    assert not (shares > 1).any()
