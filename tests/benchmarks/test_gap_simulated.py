"""The simulated corpora have the parameters they were drawn from."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from benchmarks._simulated import (
    COLUMNS,
    PATIENT,
    THERAPIST,
    CompassLike,
    ContrastLike,
    Design,
    Group,
    Simulated,
    owned_by,
    simulate,
    wai_key,
)
from numpy.typing import NDArray

from attunement.tables import RATINGS, SCORES, SESSIONS

LARGE = Design(
    groups=(
        Group(name="one", sessions=3_000, gap=(0.4, 0.0, -0.2), slope=(0, 0.6, 0), turns=(6, 60)),
        Group(name="other", sessions=1_000, level=(0.5, 0.5, 0.5), session_sd=0.7, turns=(10, 20)),
    )
)
QUIET = Design(groups=(Group(name="one", sessions=600, turns=(40, 40)),))


def difference(corpus: Simulated, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the therapist's turns minus that over the patient's."""
    role = corpus.turns.role
    return np.asarray(values[role == THERAPIST].mean(axis=0) - values[role == PATIENT].mean(axis=0))


def spread_between(values: NDArray[np.float64], codes: NDArray[np.intp]) -> float:
    """Standard deviation of what the values of a cluster share, from products within it."""
    centred = values - values.mean()
    sums = np.bincount(codes, centred)
    counts = np.bincount(codes)
    products = (sums**2).sum() - (centred**2).sum()
    return float(np.sqrt(products / (counts * (counts - 1)).sum()))


def test_the_tables_have_their_schemas() -> None:
    corpus = simulate(QUIET, ContrastLike(), 1)
    assert corpus.sessions.schema == SESSIONS.schema
    assert corpus.ratings.schema == RATINGS.schema
    assert dict(corpus.scores.schema) == {
        name: dtype for name, dtype in SCORES.columns.items() if name != "items"
    }
    assert corpus.scores.drop_nulls().height == len(corpus.turns.role) == 600 * 40


