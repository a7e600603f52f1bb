"""Linear mixed models by REML: crossed or nested random intercepts, a residual variance a stratum.

Why not a library: what Python's libraries fit gives normal-theory intervals and one residual
variance. With the twenty sessions of a small condition beside five hundred of a large one, both
matter: see the simulations in docs/benchmarks.md. The fits are checked against lme4, lmerTest and
nlme (tests/statistics/reference/mixed.R).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.statistics._covariance import Covariance, Solved
from attunement.statistics._estimate import Estimate

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_ROUNDS = 200
_STRIDE = 3.0
"""The most a variance moves at once, in logarithms."""
_DAMPING = (0.0, *(10.0**power for power in range(-2, 9)))
_PROMISE = 1e-14
"""What another step would still add to the likelihood at its maximum."""
_ROUNDING = 1e-11
"""What rounding may hide of the likelihood, for each session."""
_ZERO = 1e-6
"""A variance that falls to this share of the sessions' own is estimated at zero, and held there."""


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
    Average-information Newton steps (Gilmour, Thompson & Cullis 1995) on the logarithms of the
    variances, damped while the likelihood falls (Levenberg-Marquardt). A factor whose variance is
    estimated at zero is left out; so is, from the degrees of freedom, a residual variance at zero.
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
        own = _own_variances(y, x, kept, groups)
        theta, solved, converged = _maximise(y, x, kept, groups, own)
        positive = theta > _ZERO * own
        at_boundary = [
            name
            for name, any_at_all in zip(kept, positive[groups.max() + 1 :], strict=True)
            if not any_at_all
        ]
        if at_boundary:
            warnings += [
                f"the variance between {name}s is estimated at zero" for name in at_boundary
            ]
            kept = {name: codes for name, codes in kept.items() if name not in at_boundary}
        elif len(kept) > 1 and not positive[: groups.max() + 1].any():
            # Few sessions, many patients and therapists: together they explain every one.
            finer = max(kept, key=lambda name: int(kept[name].max()))
            warnings.append(f"{' and '.join(kept)} leave no residual: {finer} is left out")
            kept = {name: codes for name, codes in kept.items() if name != finer}
        elif converged or failed:
            break
        else:
            warnings.append("the mixed model did not converge")
            failed, kept = True, {}
    if not positive.all():
        warnings.append("a residual variance is at its lower limit")
    by = solved.sensitivity()
    found = dict(zip(kept, theta[groups.max() + 1 :].tolist(), strict=True))
    return MixedFit(
        coefficients=solved.coefficients,
        covariance=solved.covariance,
        variances={name: found.get(name, 0.0) for name in factors if _identifiable(factors[name])},
        residuals=theta[: groups.max() + 1],
        weights=solved.weights,
        converged=converged and not failed,
        warnings=tuple(warnings),
        _sensitivity=tuple(theta[place] * by[place] for place in np.flatnonzero(positive)),
        _information=_observed_information(y, x, kept, groups, theta)[np.ix_(positive, positive)],
    )


def _identifiable(codes: Codes) -> bool:
    counts = np.bincount(codes)
    return bool(np.count_nonzero(counts) > 1 and counts.max() > 1)


def _own_variances(y: Array, x: Array, factors: Mapping[str, Codes], strata: Codes) -> Array:
    """Give the size each variance has to be seen against: that of the sessions in its stratum.

    A factor, which may run through all strata, is seen against the least of them.
    """
    squares = (y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2
    overall = float(squares.mean()) or 1.0
    own = np.bincount(strata, squares) / np.bincount(strata)
    own[own < 1e-12 * overall] = overall
    return np.concatenate([own, np.full(len(factors), own.min())])


def _maximise(
    y: Array, x: Array, factors: Mapping[str, Codes], strata: Codes, own: Array
) -> tuple[Array, Solved, bool]:
    floor = _ZERO * own
    theta = own / (1 + len(factors))
    solved = Covariance.of(theta, factors=factors, strata=strata).solve(y, x)
    for _ in range(_ROUNDS):
        # In logarithms, where a variance that is far too large or small is a few steps away.
        slope = theta * solved.score()
        free = (theta > floor) | (slope > 0)
        curvature = (np.outer(theta, theta) * solved.average_information())[np.ix_(free, free)]
        # A slope without curvature, as of a stratum whose residuals are zero, must still move.
        diagonal = np.maximum(np.diag(curvature), np.abs(slope[free]))
        np.fill_diagonal(curvature, diagonal)
        promise = float(slope[free] @ np.linalg.lstsq(curvature, slope[free], rcond=None)[0])
        if promise < _PROMISE:
            return theta, solved, True
        for damping in _DAMPING:
            damped = curvature + damping * np.diag(diagonal)
            step = np.zeros_like(theta)
            step[free] = np.linalg.lstsq(damped, slope[free], rcond=None)[0]
            moved = np.maximum(theta * np.exp(np.clip(step, -_STRIDE, _STRIDE)), floor)
            tried = Covariance.of(moved, factors=factors, strata=strata).solve(y, x)
            if tried.likelihood >= solved.likelihood - _ROUNDING * len(y):
                break
        else:
            # Nothing along the way raises the likelihood: at its maximum, to rounding, or stuck.
            return theta, solved, promise < 1e-6
        theta, solved = moved, tried
    return theta, solved, False


def _observed_information(
    y: Array, x: Array, factors: Mapping[str, Codes], strata: Codes, theta: Array
) -> Array:
    """Give minus the Hessian of the restricted likelihood, from differences of its exact score.

    By the variances' logarithms, so that large and small ones stand side by side.
    """
    width = 1e-4
    rows = []
    for place in range(len(theta)):
        scores = []
        for sign in (1.0, -1.0):
            moved = theta.copy()
            moved[place] *= 1 + sign * width
            scores.append(Covariance.of(moved, factors=factors, strata=strata).solve(y, x).score())
        rows.append(-theta * (scores[0] - scores[1]) / (2 * width))
    information = np.stack(rows)
    return np.asarray((information + information.T) / 2)
