"""What is true in a design: in closed form where there is one, else from a very large corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from benchmarks._simulated import COLUMNS, Design, EstimatorLike, Simulated, simulate
from benchmarks._trials.designs import Trial
from numpy.typing import NDArray
from scipy import stats

from attunement.tables import ALLIANCE, MEASURES, SCALES

Key: TypeAlias = tuple[str, str, str, str | None, str]
"""Family, effect, group, reference, scale."""

KEY = ("family", "effect", "group", "reference", "scale")
ALL_SESSIONS, THE_REST = "all sessions", "the rest"
RELIABILITY = 0.8
NORMAL_95 = 1.96
BINS = 10

LIMITING = ("level and |gap|, split halves", "proportional bias")
"""What has no closed form in every design, and is read off our own figures in large corpora: the
estimand weighs what is between and within patients by variances that are estimated."""


def closed_form(trial: Trial) -> dict[Key, float]:
    """Give every effect's true value that follows from the design."""
    if trial.kind == "ratings":
        return dict(_of_ratings(trial.design))
    return dict(_of_scores(trial.design, trial.estimator))


def shares(design: Design) -> dict[str, float]:
    total = sum(group.sessions for group in design.groups)
    return {group.name: group.sessions / total for group in design.groups}


def against(
    values: Mapping[str, float], share: Mapping[str, float]
) -> Iterator[tuple[str, str | None, float]]:
    """Give every mean, pair and contrast with the rest; conditions in alphabetical order."""
    labels = sorted(values)
    for place, label in enumerate(labels):
        yield label, None, values[label]
        for other in labels[place + 1 :]:
            yield label, other, values[label] - values[other]
        if len(labels) > 2:
            others = [other for other in labels if other != label]
            rest = sum(share[other] * values[other] for other in others)
            yield label, THE_REST, values[label] - rest / sum(share[other] for other in others)
    if len(labels) > 1:
        yield ALL_SESSIONS, None, sum(share[label] * values[label] for label in labels)


def _of_scores(design: Design, estimator: EstimatorLike) -> Iterator[tuple[Key, float]]:
    constant = estimator.constant(therapist=True) - estimator.constant(therapist=False)
    gaps = design.of_group("gap") @ estimator.weights() + constant
    slopes = design.of_group("slope") @ estimator.weights()
    names = [group.name for group in design.groups]
    share = shares(design)
    for place, scale in enumerate(COLUMNS):
        for what, families, found in (
            ("mean", ("difference", "between"), gaps),
            ("slope of gap", ("convergence", "convergence between"), slopes),
        ):
            values = dict(zip(names, found[:, place].tolist(), strict=True))
            for group, reference, value in against(values, share):
                family = families[reference is not None]
                effect = what
                if family == "between":
                    effect = "versus rest" if reference == THE_REST else "pair"
                yield (family, effect, group, reference, scale), value
        if not slopes[:, place].any() and not gaps[:, place].any():
            # Nothing but symmetric noise and as much of it early as late.
            yield from _nulls(names, scale)


