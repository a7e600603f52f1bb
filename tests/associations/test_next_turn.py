"""What goes before a rise or a fall: against regressions by hand, and in worlds that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tests.associations.worlds import World

from attunement.associations import (
    ANOTHER_SESSION,
    PREVIOUS_TURN,
    AssociationOptions,
    Associations,
    associate_turns,
)
from attunement.associations._columns import Columns
from attunement.associations._steps import steps
from attunement.errors import UsageError
from attunement.statistics import Design
from attunement.tables import MEASURES, ROLES

Array = NDArray[np.float64]

QUICK = AssociationOptions(draws=199, exchanges=199)


def _effect(
    found: Associations, *, role: str, feature: str = "told", **where: str
) -> dict[str, Any]:
    rows = found.effects.filter(
        pl.col("role") == role,
        pl.col("feature") == feature,
        pl.col("scale") == "alliance",
        pl.col("group") == where.get("group", "all sessions"),
        pl.col("reference").is_null(),
    )
    return rows.row(0, named=True)


def _by_dummies(y: Array, x: Array, covariates: Array, groups: NDArray[np.intp]) -> float:
    """Fit ordinary least squares with a dummy a group: the textbook's within slope."""
    dummies = (groups[:, None] == np.unique(groups)).astype(float)
    model = np.column_stack([x, covariates, dummies])
    return float(np.linalg.lstsq(model, y, rcond=None)[0][0])


