"""What is asked of two raters, each question answered with its figures and their check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from attunement.errors import DataError
from attunement.gap._language import GAP
from attunement.gap.congruence._agreement import concordance, correlation, intraclass_correlation
from attunement.gap.congruence._bland_altman import (
    bland_altman,
    limits_redrawn,
    proportional_bias,
)
from attunement.gap.congruence._both_sides import BothSides
from attunement.gap.congruence._figure import Figure, Redrawn
from attunement.gap.congruence._moments import Moments
from attunement.gap.congruence._ratings import Array, Codes, repeats
from attunement.gap.congruence._reliable_change import reliable_change, share
from attunement.gap.congruence._standard import Standard
from attunement.gap.congruence._truth_and_bias import truth_and_bias
from attunement.statistics import Clusters

MEAN, LOWER, UPPER = "mean difference", "lower limit of agreement", "upper limit of agreement"
SLOPE = "proportional bias"
ICC, CCC, CORRELATION = "ICC(A,1)", "CCC", "correlation"
BIAS, FORCE = "directional bias", "truth force"
BEYOND = "reliable change: share beyond"
FIRST_TO_LAST = "reliable change: first to last session"

AGREEMENT = "agreement"

_THESE = "holds for sessions with these patients' ratings"

QUANTITIES: Mapping[str, str] = {
    **dict.fromkeys((MEAN, LOWER, UPPER, SLOPE), GAP.name),
    **dict.fromkeys((ICC, CCC, CORRELATION), AGREEMENT),
    BIAS: GAP.name,
    FORCE: AGREEMENT,
    BEYOND: GAP.name,
    FIRST_TO_LAST: "change of the patient's rating",
}
"""Every effect in order, and what its value is called."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what it is answered with.

    Attributes
    ----------
    effects : tuple of str
        The figures the answer holds.
    answer : callable
        Raises DataError where there is none.
    """

    effects: tuple[str, ...]
    answer: Callable[[BothSides, Clusters], list[Figure]]

    def ask(self, both: BothSides, clusters: Clusters) -> list[Figure]:
        """Give the figures, or for each why there is none."""
        try:
            return self.answer(both, clusters)
        except DataError as error:
            return [Figure(effect=effect, reason=error.problem) for effect in self.effects]


def _limits(both: BothSides, clusters: Clusters) -> list[Figure]:
    difference = both.judgement - both.truth
    try:
        found = bland_altman(
            both.truth, both.judgement, patients=both.design.patients, factors=both.factors
        )
    except DataError as error:
        mean = Figure(effect=MEAN, estimate=float(difference.mean()), reason=error.problem)
        return [mean, *(Figure(effect=one, reason=error.problem) for one in (LOWER, UPPER))]
    redrawn = Redrawn(
        clusters,
        lambda multiplicities: dict(
            zip(
                (MEAN, LOWER, UPPER),
                limits_redrawn(found, both.design.patients, multiplicities=multiplicities),
                strict=True,
            )
        ),
    )
    variance = (
        "SD from the variance between patients and within (Bland & Altman 2007)"
        if repeats(both.design.patients)
        else "SD of the differences (Bland & Altman 1986)"
    )
    limit = f"mean -/+ 1.96 SD, {variance}; interval by MOVER (Zou 2013)"
    mean = Figure.of(found.mean, effect=MEAN, method=found.regression.method)
    figures = (
        mean,
        Figure.of(found.lower, effect=LOWER, method=limit),
        Figure.of(found.upper, effect=UPPER, method=limit),
    )
    instead = not found.regression.modelled
    return [
        redrawn.check(one.warned(*found.regression.warnings), instead=instead) for one in figures
    ]


def _slope(both: BothSides, clusters: Clusters) -> list[Figure]:
    found = proportional_bias(both.truth, both.judgement, factors=both.factors)
    redrawn = Redrawn(clusters, lambda drawn: {SLOPE: found.redrawn(drawn)[:, 1]})
    method = f"difference on the mean of the two; {found.method}"
    figure = Figure.of(found.estimate(0.0, 1.0), effect=SLOPE, method=method)
    return [redrawn.check(figure.warned(*found.warnings), instead=not found.modelled)]


def _coefficients(both: BothSides, clusters: Clusters) -> list[Figure]:
    def of_draws(multiplicities: Array) -> dict[str, Array]:
        moments = Moments.redrawn(both.truth, both.judgement, multiplicities=multiplicities)
        return {ICC: moments.icc(), CCC: moments.ccc(), CORRELATION: moments.pearson()}

    redrawn = Redrawn(clusters, of_draws)
    units = _coarsest(clusters)
    figures = []
    for effect, estimator, name, classical in (
        (ICC, intraclass_correlation, "two-way, absolute agreement", "McGraw & Wong 1996"),
        (CCC, concordance, "Lin's concordance", "Lin 1989"),
        (CORRELATION, correlation, "Pearson", "Fisher's z"),
    ):
        found = estimator(both.truth, both.judgement, clusters=units)
        how = "leaving out one cluster at a time, on Fisher's z" if repeats(units) else classical
        method = f"{name}, over sessions; interval by {how}"
        figure = Figure.of(found, effect=effect, method=method)
        figures.append(redrawn.check(figure, low=-1.0, high=1.0))
    return figures


def _truth_and_bias(both: BothSides, clusters: Clusters) -> list[Figure]:
    found = truth_and_bias(both.truth, both.judgement, factors=both.factors)

    def of_draws(multiplicities: Array) -> dict[str, Array]:
        return dict(zip((BIAS, FORCE), found.regression.redrawn(multiplicities).T, strict=True))

    redrawn = Redrawn(clusters, of_draws)
    method = f"truth and bias (West & Kenny 2011); {found.regression.method}"
    figures = (
        Figure.of(found.directional_bias, effect=BIAS, method=f"{method}; {_THESE}"),
        Figure.of(found.truth_force, effect=FORCE, method=method),
    )
    instead = not found.regression.modelled
    return [
        redrawn.check(one.warned(*found.regression.warnings), instead=instead) for one in figures
    ]


def _beyond(
    standard: Standard, effect: str, what: str, ways: tuple[str, str]
) -> Callable[[BothSides, Clusters], list[Figure]]:
    def answer(both: BothSides, clusters: Clusters) -> list[Figure]:
        change = reliable_change(
            both.truth, both.judgement, sd=standard.sd, reliability=standard.reliability
        )
        beyond = change.beyond
        redrawn = Redrawn(clusters, lambda drawn: {effect: drawn @ beyond / drawn.sum(axis=1)})
        units = _coarsest(clusters)
        interval = "Wilson" + (", n over the design effect" if repeats(units) else "")
        figure = Figure.of(
            share(beyond, clusters=units),
            effect=effect,
            method=f"{what} by more than {standard.words}; interval by {interval}",
        )
        counts = (int(np.sum(change.direction == way)) for way in (1, -1, 0))
        words = (f"{n} {way}" for n, way in zip(counts, (*ways, "within error"), strict=True))
        figure = replace(figure, finding=", ".join(words))
        return [redrawn.check(figure, low=0.0, high=1.0)]

    return answer


def disagreement(standard: Standard) -> Question:
    """Ask in how many sessions the two sides differ by more than error."""
    return Question(
        (BEYOND,),
        _beyond(standard, BEYOND, "two sides differ", ("therapist higher", "therapist lower")),
    )


def change(standard: Standard) -> Question:
    """Ask how many patients' ratings changed by more than error, first (truth) to last."""
    return Question(
        (FIRST_TO_LAST,),
        _beyond(standard, FIRST_TO_LAST, "last session differs from first", ("higher", "lower")),
    )


QUESTIONS = (
    Question((MEAN, LOWER, UPPER), _limits),
    Question((SLOPE,), _slope),
    Question((ICC, CCC, CORRELATION), _coefficients),
    Question((BIAS, FORCE), _truth_and_bias),
)
"""All but reliable change, which needs a standard."""


def _coarsest(clusters: Clusters) -> Codes:
    return min(clusters.units, key=lambda codes: len(np.unique(codes)))
