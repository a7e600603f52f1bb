"""Jacobson & Truax: which differences are larger than unreliable ratings would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from attunement.errors import DataError, UsageError
from attunement.gap.congruence._ratings import (
    PATIENT,
    Array,
    Codes,
    Interval,
    repeats,
    require_variation,
)
from attunement.reliability import alpha_of, smallest_reliable_change
from attunement.statistics import LEVEL


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """Differences held against what two ratings of the same state would differ by.

    Attributes
    ----------
    threshold : float
        1.96 SE_diff, on the questionnaire's scale.
    direction : ndarray of int8 of shape (n,)
        1 where the second value is reliably higher, -1 where lower, 0 within error.
    """

    threshold: float
    direction: NDArray[np.int8]

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Whether each difference is larger than the threshold."""
        return np.asarray(self.direction != 0)


def reliable_change(
    first: Array, second: Array, *, sd: float, reliability: float
) -> ReliableChange:
    """Tell reliable differences from error.

    SE_diff = SD sqrt(2 (1 - reliability)); a difference beyond 1.96 SE_diff is reliable.

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        What is compared: the patient's and the therapist's rating of a session (reliable
        disagreement), or a patient's first and last (reliable change).
    sd : float
        Standard deviation of the patients' ratings. The therapist's are held against it too, as
        if they were as reliable.
    reliability : float
        Between 0 and 1, both excluded.

    Returns
    -------
    ReliableChange

    Raises
    ------
    UsageError
        The reliability is not between 0 and 1.

    References
    ----------
    Jacobson N.S. & Truax P. (1991). Journal of Consulting and Clinical Psychology 59, 12-19.
    """
    if not 0 < reliability < 1:
        raise UsageError(
            f"the reliability is {reliability:g}, and must lie between 0 and 1",
            mend="Give the coefficient your questionnaire's manual states, such as 0.92",
            field="reliability",
        )
    threshold = smallest_reliable_change(sd=sd, reliability=reliability)
    difference = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    direction = np.where(np.abs(difference) > threshold, np.sign(difference), 0)
    return ReliableChange(threshold=threshold, direction=direction.astype(np.int8))


def alpha(parts: Array) -> float:
    """Give Cronbach's alpha of a whole from its parts.

    Parameters
    ----------
    parts : ndarray of shape (n, k)
        The patients' task, bond and goal scores of n sessions.

    Returns
    -------
    float
        k / (k - 1) (1 - sum of the parts' variances / variance of their sum), a lower bound of the
        sum's reliability, so that thresholds from it are upper bounds.

    Raises
    ------
    DataError
        Fewer than three sessions, sums that do not vary, or parts that do not hang together
        (alpha of zero or less).

    References
    ----------
    Cronbach L.J. (1951). Psychometrika 16, 297-334. Checked against R: psych::alpha.
    """
    n = len(parts)
    if n < 3:
        raise DataError(
            f"alpha needs three sessions with task, bond and goal, and there are {n}",
            mend="Give the reliability",
        )
    require_variation(parts.sum(axis=1), PATIENT)
    value = float(alpha_of(np.cov(parts, rowvar=False)))
    if not 0 < value < 1:
        raise DataError(
            f"alpha of task, bond and goal is {value:.2f}, which is no reliability",
            mend="Give the reliability",
        )
    return value


def share(beyond: NDArray[np.bool_], *, clusters: Codes | None = None) -> Interval:
    """Estimate a share of sessions.

    Parameters
    ----------
    beyond : ndarray of bool of shape (n,)
        Which sessions count.
    clusters : ndarray of int of shape (n,), optional
        Whose the sessions are.

    Returns
    -------
    Interval
        Wilson's. Where clusters repeat, for the number of independent sessions that would leave
        the share as uncertain: n over the design effect, between the number of clusters and n.

    References
    ----------
    Wilson E.B. (1927). Journal of the American Statistical Association 22, 209-212. Korn E.L. &
    Graubard B.I. (1998). Survey Methodology 24, 193-201.
    """
    p = float(beyond.mean())
    n = _effective(beyond, clusters) if repeats(clusters) else float(len(beyond))
    z2 = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = float(np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2)))) / (1 + z2 / n)
    return Interval(p, max(middle - half, 0.0), min(middle + half, 1.0))


def _effective(beyond: NDArray[np.bool_], clusters: Codes) -> float:
    codes = np.unique(clusters, return_inverse=True)[1]
    k, n, p = int(codes.max()) + 1, len(beyond), float(beyond.mean())
    residual = np.bincount(codes, beyond - p)
    variance = k / (k - 1) * float(residual @ residual) / n**2
    if variance == 0:
        return float(k)
    return float(np.clip(p * (1 - p) / variance, k, n))
