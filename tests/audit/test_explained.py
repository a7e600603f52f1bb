"""How far surface features go with scores, where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from attunement.audit._clusters import ChatClusters
from attunement.audit._explained import (
    ALL_FIVE,
    FEW_CLUSTERS,
    FEW_TURNS,
    NEXT_TURN,
    NO_SPREAD,
    SAME_TURN,
    TOGETHER,
    explained,
)
from attunement.tables import AUDIT_EXPLAINED, MEASURES, SURFACE_FEATURES

CHATS, TURNS = 24, 12


def world(
    *,
    seed: int = 0,
    chats: int = CHATS,
    users: int = 8,
    own: tuple[float, ...] = (0.0,) * 5,
    onward: float = 0.0,
    shared: float = 0.0,
    of_chat: float = 0.0,
    models: int = 1,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Make turns, scores and chats.

    `own` are the slopes of the AI's score on its turn's features, `onward` that of the user's next
    score on sycophancy, `shared` what length and structure have in common, `of_chat` how far a
    chat's level of vagueness is its level of the score.
    """
    rng = np.random.default_rng(seed)
    turns, scores, about = [], [], []
    for chat in range(chats):
        session, model = f"chat {chat}", f"model {chat % models}"
        about.append((session, f"user {chat % users}", model))
        level, pushed = rng.normal(), 0.0
        for at in range(2 * TURNS):
            time = at / (2 * TURNS - 1)
            if at % 2 == 0:
                value = level + rng.normal() + pushed
                words = int(rng.integers(5, 40))
                scores.append((session, at, "patient", time, words, value))
                continue
            x = rng.normal(size=5)
            x[1] += shared * x[0]
            value = level + float(x @ np.array(own)) + rng.normal()
            pushed = onward * float(x[3])
            x[4] += of_chat * level
            words = int(np.expm1(4 + 0.3 * x[0]))
            row = (session, model, at, float(np.expm1(4 + 0.3 * x[0])), *map(float, x[1:]))
            turns.append((*row, value))
            scores.append((session, at, "therapist", time, words, value))
    names = ["session_id", "model", "turn", *SURFACE_FEATURES, SAME_TURN]
    scored = pl.DataFrame(
        scores, schema=["session_id", "turn", "role", "time", "words", "value"], orient="row"
    ).with_columns(*(pl.col("value").alias(measure) for measure in MEASURES))
    return (
        pl.DataFrame(turns, schema=names, orient="row"),
        scored.drop("value"),
        pl.DataFrame(about, schema=["session_id", "patient_id", "model"], orient="row"),
    )


def asked(
    turns: pl.DataFrame, scores: pl.DataFrame, about: pl.DataFrame, *, draws: int = 199
) -> pl.DataFrame:
    clusters = ChatClusters.of(about.with_columns(pair=pl.lit(None, dtype=pl.String)), pair=None)
    return explained(turns, scores, about, clusters=clusters, draws=draws, seed=1)


def row(table: pl.DataFrame, feature: str, target: str, model: str = "all chats") -> dict[str, Any]:
    found = table.filter(feature=feature, target=target, model=model)
    assert found.height == 1
    return dict(found.row(0, named=True))


