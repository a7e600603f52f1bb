"""Ratings that fall where the zero-shot scores rise are found, scale by scale and side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.alliance.fitted.invented import turns_of

from attunement.alliance._contract import COLUMNS
from attunement.alliance.fitted import Material, rated_sessions, zero_shot_agreement
from attunement.alliance.fitted._features import Layout, session_features
from attunement.tables import ROLES, Role


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("measure", COLUMNS)
def test_the_column_is_the_sides_scores_weighted_by_the_cube_of_time(
    role: Role, measure: str
) -> None:
    turns = turns_of(["patient", "therapist", "therapist", "patient", "patient"], dimension=3)
    (row,) = session_features(turns)
    mine = turns.of_patient if role == "patient" else ~turns.of_patient
    scores = turns.signals[:, 3 + COLUMNS.index(measure)][mine].astype(np.float64)
    weights = (np.arange(1.0, 6.0) ** 3)[mine]
    expected = np.average(scores, weights=weights)
    assert row[Layout(3).contrast_column(role, measure)] == pytest.approx(expected)


def test_a_scale_turned_round_agrees_as_much_the_other_way(material: Material) -> None:
    rated = rated_sessions(material, material.ratings)
    turned = [replace(one, ratings=-one.ratings) for one in rated]
    as_given = zero_shot_agreement(material, rated, draws=199)
    assert len(as_given) == len(rated) > 1
    for one, other in zip(as_given, zero_shot_agreement(material, turned, draws=199), strict=True):
        assert None not in (one.value, one.low, one.high, other.low, other.high)
        assert other.value == pytest.approx(-(one.value or 0))
        assert (other.high or 0) == pytest.approx(-(one.low or 0), abs=0.05)
