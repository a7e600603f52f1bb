"""Does agreement predict an outcome: polynomial regression, and the surface it draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attunement.errors import DataError
from attunement.gap.congruence._ratings import Array, Codes, checked, require_variation
from attunement.gap.congruence._regression import Regression
from attunement.statistics import Estimate

WEIGHTS: Mapping[str, tuple[float, ...]] = {
    **{f"b{place}": tuple(float(place == other) for other in range(6)) for place in range(6)},
    "a1": (0, 1, 1, 0, 0, 0),
    "a2": (0, 0, 0, 1, 1, 1),
    "a3": (0, 1, -1, 0, 0, 0),
    "a4": (0, 0, 0, 1, -1, 1),
}
"""Each figure as a combination of the coefficients b0 to b5."""

MEANING: Mapping[str, str] = {
    "b0": "outcome where both ratings are at the centre",
    "b1": "patient",
    "b2": "therapist",
    "b3": "patient squared",
    "b4": "patient times therapist",
    "b5": "therapist squared",
    "a1": "slope along agreement, b1 + b2",
    "a2": "curvature along agreement, b3 + b4 + b5",
    "a3": "slope along disagreement, b1 - b2",
    "a4": "curvature along disagreement, b3 - b4 + b5",
}


@dataclass(frozen=True, slots=True)
class ResponseSurface:
    """An outcome over the plane of the two sides' ratings.

    Attributes
    ----------
    estimates : Mapping[str, Estimate]
        b0 to b5 and a1 to a4.
    centre : float
        The mean of both sides' ratings, subtracted from each.
    reading : str
        What a4 says of agreement, in one sentence.
    regression : Regression
        What gave them.
    """

    estimates: Mapping[str, Estimate]
    centre: float
    reading: str
    regression: Regression


def response_surface(
    truth: Array,
    judgement: Array,
    outcome: Array,
    *,
    factors: Mapping[str, Codes] | None = None,
) -> ResponseSurface:
    """Fit outcome = b0 + b1 P + b2 T + b3 P^2 + b4 P T + b5 T^2.

    P and T are the patient's and the therapist's ratings minus their common mean over all
    sessions. Along the line of agreement (P = T) the surface has slope a1 = b1 + b2 and curvature
    a2 = b3 + b4 + b5; along the line of disagreement (P = -T) slope a3 = b1 - b2 and curvature
    a4 = b3 - b4 + b5. Standard errors come from the coefficients' covariance.

    Parameters
    ----------
    truth, judgement, outcome : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions on one scale, and what they may predict.
    factors : mapping of str to ndarray of int of shape (n,), optional
        Patient and therapist of each session; random intercepts where they repeat.

    Returns
    -------
    ResponseSurface

    Raises
    ------
    DataError
        Fewer than seven sessions, an outcome that does not vary, or ratings that take too few
        distinct values.

    Notes
    -----
    A negative a4 is necessary for "agreement goes with a better outcome", not sufficient: the
    ridge of the surface must also lie along agreement (Humberg, Nestler & Back 2019).

    References
    ----------
    Edwards J.R. & Parry M.E. (1993). Academy of Management Journal 36, 1577-1613. Shanock L.R. et
    al. (2010). Journal of Business and Psychology 25, 543-554. Checked against R: lm, lmerTest.
    """
    truth, judgement = checked(truth, judgement)
    outcome = np.asarray(outcome, dtype=float)
    if outcome.shape != truth.shape or not np.isfinite(outcome).all():
        raise DataError(
            "an outcome is missing or infinite", mend="Keep the sessions that have an outcome"
        )
    require_variation(outcome, "the outcomes")
    centre = float((truth.mean() + judgement.mean()) / 2)
    p, t = truth - centre, judgement - centre
    x = np.stack([np.ones_like(p), p, t, p * p, p * t, t * t], axis=1)
    regression = Regression.of(outcome, x, factors=factors)
    estimates = {name: regression.estimate(*weights) for name, weights in WEIGHTS.items()}
    return ResponseSurface(
        estimates=estimates,
        centre=centre,
        reading=_reading(estimates["a4"]),
        regression=regression,
    )


def surface_redrawn(surface: ResponseSurface, *, multiplicities: Array) -> Mapping[str, Array]:
    """Give b0 to b5 and a1 to a4 in every bootstrap draw (the centre held), NaN if undefined."""
    coefficients = surface.regression.redrawn(multiplicities)
    return {name: coefficients @ np.array(weights) for name, weights in WEIGHTS.items()}


def _reading(a4: Estimate) -> str:
    if a4.ci_low <= 0 <= a4.ci_high:
        return "whether the two sides agree is not seen to matter for the outcome"
    return (
        f"the outcome is {'lower' if a4.estimate < 0 else 'higher'} the further the two sides' "
        "ratings lie apart"
    )
