"""Estimates on the questionnaire's scale: how far off they are, and whether intervals hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.statistics import Array, Interval, Statistic
from attunement.validity._agreement import Truth, known
from attunement.validity._material import Material
from attunement.validity._options import FEWEST_SESSIONS
from attunement.validity._wording import counted

NO_ESTIMATES = "this estimator's scores are not on the questionnaire's scale"

MEAN_OF_OTHERS = "mean_of_others"
"""In a table of cross-fitted estimates, the mean rating that a session's heads began from: that of
the sessions they were fitted on."""

_NONE = Interval(None)

_FIGURES = (
    "coverage",
    "mean_width",
    "calibration_slope",
    "calibration_intercept",
    "rmse",
    "mae",
    "rmse_of_mean",
    "mae_of_mean",
    "explained",
)


@dataclass(frozen=True, slots=True)
class EstimateError:
    """How far estimates are from ratings.

    Attributes
    ----------
    coverage : Interval
        The share of ratings inside the estimate's own interval; null where it gives none.
    mean_width : Interval
        Of the estimate's own intervals, on the questionnaire's scale.
    calibration_slope, calibration_intercept : Interval
        Of the rating regressed on the estimate: 1 and 0 if it is neither too bold nor too shy.
    rmse, mae : Interval
        Root mean square and mean absolute error.
    rmse_of_mean, mae_of_mean : Interval
        The same where every session is said to have the mean of these ratings; of cross-fitted
        estimates, the mean that the session's heads began from, which is the others'.
    explained : Interval
        1 less the ratio of the squared errors: what is gained over saying that mean.
    level : float
        The coverage that is claimed.
    n : int
        Sessions.
    patients : int or None
        None where no patient is known.
    reason : str or None
        Why there is no figure.
    """

    coverage: Interval = _NONE
    mean_width: Interval = _NONE
    calibration_slope: Interval = _NONE
    calibration_intercept: Interval = _NONE
    rmse: Interval = _NONE
    mae: Interval = _NONE
    rmse_of_mean: Interval = _NONE
    mae_of_mean: Interval = _NONE
    explained: Interval = _NONE
    level: float | None = None
    n: int = 0
    patients: int | None = None
    reason: str | None = None


def estimates_of(
    material: Material, *, estimator: str, perspective: str, scale: str
) -> pl.DataFrame:
    """Give one estimator's estimates of one scale.

    Returns
    -------
    DataFrame
        session_id, estimate, low, high, mean_of_others; the last is null where they are not
        cross-fitted.
    """
    found = material.estimates.filter(
        pl.col("estimator") == estimator,
        pl.col("perspective") == perspective,
        pl.col("scale") == scale,
    )
    if MEAN_OF_OTHERS not in found.columns:
        found = found.with_columns(pl.lit(None, pl.Float64).alias(MEAN_OF_OTHERS))
    return found.select("session_id", "estimate", "low", "high", MEAN_OF_OTHERS)


def levelled(estimates: pl.DataFrame) -> pl.DataFrame:
    """Move cross-fitted estimates to one mean; leave others as they are.

    Heads that were fitted without patients who rate high begin from a low mean. Compared with each
    other as they are, estimates of such heads run against the ratings; as errors they are right.

    Parameters
    ----------
    estimates : DataFrame
        estimate, and mean_of_others if any are cross-fitted; of one estimator and scale, or with
        the columns that tell them apart.
    """
    if MEAN_OF_OTHERS not in estimates.columns:
        return estimates
    apart = [name for name in ("estimator", "perspective", "scale") if name in estimates.columns]
    began = pl.col(MEAN_OF_OTHERS)
    whole = began.mean().over(apart) if apart else began.mean()
    return estimates.with_columns(estimate=pl.col("estimate") - (began - whole).fill_null(0.0))


def estimate_error(truth: Truth, estimates: pl.DataFrame, *, level: float) -> EstimateError:
    """Hold estimates and their intervals against the ratings.

    Parameters
    ----------
    truth : Truth
        The ratings.
    estimates : DataFrame
        As `estimates_of` gives it.
    level : float
        The coverage the intervals claim.
    """
    if estimates.is_empty():
        return EstimateError(reason=NO_ESTIMATES)
    estimate, low, high, others = (
        truth.aligned(estimates, one) for one in ("estimate", "low", "high", MEAN_OF_OTHERS)
    )
    level_with_all = truth.aligned(levelled(estimates), "estimate")
    rows = known(estimate)
    n, patients = len(rows), truth.patients(rows)
    if n < FEWEST_SESSIONS:
        said = (
            f"{counted(n, 'rated session')} with an estimate; at least {FEWEST_SESSIONS} are needed"
        )
        return EstimateError(n=n, patients=patients, reason=said)
    found = truth.resampling.at(rows).intervals(
        _errors(
            estimate[rows],
            truth.rating[rows],
            low=low[rows],
            high=high[rows],
            others=others[rows],
            level_with_all=level_with_all[rows],
        )
    )
    figures = dict(zip(_FIGURES, found, strict=True))
    return EstimateError(**figures, level=level, n=n, patients=patients, reason=None)


def _errors(
    estimate: Array,
    rating: Array,
    *,
    low: Array,
    high: Array,
    others: Array,
    level_with_all: Array,
) -> Statistic:
    crossed = bool(np.isfinite(others).all())
    from_others = rating - (others if crossed else 0.0)
    bounded = np.isfinite(low) & np.isfinite(high)
    inside = bounded & (rating >= low) & (rating <= high)
    width = np.where(bounded, high - low, 0)
    error = rating - estimate
    centre = rating.mean()
    x, y = level_with_all - centre, rating - centre
    columns = np.column_stack(
        [
            np.ones(len(x)),
            bounded,
            inside,
            width,
            x,
            y,
            x * x,
            x * y,
            y * y,
            error**2,
            abs(error),
            from_others**2,
            abs(from_others),
        ]
    ).astype(np.float64)

    def statistic(weights: Array) -> Array:
        total, n_bounded, hits, widths, *sums = (weights @ columns).T
        mx, my, xx, xy, yy, squares, absolute, about_mean, mae_of_mean = (
            one / total for one in sums
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = xx - mx**2
            slope = np.where(spread > 1e-12 * (xx + 1e-300), (xy - mx * my) / spread, np.nan)
            intercept = my + centre - slope * (mx + centre)
            if not crossed:
                about_mean, mae_of_mean = yy - my**2, _absolute_about_mean(weights, y, my)
            return np.stack(
                [
                    hits / n_bounded,
                    widths / n_bounded,
                    slope,
                    intercept,
                    np.sqrt(squares),
                    absolute,
                    np.sqrt(about_mean),
                    mae_of_mean,
                    1 - squares / np.where(about_mean > 0, about_mean, np.nan),
                ],
                axis=1,
            )

    return statistic


def _absolute_about_mean(weights: Array, values: Array, means: Array) -> Array:
    distance = np.abs(values - means[:, None])
    return np.asarray(np.einsum("dn,dn->d", weights, distance) / weights.sum(axis=1))
