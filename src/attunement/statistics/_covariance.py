"""The covariance of sessions under random intercepts, and the restricted likelihood it gives.

With W the inverse residual variances, Z the indicators of the factors' levels and T their
standard deviations, V = W^-1 + Z T T Z'. By Woodbury V^-1 = W - W Z T S^-1 T Z' W with
S = I + T Z' W Z T. The block of the larger factor in S is diagonal, so only a matrix of the
smaller factor's size is ever factorised, nested or crossed alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Covariance:
    """V, factorised.

    Attributes
    ----------
    theta : ndarray of shape (n_strata + n_factors,)
        Residual variances, then the variances of the random intercepts.
    strata : ndarray of int of shape (n,)
        Each session's residual stratum.
    weights : ndarray of shape (n,)
        Inverse residual variances.
    levels : tuple of ndarray of int
        Each factor's codes, in the order of `theta`.
    large, small : int or None
        Which factor is eliminated first, and which is dense.
    """

    theta: Array
    strata: Codes
    weights: Array
    levels: tuple[Codes, ...]
    large: int | None
    small: int | None
    diagonal: Array
    cross: Array
    inverse_small: Array
    log_determinant: float

    @classmethod
    def of(cls, theta: Array, *, factors: Mapping[str, Codes], strata: Codes) -> Self:
        """Factorise V for these variances."""
        n_strata = len(theta) - len(factors)
        weights = 1 / theta[strata]
        levels = tuple(factors.values())
        variances = theta[n_strata:]
        order = sorted(range(len(levels)), key=lambda one: int(levels[one].max()), reverse=True)
        large = order[0] if order else None
        small = order[1] if len(order) > 1 else None
        log_determinant = float(np.log(theta[strata]).sum())
        diagonal = np.ones(0)
        cross: Array = np.zeros((0, 0))
        inverse_small = np.zeros((0, 0))
        if large is not None:
            diagonal = 1 + variances[large] * np.bincount(levels[large], weights)
            log_determinant += float(np.log(diagonal).sum())
        if large is not None and small is not None:
            shape = (int(levels[large].max()) + 1, int(levels[small].max()) + 1)
            scaled = weights * np.sqrt(variances[large] * variances[small])
            place = levels[large] * shape[1] + levels[small]
            cross = np.asarray(
                np.bincount(place, scaled, shape[0] * shape[1]).reshape(shape), dtype=np.float64
            )
            own = 1 + variances[small] * np.bincount(levels[small], weights)
            schur = np.diag(own) - cross.T @ (cross / diagonal[:, None])
            root = lapack.dpotrf(schur, lower=True)[0]
            log_determinant += 2 * float(np.log(np.diag(root)).sum())
            lower = lapack.dpotri(root, lower=True)[0]
            inverse_small = np.tril(lower) + np.tril(lower, -1).T
        return cls(
            theta=theta,
            strata=strata,
            weights=weights,
            levels=levels,
            large=large,
            small=small,
            diagonal=diagonal,
            cross=cross,
            inverse_small=inverse_small,
            log_determinant=log_determinant,
        )

    @property
    def n_strata(self) -> int:
        """How many residual variances lead `theta`."""
        return len(self.theta) - len(self.levels)

    def deviation(self, factor: int) -> float:
        """Give a factor's standard deviation."""
        return float(np.sqrt(self.theta[self.n_strata + factor]))

    def sums(self, factor: int, values: Array) -> Array:
        """Sum rows of (n, m) values over a factor's levels."""
        size = int(self.levels[factor].max()) + 1
        return np.stack(
            [np.bincount(self.levels[factor], column, size) for column in values.T], axis=1
        )

    def apply_inverse(self, values: Array) -> Array:
        """Give V^-1 times (n, m) values."""
        weighted = self.weights[:, None] * values
        if self.large is None:
            return weighted
        of_large = self.deviation(self.large) * self.sums(self.large, weighted)
        if self.small is None:
            from_large = of_large / self.diagonal[:, None]
            taken = self.deviation(self.large) * from_large[self.levels[self.large]]
        else:
            of_small = self.deviation(self.small) * self.sums(self.small, weighted)
            reduced = of_small - self.cross.T @ (of_large / self.diagonal[:, None])
            from_small = self.inverse_small @ reduced
            from_large = (of_large - self.cross @ from_small) / self.diagonal[:, None]
            taken = (
                self.deviation(self.large) * from_large[self.levels[self.large]]
                + self.deviation(self.small) * from_small[self.levels[self.small]]
            )
        return np.asarray(weighted - self.weights[:, None] * taken)

    def inverse_diagonals(self) -> tuple[Array, list[Array]]:
        """Give diag(V^-1), and diag(Z' V^-1 Z) for each factor.

        The latter are (1 - diag(S^-1)) / variance, because T Z' V^-1 Z T = I - S^-1.
        """
        if self.large is None:
            return self.weights, []
        of_large = 1 / self.diagonal
        by_factor = {}
        variance_large = self.theta[self.n_strata + self.large]
        if self.small is None:
            shared = variance_large * of_large[self.levels[self.large]]
        else:
            variance_small = self.theta[self.n_strata + self.small]
            spread = self.cross @ self.inverse_small
            joint = -(spread[self.levels[self.large], self.levels[self.small]])
            joint = joint * of_large[self.levels[self.large]]
            lifted = (self.cross * spread).sum(axis=1)
            of_large = of_large + of_large**2 * lifted
            of_small = np.diag(self.inverse_small)
            shared = (
                variance_large * of_large[self.levels[self.large]]
                + variance_small * of_small[self.levels[self.small]]
                + 2 * np.sqrt(variance_large * variance_small) * joint
            )
            by_factor[self.small] = (1 - of_small) / variance_small
        by_factor[self.large] = (1 - of_large) / variance_large
        inside = [by_factor[factor] for factor in range(len(self.levels))]
        return self.weights - self.weights**2 * shared, inside

    def solve(self, y: Array, x: Array) -> Solved:
        """Fit the fixed effects by generalised least squares."""
        solved_x = self.apply_inverse(x)
        information = x.T @ solved_x
        covariance: Array = np.linalg.inv(information).astype(np.float64)
        weights = covariance @ solved_x.T
        coefficients = weights @ y
        residual = y - x @ coefficients
        projected = self.apply_inverse(residual[:, None])[:, 0]
        likelihood = -0.5 * (
            self.log_determinant
            + float(np.linalg.slogdet(information)[1])
            + float(residual @ projected)
        )
        return Solved(
            model=self,
            coefficients=coefficients,
            covariance=covariance,
            weights=weights,
            solved_x=solved_x,
            projected=projected,
            likelihood=likelihood,
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """The fixed effects under one V, and the restricted likelihood's slope there.

    Attributes
    ----------
    coefficients, covariance, weights : ndarray
        b of shape (p,), (X' V^-1 X)^-1, and its product with X' V^-1.
    solved_x : ndarray of shape (n, p)
        V^-1 X.
    projected : ndarray of shape (n,)
        P y = V^-1 (y - X b).
    likelihood : float
        Restricted log likelihood, up to a constant.
    """

    model: Covariance
    coefficients: Array
    covariance: Array
    weights: Array
    solved_x: Array
    projected: Array
    likelihood: float

    @property
    def theta(self) -> Array:
        """The variances this was solved at."""
        return self.model.theta

    def score(self) -> Array:
        """Give the derivative of the likelihood: -(tr(P V_i) - y' P V_i P y) / 2."""
        model = self.model
        inverse, inside = model.inverse_diagonals()
        hat = np.einsum("np,pq,nq->n", self.solved_x, self.covariance, self.solved_x)
        explained = inverse - hat - self.projected**2
        parts = [np.bincount(model.strata, explained, model.n_strata)]
        for factor, diagonal in enumerate(inside):
            of_x = model.sums(factor, self.solved_x)
            of_y = model.sums(factor, self.projected[:, None])[:, 0]
            taken = np.einsum("lp,pq,lq->", of_x, self.covariance, of_x)
            parts.append(np.array([diagonal.sum() - taken - of_y @ of_y]))
        return np.asarray(-0.5 * np.concatenate(parts))

    def average_information(self) -> Array:
        """Give y' P V_i P V_j P y / 2 for every pair of variances."""
        model = self.model
        columns = [
            np.where(model.strata == stratum, self.projected, 0.0)
            for stratum in range(model.n_strata)
        ]
        for factor, codes in enumerate(model.levels):
            columns.append(model.sums(factor, self.projected[:, None])[codes, 0])
        working = np.stack(columns, axis=1)
        solved = model.apply_inverse(working)
        solved = solved - self.solved_x @ (self.weights @ working)
        return np.asarray(0.5 * working.T @ solved)

    def sensitivity(self) -> tuple[Array, ...]:
        """Give the derivative of the coefficients' covariance by each variance."""
        model = self.model
        rows = self.weights.T
        parts = []
        for stratum in range(model.n_strata):
            inside = rows[model.strata == stratum]
            parts.append(inside.T @ inside)
        for factor in range(len(model.levels)):
            summed = model.sums(factor, rows)
            parts.append(summed.T @ summed)
        return tuple(parts)