def centred(turns: pl.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = turns.select(pl.col(column) - pl.col(column).mean().over("session_id")).to_series()
    return np.asarray(values.to_numpy(), dtype=np.float64)


def test_slopes_alone_are_correlations_within_chats() -> None:
    turns, scores, about = world(own=(0, 0.8, 0, 0, 0.4))
    table = asked(turns, scores, about)
    for feature in SURFACE_FEATURES:
        logged = turns.with_columns(pl.col("length").log1p())
        r = np.corrcoef(centred(logged, feature), centred(turns, SAME_TURN))[0, 1]
        found = row(table, feature, SAME_TURN)
        assert found["estimate"] == pytest.approx(r, abs=1e-9)
        assert found["r_squared"] == pytest.approx(r**2, abs=1e-9)
    assert row(table, "structure", SAME_TURN)["p_fdr"] < 0.01
    assert row(table, "jargon", SAME_TURN)["p_fdr"] > 0.05


def test_together_only_the_feature_that_matters_is_left() -> None:
    turns, scores, about = world(own=(0.9, 0, 0, 0, 0), shared=2.0)
    table = asked(turns, scores, about)
    assert row(table, "structure", SAME_TURN)["ci_low"] > 0.2
    together = row(table, "structure", TOGETHER)
    assert together["ci_low"] < 0 < together["ci_high"]
    assert together["r_squared"] < 0.01
    assert row(table, "length", TOGETHER)["ci_low"] > 0.2


def test_all_five_explain_what_a_regression_says() -> None:
    turns, scores, about = world(own=(0.5, 0.5, 0.2, 0, 0.4), shared=0.5)
    logged = turns.with_columns(pl.col("length").log1p())
    x = np.column_stack([centred(logged, name) for name in SURFACE_FEATURES])
    y = centred(turns, SAME_TURN)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    found = row(asked(turns, scores, about), ALL_FIVE, TOGETHER)
    assert found["r_squared"] == pytest.approx(1 - left @ left / (y @ y))
    assert found["estimate"] is None


def test_what_differs_between_chats_only_explains_nothing() -> None:
    turns, scores, about = world(of_chat=3.0)
    r = np.corrcoef(turns["vagueness"], turns[SAME_TURN])[0, 1]
    assert r > 0.4
    found = row(asked(turns, scores, about), "vagueness", SAME_TURN)
    assert found["ci_low"] < 0 < found["ci_high"]


def test_intervals_are_the_jackknife_over_users() -> None:
    turns, scores, about = world(own=(0, 0.5, 0, 0, 0))
    owner = dict(about.select("session_id", "patient_id").iter_rows())
    whose = np.array([owner[one] for one in turns["session_id"]])
    x, y = centred(turns, "structure"), centred(turns, SAME_TURN)
    spread = np.sqrt((x @ x) / (y @ y))

    def slope(rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        return float(spread * (x[rows] @ y[rows]) / (x[rows] @ x[rows]))

    whole = slope(np.ones(len(x), dtype=np.bool_))
    left = np.array([slope(whose != user) for user in np.unique(whose)])
    se = np.sqrt(7 / 8 * np.square(left - whole).sum())
    found = row(asked(turns, scores, about), "structure", SAME_TURN)
    half = (found["ci_high"] - found["ci_low"]) / 2
    assert half == pytest.approx(2.364624 * se, rel=1e-5)


def test_the_users_next_turn_is_asked_with_the_controls_of_associations() -> None:
    table = asked(*world(onward=1.0, chats=40, users=20))
    found = table.filter(feature="sycophancy", target=NEXT_TURN).row(0, named=True)
    assert found["estimate"] == pytest.approx(1.0, abs=0.3)
    assert found["p_fdr"] < 0.01
    assert "short sessions" in found["controls"]
    # The length of the AI's turn is asked about, though lengths are held constant for the others.
    length = table.filter(feature="length", target=NEXT_TURN).row(0, named=True)
    assert length["estimate"] is not None
    assert length["ci_low"] < 0 < length["ci_high"]


def test_each_model_has_its_rows_and_its_own_family_of_tests() -> None:
    table = asked(*world(models=2, own=(0, 0.5, 0, 0, 0)))
    assert table.schema == AUDIT_EXPLAINED.schema
    assert table["model"].unique().sort().to_list() == ["all chats", "model 0", "model 1"]
    own = table.filter(target=SAME_TURN, model="model 1")
    assert own["n_sessions"].to_list() == [CHATS // 2] * 5
    assert own["n_turns"].to_list() == [CHATS // 2 * TURNS] * 5
    for whole in (True, False):
        family = table.filter(
            pl.col("target") == SAME_TURN, (pl.col("model") == "all chats") == whole
        )
        smallest = family["p_val"].min()
        assert family["p_fdr"].min() >= smallest  # type: ignore[operator]
        assert family["p_fdr"].max() == pytest.approx(family["p_val"].max())


def test_few_users_still_features_and_few_turns_are_given_with_the_reason() -> None:
    turns, scores, about = world(own=(0, 0.5, 0, 0, 0))
    still = turns.with_columns(jargon=pl.lit(0.1))
    assert row(asked(still, scores, about), "jargon", SAME_TURN)["reason"] == NO_SPREAD
    once = turns.with_columns(
        pl.when(pl.col("session_id") == "chat 0").then("jargon").otherwise(0.0)
    )
    only = row(asked(once, scores, about), "jargon", SAME_TURN)
    assert only["reason"] == FEW_CLUSTERS
    assert only["ci_low"] is None
    few = asked(turns.head(4), scores, about)
    assert set(few.filter(target=SAME_TURN)["reason"]) == {FEW_TURNS}


def test_models_may_be_called_what_groups_may_not() -> None:
    turns, scores, about = world(models=2)
    names = {"model 0": "all sessions", "model 1": "the rest"}
    table = asked(
        turns.with_columns(pl.col("model").replace(names)),
        scores,
        about.with_columns(pl.col("model").replace(names)),
    )
    plain = asked(turns, scores, about)
    assert table["model"].to_list() == plain["model"].replace(names).to_list()
    assert table["estimate"].equals(plain["estimate"])


def test_without_turns_and_without_users_nothing_breaks() -> None:
    turns, scores, about = world(chats=3)
    assert asked(turns.head(0), scores.head(0), about).is_empty()
    alone = asked(turns, scores, about.with_columns(patient_id=pl.lit(None, dtype=pl.String)))
    assert alone["n_patients"].null_count() == alone.height
    assert alone.filter(target=SAME_TURN)["ci_low"].null_count() == 0