def absolute_slopes(trial: Trial, *, sessions: int, seed: tuple[int, ...]) -> dict[Key, float]:
    """Give the mean slope of |gap| over ten bins, less that under shuffled time, in one corpus.

    Worked out here turn by turn, without our statistics: noise inflates |gap|, and how much of a
    change of the gap is left in |gap| has no closed form.
    """
    smaller = sum(group.sessions for group in trial.design.groups)
    design = trial.design.with_sessions(max(1, sessions // smaller))
    corpus = simulate(design, trial.estimator, seed)
    rng = np.random.default_rng((*seed, 1))
    turns = corpus.turns
    side = turns.session * 2 + turns.role
    shuffled = np.empty(len(side), dtype=np.intp)
    shuffled[np.lexsort((turns.number, side))] = np.lexsort((rng.random(len(side)), side))
    found: dict[Key, float] = {}
    names = [group.name for group in design.groups]
    for column, scale in enumerate(COLUMNS):
        scores = corpus.measured.own[:, column]
        apart = _slopes_of_size(corpus, scores) - _slopes_of_size(corpus, scores[shuffled])
        means = {
            name: float(np.nanmean(apart[corpus.layout.group == code]))
            for code, name in enumerate(names)
        }
        for group, reference, value in against(means, shares(design)):
            family = "convergence" if reference is None else "convergence between"
            found[family, "slope of |gap|", group, reference, scale] = value
    return found


def _slopes_of_size(corpus: Simulated, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each session's least-squares slope of |gap| over its bins, NaN with fewer than three."""
    turns = corpus.turns
    bins = np.minimum((turns.time * BINS).astype(np.intp), BINS - 1)
    shape = (len(corpus.layout.group), BINS, 2)
    place = np.ravel_multi_index((turns.session, bins, turns.role), shape)
    size = int(np.prod(shape))
    with np.errstate(invalid="ignore"):
        means = (np.bincount(place, scores, size) / np.bincount(place, minlength=size)).reshape(
            shape
        )
    apart = np.abs(means[:, :, 1] - means[:, :, 0])
    heard = np.isfinite(apart)
    time = np.where(heard, (np.arange(BINS) + 0.5) / BINS, np.nan)
    centred = time - np.nanmean(time, axis=1, keepdims=True)
    slopes = np.nansum(centred * apart, axis=1) / np.nansum(centred**2, axis=1)
    return np.where(heard.sum(axis=1) >= 3, slopes, np.nan)


def _nulls(names: list[str], scale: str) -> Iterator[tuple[Key, float]]:
    for group, reference, _ in against(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0)):
        family = "convergence" if reference is None else "convergence between"
        yield (family, "slope of |gap|", group, reference, scale), 0.0
        if reference is None:
            for halves in ("level and |gap|, split halves", "level and |gap|, same turns"):
                yield ("level", halves, group, None, scale), 0.0


def _of_ratings(design: Design) -> Iterator[tuple[Key, float]]:
    """Give congruence's true values; the groups must be alike but in size."""
    names = [group.name for group in design.groups]
    share = shares(design)
    together = np.full((3, 3), design.between_scales)
    np.fill_diagonal(together, 1.0)
    moved = (design.level_patient_sd**2 + design.level_session_sd**2) * together
    first = design.groups[0]
    noise = (design.therapist_sd**2 + design.patient_sd**2 + first.session_sd**2) * together
    force = np.diag(design.truth_force)
    for measure in MEASURES:
        weight = np.array([measure in (scale, ALLIANCE) for scale in SCALES], dtype=float)
        weight /= weight.sum()
        truth = float(weight @ moved @ weight)
        joint = float(weight @ moved @ force @ weight)
        judgement = float(weight @ force @ moved @ force @ weight + weight @ noise @ weight)
        apart = truth + judgement - 2 * joint
        biases = {group.name: float(np.array(group.gap) @ weight) for group in design.groups}
        for group, reference, value in against(biases, share):
            family = "difference" if reference is None else "between"
            effect = "mean" if reference is None else "pair"
            if reference == THE_REST:
                effect = "versus rest"
            yield (family, effect, group, reference, measure), value
        for group in [*names, ALL_SESSIONS]:
            bias = biases.get(group, biases[names[0]])
            agreement = 2 * joint / (truth + judgement + bias**2)
            beyond = NORMAL_95 * np.sqrt(truth * 2 * (1 - RELIABILITY))
            found = {
                "mean difference": bias,
                "lower limit of agreement": bias - NORMAL_95 * np.sqrt(apart),
                "upper limit of agreement": bias + NORMAL_95 * np.sqrt(apart),
                "ICC(A,1)": agreement,
                "CCC": agreement,
                "correlation": joint / np.sqrt(truth * judgement),
                "directional bias": bias,
                "truth force": joint / truth,
                "reliable change: share beyond": float(
                    stats.norm.sf((beyond - bias) / np.sqrt(apart))
                    + stats.norm.cdf((-beyond - bias) / np.sqrt(apart))
                ),
            }
            if measure == "goal" and not design.therapist_sd and abs(judgement - truth) < 1e-12:
                # Both sides vary as much, between patients and within.
                found["proportional bias"] = 0.0
            for effect, value in found.items():
                yield ("congruence", effect, group, None, measure), value
            for figure in ("b1", "b2", "b3", "b4", "b5", "a1", "a2", "a3", "a4"):
                yield ("outcome", figure, group, None, measure), 0.0
