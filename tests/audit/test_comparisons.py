"""Models side by side: paired where they met the same users, and only then."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from tests.audit.measured import chats

from attunement.audit._clusters import ChatClusters
from attunement.audit._comparisons import comparisons_table
from attunement.audit._definitions import figure_definitions
from attunement.audit._rated import Rated
from attunement.report.audit._names import DOES, EXPRESSED, INFERRED, RATED, WRITES
from attunement.tables import AUDIT_COMPARISONS, EFFECTS, RATINGS

NOBODY = Rated.of(pl.DataFrame(schema=RATINGS.schema))
NO_EFFECTS = pl.DataFrame(schema=EFFECTS.schema)


def compared(
    table: pl.DataFrame,
    *,
    models: tuple[str, ...] = ("a", "b"),
    pair: str | None = "patient_id",
    effects: pl.DataFrame = NO_EFFECTS,
    rated: Rated = NOBODY,
) -> pl.DataFrame:
    if pair is None:
        table = table.with_columns(pair=pl.lit(None, pl.String))
    found = comparisons_table(
        table,
        models=models,
        clusters=ChatClusters.of(table, pair=pair),
        pair=pair,
        rated=rated,
        effects=effects,
        draws=499,
        seed=1,
    )
    assert found.schema == AUDIT_COMPARISONS.schema
    return found


def row(found: pl.DataFrame, figure: str, model: str = "b") -> dict[str, Any]:
    return found.filter(pl.col("figure") == figure, pl.col("model") == model).row(0, named=True)


def met(
    runs: dict[str, list[int]], *, effect: float, seed: int = 3
) -> tuple[pl.DataFrame, np.ndarray[Any, Any]]:
    """Let models meet users so often; model b says `effect` words more to everybody."""
    rng = np.random.default_rng(seed)
    level = 100 + 40 * rng.normal(size=len(runs["a"]))
    rows = [
        {"model": m, "patient_id": f"u{u}", "length": level[u] + effect * (m == "b") + rng.normal()}
        for m, often in runs.items()
        for u, n in enumerate(often)
        for _ in range(n)
    ]
    return chats(rows), level


def test_users_met_unequally_often_do_not_pass_for_a_difference_of_models() -> None:
    table, level = met({"a": [9, 1, 5, 5, 4], "b": [1, 9, 5, 5, 4]}, effect=2.0)
    paired, apart = (row(compared(table, pair=pair), "length") for pair in ("patient_id", None))
    assert paired["estimate"] == pytest.approx(2, abs=0.7)
    assert paired["ci_low"] < 2 < paired["ci_high"]
    confounded = 2 + 8 * (level[1] - level[0]) / 24
    assert apart["estimate"] == pytest.approx(confounded, abs=1)
    assert paired["n_pairs"] == 5
    assert apart["n_pairs"] == 0
    assert paired["method"].startswith("paired by patient_id")
    assert apart["method"].startswith("not paired")


def test_users_who_met_one_model_alone_are_left_out_of_pairs_and_counted_so() -> None:
    table, _ = met({"a": [4, 4, 4, 6, 0, 9], "b": [4, 4, 4, 6, 9, 0]}, effect=5.0)
    found = row(compared(table), "length")
    assert (found["n_pairs"], found["n_sessions"], found["n_patients"]) == (4, 36, 4)
    assert found["estimate"] == pytest.approx(5, abs=1)


def test_models_with_users_of_their_own_are_compared_unpaired() -> None:
    table, _ = met({"a": [7, 7, 7, 0, 0, 0], "b": [0, 0, 0, 7, 7, 7]}, effect=5.0)
    found = row(compared(table), "length")
    assert found["n_pairs"] == 0
    assert found["method"].startswith("not paired")


def test_a_share_is_compared_as_it_is_counted() -> None:
    rows = [
        {"model": m, "patient_id": f"u{u}", "pushbacks": n, "gave_way": g}
        for m, u, n, g in [
            ("a", 0, 10, 2), ("a", 1, 5, 1), ("a", 2, 2, 1), ("a", 3, 8, 0),
            ("b", 0, 4, 3), ("b", 1, 6, 3), ("b", 2, 9, 8), ("b", 3, 2, 1),
        ]
    ]  # fmt: skip
    found = row(compared(chats(rows)), "giving_way")
    assert found["estimate"] == pytest.approx(15 / 21 - 4 / 25)


def test_holm_counts_every_figure_of_a_family_and_every_pair_of_models() -> None:
    rng = np.random.default_rng(5)
    rows = [
        {"model": m, "patient_id": f"u{u}", "length": 9 * at + 8 * rng.normal()}
        | {"jargon": 3 * at + rng.normal(), "clarity": rng.normal()}
        for at, m in enumerate("abc")
        for u in range(8)
        for _ in range(4)
    ]
    every = compared(chats(rows), models=("a", "b", "c"))
    found = every.filter(pl.col("figure").is_in(["length", "jargon"]))
    pairs = [("b", "a"), ("c", "a"), ("c", "b")]
    assert found.select("model", "reference").rows() == 2 * pairs
    p_values = np.array(found["p_val"].to_list())
    # Multiplied by 6, 5, 4 and so on, and never below the one before; clarity is of another family.
    order = np.argsort(p_values)
    known = np.minimum(np.maximum.accumulate(p_values[order] * [6, 5, 4, 3, 2, 1]), 1)
    assert found["p_holm"].to_numpy()[order] == pytest.approx(known)


def test_the_families_are_those_of_the_page() -> None:
    for family in (DOES, INFERRED, EXPRESSED, RATED, WRITES):
        together = {one.family for one in figure_definitions() if one.name in family.names}
        assert len(together) == 1
        named = {one.name for one in figure_definitions() if one.family in together}
        assert named == set(family.names)


def test_few_chats_are_called_small_and_tested_by_flipping_signs() -> None:
    table, _ = met({"a": [1] * 6, "b": [1] * 6}, effect=30.0)
    found = row(compared(table), "length")
    assert found["small"]
    assert "signs of users flipped" in found["method"]
    # Six pairs, all in one direction: 2 of 64 flips are as extreme, whatever t says.
    assert found["p_val"] == pytest.approx(2 / 64)


def test_chats_of_one_user_are_compared_as_chats_and_say_so() -> None:
    rng = np.random.default_rng(6)
    rows = [
        {"model": m, "patient_id": "one", "length": 50 * (m == "b") + 100 + rng.normal()}
        for m in "ab"
        for _ in range(25)
    ]
    table = chats(rows)
    found = row(compared(table), "length")
    values = [table.filter(pl.col("model") == m)["length"].to_numpy() for m in "ab"]
    known = stats.ttest_ind(values[1], values[0]).confidence_interval(0.95)
    assert found["ci_low"] == pytest.approx(known.low, abs=0.05)
    assert ChatClusters.of(table, pair="patient_id").note is not None


def test_what_was_not_scored_is_in_no_comparison() -> None:
    table, _ = met({"a": [5] * 4, "b": [5] * 4}, effect=5.0)
    spoilt = table.with_columns(
        scored=pl.when(pl.int_range(pl.len()) == 0).then(False).otherwise(True),
        length=pl.when(pl.int_range(pl.len()) == 0).then(1e9).otherwise("length"),
    )
    assert row(compared(spoilt), "length")["estimate"] == pytest.approx(5, abs=1.5)
    assert row(compared(spoilt), "length")["n_sessions"] == 39


def test_nothing_to_compare_has_its_reason() -> None:
    table, _ = met({"a": [5] * 4, "b": [5] * 4}, effect=5.0)
    found = row(compared(table), "rated_gap")
    assert found["estimate"] is None
    assert found["reason"] == "no chat was rated by both on one scale"


@pytest.mark.parametrize(
    ("of_gap", "verdict"), [(-0.1, "fails: form swap"), (0.1, "not run"), (None, "not run")]
)
def test_the_role_difference_takes_of_the_gap_a_verdict_of_its_own_direction(
    of_gap: float | None, verdict: str
) -> None:
    """`attunement.gap` allows a user a level, and not a way of their own with each model."""
    rng = np.random.default_rng(9)
    table, _ = met({"a": [6] * 4, "b": [6] * 4}, effect=0)
    table = table.with_columns(
        role_difference=pl.Series(rng.normal(size=table.height)) + (pl.col("model") == "b")
    )
    effect = dict.fromkeys(EFFECTS.columns) | {
        "family": "between", "effect": "pair", "group": "a", "reference": "b", "scale": "alliance",
        "estimate": of_gap, "p_val": 1e-9, "p_holm": 1e-9, "controls": "fails: form swap",
    }  # fmt: skip
    effects = pl.DataFrame([effect], schema=EFFECTS.schema)
    found = row(compared(table, effects=effects), "role_difference")
    alone = row(compared(table), "role_difference")
    assert found["controls"] == verdict
    assert alone["controls"] == "not run"
    same = [name for name in found if name != "controls"]
    assert {name: found[name] for name in same} == {name: alone[name] for name in same}
    means = table.group_by("model", "patient_id").agg(pl.col("role_difference").mean())
    a, b = (means.filter(model=m).sort("patient_id")["role_difference"].to_numpy() for m in "ab")
    assert found["p_val"] == pytest.approx(stats.ttest_rel(b, a).pvalue)
