"""Congruence and outcome as rows: complete, never NaN, with a reason where there is no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gap.congruence.conftest import Ratings

from attunement.errors import UsageError
from attunement.gap.congruence import (
    Standard,
    congruence_effects,
    outcome_effects,
    reliable_disagreement,
)
from attunement.gap.congruence._response_surface import WEIGHTS
from attunement.tables import EFFECTS

FromR = Callable[[str, str], Mapping[str, float]]

CONGRUENCE = [
    "mean difference",
    "lower limit of agreement",
    "upper limit of agreement",
    "proportional bias",
    "ICC(A,1)",
    "CCC",
    "correlation",
    "directional bias",
    "truth force",
    "reliable change: share beyond",
]
BOUNDED = ("ICC(A,1)", "CCC", "correlation", "reliable change: share beyond")
NUMBERS = [name for name, dtype in EFFECTS.columns.items() if dtype == pl.Float64]
KEY = {"group": "all sessions", "instrument": "ours", "scale": "alliance"}


def congruence(pairs: pl.DataFrame, **options: Any) -> dict[str, dict[str, Any]]:
    table = congruence_effects(pairs, **{**KEY, "draws": 400, "seed": 1, **options})
    return {row["effect"]: row for row in checked(table).to_dicts()}


def outcome(pairs: pl.DataFrame, **options: Any) -> dict[str, dict[str, Any]]:
    table = outcome_effects(pairs, **{**KEY, "draws": 400, "seed": 1, **options})
    return {row["effect"]: row for row in checked(table).to_dicts()}


def checked(table: pl.DataFrame) -> pl.DataFrame:
    """Fail unless the table keeps what every effects table promises."""
    assert table.schema == EFFECTS.schema
    assert not table.select(pl.any_horizontal(pl.col(NUMBERS).is_nan().any())).item()
    for row in table.to_dicts():
        assert row["estimate"] is not None or row["reason"]
        assert row["ci_low"] is not None or row["reason"], row
        assert row["boot_low"] is not None or row["reason"] or "bootstrap" in row["warnings"], row
        assert row["quantity"]
        assert row["method"] or row["reason"]
    return table


@pytest.mark.parametrize("name", ["single", "repeated"])
def test_the_rows_hold_rs_figures(name: str, request: pytest.FixtureRequest, from_r: FromR) -> None:
    data: Ratings = request.getfixturevalue(name)
    found = congruence(data.pairs(), reliability=0.9) | outcome(data.pairs())
    assert list(found) == [*CONGRUENCE, *WEIGHTS]
    repeating = name == "repeated"
    for effect, row in found.items():
        if repeating and effect in BOUNDED:
            continue  # Here the rows leave out therapists, R patients: tested in test_agreement.
        for field, value in from_r(name, effect).items():
            if field in row:
                assert row[field] == pytest.approx(value, rel=1e-6), (effect, field)


def test_sessions_patients_and_therapists_are_counted(repeated: Ratings) -> None:
    row = congruence(repeated.pairs())["ICC(A,1)"]
    assert row["n_sessions"] == repeated.table.height
    assert row["n_patients"] == 24
    assert row["n_therapists"] == 9
    assert row["small"] is False
    assert "leaving out one cluster" in row["method"]


def test_patients_nobody_names_are_not_counted(single: Ratings) -> None:
    unnamed = single.pairs().with_columns(
        pl.lit(None, pl.String).alias("patient_id"), pl.lit(None, pl.String).alias("therapist_id")
    )
    row = congruence(unnamed)["mean difference"]
    assert row["n_patients"] is None
    assert row["n_therapists"] is None


def test_the_bootstrap_check_is_near_the_intervals_it_checks(single: Ratings) -> None:
    for effect, row in congruence(single.pairs(), reliability=0.9, draws=4000).items():
        if effect == "ICC(A,1)":
            continue  # McGraw & Wong's interval is also over other raters, of whom there are two.
        width, check = row["ci_high"] - row["ci_low"], row["boot_high"] - row["boot_low"]
        assert 0.6 < check / width < 1.6, effect


def test_a_model_that_does_not_converge_leaves_its_interval_to_the_bootstrap(
    repeated: Ratings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attunement.statistics._mixed._ROUNDS", 0)
    rows = congruence(repeated.pairs()) | outcome(repeated.pairs())
    for effect in ("mean difference", "proportional bias", "directional bias", "truth force", "a4"):
        row = rows[effect]
        assert "the mixed model did not converge" in row["warnings"]
        assert "cluster bootstrap" in row["method"]
        assert (row["ci_low"], row["ci_high"]) == (row["boot_low"], row["boot_high"])
        assert row["df"] == 8  # Nine therapists are drawn.


def test_patients_of_several_therapists_are_checked_by_drawing_both(repeated: Ratings) -> None:
    n = repeated.table.height
    crossed = repeated.pairs().with_columns(
        pl.Series("therapist_id", [f"t{at % 10}" for at in range(n)])
    )
    for effect, row in congruence(crossed, reliability=0.9).items():
        assert row["boot_low"] < row["estimate"] < row["boot_high"], effect


def test_the_same_seed_gives_the_same_table_and_another_another(repeated: Ratings) -> None:
    pairs = repeated.pairs()
    assert congruence(pairs, seed=4) == congruence(pairs, seed=4)
    assert congruence(pairs, seed=4) != congruence(pairs, seed=5)


def test_few_sessions_are_marked_and_their_bias_tested_by_flipping_signs(single: Ratings) -> None:
    few = single.pairs().head(7)
    rows = congruence(few)
    gap = single.judgement[:7] - single.truth[:7]
    flips = 1 - 2 * ((np.arange(2**7)[:, None] >> np.arange(7)) & 1)
    exact = np.mean(np.abs(flips @ gap) >= abs(gap.sum()) - 1e-9)
    assert all(row["small"] for row in rows.values())
    for effect in ("mean difference", "directional bias"):
        assert rows[effect]["p_val"] == pytest.approx(exact)
        assert "exchanging patients" in rows[effect]["method"]


def test_a_patient_who_comes_often_counts_once_in_the_test_of_few_sessions() -> None:
    pairs = invented(
        [(10 + i, 5 + i % 3) for i in range(9)], patients=[f"p{i // 3}" for i in range(9)]
    )
    # Three patients, all underestimated: 2 of 2^3 sign patterns are as extreme.
    assert congruence(pairs)["mean difference"]["p_val"] == pytest.approx(0.25)


def test_only_sessions_that_both_sides_rated_count(single: Ratings) -> None:
    holes = single.pairs().with_columns(
        pl.when(pl.int_range(pl.len()) < 5).then(None).otherwise("patient").alias("patient"),
        pl.when(pl.int_range(pl.len()) >= 30)
        .then(float("nan"))
        .otherwise("therapist")
        .alias("therapist"),
    )
    whole = congruence(single.pairs()[5:30])
    for effect, row in congruence(holes).items():
        if effect != "reliable change: share beyond":
            assert row == whole[effect]


@pytest.mark.parametrize(
    ("side", "words"),
    [("patient", "no session rated by the patient"), ("therapist", "rated by the therapist")],
)
def test_a_side_that_never_rated_is_the_reason_of_every_row(
    side: str, words: str, single: Ratings
) -> None:
    rows = congruence(single.pairs().with_columns(pl.lit(None, pl.Float64).alias(side)))
    assert list(rows) == CONGRUENCE
    for row in rows.values():
        assert words in row["reason"]
        assert row["n_sessions"] == 0


def test_two_sessions_are_too_few_and_say_so(single: Ratings) -> None:
    for row in congruence(single.pairs().head(2), reliability=0.9).values():
        assert row["reason"] == "2 sessions rated by both sides; 3 are needed"


def test_another_scales_or_instruments_ratings_stay_out(single: Ratings) -> None:
    other = single.pairs(scale="task").with_columns(pl.col("patient") + 20)
    foreign = single.pairs(instrument="theirs").with_columns(pl.col("patient") - 20)
    alone = congruence(single.pairs(), reliability=0.9)
    assert congruence(pl.concat([other, single.pairs(), foreign]), reliability=0.9) == alone


def test_alpha_of_the_three_scales_serves_the_whole_and_says_it_is_a_lower_bound(
    single: Ratings,
) -> None:
    noise = np.random.default_rng(2).normal(0, 2, (3, 32))
    parts = [
        single.pairs(scale=scale).with_columns(pl.col("patient") / 3 + pl.Series(noise[at]))
        for at, scale in enumerate(("task", "bond", "goal"))
    ]
    pairs = pl.concat([*parts, single.pairs()])
    row = congruence(pairs)["reliable change: share beyond"]
    assert "alpha of task, bond and goal, a lower bound" in row["method"]
    assert row["finding"].endswith("within error")
    without = congruence(single.pairs())["reliable change: share beyond"]
    assert "no reliability is given" in without["reason"]
    of_task = congruence(pairs, scale="task")["reliable change: share beyond"]
    assert "no reliability is given" in of_task["reason"]


def test_one_standard_for_all_groups_holds_for_each(single: Ratings) -> None:
    standard = Standard(sd=5.0, reliability=0.8, source="given")
    row = congruence(single.pairs().head(9), standard=standard)["reliable change: share beyond"]
    gap = np.abs(single.judgement - single.truth)[:9]
    assert row["estimate"] == pytest.approx(np.mean(gap > 1.96 * 5.0 * np.sqrt(0.4)))


def test_a_reliability_that_is_none_is_refused(single: Ratings) -> None:
    with pytest.raises(UsageError):
        congruence(single.pairs(), reliability=1.0)


def test_labels_and_share_speak_of_the_same_sessions(single: Ratings) -> None:
    labels = reliable_disagreement(single.pairs(), reliability=0.9)
    finding = congruence(single.pairs(), reliability=0.9)["reliable change: share beyond"]
    counted = labels.value_counts()
    for label, count in counted.iter_rows():
        assert f"{count} {label}" in finding["finding"]


def test_a_pair_without_both_sides_has_no_label(single: Ratings) -> None:
    pairs = single.pairs().with_columns(
        pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("therapist").alias("therapist")
    )
    labels = reliable_disagreement(pairs, reliability=0.9)
    assert labels.is_null().arg_true().to_list() == [4]
    assert reliable_disagreement(pairs).is_null().all()


def test_first_and_last_session_are_those_of_the_numbers_not_of_the_rows() -> None:
    pairs = pl.concat(
        [
            invented([(first, 1), (30, 2), (last, 3)], patients=[name] * 3, start=3 * at)
            .with_columns(pl.Series("number", [1, 2, 3]))
            .reverse()
            for at, (name, first, last) in enumerate(
                [("a", 10, 50), ("b", 50, 10), ("c", 20, 21), ("d", 20, 60)]
            )
        ]
    )
    row = congruence(pairs, reliability=0.9)["reliable change: first to last session"]
    assert row["finding"] == "2 higher, 1 lower, 1 within error"
    assert row["n_patients"] == 4
    assert row["estimate"] == pytest.approx(0.75)


def test_without_patients_who_came_twice_there_is_no_change_to_judge(single: Ratings) -> None:
    pairs = single.pairs().with_columns(pl.lit(1).alias("number"))
    row = congruence(pairs, reliability=0.9)["reliable change: first to last session"]
    assert row["reason"] == "0 patients rated two numbered sessions; 3 are needed"


def test_sessions_of_one_patient_say_whom_they_speak_of(single: Ratings) -> None:
    alone = single.pairs().with_columns(pl.lit("p01").alias("patient_id"))
    for row in congruence(alone, reliability=0.9).values():
        assert "one patient" in row["warnings"]


def test_the_reading_of_agreement_stands_beside_a4_alone(single: Ratings) -> None:
    rows = outcome(single.pairs())
    assert [name for name, row in rows.items() if row["finding"]] == ["a4"]


def test_an_outcome_of_the_patient_is_not_counted_once_a_session(repeated: Ratings) -> None:
    pairs = repeated.pairs().with_columns(pl.col("outcome").first().over("patient_id"))
    rows = outcome(pairs)
    averaged = pairs.group_by("patient_id", maintain_order=True).agg(
        pl.col("patient", "therapist").mean(),
        pl.col("outcome", "session_id", "therapist_id", "instrument", "scale").first(),
    )
    by_hand = outcome(averaged)
    for name, row in rows.items():
        assert row["estimate"] == pytest.approx(by_hand[name]["estimate"])
        assert row["se"] == pytest.approx(by_hand[name]["se"])
        assert "averaged within patients" in row["method"]
        assert row["n_sessions"] == repeated.table.height


def test_a_missing_outcome_is_the_reason_of_every_row(single: Ratings) -> None:
    rows = outcome(single.pairs().with_columns(pl.lit(None, pl.Float64).alias("outcome")))
    assert list(rows) == list(WEIGHTS)
    assert {row["reason"] for row in rows.values()} == {"no session with an outcome"}


def invented(
    rows: list[tuple[float, float]], *, patients: list[str | None], start: int = 0
) -> pl.DataFrame:
    """Pairs of (patient, therapist) ratings."""
    return pl.DataFrame(
        {
            "session_id": [f"s{start + at}" for at in range(len(rows))],
            "patient_id": pl.Series(patients, dtype=pl.String),
            "therapist_id": pl.Series([None] * len(rows), dtype=pl.String),
            "instrument": ["ours"] * len(rows),
            "scale": ["alliance"] * len(rows),
            "patient": pl.Series([row[0] for row in rows], dtype=pl.Float64),
            "therapist": pl.Series([row[1] for row in rows], dtype=pl.Float64),
        }
    )


odd_value = st.sampled_from([None, 0.0, 1.0, 2.0, 2.5, 5.0, float("nan"), float("inf"), 1e6])


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(
            odd_value,
            odd_value,
            odd_value,
            st.sampled_from([None, "p", "q", "r", "s"]),
            st.sampled_from([None, "t", "u", "v"]),
            st.sampled_from([None, 1, 2, 3]),
        ),
        max_size=14,
    ),
    reliability=st.sampled_from([None, 0.7]),
)
def test_whatever_was_rated_every_row_has_a_value_or_a_reason_and_none_is_nan(
    rows: list[tuple[Any, ...]], reliability: float | None
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    pairs = pl.DataFrame(
        {
            "session_id": pl.Series([str(at) for at in range(len(rows))], dtype=pl.String),
            "patient": pl.Series(columns[0], dtype=pl.Float64),
            "therapist": pl.Series(columns[1], dtype=pl.Float64),
            "outcome": pl.Series(columns[2], dtype=pl.Float64),
            "patient_id": pl.Series(columns[3], dtype=pl.String),
            "therapist_id": pl.Series(columns[4], dtype=pl.String),
            "number": pl.Series(columns[5], dtype=pl.Int32),
        }
    ).with_columns(pl.lit("ours").alias("instrument"), pl.lit("alliance").alias("scale"))
    found = congruence(pairs, reliability=reliability, draws=199)
    assert [name for name in found if "first to last" not in name] == CONGRUENCE
    assert list(outcome(pairs, draws=199)) == list(WEIGHTS)
