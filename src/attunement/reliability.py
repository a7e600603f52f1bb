"""Reliability of a scale from its parts: alpha, omega, their intervals, and what change exceeds it.

Arithmetic over arrays, for every room that judges ratings; it knows nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

CRITERION = 1.96
"""How many standard errors of a difference count as beyond error (Jacobson & Truax 1991)."""

FEWEST_FORMS = 3
"""Two forms correlate perfectly or not at all."""

FEWEST_DRAWN = 10
"""Under ten patients, drawing patients again says little about other patients."""

_SWEEPS = 2_000
_SETTLED = 1e-10
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A reliability coefficient and its 95% limits.

    Attributes
    ----------
    estimate : float
        The coefficient.
    ci_low, ci_high : float or None
        The limits; None where there are too few forms or patients for any.
    """

    estimate: float
    ci_low: float | None
    ci_high: float | None


def alpha_of(covariances: Array) -> Array:
    """Give Cronbach's alpha of a sum from the covariances of its parts.

    Parameters
    ----------
    covariances : ndarray of shape (..., k, k)
        One matrix, or many.

    Returns
    -------
    ndarray of shape (...)
        k / (k - 1) (1 - sum of variances / variance of the sum); nan where the sum does not vary.

    References
    ----------
    Cronbach L.J. (1951). Psychometrika 16, 297-334. Checked against R: psych::alpha.
    """
    k = covariances.shape[-1]
    whole = covariances.sum(axis=(-2, -1))
    own = np.trace(covariances, axis1=-2, axis2=-1)
    return np.asarray(k / (k - 1) * (1 - _ratio(own, whole)), dtype=float)


def omega_of(covariances: Array) -> Array:
    """Give McDonald's omega total of a sum from the covariances of its parts.

    Parameters
    ----------
    covariances : ndarray of shape (..., k, k)
        One matrix, or many; k is at least 3, since two parts do not identify a factor.

    Returns
    -------
    ndarray of shape (...)
        1 - sum of unique variances / variance of the sum; nan where the sum does not vary. The
        unique variances are what one common factor, fitted to the correlations by minimal
        residuals, leaves.

    References
    ----------
    McDonald R.P. (1999). Test Theory, ch. 6. Checked against R: psych::omega with nfactors = 1,
    which is ours where every part has the same variance.
    """
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    sd = np.sqrt(variances)
    scale = np.where(sd > 0, sd, np.inf)
    correlations = covariances / (scale[..., :, None] * scale[..., None, :])
    unique = (1 - _loadings(correlations) ** 2) * variances
    whole = covariances.sum(axis=(-2, -1))
    return np.asarray(1 - _ratio(unique.sum(axis=-1), whole), dtype=float)


def alpha(parts: Array, *, patients: Codes | None = None, draws: int, seed: int) -> Coefficient:
    """Give Cronbach's alpha of complete forms with its interval.

    Parameters
    ----------
    parts : ndarray of shape (n, k)
        The parts of n forms, reversed ones turned.
    patients : ndarray of int of shape (n,), optional
        Whose each form is. None: nobody filled in two.
    draws, seed : int
        Of the bootstrap, and where its random numbers start.

    Returns
    -------
    Coefficient
        Feldt's interval; where patients repeat, for which it would be too narrow, a bootstrap's
        over patients.

    References
    ----------
    Feldt L.S. (1965). Psychometrika 30, 357-370.
    """
    if repeats(patients):
        return _bootstrapped(alpha_of, parts, patients=patients, draws=draws, seed=seed)
    estimate = float(alpha_of(_covariance(parts)))
    return Coefficient(estimate, *feldt(estimate, n=parts.shape[0], k=parts.shape[1]))


def omega(parts: Array, *, patients: Codes | None = None, draws: int, seed: int) -> Coefficient:
    """Give omega total of complete forms, with a bootstrap interval over patients, or forms.

    Takes what `alpha` takes. The limits are None under ten patients.
    """
    whose = np.arange(len(parts)) if patients is None else patients
    return _bootstrapped(omega_of, parts, patients=whose, draws=draws, seed=seed)


def feldt(estimate: float, *, n: int, k: int) -> tuple[float | None, float | None]:
    """Give Feldt's 95% limits of an alpha from n independent forms of k parts."""
    if not np.isfinite(estimate):
        return None, None
    df = (n - 1, (n - 1) * (k - 1))
    low, high = (1 - (1 - estimate) * stats.f.ppf(p, *df) for p in (0.975, 0.025))
    return float(low), float(high)


