"""What is true in a design: in closed form where there is one, else from a very large corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    for measure in MEASURES:
        found = Moments.of(design, measure)
        for group, reference, value in against(found.biases, share):
            family = "difference" if reference is None else "between"
            effect = "mean" if reference is None else "pair"
            if reference == THE_REST:
                effect = "versus rest"
            yield (family, effect, group, reference, measure), value
        for group in [*names, ALL_SESSIONS]:
            for effect, value in found.congruence(found.biases.get(group, found.bias)).items():
                yield ("congruence", effect, group, None, measure), value
            for figure in ("b1", "b2", "b3", "b4", "b5", "a1", "a2", "a3", "a4"):
                yield ("outcome", figure, group, None, measure), 0.0
            if measure == "goal" and not design.therapist_sd and found.alike:
                # Both sides vary as much, between patients and within.
                yield ("congruence", "proportional bias", group, None, measure), 0.0


@dataclass(frozen=True, slots=True)
class Moments:
    """Variances of truth and judgement, what they share, and each group's bias, on one scale."""

    truth: float
    judgement: float
    joint: float
    biases: dict[str, float]

    @classmethod
    def of(cls, design: Design, measure: str) -> Moments:
        together = np.full((3, 3), design.between_scales)
        np.fill_diagonal(together, 1.0)
        moved = (design.level_patient_sd**2 + design.level_session_sd**2) * together
        session_sd = design.groups[0].session_sd
        noise = (design.therapist_sd**2 + design.patient_sd**2 + session_sd**2) * together
        force = np.diag(design.truth_force)
        weight = np.array([measure in (scale, ALLIANCE) for scale in SCALES], dtype=float)
        weight /= weight.sum()
        return cls(
            truth=float(weight @ moved @ weight),
            judgement=float(weight @ (force @ moved @ force + noise) @ weight),
            joint=float(weight @ moved @ force @ weight),
            biases={group.name: float(np.array(group.gap) @ weight) for group in design.groups},
        )

    @property
    def bias(self) -> float:
        """The bias of all groups, which is one."""
        (bias,) = set(self.biases.values())
        return bias

    @property
    def alike(self) -> bool:
        """Whether both sides vary as much."""
        return abs(self.judgement - self.truth) < 1e-12

    @property
    def apart(self) -> float:
        """The standard deviation of their differences."""
        return float(np.sqrt(self.truth + self.judgement - 2 * self.joint))

    def beyond(self, bias: float, *, sd: float) -> float:
        """Give the share of differences beyond what unreliable ratings of such an SD would give."""
        criterion = NORMAL_95 * sd * np.sqrt(2 * (1 - RELIABILITY))
        above = stats.norm.sf((criterion - bias) / self.apart)
        return float(above + stats.norm.cdf((-criterion - bias) / self.apart))

    def congruence(self, bias: float) -> dict[str, float]:
        """Give every figure of congruence."""
        agreement = 2 * self.joint / (self.truth + self.judgement + bias**2)
        return {
            "mean difference": bias,
            "lower limit of agreement": bias - NORMAL_95 * self.apart,
            "upper limit of agreement": bias + NORMAL_95 * self.apart,
            "ICC(A,1)": agreement,
            "CCC": agreement,
            "correlation": float(self.joint / np.sqrt(self.truth * self.judgement)),
            "directional bias": bias,
            "truth force": self.joint / self.truth,
            "reliable change: share beyond": self.beyond(bias, sd=float(np.sqrt(self.truth))),
        }


def of_the_sample(trial: Trial, corpus: Simulated) -> dict[Key, float]:
    """Give what is true of figures that speak of the sample's own truths, in this corpus.

    The directional bias is what judgements lie above the sample's mean truth where the truth is
    that mean, (force - 1)(sample's mean - its expectation) more than the population's; reliable
    change holds differences against the sample's standard deviation.
    """
    found: dict[Key, float] = {}
    for measure in MEASURES:
        moments = Moments.of(trial.design, measure)
        truths = corpus.latent.truth
        own = truths.mean(axis=1) if measure == ALLIANCE else truths[:, SCALES.index(measure)]
        force = moments.joint / moments.truth
        for code, group in enumerate([*moments.biases, ALL_SESSIONS]):
            inside = corpus.layout.group == code if group != ALL_SESSIONS else slice(None)
            bias = moments.biases.get(group) if group != ALL_SESSIONS else moments.bias
            assert bias is not None
            centred = bias + (force - 1) * float(own[inside].mean())
            found["congruence", "directional bias", group, None, measure] = centred
            beyond = moments.beyond(bias, sd=float(own.std(ddof=1)))
            found["congruence", "reliable change: share beyond", group, None, measure] = beyond
    return found
