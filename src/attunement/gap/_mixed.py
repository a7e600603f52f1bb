"""Linear mixed models by REML: crossed or nested random intercepts, a residual variance a stratum.

Why not a library: what Python's libraries fit gives normal-theory intervals and one residual
variance. With the twenty sessions of a small condition beside five hundred of a large one, both
matter: see the simulations in docs/benchmarks.md. The fits are checked against lme4, lmerTest and
nlme (tests/gap/reference/mixed.R).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.gap._covariance import Covariance, Solved
from attunement.gap._estimate import Estimate

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_ROUNDS = 200
_NOTHING_LEFT = 1e-14
"""The rise in likelihood a Newton step still promises when the maximum is reached."""

_ROUNDING = 1e-8
_STEADY = 1e-4
_FLOOR = 1e-10
_RESIDUAL_FLOOR = 1e-4
"""The least share of the total variance left to a residual: below, V cannot be inverted safely."""

_BOUNDARY = 1e-6
"""A random effect with less than this share of the total variance is at the boundary: none."""


@dataclass(frozen=True, slots=True)
class MixedFit:
    """A fitted model.

    Attributes
    ----------
    coefficients : ndarray of shape (p,)
        Fixed effects.
    covariance : ndarray of shape (p, p)
        Their covariance, (X' V^-1 X)^-1.
    variances : dict of str to float
        Per factor, the variance of its random intercepts; 0 where at the boundary.
    residuals : ndarray of shape (n_strata,)
        Residual variances.
    weights : ndarray of shape (p, n)
        What each observation adds to each coefficient: coefficients = weights @ y.
    converged : bool
        Whether the likelihood's maximum was reached. If not, the random factors are left out and
        `covariance` does not know of them: take the spread from a cluster bootstrap.
    warnings : tuple of str
        Boundary and convergence, in words.
    """

    coefficients: Array
    covariance: Array
    variances: dict[str, float]
    residuals: Array
    weights: Array
    converged: bool
    warnings: tuple[str, ...]
    _sensitivity: tuple[Array, ...]
    _information: Array

    def contrast(self, weights: Array) -> Estimate:
        """Estimate a combination of the fixed effects.

        Parameters
        ----------
        weights : ndarray of shape (p,)
            The combination.

        Returns
        -------
        Estimate
            With Satterthwaite's degrees of freedom, 2 v^2 / Var(v) for v the estimate's variance,
            by the delta method over the variance parameters (Fai & Cornelius 1996; Kuznetsova et
            al. 2017).
        """
        variance = float(weights @ self.covariance @ weights)
        gradient = np.array([float(weights @ part @ weights) for part in self._sensitivity])
        spread = float(gradient @ np.linalg.pinv(self._information) @ gradient)
        df = 2 * variance**2 / spread if spread > 0 else np.inf
        return Estimate.from_t(
            estimate=float(weights @ self.coefficients),
            se=float(np.sqrt(variance)),
            df=float(max(df, 1.0)),
        )


def fit_mixed(
    y: Array,
    x: Array,
    *,
    factors: Mapping[str, Codes],
    strata: Codes | None = None,
) -> MixedFit:
    """Fit y = X b + sum of random intercepts + residual by restricted maximum likelihood.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Observations, one a session.
    x : ndarray of shape (n, p)
        Fixed effects, of full column rank.
    factors : mapping of str to ndarray of int, shape (n,)
        Up to two factors with a random intercept a level, nested or crossed, coded from 0. A
        factor whose every level occurs once, or with one level, is left out: its variance cannot
        be told from the residual, or from the mean.
    strata : ndarray of int of shape (n,), optional
        Residual strata, coded from 0, each with a variance of its own; one for all if None.

    Returns
    -------
    MixedFit

    Raises
    ------
    ValueError
        More than two factors, or n <= p.

    Notes
    -----
    Average-information Newton steps on the variances (Gilmour, Thompson & Cullis 1995), halved
    while the likelihood falls, with random-effect variances held at or above zero.
    """
    if len(factors) > 2:
        raise ValueError("at most two random factors")
    if len(y) <= x.shape[1]:
        raise ValueError("fewer observations than coefficients")
    kept = {name: codes for name, codes in factors.items() if _identifiable(codes)}
    groups = np.zeros(len(y), dtype=np.intp) if strata is None else strata
    warnings: list[str] = []
    failed = False
    while True:
        solved, fixed, converged = _maximise(y, x, kept, groups)
        theta = solved.theta
        total = theta.sum() - theta[: groups.max() + 1].sum() + theta[groups].mean()
        at_boundary = [
            name
            for name, variance in zip(kept, theta[groups.max() + 1 :], strict=True)
            if variance < _BOUNDARY * total
        ]
        if at_boundary:
            warnings += [
                f"the variance between {name}s is estimated at zero" for name in at_boundary
            ]
            kept = {name: codes for name, codes in kept.items() if name not in at_boundary}
        elif converged or failed:
            break
        else:
            warnings.append("the mixed model did not converge")
            failed, kept = True, {}
    if len(fixed):
        warnings.append("a residual variance is at its lower limit")
    found = dict(zip(kept, theta[groups.max() + 1 :].tolist(), strict=True))
    return MixedFit(
        coefficients=solved.coefficients,
        covariance=solved.covariance,
        variances={name: found.get(name, 0.0) for name in factors if _identifiable(factors[name])},
        residuals=theta[: groups.max() + 1],
        weights=solved.weights,
        converged=converged and not failed,
        warnings=tuple(warnings),
        _sensitivity=solved.sensitivity(),
        _information=_observed_information(y, x, kept, groups, theta, fixed),
    )


def _identifiable(codes: Codes) -> bool:
    counts = np.bincount(codes)
    return bool(np.count_nonzero(counts) > 1 and counts.max() > 1)


def _maximise(
    y: Array, x: Array, factors: Mapping[str, Codes], strata: Codes
) -> tuple[Solved, Codes, bool]:
    """Find the maximum: the fit there, the residuals held at their limit, and whether it is one."""
    n_strata = int(strata.max()) + 1
    apart = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    spread = float(np.var(apart)) or 1.0
    own = np.bincount(strata, apart**2) / np.bincount(strata)
    floor = np.r_[
        _RESIDUAL_FLOOR * np.maximum(own, _FLOOR * spread), [_FLOOR * spread] * len(factors)
    ]
    theta = np.full(len(floor), spread / (1 + len(factors)))
    solved = Covariance.of(theta, factors=factors, strata=strata).solve(y, x)
    converged = False
    for _ in range(_ROUNDS):
        theta = solved.theta
        score, information = solved.score(), solved.average_information()
        free = (theta > floor * (1 + 1e-9)) | (score > 0)
        # Where sessions of a patient agree exactly the information is singular: a little is added.
        steady = information + _STEADY * np.diag(np.diag(information))
        step = np.zeros_like(theta)
        step[free] = np.linalg.lstsq(steady[np.ix_(free, free)], score[free], rcond=None)[0]
        converged = bool(score @ step < _ROUNDING)
        better = None
        if score @ step > _NOTHING_LEFT:
            better = _ascend(y, x, factors, strata, solved, step, floor)
        # Rounding may hide the last small rise; then this is the maximum as well.
        if better is None:
            break
        solved = better
    held = np.flatnonzero(theta[:n_strata] <= floor[:n_strata] * (1 + 1e-9))
    return solved, held, converged


def _ascend(
    y: Array,
    x: Array,
    factors: Mapping[str, Codes],
    strata: Codes,
    solved: Solved,
    step: Array,
    floor: Array,
) -> Solved | None:
    """Go along a step, half as far while the likelihood falls; None if it falls however near."""
    theta = solved.theta
    lowest = np.minimum(theta, np.maximum(theta / 1000, floor))
    least = solved.likelihood - 1e-11 * len(y)
    share = 1.0
    while share > 1e-6:
        moved = np.clip(theta + share * step, lowest, 20 * theta.sum())
        tried = Covariance.of(moved, factors=factors, strata=strata).solve(y, x)
        if tried.likelihood >= least:
            return tried
        share /= 2
    return None


def _observed_information(
    y: Array, x: Array, factors: Mapping[str, Codes], strata: Codes, theta: Array, fixed: Codes
) -> Array:
    """Give minus the Hessian of the restricted likelihood, from differences of its exact score.

    Variances that are held fixed have no information, and add nothing to an estimate's spread.
    """
    size = len(theta)
    information = np.zeros((size, size))
    for place in np.setdiff1d(np.arange(size), fixed):
        width = 1e-4 * theta[place]
        scores = []
        for sign in (1.0, -1.0):
            moved = theta.copy()
            moved[place] += sign * width
            scores.append(Covariance.of(moved, factors=factors, strata=strata).solve(y, x).score())
        information[place] = -(scores[0] - scores[1]) / (2 * width)
    information[:, fixed] = 0
    return np.asarray((information + information.T) / 2)