def smallest_reliable_change(*, sd: float, reliability: float) -> float:
    """Give 1.96 SE_diff, where SE_diff = SD sqrt(2 (1 - reliability)).

    References
    ----------
    Jacobson N.S. & Truax P. (1991). Journal of Consulting and Clinical Psychology 59, 12-19.
    """
    return float(CRITERION * sd * np.sqrt(2 * (1 - reliability)))


def repeats(patients: Codes | None) -> TypeGuard[Codes]:
    """Whether somebody filled in two forms."""
    return patients is not None and len(np.unique(patients)) < len(patients)


def _covariance(parts: Array) -> Array:
    return np.atleast_2d(np.cov(parts, rowvar=False))


def _redrawn(parts: Array, patients: Codes, draws: int, seed: int) -> Array:
    """Give the covariances of samples of whole patients, from each patient's sums alone."""
    codes = np.unique(patients, return_inverse=True)[1]
    count = int(codes.max()) + 1
    centred = parts - parts.mean(axis=0)
    forms = np.bincount(codes).astype(float)
    sums = np.zeros((count, parts.shape[1]))
    np.add.at(sums, codes, centred)
    products = np.zeros((count, parts.shape[1], parts.shape[1]))
    np.add.at(products, codes, centred[:, :, None] * centred[:, None, :])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(float)
    n = times @ forms
    total = times @ sums
    crossed = np.tensordot(times, products, axes=1)
    between = total[:, :, None] * total[:, None, :] / n[:, None, None]
    found = np.asarray((crossed - between) / (n - 1)[:, None, None])
    # In a draw in which a part is the same on every form, rounding leaves it a variance near zero.
    varies = np.diagonal(found, axis1=1, axis2=2) > _ROUNDING * (centred**2).mean(axis=0)
    return np.asarray(found * (varies[:, :, None] & varies[:, None, :]), dtype=float)


def _bootstrapped(
    coefficient: Callable[[Array], Array],
    parts: Array,
    *,
    patients: Codes,
    draws: int,
    seed: int,
) -> Coefficient:
    """Give a coefficient with limits from the bootstrap's standard error of log(1 - coefficient).

    There, coefficients near 1 spread evenly (Bonett 2002, Journal of Educational and Behavioral
    Statistics 27, 335-340). In simulations of 40 to 150 forms the limits held the true omega 92 to
    94 times in 100, percentiles 92 to 94 and bias-corrected ones 91 to 95.
    """
    estimate = float(coefficient(_covariance(parts)))
    count = len(np.unique(patients))
    if count < FEWEST_DRAWN or not estimate < 1:
        return Coefficient(estimate, None, None)
    drawn = coefficient(_redrawn(parts, patients, draws, seed))
    spread = np.log(1 - drawn[drawn < 1])
    if len(spread) < 2:
        return Coefficient(estimate, None, None)
    half = float(stats.t.ppf(0.975, count - 1) * spread.std(ddof=1))
    middle = float(np.log(1 - estimate))
    return Coefficient(estimate, 1 - float(np.exp(middle + half)), 1 - float(np.exp(middle - half)))


def _loadings(correlations: Array) -> Array:
    """Fit one factor to the correlations off the diagonal, each loading in turn until none moves.

    Each step is the least-squares loading given the others, held to at most 1, so that the sum of
    squared residuals falls at every step (Harman & Jones 1966; Harman & Fukuda 1966).
    """
    k = correlations.shape[-1]
    off = correlations * (1 - np.eye(k))
    loadings = np.linalg.eigh(correlations)[1][..., -1] * 0.7
    for _ in range(_SWEEPS):
        before = loadings.copy()
        for i in range(k):
            rest = (loadings**2).sum(axis=-1) - loadings[..., i] ** 2
            fitted = _ratio((off[..., i, :] * loadings).sum(axis=-1), rest)
            loadings[..., i] = np.clip(np.nan_to_num(fitted), -1, 1)
        if np.abs(loadings - before).max(initial=0) < _SETTLED:
            break
    return np.asarray(loadings, dtype=float)


def _ratio(above: Array, below: Array) -> Array:
    """Divide, giving nan where there is nothing to divide by."""
    out = np.full(np.shape(below), np.nan)
    return np.asarray(np.divide(above, below, out=out, where=np.asarray(below) > 0), dtype=float)
