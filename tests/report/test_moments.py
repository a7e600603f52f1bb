"""The turns worth reading, and what stands beside them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from attunement.report import moments

from .small import Said, patient, tables

P, T = "patient", "therapist"


def test_the_lowest_and_highest_patient_turns_are_picked_and_the_therapist_never() -> None:
    said = [Said(T, -9.0), *patient(0.0, -2.0, 3.0, 1.0), Said(T, 9.0), *patient(-1.0, 2.0)]
    found = moments(tables({"a": said}), k=2)
    assert found.select("kind", "rank", "turn", "alliance").rows() == [
        ("lowest", 1, 2, -2.0),
        ("lowest", 2, 6, -1.0),
        ("highest", 1, 3, 3.0),
        ("highest", 2, 7, 2.0),
    ]


def test_of_equals_the_earlier_turn_comes_first_at_both_ends() -> None:
    found = moments(tables({"a": patient(1.0, -1.0, 1.0, -1.0, 0.0)}), k=2)
    assert found.select("kind", "turn").rows() == [
        ("lowest", 1),
        ("lowest", 3),
        ("highest", 0),
        ("highest", 2),
    ]


def test_the_words_before_are_the_therapists_last_even_when_others_spoke_between() -> None:
    said = [
        Said(P, 5.0, "opening"),
        Said(T, 0.0, "how was it"),
        Said(P, 0.0, "middling"),
        Said("other", None, "may I say"),
        Said(P, -5.0, "bad"),
    ]
    found = moments(tables({"a": said}), k=1)
    assert found.select("text", "before_turn", "before_text").rows() == [
        ("bad", 1, "how was it"),
        ("opening", None, None),
    ]


def test_the_words_before_never_come_from_another_session() -> None:
    found = moments(tables({"a": [Said(T, 0.0, "theirs")], "b": patient(1.0, 2.0)}))
    assert found["before_text"].to_list() == [None, None]


def test_anchors_are_the_nearest_over_all_scales_with_their_words() -> None:
    evidence = [
        ("a", 0, P, "task", 1, "weak", "a1", 0.40),
        ("a", 0, P, "bond", 1, "weak", "a2", 0.61),
        ("a", 0, P, "goal", 1, "strong", "gone", 0.50),
        ("a", 0, P, "goal", 2, "strong", "a1", 0.10),
        ("a", 1, P, "goal", 1, "strong", "a1", 0.99),
    ]
    anchors = [
        ("a1", P, "task", "weak", "What for?"),
        ("a2", P, "bond", "weak", "You are paid to."),
    ]
    made = tables({"a": patient(-1.0, 1.0)}, evidence=evidence, anchors=anchors)
    low, high = moments(made).iter_rows(named=True)
    assert [low[f"anchor_{n}_text"] for n in (1, 2, 3)] == ["You are paid to.", "gone", "What for?"]
    assert (low["anchor_1_scale"], low["anchor_1_pole"]) == ("bond", "weak")
    assert low["anchor_1_similarity"] == 0.61
    assert (high["anchor_1_similarity"], high["anchor_2_text"]) == (0.99, None)


def test_without_evidence_the_moments_stand_with_empty_anchors() -> None:
    found = moments(tables({"a": patient(-1.0, 1.0)}))
    assert found.height == 2
    assert found["anchor_1_text"].to_list() == [None, None]


LONG = "said at some length"
SHORT = "I don't know."


def test_very_short_turns_are_passed_over_where_there_are_2k_longer_ones() -> None:
    said = [
        Said(P, -9.0, SHORT),
        *(Said(P, value, LONG) for value in (-1.0, 2.0, -2.0, 1.0)),
        Said(P, 9.0, "Thank you."),
    ]
    found = moments(tables({"a": said}), k=2)
    assert found.select("kind", "turn").rows() == [
        ("lowest", 3),
        ("lowest", 1),
        ("highest", 2),
        ("highest", 4),
    ]


def test_with_fewer_than_2k_longer_turns_all_are_chosen_from() -> None:
    said = [
        Said(P, -9.0, SHORT),
        *(Said(P, value, LONG) for value in (-1.0, 2.0, -2.0)),
        Said(T, 0.0, LONG),
        Said(P, None, LONG),
        Said(P, 9.0, "Thank you."),
    ]
    found = moments(tables({"a": said}), k=2)
    assert found["turn"].to_list() == [0, 3, 6, 2]


def test_sessions_are_looked_at_one_by_one_for_longer_turns() -> None:
    longer = [Said(P, value, LONG) for value in (0.0, 1.0, 2.0, 3.0)]
    made = tables({"a": [Said(P, -9.0, SHORT), *longer], "b": [Said(P, -9.0, SHORT), *longer[:1]]})
    found = moments(made, k=1).filter(kind="lowest")
    assert found.select("session_id", "turn").rows() == [("a", 1), ("b", 0)]


def test_dashes_and_dots_are_no_words_and_an_apostrophe_parts_none() -> None:
    short = Said(P, -9.0, "No - I don't … !")
    exactly_four = [Said(P, value, "No, I don't, really") for value in (0.0, 1.0)]
    found = moments(tables({"a": [short, *exactly_four]}), k=1)
    assert found["turn"].to_list() == [1, 2]


def test_a_script_without_spaces_still_has_moments() -> None:
    said = [Said(P, value, "今日はあまり話したくないです") for value in (1.0, -1.0)]
    assert moments(tables({"a": said}))["turn"].to_list() == [1, 0]


def test_a_session_whose_turns_all_score_the_same_has_no_moments() -> None:
    assert moments(tables({"a": patient(1.0, 1.0, 1.0), "b": patient(2.0)})).is_empty()


def test_moments_can_be_written_as_csv() -> None:
    found = moments(tables({"a": patient(-1.0, 1.0)}))
    assert not any(isinstance(kind, pl.List | pl.Struct) for kind in found.schema.values())


@given(st.lists(st.floats(-5, 5), max_size=20), st.integers(1, 5))
def test_no_turn_is_both_lowest_and_highest_and_lows_lie_below_highs(
    values: list[float], k: int
) -> None:
    found = moments(tables({"a": patient(*values)}), k=k)
    assert found["turn"].is_unique().all()
    low, high = (found.filter(kind=kind)["alliance"] for kind in ("lowest", "highest"))
    assert len(low) <= k
    assert len(high) <= k
    if len(low) and len(high):
        assert max(low.to_list()) <= min(high.to_list())
