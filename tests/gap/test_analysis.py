"""The whole analysis on what users bring: never a crash, never a silent NaN, always a reason."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gap import corpora

from attunement import tables
from attunement.errors import UsageError
from attunement.gap import GapOptions, GapResult, analyze_scores
from attunement.tables import MEASURES

OPTIONS = GapOptions(draws=199, as_published=True)
NOISE = np.random.default_rng(1).normal(size=(24, 14))

SCHEMAS = {
    "pairs": tables.GAP_PAIRS,
    "bins": tables.GAP_BINS,
    "sessions": tables.GAP_SESSIONS,
    "dyads": tables.GAP_DYADS,
    "conditions": tables.GAP_CONDITIONS,
    "trajectories": tables.TRAJECTORIES,
    "effects": tables.EFFECTS,
    "controls": tables.CONTROLS,
    "rated_pairs": tables.RATED_PAIRS,
    "published": tables.AS_PUBLISHED,
}


def _scores(n: int = 24) -> pl.DataFrame:
    return corpora.scores(n, 14, lambda s, time, therapist: NOISE[s] + 0.5 * therapist)


def _analyzed(scores: pl.DataFrame, sessions: pl.DataFrame) -> GapResult:
    result = analyze_scores(scores, sessions, on_common_scale=False, options=OPTIONS)
    _sound(result)
    return result


def _sound(result: GapResult) -> None:
    """Schemas hold, no number is NaN or infinite, and whatever is missing has its reason."""
    for name, table in SCHEMAS.items():
        frame: pl.DataFrame = getattr(result, name)
        assert frame.schema == table.schema, name
        for column, dtype in frame.schema.items():
            if dtype == pl.Float64:
                assert frame[column].drop_nulls().is_finite().all(), (name, column)
    missing = result.effects.filter(pl.col("ci_low").is_null())
    assert missing["reason"].null_count() == 0
    untested = result.controls.filter(
        pl.col("estimate").is_null(), ~pl.col("outcome").is_in(["not run", "not applicable"])
    )
    assert untested.is_empty()


def _means(result: GapResult) -> pl.DataFrame:
    return result.effects.filter(family="difference", scale="bond")


def test_one_condition_is_all_sessions_and_stands_once() -> None:
    assert _means(_analyzed(_scores(), corpora.sessions(24)))["group"].to_list() == ["x"]


def test_without_conditions_there_are_all_sessions() -> None:
    sessions = corpora.sessions(24).select("session_id")
    result = _analyzed(_scores(), sessions)
    assert _means(result)["group"].to_list() == ["all sessions"]
    assert any("No patient is named" in note for note in result.notes)


def test_one_session_in_a_condition_has_a_mean_and_a_reason() -> None:
    sessions = corpora.sessions(24).with_columns(
        condition=pl.Series(["alone", *["x"] * 23], dtype=pl.String)
    )
    rows = {row["group"]: row for row in _means(_analyzed(_scores(), sessions)).to_dicts()}
    assert rows["alone"]["reason"] == "one session: no interval"
    assert rows["alone"]["estimate"] is not None
    assert rows["x"]["ci_low"] is not None


def test_constant_scores_have_no_interval_and_say_so() -> None:
    scores = _scores().with_columns(pl.lit(1.0).alias(measure) for measure in MEASURES)
    (row,) = _means(_analyzed(scores, corpora.sessions(24))).to_dicts()
    assert (row["estimate"], row["reason"]) == (0.0, "every session has the same value")


def test_a_session_with_one_role_is_left_out_and_named() -> None:
    scores = _scores().filter((pl.col("session_id") != "s3") | (pl.col("role") == "patient"))
    result = _analyzed(scores, corpora.sessions(24))
    assert _means(result)["n_sessions"].to_list() == [23]
    assert result.sessions.filter(session_id="s3")["reason"].item() == "no scored therapist turn"


def test_only_one_side_has_no_gap_anywhere_and_every_row_says_why() -> None:
    result = _analyzed(_scores().filter(role="patient"), corpora.sessions(24))
    assert set(_means(result)["reason"]) == {"no session has a value"}


def test_scores_that_are_no_numbers_are_left_out() -> None:
    scores = _scores().with_columns(
        bond=pl.when(pl.col("turn") % 3 == 0).then(float("nan")).otherwise("bond")
    )
    assert _means(_analyzed(scores, corpora.sessions(24)))["ci_low"].null_count() == 0


def test_no_scores_at_all_give_reasons() -> None:
    assert _means(_analyzed(_scores().clear(), corpora.sessions(24)))["n_sessions"].item() == 0


def test_the_same_seed_gives_the_same_tables_and_another_the_same_estimates() -> None:
    sessions = corpora.sessions(24, conditions=("x", "y"), per_patient=2)
    one, again = _analyzed(_scores(), sessions), _analyzed(_scores(), sessions)
    for field in fields(GapResult):
        if field.name in SCHEMAS:
            assert getattr(one, field.name).equals(getattr(again, field.name)), field.name
    other = analyze_scores(
        _scores(), sessions, on_common_scale=False, options=GapOptions(draws=199, seed=7)
    )
    # The slope of |gap| is corrected by shuffles, which are drawn.
    same = ["family", "effect", "group", "reference", "scale", "estimate"]
    fixed = pl.col("effect") != "slope of |gap|"
    assert other.effects.filter(fixed).select(same).equals(one.effects.filter(fixed).select(same))


def test_the_order_of_the_rows_changes_nothing() -> None:
    sessions = corpora.sessions(24, conditions=("x", "y"), per_patient=2)
    one = _analyzed(_scores(), sessions)
    other = _analyzed(_scores().sample(fraction=1, shuffle=True, seed=3), sessions)
    assert one.effects.equals(other.effects)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(UsageError, match="too few"):
        GapOptions(draws=10)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_design_the_tables_are_sound(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    ids = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))
    sessions = pl.DataFrame(
        {
            "session_id": [f"s{at}" for at in range(n)],
            "patient_id": data.draw(st.lists(ids, min_size=n, max_size=n)),
            "therapist_id": data.draw(st.lists(ids, min_size=n, max_size=n)),
            "condition": data.draw(st.lists(ids, min_size=n, max_size=n)),
        },
        schema_overrides=dict.fromkeys(("patient_id", "therapist_id", "condition"), pl.String),
    )
    turns = data.draw(st.integers(1, 14))
    keep = data.draw(st.lists(st.booleans(), min_size=n * turns, max_size=n * turns))
    scores = corpora.scores(n, turns, lambda s, time, therapist: NOISE[s][:turns])
    _analyzed(scores.filter(pl.Series(keep, dtype=pl.Boolean)), sessions)
