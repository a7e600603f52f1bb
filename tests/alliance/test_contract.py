"""One suite over every estimator: what they all promise."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from tests.alliance.conftest import Offset

from attunement.alliance import COLUMNS, Compass, Contrast, Estimator, Form
from attunement.embedding import Encoder
from attunement.tables import ROLES, Role

ESTIMATORS = [Compass, Contrast]

TEXTS = [
    "i feel you understand me",
    "this exercise is pointless",
    "what shall we work on today",
    "we agreed on that goal and i want it",
    "no",
]
SPOKEN: list[Role] = ["patient", "patient", "therapist", "patient", "therapist"]


@pytest.fixture(params=ESTIMATORS, ids=lambda cls: cls.name)
def unfitted(request: pytest.FixtureRequest) -> Estimator:
    estimator: Estimator = request.param()
    return estimator


def test_it_keeps_the_protocol(unfitted: Estimator) -> None:
    assert isinstance(unfitted, Estimator)


def test_the_constructor_only_stores_its_arguments(unfitted: Estimator) -> None:
    arguments = set(inspect.signature(type(unfitted)).parameters)
    assert set(vars(unfitted)) == arguments


def test_fit_returns_the_estimator_and_learns_only_names_that_end_in_an_underscore(
    unfitted: Estimator, encoder: Encoder
) -> None:
    before = set(vars(unfitted))
    assert unfitted.fit(encoder) is unfitted
    learned = set(vars(unfitted)) - before
    assert learned
    assert all(name.endswith("_") for name in learned)


def test_fitting_twice_gives_the_same_scores(unfitted: Estimator, encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    once = unfitted.fit(encoder).raw(vectors, SPOKEN)
    np.testing.assert_array_equal(once, unfitted.fit(encoder).raw(vectors, SPOKEN))


def test_a_turns_score_does_not_depend_on_the_turns_beside_it(
    unfitted: Estimator, encoder: Encoder
) -> None:
    vectors = encoder.encode(TEXTS)
    together = unfitted.fit(encoder).raw(vectors, SPOKEN)
    assert together.shape == (len(TEXTS), len(COLUMNS))
    alone = [
        unfitted.raw(vectors[n : n + 1], SPOKEN[n : n + 1])[0] for n in reversed(range(len(TEXTS)))
    ]
    np.testing.assert_allclose(together, alone[::-1], atol=1e-6)


def test_no_turns_give_no_rows(unfitted: Estimator, encoder: Encoder) -> None:
    nothing = np.empty((0, encoder.dimension), dtype=np.float32)
    fitted = unfitted.fit(encoder)
    assert fitted.raw(nothing, []).shape == (0, len(COLUMNS))
    assert fitted.offset(nothing, []).shape == (0, len(COLUMNS))


@pytest.mark.parametrize("form", ["own", *ROLES])
def test_an_equal_rise_of_every_cosine_moves_a_score_by_what_its_offset_moves(
    unfitted: Estimator, encoder: Encoder, form: Form
) -> None:
    scores, offsets = [], []
    for constant in (0.0, 0.5):
        raised = Offset(encoder, TEXTS, constant)
        vectors = raised.encode(TEXTS)
        fitted = unfitted.fit(raised)
        scores.append(fitted.raw(vectors, SPOKEN, form=form))
        offsets.append(fitted.offset(vectors, SPOKEN, form=form))
    np.testing.assert_allclose(scores[1] - scores[0], offsets[1] - offsets[0], atol=1e-5)


@pytest.mark.parametrize("form", ROLES)
def test_the_form_swap_holds_every_turn_against_one_roles_wording(
    unfitted: Estimator, encoder: Encoder, form: Role
) -> None:
    vectors = encoder.encode(TEXTS)
    fitted = unfitted.fit(encoder)
    as_if_spoken_by = fitted.raw(vectors, [form] * len(TEXTS))
    np.testing.assert_array_equal(fitted.raw(vectors, SPOKEN, form=form), as_if_spoken_by)
    own = fitted.raw(vectors, SPOKEN)
    of_form = np.asarray([role == form for role in SPOKEN])
    np.testing.assert_allclose(own[of_form], as_if_spoken_by[of_form], atol=1e-6)
    assert not np.allclose(own[~of_form], as_if_spoken_by[~of_form], atol=1e-3)
