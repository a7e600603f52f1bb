"""What follows what, against chance within sessions."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from polars.testing import assert_frame_equal
from scipy.stats import binom, kstest, nbinom, poisson

from attunement.errors import DataError
from attunement.tables import TOPIC_TRANSITIONS
from attunement.topics import topic_transitions
from attunement.topics._transitions import STEPS, _Chance, _tails

from .spoken import alternating, drawn


def _cell(table: pl.DataFrame, step: tuple[str, str], topics: tuple[int, int]) -> dict[str, float]:
    keys = dict(zip(("from_role", "to_role"), step, strict=True))
    return table.filter(**keys, from_topic=topics[0], to_topic=topics[1]).row(0, named=True)


def test_a_tiny_table_by_hand() -> None:
    # The patient speaks of 0 0 1 1, the therapist answers with 2 2 3 3.
    table = topic_transitions(alternating({"a": [0, 2, 0, 2, 1, 3, 1, 3]}))
    answer = _cell(table, ("patient", "therapist"), (0, 2))
    # Two 0s and two 2s, one 0 said after a 2: (2 * 2 - 1) / (4 - 1) of the answers on average.
    assert (answer["n"], answer["share"], answer["expected"]) == (2, 1.0, 0.5)
    assert answer["ratio"] == 2
    assert answer["n_sessions"] == 1
    back = _cell(table, ("therapist", "patient"), (2, 0))
    # Three steps: 2 to 0, 2 to 1, 3 to 1. The 2 said after the second 0 cannot lead to it.
    assert (back["n"], back["share"], back["expected"]) == (1, 0.5, 0.25)
    assert back["p_val"] == 1


def test_what_the_therapist_says_between_does_not_hide_the_patients_next_turn() -> None:
    table = topic_transitions(alternating({"a": [0, 5, 1, 5, 0, 5, 1]}))
    assert _cell(table, ("patient", "patient"), (0, 1))["n"] == 2
    assert _cell(table, ("patient", "patient"), (0, 0))["n"] == 0


def test_two_turns_of_one_side_in_a_row_are_no_step_between_the_sides() -> None:
    turns = alternating({"a": [0, 1, 2, 3]}).with_columns(
        role=pl.Series(["patient", "patient", "therapist", "patient"])
    )
    table = topic_transitions(turns)
    steps = table.filter(pl.col("n") > 0).select("from_role", "from_topic", "to_topic").rows()
    assert sorted(steps) == [
        ("patient", 0, 1),
        ("patient", 1, 2),
        ("patient", 1, 3),
        ("therapist", 2, 3),
    ]


def test_sessions_of_different_subjects_alone_lead_nowhere() -> None:
    # Over the corpus each topic follows itself ten times as often as its share; within none does.
    table = topic_transitions(alternating({f"s{at}": [at % 10] * 12 for at in range(40)}))
    found = table.filter(pl.col("n") > 0)
    assert found["ratio"].to_list() == [1.0] * 30
    assert found["p_val"].to_list() == [1.0] * 30
    mixed = topic_transitions(alternating(drawn(400, 40, n_topics=6, seed=1, evenness=0.3))).filter(
        pl.col("from_topic") == pl.col("to_topic")
    )
    assert mixed["ratio"].to_list() == pytest.approx([1.0] * mixed.height, abs=0.08)


def test_topics_that_do_not_depend_on_each_other_give_even_p_values() -> None:
    sessions = drawn(300, 60, n_topics=6, seed=7, evenness=0.6)
    table = topic_transitions(alternating(sessions))
    assert kstest(table["p_val"].to_numpy(), "uniform").pvalue > 0.01
    assert table.select((pl.col("p_val") < 0.05).mean()).item() < 0.1
    assert table["p_fdr"].min() > 0.05  # type: ignore[operator]


def test_a_planted_answer_is_found_and_nothing_else_is() -> None:
    rng = np.random.default_rng(2)
    sessions = drawn(200, 40, n_topics=6, seed=3, evenness=1.0)
    for topics in sessions.values():
        for at in range(0, len(topics) - 1, 2):
            if topics[at] == 0 and rng.random() < 0.5:
                topics[at + 1] = 1
    table = topic_transitions(alternating(sessions))
    found = table.filter(pl.col("p_fdr") < 0.01, pl.col("ratio") > 1)
    steps = found.select("from_role", "from_topic", "to_role", "to_topic").rows()
    assert steps == [("patient", 0, "therapist", 1)]
    assert found["ratio"][0] > 1.5
    # An answer that takes a topic up leaves no trace in what the answer leads to.
    back = table.filter(pl.col("from_role") == "therapist")
    assert kstest(back["p_val"].to_numpy(), "uniform").pvalue > 0.01


SESSIONS = [
    [(0, 0), (0, 1), (1, 0), (2, 1), (2, 2)],
    [(0, 0), (0, 0), (0, 1), (1, 0), (1, 1), (0, 0)],
    [(0, 1), (1, 2), (2, 0)],
    [(0, 1), (2, 0)],
    [(0, 1)],
    [(1, 1), (1, 1), (1, 1), (1, 1)],
]


@pytest.mark.parametrize("steps", SESSIONS)
def test_chance_is_that_of_every_order_of_a_sessions_exchanges(
    steps: list[tuple[int, int]],
) -> None:
    entered = [steps[at - 1][1] for at in range(len(steps))]
    exchanges = [(enter, leave) for enter, (leave, _) in zip(entered, steps, strict=True)]
    found = []
    for order in permutations(exchanges):
        counts = np.zeros((3, 3))
        for at, (_, leave) in enumerate(order):
            counts[leave, order[(at + 1) % len(order)][0]] += 1
        found.append(counts)
    table = pl.DataFrame(
        {"session": 0, "from": [leave for leave, _ in steps], "to": [to for _, to in steps]}
    )
    chance = _Chance.of(table, 3)
    np.testing.assert_allclose(chance.mean, np.mean(found, axis=0), atol=1e-12)
    np.testing.assert_allclose(chance.variance, np.var(found, axis=0), atol=1e-12)
    assert (chance.least <= np.min(found, axis=0)).all()


def test_chance_adds_up_over_sessions() -> None:
    tables = [
        pl.DataFrame({"session": at, "from": [a for a, _ in one], "to": [b for _, b in one]})
        for at, one in enumerate(SESSIONS)
    ]
    together = _Chance.of(pl.concat(tables), 3)
    alone = [_Chance.of(table.with_columns(session=pl.lit(0)), 3) for table in tables]
    np.testing.assert_allclose(together.mean, sum(one.mean for one in alone))
    np.testing.assert_allclose(together.variance, sum(one.variance for one in alone), atol=1e-12)
    np.testing.assert_allclose(together.least, sum(one.least for one in alone))


def test_p_values_are_those_of_permuting_exchanges() -> None:
    sessions = drawn(25, 17, n_topics=4, seed=11, evenness=0.5)
    for topics in sessions.values():
        for at in range(2, len(topics), 2):
            topics[at] = topics[at - 2] if at % 3 else topics[at]
    turns = alternating(sessions)
    table = topic_transitions(turns)
    rng = np.random.default_rng(4)
    draws = np.stack([_permuted_counts(turns, rng) for _ in range(3000)])
    observed = _permuted_counts(turns, None)
    at_most, at_least = (draws <= observed).mean(axis=0), (draws >= observed).mean(axis=0)
    by_permutation = np.minimum(1, 2 * np.minimum(at_most, at_least))
    differences = []
    for place, step in enumerate(STEPS):
        for one, other in product(range(4), range(4)):
            cell = _cell(table, step, (one, other))
            assert cell["n"] == observed[place, one, other]
            differences.append(cell["p_val"] - by_permutation[place, one, other])
    # Three thousand draws leave a standard error of up to .018 in twice a tail of a half.
    assert np.max(np.abs(differences)) < 0.1
    assert np.mean(np.abs(differences)) < 0.03
    assert by_permutation.min() < 0.001


@pytest.mark.parametrize("k", [0.0, 1.0, 4.0, 9.0])
def test_tails_are_those_of_the_distribution_with_that_mean_and_variance(k: float) -> None:
    cases = [
        (binom(20, 0.3), 6.0, 4.2),
        (poisson(3.5), 3.5, 3.5),
        (nbinom(5, 0.5), 5.0, 10.0),
    ]
    for known, mean, variance in cases:
        at_most, at_least = _tails(np.array([k]), np.array([mean]), np.array([variance]))
        assert at_most[0] == pytest.approx(known.cdf(k))
        assert at_least[0] == pytest.approx(known.sf(k - 1))


def test_one_turn_makes_no_step() -> None:
    table = topic_transitions(alternating({"a": [0], "b": [1]}))
    assert table.schema == TOPIC_TRANSITIONS.schema
    assert table.is_empty()


def test_a_turn_that_stands_twice_is_refused() -> None:
    turns = alternating({"a": [0, 1]})
    with pytest.raises(DataError, match="more than once"):
        topic_transitions(pl.concat([turns, turns]))


TOPICS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=10), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(TOPICS)
def test_shares_sum_to_one_p_values_are_probabilities_and_order_does_not_matter(
    topics: list[list[int]],
) -> None:
    names = [f"s{at}" for at in range(len(topics))]
    turns = alternating(dict(zip(names, topics, strict=True)))
    table = topic_transitions(turns)
    sums = table.group_by("from_role", "to_role", "from_topic").agg(
        pl.col("share", "expected").sum()
    )
    for column in ("share", "expected"):
        assert sums[column].to_list() == pytest.approx([1.0] * sums.height)
    tested = table.drop_nulls("p_val")
    assert tested.select(pl.col("p_val", "p_fdr").is_between(0, 1).all()).row(0) == (True, True)
    assert tested.select((pl.col("p_fdr") >= pl.col("p_val") - 1e-12).all()).item()
    assert table.filter(pl.col("n") > 0)["p_val"].null_count() == 0
    shuffled = turns.sample(fraction=1, shuffle=True, seed=3)
    renamed = shuffled.with_columns(pl.col("session_id").str.replace("s", "z"))
    assert_frame_equal(table, topic_transitions(shuffled))
    assert_frame_equal(table, topic_transitions(renamed))


def _permuted_counts(turns: pl.DataFrame, rng: np.random.Generator | None) -> NDArray[np.float64]:
    """Count the steps after putting each session's exchanges in another order, or as they are."""
    counts = np.zeros((len(STEPS), 4, 4))
    for session in turns.partition_by("session_id"):
        topics = session["topic"].to_numpy()
        patient, therapist = topics[::2], topics[1::2]
        steps = [(patient[:-1], therapist), (therapist, patient[1:]), (patient[:-1], patient[1:])]
        for place, (leaving, reached) in enumerate(steps):
            order = np.arange(len(leaving)) if rng is None else rng.permutation(len(leaving))
            entered = np.roll(reached, 1)[order]
            np.add.at(counts[place], (leaving[order], np.roll(entered, -1)), 1)
    return counts
