"""What others do: t-tests of pooled turns, as published, and statsmodels' mixed model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from benchmarks._simulated import COLUMNS, PATIENT, THERAPIST, Simulated
from benchmarks._trials.truth import ALL_SESSIONS, THE_REST
from scipy import stats


def published(corpus: Simulated, method: str) -> pl.DataFrame:
    """Test pooled turns: therapist against patient in each condition, pairs between conditions.

    Every turn, and every turn pair, counts as if it were independent (Student's t).
    """
    return pl.DataFrame(list(_published(corpus))).with_columns(method=pl.lit(method))


def _published(corpus: Simulated) -> Iterator[dict[str, Any]]:
    turns, names = corpus.turns, corpus.sessions["condition"].to_numpy()
    condition = names[turns.session]
    follows = (turns.role[:-1] == PATIENT) & (turns.session[:-1] == turns.session[1:])
    places = np.flatnonzero(follows)
    for column, scale in enumerate(COLUMNS):
        scores = corpus.measured.own[:, column]
        gaps = scores[places + 1] - scores[places]
        of_pairs = condition[places]
        labels = sorted(set(names))
        for label in labels:
            inside = condition == label
            yield _t_test(
                scores[inside & (turns.role == THERAPIST)],
                scores[inside & (turns.role == PATIENT)],
                ("difference", "mean", label, None, scale),
            )
            if len(labels) > 2:
                own = of_pairs == label
                key = ("between", "versus rest", label, THE_REST, scale)
                yield _t_test(gaps[own], gaps[~own], key)
        for one, other in combinations(labels, 2):
            key = ("between", "pair", one, other, scale)
            yield _t_test(gaps[of_pairs == one], gaps[of_pairs == other], key)


def _t_test(one: Any, other: Any, key: tuple[str | None, ...]) -> dict[str, Any]:
    found = stats.ttest_ind(one, other)
    interval = found.confidence_interval()
    return _row(key, one.mean() - other.mean(), interval.low, interval.high, found.pvalue)


def mixed_lm(corpus: Simulated, method: str) -> pl.DataFrame:
    """Fit MixedLM of session gaps, patients in therapists, with statsmodels' own z intervals."""
    rows = [row for column in range(len(COLUMNS)) for row in _mixed_lm(corpus, column)]
    return pl.DataFrame(rows).with_columns(method=pl.lit(method))


def _mixed_lm(corpus: Simulated, column: int) -> Iterator[dict[str, Any]]:
    names = corpus.sessions["condition"].to_numpy()
    labels = sorted(set(names))
    membership = (names[:, None] == np.array(labels)).astype(float)
    gaps, scale = session_gaps(corpus, column), COLUMNS[column]
    fit = _fit(gaps, membership, corpus)
    sizes = membership.sum(axis=0)
    unit = np.eye(len(labels))
    for place, label in enumerate(labels):
        yield _tested(fit, unit[place], ("difference", "mean", label, None, scale))
        for other in range(place + 1, len(labels)):
            key = ("between", "pair", label, labels[other], scale)
            yield _tested(fit, unit[place] - unit[other], key)
        if len(labels) > 2:
            rest = np.where(unit[place] > 0, 0, sizes)
            key = ("between", "versus rest", label, THE_REST, scale)
            yield _tested(fit, unit[place] - rest / rest.sum(), key)
    whole = _fit(gaps, np.ones((len(gaps), 1)), corpus)
    yield _tested(whole, np.ones(1), ("difference", "mean", ALL_SESSIONS, None, scale))


def session_gaps(corpus: Simulated, column: int) -> Any:
    """Average each session's turns a side, and subtract."""
    turns, scores = corpus.turns, corpus.measured.own[:, column]
    means = [
        np.bincount(turns.session, scores * (turns.role == role))
        / np.bincount(turns.session, turns.role == role)
        for role in (PATIENT, THERAPIST)
    ]
    return means[THERAPIST] - means[PATIENT]


def _fit(gaps: Any, x: Any, corpus: Simulated) -> Any:
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM

    frame = pd.DataFrame(x, columns=[f"x{place}" for place in range(x.shape[1])]).assign(
        gap=gaps, therapist=corpus.layout.therapist, patient=corpus.layout.patient
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MixedLM.from_formula(
            "gap ~ 0 + " + " + ".join(f"x{place}" for place in range(x.shape[1])),
            frame,
            groups="therapist",
            re_formula="1",
            vc_formula={"patient": "0 + C(patient)"},
        ).fit(reml=True)


def _tested(fit: Any, weights: Any, key: tuple[str | None, ...]) -> dict[str, Any]:
    size = len(weights)
    variance = float(weights @ fit.cov_params().to_numpy()[:size, :size] @ weights)
    estimate, se = float(weights @ fit.fe_params.to_numpy()), float(np.sqrt(max(variance, 0.0)))
    if not se > 0:
        return _row(key, estimate, None, None, None)
    half = float(stats.norm.ppf(0.975)) * se
    p_val = float(2 * stats.norm.sf(abs(estimate) / se))
    return _row(key, estimate, estimate - half, estimate + half, p_val)


def _row(
    key: tuple[str | None, ...], estimate: Any, low: Any, high: Any, p_val: Any
) -> dict[str, Any]:
    names = ("family", "effect", "group", "reference", "scale")
    values = {"estimate": estimate, "ci_low": low, "ci_high": high, "p_val": p_val}
    return dict(zip(names, key, strict=True)) | {
        name: None if value is None else float(value) for name, value in values.items()
    }
