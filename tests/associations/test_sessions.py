"""Markers and ratings over sessions: against correlations and regressions by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from attunement.associations import AssociationOptions, Associations, associate_sessions

QUICK = AssociationOptions(draws=199, exchanges=199)
RNG = np.random.default_rng(5)


def _values(x: np.ndarray, *, role: str = "therapist", marker: str = "we") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session_id": [f"s{at}" for at in range(len(x))],
            "role": role,
            "marker": marker,
            "value": x,
        }
    )


def _targets(
    y: np.ndarray, *, target: str = "patient_rated", scale: str = "alliance"
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session_id": [f"s{at}" for at in range(len(y))],
            "target": target,
            "instrument": pl.Series(
                [None if target.startswith("inferred") else "WAI-SR"] * len(y), dtype=pl.String
            ),
            "scale": "alliance",
            "value": y,
        }
    )


def _sessions(n: int, **columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"session_id": [f"s{at}" for at in range(n)], **columns})


def _only(
    found: Associations, group: str = "all sessions", reference: str | None = None
) -> dict[str, Any]:
    return found.effects.filter(
        pl.col("group") == group, pl.col("reference").eq_missing(pl.lit(reference, pl.String))
    ).row(0, named=True)


def test_without_covariates_it_is_pearsons_correlation_and_its_t_test() -> None:
    x, noise = RNG.normal(size=(2, 28))
    y = 0.5 * x + noise
    found = _only(associate_sessions(_values(x), _targets(y), _sessions(28), options=QUICK))
    pearson = stats.pearsonr(x, y)
    assert found["r"] == pytest.approx(pearson.statistic, rel=1e-9)
    assert found["p_val"] == pytest.approx(pearson.pvalue, rel=1e-6)
    assert found["estimate"] == pytest.approx(pearson.statistic * y.std(ddof=1), rel=1e-9)


def test_covariates_are_held_constant_and_rates_enter_as_logarithms() -> None:
    words, noise = RNG.normal(size=(2, 60))
    rate = np.exp(RNG.normal(size=60) + 0.5 * words)
    y = 0.4 * np.log1p(rate) - words + noise
    covariates = pl.DataFrame({"session_id": [f"s{at}" for at in range(60)], "words": words})
    found = _only(
        associate_sessions(
            _values(rate),
            _targets(y),
            _sessions(60),
            covariates=covariates,
            logged=["we"],
            options=QUICK,
        )
    )
    x = np.log1p(rate)
    fit = OLS(y, np.column_stack([x, np.ones(60), words])).fit()
    assert found["estimate"] == pytest.approx(fit.params[0] * x.std(ddof=1), rel=1e-7)
    assert found["p_val"] == pytest.approx(fit.pvalues[0], rel=1e-5)
    assert found["df"] == pytest.approx(57, rel=1e-6)


def test_a_contrast_is_the_interaction_and_groups_their_own_regressions() -> None:
    x, noise = RNG.normal(size=(2, 80))
    second = np.arange(80) % 2 == 1
    y = np.where(second, 1.0, 0.2) * x + second + noise
    sessions = _sessions(80, condition=["b" if one else "a" for one in second])
    found = associate_sessions(_values(x), _targets(y), sessions, options=QUICK)
    by_hand = {
        name: OLS(y[where], np.column_stack([x[where], np.ones(where.sum())])).fit().params[0]
        for name, where in (("a", ~second), ("b", second))
    }
    for name, slope in by_hand.items():
        assert _only(found, name)["estimate"] == pytest.approx(slope * x.std(ddof=1), rel=1e-7)
    contrast = _only(found, "a", "b")
    assert contrast["estimate"] == pytest.approx(
        (by_hand["a"] - by_hand["b"]) * x.std(ddof=1), rel=1e-6
    )
    assert contrast["ci_high"] < 0


def test_patients_who_come_often_do_not_count_as_many() -> None:
    patients = np.repeat(np.arange(12), 10)
    x = RNG.normal(size=12)[patients] + 0.1 * RNG.normal(size=120)
    y = RNG.normal(size=12)[patients] + 0.1 * RNG.normal(size=120)
    names = [f"p{one}" for one in patients]
    blind = _only(associate_sessions(_values(x), _targets(y), _sessions(120), options=QUICK))
    aware = _only(
        associate_sessions(_values(x), _targets(y), _sessions(120, patient_id=names), options=QUICK)
    )
    assert aware["n_patients"] == 12
    assert aware["boot_high"] - aware["boot_low"] > 2 * (blind["boot_high"] - blind["boot_low"])


def test_a_few_therapists_who_differ_are_held_constant() -> None:
    therapist = np.arange(120) % 4
    x = RNG.normal(size=4)[therapist] * 2 + RNG.normal(size=120)
    y = RNG.normal(size=4)[therapist] * 2 + RNG.normal(size=120)
    sessions = _sessions(120, therapist_id=[f"t{one}" for one in therapist])
    found = _only(associate_sessions(_values(x), _targets(y), sessions, options=QUICK))
    dummies = (therapist[:, None] == np.arange(4)).astype(float)
    fit = OLS(y, np.column_stack([x, dummies])).fit()
    assert found["estimate"] == pytest.approx(fit.params[0] * x.std(ddof=1), rel=1e-7)
    assert found["p_val"] == pytest.approx(fit.pvalues[0], rel=1e-5)


def test_slopes_that_differ_between_patients_fail_the_bootstrap() -> None:
    failed = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        patient = np.repeat(np.arange(10), 12)
        x = rng.normal(size=120)
        y = rng.normal(scale=1.5, size=10)[patient] * x + rng.normal(size=120)
        sessions = _sessions(120, patient_id=[f"p{one}" for one in patient])
        row = _only(associate_sessions(_values(x), _targets(y), sessions, options=QUICK))
        beyond = not row["ci_low"] <= 0 <= row["ci_high"]
        failed += beyond and row["controls"] == "fails: cluster bootstrap"
        assert row["controls"] != "not run" or not row["boot_low"] <= 0 <= row["boot_high"]
    assert failed >= 2


def test_the_false_discovery_rate_is_over_a_target_and_not_over_others() -> None:
    x = RNG.normal(size=(6, 40))
    y = x[0] + RNG.normal(size=40)
    values = pl.concat([_values(one, marker=f"m{at}") for at, one in enumerate(x)])
    targets = pl.concat([_targets(y), _targets(RNG.normal(size=40), target="inferred_patient")])
    found = associate_sessions(values, targets, _sessions(40), options=QUICK).effects
    for target in ("patient_rated", "inferred_patient"):
        rows = found.filter(pl.col("target") == target)
        assert rows["p_fdr"].to_list() == pytest.approx(
            stats.false_discovery_control(rows["p_val"].to_numpy()).tolist()
        )


def test_what_is_of_the_same_words_says_so() -> None:
    x, y = RNG.normal(size=(2, 30))
    targets = pl.concat([_targets(y), _targets(y, target="inferred_patient")])
    values = pl.concat(
        [
            _values(x),
            _values(x, role="patient"),
            _values(x, role="dyad", marker="alignment"),
            _values(x, marker="overlap"),
        ]
    )
    found = associate_sessions(
        values, targets, _sessions(30), of_pairs=["overlap"], options=QUICK
    ).effects
    said = found.filter(pl.col("warnings").str.contains("same words").fill_null(False))
    assert said.select("role", "feature", "target").rows() == [
        ("patient", "we", "inferred_patient"),
        ("dyad", "alignment", "inferred_patient"),
        ("therapist", "overlap", "inferred_patient"),
    ]


def test_a_small_group_is_tested_by_exchanging_patients() -> None:
    x = np.array([*RNG.normal(size=11), 40.0])
    y = np.array([*RNG.normal(size=11), 40.0])
    found = _only(associate_sessions(_values(x), _targets(y), _sessions(12), options=QUICK))
    assert found["small"]
    # One extreme patient makes t's p tiny; exchanged, that one meets itself once in twelve times.
    assert stats.pearsonr(x, y).pvalue < 1e-6
    assert 0.005 < found["p_val"] < 0.2


def test_too_few_sessions_or_no_spread_have_a_reason() -> None:
    few = _only(
        associate_sessions(
            _values(RNG.normal(size=5)), _targets(RNG.normal(size=5)), _sessions(5), options=QUICK
        )
    )
    assert few["reason"] == "too few sessions have both"
    flat = _only(
        associate_sessions(
            _values(np.zeros(30)), _targets(RNG.normal(size=30)), _sessions(30), options=QUICK
        )
    )
    assert flat["reason"] == "it does not vary"
    assert flat["p_fdr"] is None


def test_sessions_without_a_rating_are_left_out_and_counted() -> None:
    x = RNG.normal(size=30)
    y = x + RNG.normal(size=30)
    y[:4] = np.nan
    found = _only(associate_sessions(_values(x), _targets(y), _sessions(30), options=QUICK))
    assert found["n_sessions"] == 26
