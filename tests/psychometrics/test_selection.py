"""Choosing items finds the ones that carry something, and what it promises holds elsewhere."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from attunement.psychometrics import ALPHA, PsychometricsOptions
from attunement.psychometrics._forms import Forms
from attunement.psychometrics._material import Material
from attunement.psychometrics._selection import by_alpha, by_rating
from attunement.psychometrics._short_forms import dealt, short_form_rows

from .invented import FEW_DRAWS, World, world


def short_forms(given: World, options: PsychometricsOptions = FEW_DRAWS) -> pl.DataFrame:
    material = Material.of(
        given.verdicts,
        given.scores,
        ratings=given.ratings,
        sessions=given.sessions,
        turns=given.turns,
        options=options,
    )
    (asked,) = material.asked()
    return pl.DataFrame(list(short_form_rows(material, Forms.of(material, asked))))


def test_items_that_carry_the_rating_are_chosen_before_noise() -> None:
    generator = np.random.default_rng(0)
    truth = generator.standard_normal(200)
    good = truth[:, None] + generator.standard_normal((200, 3))
    noise = generator.standard_normal((200, 5))
    assert set(by_rating(np.hstack([noise, good]), truth, 3)) == {5, 6, 7}
    assert set(by_alpha(np.hstack([noise, good]), np.zeros(200), 3)) == {5, 6, 7}


def test_items_of_pure_noise_promise_nothing_on_unseen_patients() -> None:
    """Chosen and tried on the same sessions, the best six of 36 would seem to agree."""
    given = world(n=60, truth_weight=0, noise=0, item_noise=1, items_per_scale=12)
    found = short_forms(given).filter(scale="alliance")
    assert found["estimate"].max() < 0.25  # type: ignore[operator]
    assert given.ratings is not None
    rated = given.ratings.sort("session_id")["value"].to_numpy()
    wide = given.verdicts.pivot("item", index="session_id", values="score").sort("session_id")
    keys = given.verdicts.unique("item", maintain_order=True)["key"].to_numpy()
    forms = wide.drop("session_id").to_numpy() * keys
    seeming = forms[:, by_rating(forms, rated, 6)].mean(axis=1)
    assert np.corrcoef(seeming, rated)[0, 1] > 0.3


def test_patients_are_dealt_whole() -> None:
    codes = np.repeat(np.arange(20), 3)
    folds = dealt(codes, FEW_DRAWS)
    assert all(len(set(folds[codes == one])) == 1 for one in range(20))
    assert sorted(np.bincount(folds)) == [12] * 5


def test_without_ratings_the_criterion_is_alpha_and_a_form_has_two_items_or_more() -> None:
    found = short_forms(world(n=80).but(ratings=None))
    assert found["criterion"].unique().to_list() == [ALPHA]
    assert found["k"].min() == 2
    # Two items of a session share 1.25 of 1.5 of variance; alpha = 4 r / (1 + 3 r).
    whole = found.filter(scale="task", k=2)["all_items"].item()
    assert whole == pytest.approx(4 * (1.25 / 1.5) / (1 + 3 * 1.25 / 1.5), abs=0.03)


def test_the_form_of_k_is_the_beginning_of_the_form_of_more() -> None:
    found = short_forms(world(n=60)).filter(scale="alliance").sort("k")
    forms = found["items"].to_list()
    assert [len(one) for one in forms] == found["k"].to_list()
    assert all(longer[: len(shorter)] == shorter for shorter, longer in pairwise(forms))


def test_too_few_forms_choose_nothing_and_say_so() -> None:
    found = short_forms(world(n=12, per_patient=1))
    assert found["estimate"].null_count() == found.height
    assert found["items"].list.len().sum() == 0
    assert found["reason"].str.contains("choosing takes 20").all()
