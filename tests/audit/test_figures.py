"""Figures of each model: what is counted, what has no interval, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.audit.measured import chats

from attunement.audit import figure_definitions, figure_names
from attunement.audit._clusters import ChatClusters
from attunement.audit._figures import figures_table
from attunement.audit._rated import Rated
from attunement.tables import AUDIT_FIGURES, RATINGS


def ratings(rows: Sequence[tuple[str, str, str, str, float]]) -> pl.DataFrame:
    """RATINGS of (session_id, rater, instrument, scale, value)."""
    return pl.DataFrame(
        [
            {"session_id": s, "rater": r, "instrument": i, "scale": c, "value": v, "turn": None}
            for s, r, i, c, v in rows
        ],
        schema=RATINGS.schema,
    )


NOBODY = Rated.of(ratings([]))


def figures(
    table: pl.DataFrame, *, models: tuple[str, ...] = ("a",), rated: Rated = NOBODY
) -> pl.DataFrame:
    found = figures_table(
        table,
        models=models,
        clusters=ChatClusters.of(table, pair="patient_id"),
        rated=rated,
        draws=499,
        seed=1,
    )
    assert found.schema == AUDIT_FIGURES.schema
    return found


def row(found: pl.DataFrame, figure: str, model: str = "a") -> dict[str, Any]:
    return found.filter(pl.col("figure") == figure, pl.col("model") == model).row(0, named=True)


def one_user_a_chat(n: int, **values: Sequence[float] | NDArray[np.float64]) -> pl.DataFrame:
    return chats(
        {"model": "a", "patient_id": f"u{at}"} | {name: of[at] for name, of in values.items()}
        for at in range(n)
    )


def test_every_figure_stands_for_every_model_in_the_order_of_the_definitions() -> None:
    table = one_user_a_chat(3, length=[1, 2, 3])
    found = figures(table, models=("a", "b"))
    assert found["figure"].to_list() == [name for name in figure_names() for _ in "ab"]
    assert found["unit"].null_count() == 0
    assert found.filter(pl.col("estimate").is_null())["reason"].null_count() == 0


def test_flattery_counts_turns_and_agreement_counts_claims() -> None:
    table = one_user_a_chat(
        3, flattery=[10, 0, 0], ai_turns=[1, 9, 10], claims=[1, 9, 0], agreed=[1, 0, 0]
    )
    found = figures(table)
    assert row(found, "flattery")["estimate"] == pytest.approx(0.5)
    assert row(found, "flattery")["n"] == 20
    assert row(found, "agreement")["estimate"] == pytest.approx(0.1)
    assert (row(found, "agreement")["n"], row(found, "agreement")["n_sessions"]) == (10, 2)


def test_the_trend_is_the_last_quarter_less_the_first_and_needs_both() -> None:
    table = one_user_a_chat(
        4,
        inferred_patient_first_quarter=[0.0, 1.0, 2.0, 5.0],
        inferred_patient_last_quarter=[1.0, 1.5, 2.0, float("nan")],
    ).with_columns(pl.col("inferred_patient_last_quarter").fill_nan(None))
    found = row(figures(table), "inferred_patient_trend")
    assert found["estimate"] == pytest.approx(0.5)
    assert found["n_sessions"] == 3


def test_an_interval_ends_where_its_figure_can_lie() -> None:
    table = one_user_a_chat(
        6, vagueness=[0, 0, 0, 0, 0, 0.6], length=[1, 1, 1, 1, 1, 90],
        satisfaction=[1, 1, 1, 1, 1, 90],
    )  # fmt: skip
    found = figures(table)
    assert row(found, "vagueness")["ci_low"] == 0
    assert row(found, "length")["ci_low"] == 0
    assert row(found, "satisfaction")["ci_low"] < 0


@pytest.mark.parametrize("users", [["x", "x", "y"], ["x", "y", "z"], [None] * 3])
def test_fewer_than_three_users_are_taken_as_given(users: list[str | None]) -> None:
    table = chats(
        {"model": "a", "patient_id": u, "length": v} for u, v in zip(users, (1, 2, 4), strict=True)
    )
    found = row(figures(table), "length")
    assert (found["n_sessions"], found["reason"]) == (3, None)
    known = stats.ttest_1samp([1, 2, 4], 0).confidence_interval(0.95)
    assert found["ci_high"] == pytest.approx(known.high)


def test_one_chat_has_a_figure_and_no_interval() -> None:
    found = row(figures(one_user_a_chat(1, length=[80])), "length")
    assert (found["estimate"], found["ci_low"], found["small"]) == (80, None, True)
    assert found["reason"] == "fewer than 3 chats have a value"


def test_chats_that_were_not_scored_are_in_no_figure() -> None:
    table = chats(
        {"model": "a", "patient_id": f"u{at}", "length": 10.0 + at, "scored": at < 5}
        for at in range(9)
    )
    assert row(figures(table), "length")["estimate"] == pytest.approx(12)
    assert row(figures(table), "length")["n_sessions"] == 5


def test_an_own_rating_that_follows_the_user_is_told_from_one_that_does_not() -> None:
    rng = np.random.default_rng(2)
    felt = rng.normal(size=60)
    following = one_user_a_chat(60, inferred_patient=felt, own_rating=5 + felt)
    idle = one_user_a_chat(60, inferred_patient=felt, own_rating=rng.normal(size=60))
    same = one_user_a_chat(60, inferred_patient=felt, own_rating=[6.5] * 60)
    follows, does_not, none = (
        row(figures(table), "own_follows_user") for table in (following, idle, same)
    )
    assert follows["estimate"] == pytest.approx(1)
    known = stats.spearmanr(idle["inferred_patient"], idle["own_rating"]).statistic
    assert does_not["estimate"] == pytest.approx(known)
    assert does_not["ci_low"] < 0 < does_not["ci_high"]
    assert none["reason"] == "every own rating is the same"


def test_what_is_rated_names_its_questionnaire() -> None:
    given = ratings(
        [(f"c{at}", who, "WAI-SR", "bond", 3.0 + at) for at in range(4) for who in
         ("therapist", "patient")]
    )  # fmt: skip
    rated = Rated.of(given)
    table = one_user_a_chat(4).drop("own_rating", "patient_rating", "rated_gap")
    table = table.join(rated.values, on="session_id", how="left")
    found = row(figures(table, rated=rated), "own_rating")
    assert (found["scale"], found["unit"]) == ("bond", "points of WAI-SR")
    assert found["estimate"] == pytest.approx(4.5)


def test_every_definition_says_what_is_counted_and_what_it_does_not_say() -> None:
    for one in figure_definitions():
        assert one.definition.endswith("."), one.name
        assert one.caution.endswith("."), one.name
        assert one.of in ("ai", "user", "both")
        assert one.label[0].isupper()


@pytest.mark.parametrize("users", [9, 10])
def test_whether_an_own_rating_follows_has_no_interval_of_fewer_than_ten_users(users: int) -> None:
    rng = np.random.default_rng(2)
    felt, noise = rng.normal(size=40), rng.normal(size=40)
    table = chats(
        {"model": "a", "patient_id": f"u{at % users}"}
        | {"own_rating": felt[at] + noise[at], "inferred_patient": felt[at]}
        for at in range(40)
    )
    found = row(figures(table), "own_follows_user")
    assert found["estimate"] == pytest.approx(stats.spearmanr(felt + noise, felt).statistic)
    assert (found["ci_low"] is None) is (users == 9)
    assert found["reason"] == ("fewer than 10 users" if users == 9 else None)
