"""Krippendorff's alpha: his own worked example, the Python package of its name, and by meaning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.psychometrics import Measurement, krippendorff_alpha
from attunement.psychometrics._krippendorff import krippendorff_alphas

LEVELS: tuple[Measurement, ...] = ("nominal", "ordinal", "interval", "ratio")

# Krippendorff (2011), example C: four observers, twelve units, some not observed.
PUBLISHED = "12332141 2...|12332241 25.3|.3332342 251.|12332441 251.".replace(" ", "")

# Invented: three raters, 40 sessions, one to seven.
INVENTED = (
    "4443423552.4342.52.522424..2.53344.4363.|"
    "56..545.5376..5574...26525.3.445.444.665|"
    "556.444451555543..343143.542245.4443544."
)
# By the Python package krippendorff 0.9.0, alpha(reliability_data=...).
OF_THE_PACKAGE = (0.012867040581, 0.272800004590, 0.353750000000, 0.354817598630)


def grid(text: str) -> np.ndarray:
    rows = [[np.nan if one == "." else float(one) for one in row] for row in text.split("|")]
    return np.array(rows).T


@pytest.mark.parametrize(
    ("level", "published"), list(zip(LEVELS, (0.743, 0.815, 0.849, 0.797), strict=True))
)
def test_alpha_of_the_published_example_is_the_published_one(
    level: Measurement, published: float
) -> None:
    assert krippendorff_alpha(grid(PUBLISHED), level) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(("level", "theirs"), list(zip(LEVELS, OF_THE_PACKAGE, strict=True)))
def test_alpha_is_the_packages(level: Measurement, theirs: float) -> None:
    assert krippendorff_alpha(grid(INVENTED), level) == pytest.approx(theirs, abs=1e-11)


@pytest.mark.parametrize("level", LEVELS)
@given(seed=st.integers(0, 10_000))
def test_a_unit_drawn_twice_counts_as_two(level: Measurement, seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.integers(1, 6, (9, 3)).astype(float)
    values[generator.random((9, 3)) < 0.25] = np.nan
    weights = generator.multinomial(9, [1 / 9] * 9)
    drawn = krippendorff_alphas(values, level)(weights[None, :].astype(float))[0, 0]
    plain = krippendorff_alpha(np.repeat(values, weights, axis=0), level)
    assert drawn == pytest.approx(plain, abs=1e-9, nan_ok=True)


def test_a_monotone_change_of_the_scale_leaves_ordinal_alpha_and_moves_interval_alpha() -> None:
    values = grid(INVENTED)
    assert krippendorff_alpha(values**3, "ordinal") == pytest.approx(
        krippendorff_alpha(values, "ordinal")
    )
    assert krippendorff_alpha(values**3, "interval") != pytest.approx(
        krippendorff_alpha(values, "interval"), abs=1e-3
    )


def test_an_unpaired_rating_counts_for_nothing() -> None:
    values = grid(PUBLISHED)
    alone = np.vstack([values, [7, np.nan, np.nan, np.nan]])
    for level in LEVELS:
        assert krippendorff_alpha(alone, level) == krippendorff_alpha(values, level)


@pytest.mark.parametrize("level", LEVELS)
def test_where_all_ratings_are_equal_or_none_is_paired_there_is_no_figure(
    level: Measurement,
) -> None:
    assert np.isnan(krippendorff_alpha(np.full((5, 2), 3.0), level))
    assert np.isnan(krippendorff_alpha(np.array([[1.0, np.nan], [np.nan, 2.0]]), level))