def _material(
    scores: pl.DataFrame, features: pl.DataFrame, sessions: pl.DataFrame
) -> tuple[Array, Array, Array, NDArray[np.intp], NDArray[np.intp]]:
    own = features.filter(pl.col("role") == "therapist").drop("role")
    lined_up = steps(scores, own, Design.of(sessions), side="therapist")
    columns = Columns.of(lined_up)
    session = lined_up.frame["session"].to_numpy().astype(np.intp)
    place = np.concatenate([np.arange(n) for n in np.bincount(session)])
    late = place >= (np.bincount(session) // 2)[session]
    return (
        columns.values[:, columns.place("next_alliance")],
        lined_up.features[:, 0],
        columns.values[:, columns.covariates("earlier_alliance")],
        session,
        2 * session + late,
    )


def _halved(scores: pl.DataFrame, features: pl.DataFrame, sessions: pl.DataFrame) -> float:
    y, x, held, session, half = _material(scores, features, sessions)
    return 2 * _by_dummies(y, x, held, session) - _by_dummies(y, x, held, half)


def test_a_slope_is_twice_that_within_sessions_less_that_within_halves() -> None:
    world = World(effect=0.4).corpus(seed=1, n_sessions=12, n_patients=12)
    found = _effect(associate_turns(*world, options=QUICK), role="therapist")
    assert found["estimate"] == pytest.approx(_halved(*world), rel=1e-7)


def test_the_interval_is_that_of_leaving_out_each_patient() -> None:
    scores, features, sessions = World(effect=0.4).corpus(seed=2, n_sessions=16, n_patients=8)
    found = _effect(associate_turns(scores, features, sessions, options=QUICK), role="therapist")
    moves = []
    for patient in sessions["patient_id"].unique():
        kept = sessions.filter(pl.col("patient_id") != patient)
        # Lengths and places stay what they are in the whole corpus: only rows go.
        moves.append(_halved(scores, features, kept) - _halved(scores, features, sessions))
    se = np.sqrt(7 / 8 * np.square(moves).sum())
    assert found["se"] == pytest.approx(se, rel=1e-6)
    assert found["df"] < 7


def test_features_that_answer_the_past_are_not_taken_for_effects() -> None:
    plain, corrected = [], []
    for seed in range(20):
        world = World(memory=2.0).corpus(seed=seed, n_sessions=60, turns=50, n_patients=60)
        y, x, held, session, half = _material(*world)
        within = _by_dummies(y, x, held, session)
        plain.append(within)
        corrected.append(2 * within - _by_dummies(y, x, held, half))
        if seed == 0:
            found = _effect(associate_turns(*world, options=QUICK), role="therapist")
            assert found["estimate"] == pytest.approx(corrected[0], rel=1e-6)
    assert abs(np.mean(plain)) > 4 * np.std(plain) / np.sqrt(20)
    assert abs(np.mean(corrected)) < 0.4 * abs(np.mean(plain))


def test_a_planted_effect_is_found_and_survives_every_control_that_is_run() -> None:
    found = associate_turns(*World(effect=0.6).corpus(seed=3), options=QUICK)
    effect = _effect(found, role="therapist")
    assert effect["ci_low"] < 0.6 < effect["ci_high"]
    assert effect["p_fdr"] < 0.001
    assert effect["controls"] == (
        "survives those run; not run: form swap, key offset, kind of answer"
    )
    run = found.controls.filter(pl.col("role") == "therapist", pl.col("scale") == "alliance")
    assert set(run.filter(pl.col("outcome") == "survives")["control"]) == {
        "length match",
        "without lengths",
        PREVIOUS_TURN,
        "without closing",
        ANOTHER_SESSION,
    }


def test_a_symptom_of_a_lasting_state_fails_for_going_before_as_much_as_after() -> None:
    found = associate_turns(*World(symptom=1.5).corpus(seed=4, n_sessions=120), options=QUICK)
    effect = _effect(found, role="therapist")
    assert effect["ci_low"] > 0
    assert PREVIOUS_TURN in effect["controls"]


def test_nothing_is_found_beyond_chance_more_often_than_it_should() -> None:
    rejected = 0
    for seed in range(40):
        scores, features, sessions = World(reaction=1.0).corpus(
            seed=seed, n_sessions=30, turns=24, n_patients=30
        )
        own = features.filter(pl.col("role") == "therapist")
        found = associate_turns(scores, own, sessions, options=QUICK)
        rejected += _effect(found, role="therapist")["p_val"] < 0.05
    # Under a rate of .05, more than six of forty would come about once in a hundred times.
    assert rejected <= 6


def test_what_goes_with_the_kind_of_answer_only_does_not_survive() -> None:
    scores, features, sessions = World().corpus(seed=11, n_sessions=120)
    rng = np.random.default_rng(0)
    told = features.filter(pl.col("role") == "therapist").select(
        "session_id", pl.col("turn") + 1, "told"
    )
    # After a turn with the feature the patient mostly says yes, and a yes scores higher: no more.
    answered = scores.join(told, on=["session_id", "turn"], how="left").with_columns(
        yes=(pl.Series(rng.random(scores.height)) < 0.2 + 0.6 * pl.col("told")).cast(pl.Int8)
    )
    louder = answered.with_columns(
        pl.col(name) + 1.5 * pl.col("yes").fill_null(0) for name in MEASURES
    )
    answers = answered.filter(pl.col("role") == "patient").select("session_id", "turn", "yes")
    found = associate_turns(
        louder.drop("told", "yes"), features, sessions, answers=answers, options=QUICK
    )
    effect = _effect(found, role="therapist")
    assert effect["p_fdr"] < 0.001
    assert "kind of answer" in effect["controls"]


def test_a_later_turns_length_is_not_held_constant_but_under_its_control() -> None:
    scores, features, sessions = World().corpus(seed=12, n_sessions=120)
    rng = np.random.default_rng(1)
    told = features.filter(pl.col("role") == "therapist").select(
        "session_id", pl.col("turn") + 1, "told"
    )
    engaged = pl.Series(rng.normal(size=scores.height))
    # The feature lengthens the answer; engagement lengthens it too, and raises the score. The
    # feature itself does nothing to it.
    longer = (
        scores.join(told, on=["session_id", "turn"], how="left")
        .with_columns(
            words=pl.when(pl.col("role") == "patient")
            .then((2.5 + pl.col("told").fill_null(0) + engaged).exp().round() + 1)
            .otherwise("words")
            .cast(pl.Int32),
            **{name: pl.col(name) + 0.8 * engaged for name in MEASURES},
        )
        .drop("told")
    )
    found = associate_turns(longer, features, sessions, options=QUICK)
    effect = _effect(found, role="therapist")
    assert effect["ci_low"] < 0 < effect["ci_high"]


def test_no_effect_of_short_sessions_survives() -> None:
    short = World(effect=0.8).corpus(seed=3, n_sessions=120, turns=30)
    effect = _effect(associate_turns(*short, options=QUICK), role="therapist")
    assert effect["p_fdr"] < 0.001
    assert effect["controls"] == "fails: short sessions"


def test_swapped_and_offset_scores_are_asked_about_when_there() -> None:
    scores, features, sessions = World(effect=0.6).corpus(seed=3)
    scores = scores.with_columns(
        *((pl.col(name) * 0.1).alias(f"{name}_swapped") for name in ("alliance", "task")),
        *((-pl.col(name)).alias(f"{name}_swapped") for name in ("bond", "goal")),
        *(pl.lit(0.0).alias(f"{name}_offset") for name in ("alliance", "task", "bond", "goal")),
    )
    found = associate_turns(scores, features, sessions, options=QUICK)
    swapped = found.controls.filter(pl.col("control") == "form swap", pl.col("role") == "therapist")
    outcome = dict(zip(swapped["scale"], swapped["outcome"], strict=True))
    # A tenth of the effect is less than half of it; minus the effect has another sign.
    assert outcome == dict.fromkeys(("alliance", "task", "bond", "goal"), "fails")
    offset = found.controls.filter(pl.col("control") == "key offset", pl.col("role") == "therapist")
    assert set(offset["outcome"]) == {"survives"}


def test_a_numeric_feature_counts_in_its_own_spread() -> None:
    scores, features, sessions = World(effect=0.5).corpus(seed=5)
    numeric = features.with_columns(told=pl.col("told") * 3 + 0.25)
    tenfold = features.with_columns(told=pl.col("told") * 30 + 2.5)
    one, ten = (
        _effect(associate_turns(scores, table, sessions, options=QUICK), role="therapist")
        for table in (numeric, tenfold)
    )
    assert one["estimate"] == pytest.approx(ten["estimate"], rel=1e-6)
    assert ten["sd"] == pytest.approx(10 * one["sd"], rel=1e-9)
    plain = _effect(associate_turns(scores, features, sessions, options=QUICK), role="therapist")
    assert one["estimate"] == pytest.approx(plain["estimate"] * one["sd"] / 3, rel=1e-6)


def test_the_order_of_rows_changes_nothing() -> None:
    scores, features, sessions = World(effect=0.5).corpus(seed=6, n_sessions=20)
    one = associate_turns(scores, features, sessions, options=QUICK).effects
    other = associate_turns(
        scores.sample(fraction=1, shuffle=True, seed=1),
        features.sample(fraction=1, shuffle=True, seed=2),
        sessions,
        options=QUICK,
    ).effects
    assert one["estimate"].to_list() == pytest.approx(other["estimate"].to_list(), rel=1e-9)


def test_only_the_therapist_turn_between_two_patient_turns_counts() -> None:
    scores = pl.DataFrame(
        {
            "session_id": ["s"] * 7,
            "turn": [0, 1, 2, 3, 4, 6, 7],
            "role": [
                "therapist",
                "patient",
                "therapist",
                "therapist",
                "patient",
                "patient",
                "patient",
            ],
            "time": [turn / 7 for turn in (0, 1, 2, 3, 4, 6, 7)],
            "words": [3, 4, 5, 6, 7, 8, 9],
            **{
                name: [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0]
                for name in ("alliance", "task", "bond", "goal")
            },
        }
    )
    features = pl.DataFrame(
        {"session_id": ["s"] * 4, "turn": [0, 2, 3, 4], "told": [0.1, 0.2, 0.3, 0.4]}
    )
    design = Design.of(pl.DataFrame({"session_id": ["s"]}))
    between = steps(scores, features, design, side="therapist")
    assert between.frame["turn"].to_list() == [4]
    assert between.frame["earlier_alliance"].to_list() == [1.0]
    assert between.frame["feature_words"].to_list() == [6]
    assert between.features.tolist() == [[0.3]]
    own = steps(scores, features, design, side="patient")
    assert own.frame["turn"].to_list() == [4, 6, 7]
    assert own.features[1].tolist() == [0.4]
    assert np.isnan(own.features[[0, 2]]).all()
    assert own.frame["before_alliance"].to_list() == [None, 1.0, 4.0]
    assert own.frame["closing"].to_list() == [True, True, True]


def test_a_feature_that_is_not_known_everywhere_is_asked_about_where_it_is() -> None:
    scores, features, sessions = World(effect=0.6).corpus(seed=7)
    some = features.with_columns(
        told=pl.when(pl.col("session_id").is_in(["s0", "s1", "s2"])).then(None).otherwise("told"),
        everywhere=pl.col("told"),
    )
    found = associate_turns(scores, some, sessions, options=QUICK)
    assert _effect(found, role="therapist")["n_sessions"] == 57
    assert _effect(found, role="therapist", feature="everywhere")["n_sessions"] == 60


def test_a_feature_of_few_sessions_has_a_reason_and_no_interval() -> None:
    scores, features, sessions = World().corpus(seed=8)
    rare = features.with_columns(
        told=pl.when(pl.col("session_id").is_in(["s0", "s1"])).then("told").otherwise(0.0)
    )
    effect = _effect(associate_turns(scores, rare, sessions, options=QUICK), role="therapist")
    assert effect["estimate"] is None
    assert effect["reason"] == "it varies within too few sessions"


def test_conditions_are_contrasted_and_small_ones_carry_no_verdict() -> None:
    scores, features, _ = World(effect=0.8).corpus(seed=9, n_sessions=50)
    _, _, sessions = World(effect=0.8).corpus(seed=9, n_sessions=50, n_patients=50)
    sessions = sessions.with_columns(condition=pl.Series(["a"] * 38 + ["b"] * 12))
    found = associate_turns(scores, features, sessions, options=QUICK)
    assert _effect(found, role="therapist", group="b")["controls"] == "too few sessions"
    assert _effect(found, role="therapist", group="b")["small"]
    contrast = found.effects.filter(pl.col("reference") == "b", pl.col("scale") == "alliance")
    apart = {
        role: _effect(found, role=role, group="a")["estimate"]
        - _effect(found, role=role, group="b")["estimate"]
        for role in ROLES
    }
    for row in contrast.iter_rows(named=True):
        assert row["group"] == "a"
        assert row["estimate"] == pytest.approx(apart[row["role"]], rel=1e-9)


def test_scores_without_words_are_refused_by_name() -> None:
    scores, features, sessions = World().corpus(seed=1, n_sessions=2)
    with pytest.raises(UsageError, match="no column words"):
        associate_turns(scores.drop("words"), features, sessions, options=QUICK)


def test_two_sessions_give_rows_with_reasons_and_no_error() -> None:
    scores, features, sessions = World().corpus(seed=1, n_sessions=2, turns=6)
    found = associate_turns(scores, features, sessions, options=QUICK).effects
    assert found["estimate"].is_null().all()
    assert found["reason"].is_not_null().all()


def test_a_single_turn_of_the_patient_is_no_step_and_no_error() -> None:
    scores, features, sessions = World().corpus(seed=1, n_sessions=1, turns=2)
    found = associate_turns(scores, features, sessions, options=QUICK).effects
    assert found["reason"].is_not_null().all()
    assert found["n_sessions"].to_list() == [0] * found.height
