"""One way to fit every straight line of this package: a mixed model where sessions repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from attunement.errors import DataError
from attunement.gap.congruence._ratings import Array, Codes
from attunement.statistics import Estimate, MixedFit, fit_mixed

_EXACT = 1e-9
"""Residuals this small beside the outcome's spread are rounding: the line passes through all."""

_DETERMINED = 1e-6
"""Columns this close to a combination of others, all of length one, are told apart by rounding."""


@dataclass(frozen=True, slots=True)
class Regression:
    """y = x b, with random intercepts for whatever repeats.

    Attributes
    ----------
    y : ndarray of shape (n,)
        One value a session.
    x : ndarray of shape (n, p)
        Fixed effects, each column of length one: squares of ratings and a constant lie too many
        orders of magnitude apart.
    lengths : ndarray of shape (p,)
        What the columns were divided by.
    fit : MixedFit
        Of the scaled columns. With no repeating factor this is ordinary least squares with n - p
        degrees of freedom.
    modelled : bool
        Whether `fit` allows for what repeats. False where the mixed model did not converge: then
        it is least squares all the same, and only a cluster bootstrap gives an interval.
    """

    y: Array
    x: Array
    lengths: Array
    fit: MixedFit
    modelled: bool

    @classmethod
    def of(cls, y: Array, x: Array, *, factors: Mapping[str, Codes] | None = None) -> Self:
        """Fit.

        Parameters
        ----------
        y : ndarray of shape (n,)
            One value a session.
        x : ndarray of shape (n, p)
            Fixed effects.
        factors : mapping of str to ndarray of int of shape (n,), optional
            Who the sessions belong to (patient, therapist). A factor in which nothing repeats is
            left out.

        Raises
        ------
        DataError
            Too few sessions, columns that determine each other, or an exact fit.
        """
        n, p = x.shape
        if n <= p:
            raise DataError(
                f"{n} sessions are too few for {p} coefficients", mend="Give more sessions"
            )
        lengths = np.linalg.norm(x, axis=0)
        if not lengths.all() or np.linalg.matrix_rank(x / lengths, tol=_DETERMINED) < p:
            raise DataError(
                "the ratings take too few distinct values to tell the coefficients apart",
                mend="Give sessions whose ratings differ more",
            )
        residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        if np.ptp(residual) <= _EXACT * float(np.abs(y).max()):
            raise DataError(
                "the model fits every session exactly, which leaves no variation to judge it by",
                mend="Give sessions whose ratings differ more",
            )
        scaled = x / lengths
        fit = _mixed(y, scaled, factors or {})
        modelled = fit is not None
        if fit is None:
            fit = fit_mixed(y, scaled, factors={})
        return cls(y=y, x=scaled, lengths=lengths, fit=fit, modelled=modelled)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the fit."""
        return self.fit.warnings if self.modelled else ("the mixed model did not converge",)

    @property
    def method(self) -> str:
        """How it was fitted, in words."""
        if not self.modelled:
            return "least squares, cluster bootstrap t"
        random = [name for name, variance in self.fit.variances.items() if variance > 0]
        if not random:
            return "least squares, t"
        return f"mixed model ({', '.join(random)}), Satterthwaite t"

    def estimate(self, *weights: float) -> Estimate:
        """Estimate a combination of the coefficients."""
        return self.fit.contrast(np.array(weights) / self.lengths)

    def redrawn(self, multiplicities: Array) -> Array:
        """Estimate the coefficients anew in every bootstrap draw, the variances held.

        Parameters
        ----------
        multiplicities : ndarray of shape (draws, n)
            How often each session is drawn.

        Returns
        -------
        ndarray of shape (draws, p)
            NaN where a draw cannot tell the coefficients apart.
        """
        n, p = self.x.shape
        # The weights solve W X = I, so a draw's b solves (sum of m W_i X_i) b = sum of m W_i y_i.
        left = np.einsum("pn,nq->npq", self.fit.weights, self.x).reshape(n, p * p)
        drawn = (multiplicities @ left).reshape(-1, p, p)
        right = multiplicities @ (self.fit.weights * self.y).T
        coefficients = np.full(right.shape, np.nan)
        usable = np.abs(np.linalg.det(drawn)) > _EXACT
        coefficients[usable] = np.linalg.solve(drawn[usable], right[usable, :, None])[..., 0]
        return coefficients / self.lengths


def _mixed(y: Array, x: Array, factors: Mapping[str, Codes]) -> MixedFit | None:
    """Fit, or give None where the likelihood has no usable maximum."""
    with np.errstate(all="ignore"):
        try:
            fit = fit_mixed(y, x, factors=factors)
            usable = fit.converged and bool(np.linalg.eigvalsh(fit.covariance).min() > 0)
        except np.linalg.LinAlgError:
            return None
    return fit if usable else None