def test_the_same_seed_gives_the_same_corpus() -> None:
    one, again, other = (simulate(QUIET, CompassLike(), seed).scores for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_gaps_levels_and_slopes_are_those_of_the_design() -> None:
    latent, group = (corpus := simulate(LARGE, ContrastLike(), 3)).latent, corpus.layout.group
    for code, expected in enumerate(LARGE.groups):
        inside = group == code
        # Between patients and therapists the means of a condition vary by .02 and a little more.
        np.testing.assert_allclose(latent.gap[inside].mean(axis=0), expected.gap, atol=0.08)
        np.testing.assert_allclose(latent.slope[inside].mean(axis=0), expected.slope, atol=0.04)
        np.testing.assert_allclose(latent.truth[inside].mean(axis=0), expected.level, atol=0.08)


def test_variances_between_therapists_patients_and_sessions_are_those_of_the_design() -> None:
    design = Design(
        groups=(Group(name="one", sessions=20_000, session_sd=0.4, turns=(2, 2)),),
        therapist_sd=0.3,
        patient_sd=0.2,
    )
    corpus = simulate(design, ContrastLike(), 4)
    gap, layout = corpus.latent.gap[:, 0], corpus.layout
    assert spread_between(gap, layout.therapist) == pytest.approx(
        np.sqrt(0.3**2 + 0.2**2 * share_of_same_patient(layout.therapist, layout.patient)), abs=0.02
    )
    assert spread_between(gap, layout.patient) == pytest.approx(np.hypot(0.3, 0.2), abs=0.02)
    assert gap.std() == pytest.approx(np.sqrt(0.3**2 + 0.2**2 + 0.4**2), abs=0.02)


def share_of_same_patient(therapist: NDArray[np.intp], patient: NDArray[np.intp]) -> float:
    """The share of pairs of a therapist's sessions that are one patient's."""

    def pairs(codes: NDArray[np.intp]) -> float:
        counts = np.bincount(codes)
        return float((counts * (counts - 1)).sum())

    return pairs(patient) / pairs(therapist)


def test_conditions_may_differ_in_how_much_sessions_vary() -> None:
    corpus = simulate(LARGE, ContrastLike(), 5)
    gap, group = corpus.latent.gap[:, 0], corpus.layout.group
    within = 0.15**2 + 0.15**2
    assert gap[group == 0].std() == pytest.approx(np.sqrt(0.25**2 + within), abs=0.03)
    assert gap[group == 1].std() == pytest.approx(np.sqrt(0.7**2 + within), abs=0.05)


@pytest.mark.parametrize("crossed", [False, True])
def test_a_patient_sees_one_therapist_unless_the_design_is_crossed(crossed: bool) -> None:
    design = Design(groups=LARGE.groups, crossed=crossed)
    sessions = simulate(design, ContrastLike(), 6).sessions
    seen = sessions.group_by("patient_id").n_unique().get_column("therapist_id")
    assert (seen.max() != 1) is crossed
    assert sessions["patient_id"].value_counts()["count"].mean() == pytest.approx(3, abs=0.2)
    patients = sessions["patient_id"].n_unique()
    assert patients / sessions["therapist_id"].n_unique() == pytest.approx(5, abs=0.4)


def test_therapists_can_keep_to_one_condition() -> None:
    design = Design(groups=LARGE.groups, shared_therapists=False)
    sessions = simulate(design, ContrastLike(), 7).sessions
    assert sessions.group_by("therapist_id").n_unique()["condition"].max() == 1


def test_turns_alternate_and_their_number_is_the_conditions() -> None:
    corpus = simulate(LARGE, ContrastLike(), 8)
    turns = corpus.turns
    counts = np.bincount(turns.session)
    of_other = counts[corpus.layout.group == 1]
    assert (counts.min(), counts.max()) == (6, 60)
    assert (of_other.min(), of_other.max()) == (10, 20)
    same_session = np.diff(turns.session) == 0
    assert (np.diff(turns.role)[same_session] != 0).all()
    assert turns.time.min() == 0
    assert turns.time.max() == 1


def test_noise_has_variance_1_and_each_roles_own_autocorrelation() -> None:
    design = Design(
        groups=(Group(name="one", sessions=400, turns=(100, 100)),),
        level_patient_sd=0,
        level_session_sd=0,
        therapist_sd=0,
        patient_sd=0,
        slope_sd=0,
        noise_in_common=0,
    )
    corpus = simulate(design, ContrastLike(axis_noise=0), 9)
    noise = (
        corpus.turns.signal
        - corpus.latent.gap[corpus.turns.session] * (corpus.turns.role == THERAPIST)[:, None]
    )
    assert noise.std() == pytest.approx(1, abs=0.01)
    by_session = noise[:, 0].reshape(400, 100)
    assert np.mean(by_session[:, 2:] * by_session[:, :-2]) == pytest.approx(0.3, abs=0.02)
    assert np.mean(by_session[:, 1:] * by_session[:, :-1]) == pytest.approx(0, abs=0.02)


def test_a_gap_moves_scores_by_the_estimators_weights() -> None:
    groups = (Group(name="one", sessions=4_000, gap=(0.6, 0.3, -0.3), turns=(20, 20)),)
    for estimator in (ContrastLike(), CompassLike()):
        corpus = simulate(Design(groups=groups), estimator, 10)
        expected = np.array(groups[0].gap) @ estimator.weights()
        np.testing.assert_allclose(difference(corpus, corpus.measured.own), expected, atol=0.05)
        np.testing.assert_allclose(difference(corpus, corpus.measured.swapped), expected, atol=0.05)


def test_the_key_adds_up_to_2_on_task_6_on_bond_0_on_goal() -> None:
    key = wai_key()
    assert key.sum(axis=0).tolist() == [2, 6, 0]
    assert np.abs(key).sum(axis=0).tolist() == [12, 12, 12]
    assert (np.abs(key).sum(axis=1) == 1).all()


def test_under_a_pure_offset_bond_moves_thrice_as_much_as_task_and_goal_not_at_all() -> None:
    base, moved = (
        simulate(QUIET, CompassLike(constants=owned_by("form", size)), 11) for size in (0.0, 0.04)
    )
    raised = difference(moved, moved.measured.own) - difference(base, base.measured.own)
    in_raw = raised * CompassLike().sd()
    np.testing.assert_allclose(in_raw, 0.04 * np.array([2, 6, 0, 8]), atol=1e-9)
    np.testing.assert_allclose(
        raised, CompassLike(constants=owned_by("form", 0.04)).constant(therapist=True), atol=1e-9
    )
    offset = difference(moved, moved.measured.offset) - difference(base, base.measured.offset)
    np.testing.assert_allclose(offset, raised, atol=1e-9)


@pytest.mark.parametrize(
    ("owner", "on_patient_form", "on_therapist_form"),
    [("form", 0, 0), ("role", 1, 1), ("pair", 0, 1)],
)
@pytest.mark.parametrize("kind", [ContrastLike, CompassLike])
def test_held_against_one_form_only_a_constant_of_the_role_is_left(
    kind: type[ContrastLike | CompassLike],
    owner: Literal["form", "role", "pair"],
    on_patient_form: int,
    on_therapist_form: int,
) -> None:
    constants = owned_by(owner, 0.5)
    base, moved = (simulate(QUIET, kind(constants=some), 12) for some in ({}, constants))
    constant = kind(constants=constants).constant(therapist=True)
    therapist = (base.turns.role == THERAPIST)[:, None]
    for of_therapist_form, expected in ((False, on_patient_form), (True, on_therapist_form)):
        held = [
            difference(
                corpus,
                np.where(
                    therapist == of_therapist_form, corpus.measured.own, corpus.measured.swapped
                ),
            )
            for corpus in (base, moved)
        ]
        np.testing.assert_allclose(held[1] - held[0], expected * constant, atol=1e-9)


def test_items_without_noise_give_the_same_scores_as_their_sums() -> None:
    offset = owned_by("pair", 0.03)
    corpora = [
        simulate(LARGE, CompassLike(constants=offset, item_noise=0, items=items), 13).measured
        for items in (False, True)
    ]
    for what in ("own", "swapped", "offset"):
        fast, slow = (getattr(one, what) for one in corpora)
        np.testing.assert_allclose(fast, slow, atol=1e-9)


def test_items_with_noise_give_scores_of_the_same_distribution_as_their_sums() -> None:
    covariances, means = [], []
    for items in (False, True):
        corpus = simulate(LARGE, CompassLike(constants=owned_by("form", 0.03), items=items), 14)
        measured, role = corpus.measured, corpus.turns.role
        signal = corpus.turns.signal @ CompassLike().weights()
        # Without the signal, which is the same in both, only the noise of items is left.
        values = np.column_stack(
            [measured.own - signal, measured.swapped - signal, measured.offset]
        )
        means.append(np.vstack([values[role == one].mean(axis=0) for one in (0, 1)]))
        covariances.append(np.cov(values[role == 0].T))
    assert len(COLUMNS) * 3 == covariances[0].shape[0]
    np.testing.assert_allclose(means[0], means[1], atol=0.012)
    np.testing.assert_allclose(covariances[0], covariances[1], atol=0.008)


def test_longer_turns_score_higher_where_length_has_an_effect() -> None:
    design = Design(groups=QUIET.groups, length_effect=0.5)
    corpus = simulate(design, ContrastLike(), 15)
    expected = 0.5 * np.log(20 / 12)
    np.testing.assert_allclose(difference(corpus, corpus.measured.own)[:3], expected, atol=0.06)


def test_ratings_are_the_truth_and_the_truth_plus_the_gap() -> None:
    corpus = simulate(LARGE, ContrastLike(), 16)
    bond = corpus.ratings.filter(scale="bond").sort("session_id")
    patient, therapist = (bond.filter(rater=one)["value"] for one in ("patient", "therapist"))
    np.testing.assert_allclose(patient, corpus.latent.truth[:, 1])
    np.testing.assert_allclose(therapist - patient, corpus.latent.gap[:, 1], atol=1e-12)


def test_truth_force_is_the_slope_of_judgement_on_truth() -> None:
    design = Design(
        groups=(Group(name="one", sessions=8_000, turns=(2, 2)),), truth_force=(0.5, 1, 0)
    )
    latent = simulate(design, ContrastLike(), 17).latent
    for scale, expected in enumerate(design.truth_force):
        truth = latent.truth[:, scale]
        slope = np.cov(truth, truth + latent.gap[:, scale])[0, 1] / truth.var(ddof=1)
        assert slope == pytest.approx(expected, abs=0.05)
