"""Convergent against discriminant: scales that mean something, and scales that do not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from attunement.tables import SCALES
from attunement.validity import ScaleMatrix, ValidityOptions, spearman, validate

from .corpora import FEW_DRAWS, rating_rows, sessions_table, turn_scores

N = 400


def matrix(inferred: np.ndarray, rated: np.ndarray) -> ScaleMatrix:
    sessions = sessions_table(N)
    scores = turn_scores(sessions, np.zeros(N)).with_columns(
        pl.Series(name, np.repeat(level, 8)) for name, level in zip(SCALES, inferred, strict=True)
    )
    ratings = [
        rating_rows(sessions, level, scale=name)
        for name, level in zip(("alliance", *SCALES), (rated.mean(axis=0), *rated), strict=True)
    ]
    return validate(
        scores=scores,
        sessions=sessions,
        ratings=pl.concat(ratings),
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main.scales_matrix


def test_scales_of_their_own_agree_with_their_own_ratings_more() -> None:
    generator = np.random.default_rng(0)
    inferred = generator.standard_normal((3, N))
    found = matrix(inferred, inferred + 0.5 * generator.standard_normal((3, N)))
    assert found.own.value == pytest.approx(0.88, abs=0.05)
    assert found.difference.low is not None
    assert found.difference.low > 0.6
    assert found.difference_whole_out.low is not None
    assert found.difference_whole_out.low > 0.6


def test_three_names_for_one_thing_differ_from_each_other_by_chance() -> None:
    generator = np.random.default_rng(1)
    one = generator.standard_normal(N)
    noise = generator.standard_normal((2, 3, N))
    found = matrix(one + 0.5 * noise[0], one + 0.5 * noise[1])
    assert found.own.value == pytest.approx(0.8, abs=0.08)
    assert found.difference.low is not None
    assert found.difference.high is not None
    assert found.difference.low < 0 < found.difference.high


def test_each_cell_is_spearmans_and_its_partial() -> None:
    generator = np.random.default_rng(2)
    inferred, rated = generator.standard_normal((2, 3, N))
    rated = rated + inferred[::-1]
    found = matrix(inferred, rated)
    assert [(cell.inferred, cell.rated) for cell in found.cells] == [
        (one, other) for one in SCALES for other in SCALES
    ]
    whole = rated.mean(axis=0)
    for cell in found.cells:
        places = [SCALES.index(one) for one in (cell.inferred, cell.rated)]
        x, y = inferred[places[0]], rated[places[1]]
        assert cell.raw.value == pytest.approx(spearman(x, y))
        assert cell.whole_out.value == pytest.approx(spearman(x, y, whole))
    diagonal = [cell.raw.value for cell in found.cells if cell.inferred == cell.rated]
    assert found.own.value == pytest.approx(np.mean([one for one in diagonal if one is not None]))
    assert found.n == N


def test_one_scale_makes_no_matrix() -> None:
    sessions = sessions_table(N)
    found = validate(
        scores=turn_scores(sessions, np.arange(N)),
        sessions=sessions,
        ratings=rating_rows(sessions, np.arange(N), scale="bond"),
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main.scales_matrix
    assert not found.cells
    assert "fewer than two scales" in str(found.reason)
