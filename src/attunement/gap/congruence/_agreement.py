"""How far two raters agree, in one figure: ICC(A,1), Lin's concordance, Pearson's r.

Each takes the ratings of n sessions. Where sessions repeat within clusters (patients, therapists)
the classical intervals are too narrow; given the clusters, the interval comes from leaving out one
cluster at a time, on Fisher's z (King, Chinchilli & Carrasco 2007 do so for concordance).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from attunement.gap.congruence._moments import Moments
from attunement.gap.congruence._ratings import (
    PATIENT,
    THERAPIST,
    Array,
    Codes,
    Interval,
    checked,
    repeats,
    require_variation,
)
from attunement.statistics import LEVEL, t_quantile

FEWEST_CLUSTERS = 3

_TAIL = (1 + LEVEL) / 2
_ONE = 1 - 1e-12
_UNDEFINED = "the interval is not defined for these ratings"


def intraclass_correlation(
    truth: Array, judgement: Array, *, clusters: Codes | None = None
) -> Interval:
    """Estimate the agreement of two raters with what each adds or takes away counted against them.

    With the mean squares of sessions MSR, raters MSC and error MSE,
    ICC(A,1) = (MSR - MSE) / (MSR + MSE + 2 (MSC - MSE) / n).

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions, one scale.
    clusters : ndarray of int of shape (n,), optional
        Whose the sessions are.

    Returns
    -------
    Interval
        The interval of McGraw & Wong, or the jackknife's where clusters repeat. The former is wide
        with two raters: it is also over other raters that might have been.

    Raises
    ------
    DataError
        Fewer than three sessions, or a side that does not vary.

    References
    ----------
    McGraw K.O. & Wong S.P. (1996). Psychological Methods 1, 30-46: ICC(A,1), Case 2.
    Checked against R: psych::ICC, ICC2.
    """
    truth, judgement = _varying(truth, judgement)
    if repeats(clusters):
        return _jackknifed(truth, judgement, clusters, Moments.icc)
    moments = Moments.of(truth, judgement)
    estimate = float(moments.icc()[0])
    if estimate >= _ONE:
        return _on_one_line(estimate)
    n = len(truth)
    total = float((moments.truth + moments.judgement)[0]) * n / (n - 1)
    twice_joint = 2 * float(moments.joint[0]) * n / (n - 1)
    rows, error = (total + twice_joint) / 2, max((total - twice_joint) / 2, 0.0)
    raters = n * float(moments.difference[0]) ** 2 / 2
    a = 2 * estimate / (n * (1 - estimate))
    b = 1 + 2 * estimate * (n - 1) / (n * (1 - estimate))
    raters_share, error_share = (a * raters) ** 2, (b * error) ** 2 / (n - 1)
    # Where the sides run opposite ways exactly, MSR is nought and the formula misses its estimate.
    if rows <= (1 - _ONE) * total or raters_share + error_share == 0:
        return Interval(estimate, None, None, reason=_UNDEFINED)
    v = (a * raters + b * error) ** 2 / (raters_share + error_share)
    above, below = float(stats.f.ppf(_TAIL, n - 1, v)), float(stats.f.ppf(_TAIL, v, n - 1))
    spread = 2 * raters + (n - 2) * error
    low = n * (rows - above * error) / (above * spread + n * rows)
    high = n * (below * rows - error) / (spread + n * below * rows)
    if not low <= estimate <= high:
        return Interval(estimate, None, None, reason=_UNDEFINED)
    return Interval(estimate, low, high)


def concordance(truth: Array, judgement: Array, *, clusters: Codes | None = None) -> Interval:
    """Estimate Lin's concordance: how close the pairs lie to the line of equality.

    CCC = 2 s_xy / (s_x^2 + s_y^2 + (mean y - mean x)^2), variances divided by n.

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions, one scale.
    clusters : ndarray of int of shape (n,), optional
        Whose the sessions are.

    Returns
    -------
    Interval
        Normal on Fisher's z with Lin's standard error, or the jackknife's where clusters repeat.

    Raises
    ------
    DataError
        Fewer than three sessions, or a side that does not vary.

    References
    ----------
    Lin L.I.-K. (1989). Biometrics 45, 255-268, with the correction in Biometrics 56 (2000), 324.
    Checked against the same formulae in R.
    """
    truth, judgement = _varying(truth, judgement)
    if repeats(clusters):
        return _jackknifed(truth, judgement, clusters, Moments.ccc)
    moments = Moments.of(truth, judgement)
    estimate, r = float(moments.ccc()[0]), float(moments.pearson()[0])
    if abs(r) >= _ONE:
        return _on_one_line(estimate)
    scale = float(np.sqrt(moments.truth[0] * moments.judgement[0]))
    shift = float(moments.difference[0]) ** 2 / scale
    # Lin writes the variance with CCC / r, which is this bias correction factor, also at r = 0.
    accuracy = (
        2 * scale / float(moments.truth[0] + moments.judgement[0] + moments.difference[0] ** 2)
    )
    variance = accuracy**2 * (
        (1 - r**2) * (1 - estimate**2)
        + 2 * r**2 * accuracy * (1 - estimate) * shift
        - r**2 * accuracy**2 * shift**2 / 2
    )
    se = np.sqrt(max(variance, 0.0) / (len(truth) - 2)) / (1 - estimate**2)
    return _from_z(estimate, float(stats.norm.ppf(_TAIL) * se))


def correlation(truth: Array, judgement: Array, *, clusters: Codes | None = None) -> Interval:
    """Estimate Pearson's r: whether the two move together, whatever their levels and spreads.

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions.
    clusters : ndarray of int of shape (n,), optional
        Whose the sessions are.

    Returns
    -------
    Interval
        Fisher's, with standard error 1 / sqrt(n - 3), and the p of t with n - 2 df; where clusters
        repeat the jackknife's, with df one less than clusters. Three sessions have no interval.

    Raises
    ------
    DataError
        Fewer than three sessions, or a side that does not vary.

    References
    ----------
    Fisher R.A. (1921). Metron 1, 3-32. Checked against R: stats::cor.test.
    """
    truth, judgement = _varying(truth, judgement)
    if repeats(clusters):
        return _jackknifed(truth, judgement, clusters, Moments.pearson, tested=True)
    r, n = float(Moments.of(truth, judgement).pearson()[0]), len(truth)
    if abs(r) >= _ONE:
        return _on_one_line(r)
    df = n - 2
    p_val = float(2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r**2)), df))
    if n == 3:
        return Interval(r, None, None, df=df, p_val=p_val, reason="an interval needs four sessions")
    return _from_z(r, float(stats.norm.ppf(_TAIL)) / np.sqrt(n - 3), df=float(df), p_val=p_val)


def _varying(truth: Array, judgement: Array) -> tuple[Array, Array]:
    truth, judgement = checked(truth, judgement)
    require_variation(truth, PATIENT)
    require_variation(judgement, THERAPIST)
    return truth, judgement


def _jackknifed(
    truth: Array,
    judgement: Array,
    clusters: Codes,
    statistic: Callable[[Moments], Array],
    *,
    tested: bool = False,
) -> Interval:
    estimate = float(statistic(Moments.of(truth, judgement))[0])
    others = statistic(Moments.leaving_out(truth, judgement, clusters=clusters))
    k = len(others)
    if k < FEWEST_CLUSTERS:
        return Interval(estimate, None, None, reason=f"{k} clusters are too few for an interval")
    if not np.all(np.abs([estimate, *others]) < _ONE):
        reason = "without one cluster the ratings do not vary or lie on one line: no interval"
        return Interval(estimate, None, None, reason=reason)
    z = np.arctanh(others)
    se = float(np.sqrt((k - 1) / k * np.sum((z - z.mean()) ** 2)))
    if se == 0:
        return Interval(estimate, None, None, reason="every cluster gives the same figure")
    p_val = float(2 * stats.t.sf(abs(np.arctanh(estimate)) / se, k - 1)) if tested else None
    return _from_z(estimate, t_quantile(k - 1) * se, df=float(k - 1), p_val=p_val)


def _from_z(
    estimate: float, half: float, *, df: float | None = None, p_val: float | None = None
) -> Interval:
    z = np.arctanh(estimate)
    return Interval(estimate, float(np.tanh(z - half)), float(np.tanh(z + half)), df, p_val)


def _on_one_line(estimate: float) -> Interval:
    return Interval(estimate, None, None, reason="the ratings lie on one line: no interval")
