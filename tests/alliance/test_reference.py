"""The stated reference: ours, current, and one for both roles."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.alliance import (
    Compass,
    Contrast,
    Estimator,
    load_reference,
    reference_standard,
)
from attunement.embedding import Encoder
from attunement.sample import sample_folder
from attunement.tables import ROLES
from attunement.transcripts import Corpus, ReadOptions


def test_the_frozen_reference_is_the_sample_as_it_stands() -> None:
    reference = load_reference()
    with sample_folder() as folder:
        turns = [turn for session in Corpus([folder], ReadOptions()) for turn in session.turns]
    spoken = [(turn.role, turn.text) for turn in turns if turn.role in ROLES and turn.text.strip()]
    assert list(zip(reference.roles, reference.texts, strict=True)) == spoken, (
        "run tools/make_reference.py"
    )


@pytest.mark.parametrize("estimator", [Compass(), Contrast()], ids=lambda one: one.name)
def test_the_reference_has_mean_0_and_sd_1_with_each_role_counting_half(
    estimator: Estimator, encoder: Encoder
) -> None:
    reference = load_reference()
    standard = reference_standard(estimator.fit(encoder), encoder)
    scores = standard.apply(estimator.raw(encoder.encode(reference.texts), reference.roles))
    by_role = [scores[np.asarray(reference.roles) == role] for role in ROLES]
    mean = np.mean([part.mean(axis=0) for part in by_role], axis=0)
    square = np.mean([(part**2).mean(axis=0) for part in by_role], axis=0)
    np.testing.assert_allclose(mean, 0, atol=1e-6)
    np.testing.assert_allclose(square, 1, atol=1e-6)


@pytest.mark.parametrize("estimator", [Compass(), Contrast()], ids=lambda one: one.name)
def test_over_the_reference_the_offsets_have_mean_0_with_each_role_counting_half(
    estimator: Estimator, encoder: Encoder
) -> None:
    reference = load_reference()
    standard = reference_standard(estimator.fit(encoder), encoder)
    offset = estimator.offset(encoder.encode(reference.texts), reference.roles)
    beyond = standard.apply_to_offset(offset)
    by_role = [beyond[np.asarray(reference.roles) == role].mean(axis=0) for role in ROLES]
    np.testing.assert_allclose(np.mean(by_role, axis=0), 0, atol=1e-6)


def test_the_standard_keeps_the_difference_between_the_roles(encoder: Encoder) -> None:
    # One standard a role would set the mean role difference to zero.
    reference = load_reference()
    estimator = Compass().fit(encoder)
    raw = estimator.raw(encoder.encode(reference.texts), reference.roles)
    standard = reference_standard(estimator, encoder)
    is_patient = np.asarray(reference.roles) == "patient"
    raw_gap = raw[~is_patient].mean(axis=0) - raw[is_patient].mean(axis=0)
    scores = standard.apply(raw)
    gap = scores[~is_patient].mean(axis=0) - scores[is_patient].mean(axis=0)
    assert np.abs(gap).max() > 0.01
    np.testing.assert_allclose(gap, raw_gap / standard.sd, atol=1e-6)
