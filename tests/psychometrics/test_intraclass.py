"""Intraclass correlations against R (reference/intraclass.R), and by what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.psychometrics import intraclass
from attunement.psychometrics._intraclass import ICC_NAMES, intraclasses

SETS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "reference/intraclass.json").read_text(encoding="utf-8")
)["sets"]

GRIDS = st.lists(
    st.tuples(*[st.floats(-5, 5).map(lambda x: round(x, 3))] * 3), min_size=4, max_size=12
)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("place", range(3), ids=ICC_NAMES)
def test_estimate_and_interval_are_rs(name: str, place: int) -> None:
    given = SETS[name]
    one = intraclass(np.array(given["ratings"], dtype=float))[place]
    estimate, low, high = given[ICC_NAMES[place]]
    assert one.value == pytest.approx(estimate, abs=1e-8)
    assert (one.low, one.high) == pytest.approx((low, high), abs=1e-7)


@given(GRIDS, st.integers(0, 10_000))
def test_a_session_drawn_twice_counts_as_two(grid: list[tuple[float, ...]], seed: int) -> None:
    values = np.array(grid)
    weights = np.random.default_rng(seed).multinomial(len(values), [1 / len(values)] * len(values))
    repeated = np.repeat(values, weights, axis=0)
    drawn = intraclasses(values)(weights[None, :].astype(float))[0]
    plain = intraclasses(repeated)(np.ones((1, len(repeated))))[0]
    # Where next to nothing varies, rounding decides whether there is a figure.
    if np.std(repeated) > 1e-2:
        np.testing.assert_allclose(drawn, plain, atol=1e-6)


def test_a_lenient_judge_costs_agreement_and_no_consistency() -> None:
    one = np.random.default_rng(0).standard_normal(40)
    agreement, consistency, _ = intraclass(np.column_stack([one, one + 1]))
    assert consistency.value == pytest.approx(1)
    assert agreement.value == pytest.approx(one.var(ddof=1) / (one.var(ddof=1) + 0.5))


def test_where_nothing_varies_there_is_no_figure() -> None:
    assert [one.value for one in intraclass(np.full((6, 3), 4.0))] == [None] * 3
