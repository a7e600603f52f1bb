"""What Hedges' g must hold to, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.statistics import hedges_g

Array = NDArray[np.float64]

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(2, 30)


def of_means(*groups: Array) -> float | None:
    """Hedges' own g: of the groups' plain means."""
    means = [float(group.mean()) if group.size else 0.0 for group in groups]
    return hedges_g(means[0] - sum(means[1:]), *groups)


def drawn(seed: int, *sizes: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(rng.normal(), 1.0, size) for size in sizes]


@given(SEEDS, SIZES, SIZES)
def test_exchanging_the_groups_turns_the_sign(seed: int, n_a: int, n_b: int) -> None:
    a, b = drawn(seed, n_a, n_b)
    forward, back = of_means(a, b), of_means(b, a)
    assert forward is not None
    assert back == pytest.approx(-forward)


@given(SEEDS, SIZES, SIZES, st.floats(-100, 100), st.floats(0.01, 100))
def test_neither_the_scales_zero_nor_its_unit_matter_between_groups(
    seed: int, n_a: int, n_b: int, zero: float, unit: float
) -> None:
    a, b = drawn(seed, n_a, n_b)
    assert of_means(zero + unit * a, zero + unit * b) == pytest.approx(
        of_means(a, b), rel=1e-6, abs=1e-9
    )


def test_small_groups_are_not_overstated() -> None:
    # True difference 0.5: the plain standardised difference of 2 x 4 averages about 0.58.
    rng = np.random.default_rng(20251)
    draws = [of_means(rng.normal(0.5, 1, 4), rng.normal(0, 1, 4)) for _ in range(20_000)]
    assert np.mean(np.array(draws, dtype=float)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, 3.0], []),
        ([1.0], [2.0]),
        ([1.0, 2.0], [3.0]),
        ([0.1, 0.1, 0.1], [0.3, 0.3, 0.3]),
    ],
    ids=["none in a", "none in b", "no freedom", "one degree of freedom", "no spread"],
)
def test_two_groups_without_spread_or_freedom_have_no_g(a: list[float], b: list[float]) -> None:
    assert of_means(np.array(a), np.array(b)) is None


def test_one_session_beside_many_has_the_others_spread() -> None:
    assert of_means(np.array([2.0]), np.array([0.0, 1.0, 2.0])) == pytest.approx(0.5642, abs=1e-4)


@pytest.mark.parametrize("a", [[], [1.0], [1.0, 2.0], [0.1, 0.1, 0.1]])
def test_one_group_without_spread_or_freedom_has_no_g(a: list[float]) -> None:
    assert of_means(np.array(a)) is None


def test_g_has_the_sign_of_the_estimate_it_stands_beside() -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])
    found = hedges_g(-0.2, a, b)
    assert found is not None
    assert found < 0
