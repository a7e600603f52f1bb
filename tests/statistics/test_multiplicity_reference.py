"""Holm's adjustment and Hedges' g against R: the frozen results of reference/holm_hedges.R."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.statistics import hedges_g, holm

REFERENCE = Path(__file__).parent / "reference"
RESULTS: dict[str, Any] = json.loads((REFERENCE / "holm_hedges.json").read_text(encoding="utf-8"))
HEDGES = RESULTS["hedges"]


@pytest.fixture(scope="module")
def groups() -> dict[str, NDArray[np.float64]]:
    with (REFERENCE / "mixed_groups.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        name: np.array([float(row["gap"]) for row in rows if row["condition"] == name])
        for name in HEDGES["one"]
    }


@pytest.mark.parametrize("family", RESULTS["holm"])
def test_adjusted_p_values_are_p_adjusts(family: str) -> None:
    expected = RESULTS["holm"][family]
    np.testing.assert_allclose(
        holm(np.array(expected["p_values"], dtype=float)),
        np.array(expected["adjusted"], dtype=float),
        rtol=1e-9,
    )


def _of_means(*groups: NDArray[np.float64]) -> float | None:
    means = [float(group.mean()) for group in groups]
    return hedges_g(means[0] - sum(means[1:]), *groups)


def test_two_groups_g_has_the_pooled_spread_and_the_exact_correction(
    groups: dict[str, NDArray[np.float64]],
) -> None:
    for pair in HEDGES["two"]:
        assert _of_means(groups[pair["a"]], groups[pair["b"]]) == pytest.approx(pair["g"], rel=1e-8)


def test_one_groups_g_is_the_corrected_mean_over_its_spread(
    groups: dict[str, NDArray[np.float64]],
) -> None:
    for name, g in HEDGES["one"].items():
        assert _of_means(groups[name]) == pytest.approx(g, rel=1e-8)


def test_the_correction_is_exact_where_the_usual_approximation_is_not() -> None:
    small = HEDGES["small"]
    a, b = np.array(small["a"]), np.array(small["b"])
    assert _of_means(a, b) == pytest.approx(small["two"], rel=1e-8)
    assert _of_means(a) == pytest.approx(small["one"], rel=1e-8)
