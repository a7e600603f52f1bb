"""The corrective signal: the therapist's own rating outside what the patient's words suggest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics import Array, Interval, Statistic
from attunement.validity._agreement import Truth, known
from attunement.validity._intervals import NO_ESTIMATES
from attunement.validity._options import FEWEST_SESSIONS
from attunement.validity._wording import counted

_NONE = Interval(None)

_FIGURES = (
    "flagged",
    "right_direction",
    "precision",
    "by_chance",
    "without_language",
    "recall",
    "base_rate",
    "possible_over",
    "possible_under",
    "precision_over",
    "precision_under",
    "recall_over",
    "recall_under",
    "base_rate_over",
    "base_rate_under",
)

OUT_OF_REACH = 0.1
"""A flag that could be raised in a smaller share of the sessions is out of reach."""

Truths: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CorrectiveSignal:
    """How often a flag on a therapist's own rating is right.

    A session is flagged *over* where the therapist's rating lies above the interval of the
    estimated patient rating, *under* where it lies below. The two sides *differ notably* over
    (under) where the therapist's rating is above (below) the patient's by at least `notable`.

    Attributes
    ----------
    flagged : Interval
        The share of sessions that is flagged, in either direction.
    right_direction : Interval
        Of the flags, the share in which the patient's rating lies on the side the flag says.
    precision : Interval
        Of the flags, the share in which the two differ notably in that direction.
    by_chance : Interval
        The precision that as many flags each way would have on sessions picked at random.
    without_language : Interval
        The precision of flags that know the therapist's rating alone: as many sessions, or as
        nearly as equal ratings allow, whose rating lies farthest from the patients' mean rating. A
        therapist's extreme rating differs from most patients' whatever was said; what `precision`
        has beyond this comes from the words.
    recall : Interval
        Of the notable differences, the share flagged in their direction.
    base_rate : Interval
        The share of sessions in which the two differ notably, in either direction.
    possible_over, possible_under : Interval
        The share of sessions in which such a flag can be raised at all: those whose interval ends
        below the highest rating that anybody gave, or begins above the lowest. Where most patients
        give the highest rating, hardly any interval ends below it.
    precision_over, precision_under, recall_over, recall_under : Interval
        Of the flags and of the differences in one direction alone. The base rate there is the
        precision by chance.
    base_rate_over, base_rate_under : Interval
        The share of sessions in which the two differ notably in that direction.
    notable : float or None
        On the questionnaire's scale.
    n, n_flagged_over, n_flagged_under : int
        Sessions with both ratings and an interval, and those flagged.
    n_flagged_without_language : int
        Those flagged on the therapist's rating alone.
    n_notably_over, n_notably_under : int
        Sessions in which the two differ notably.
    n_right_over, n_right_under : int
        Those of them that are flagged in their direction.
    patients : int or None
        None where no patient is known.
    reason : str or None
        Why there is no figure.
    """

    flagged: Interval = _NONE
    right_direction: Interval = _NONE
    precision: Interval = _NONE
    by_chance: Interval = _NONE
    without_language: Interval = _NONE
    recall: Interval = _NONE
    base_rate: Interval = _NONE
    possible_over: Interval = _NONE
    possible_under: Interval = _NONE
    precision_over: Interval = _NONE
    precision_under: Interval = _NONE
    recall_over: Interval = _NONE
    recall_under: Interval = _NONE
    base_rate_over: Interval = _NONE
    base_rate_under: Interval = _NONE
    notable: float | None = None
    n: int = 0
    n_flagged_over: int = 0
    n_flagged_under: int = 0
    n_flagged_without_language: int = 0
    n_notably_over: int = 0
    n_notably_under: int = 0
    n_right_over: int = 0
    n_right_under: int = 0
    patients: int | None = None
    reason: str | None = None


def corrective_signal(
    truth: Truth,
    estimates: pl.DataFrame,
    therapist: pl.DataFrame,
    *,
    notable: float | None,
) -> CorrectiveSignal:
    """Count how often flags are right.

    Parameters
    ----------
    truth : Truth
        The patients' ratings of one scale.
    estimates : DataFrame
        Their estimates: session_id, estimate, low, high.
    therapist : DataFrame
        The therapists' own ratings of the same scale and instrument: session_id, rating.
    notable : float, optional
        How far apart two ratings are that differ notably; half the standard deviation of the
        patients' ratings if none is given (Norman, Sloan & Wyrwich 2003, Med Care 41, 582-592).
    """
    if estimates.is_empty():
        return CorrectiveSignal(reason=NO_ESTIMATES)
    if therapist.is_empty():
        return CorrectiveSignal(reason="no therapist rated the same scale of the same instrument")
    low, high = (truth.aligned(estimates, one) for one in ("low", "high"))
    own = truth.aligned(therapist, "rating")
    rows = known(low, high, own)
    n, patients = len(rows), truth.patients(rows)
    if n < FEWEST_SESSIONS:
        said = (
            f"{counted(n, 'session')} with both ratings and an estimate with an interval; at least "
            f"{FEWEST_SESSIONS} are needed"
        )
        return CorrectiveSignal(n=n, patients=patients, reason=said)
    rating = truth.rating
    margin = notable if notable is not None else float(np.std(rating, ddof=1)) / 2
    low, high, own, rated = low[rows], high[rows], own[rows], rating[rows]
    difference = own - rated
    over, under = own > high, own < low
    much_over, much_under = difference >= margin, difference <= -margin
    plain = own - rated.mean()
    half = _nearest_cut(np.abs(plain), flags=int((over | under).sum()))
    plain_over, plain_under = plain > half, plain < -half
    found = truth.resampling.at(rows).intervals(
        _counts(
            over=over,
            under=under,
            could_over=high < max(own.max(), rated.max()),
            could_under=low > min(own.min(), rated.min()),
            plain=plain_over | plain_under,
            plain_hits=(plain_over & much_over) | (plain_under & much_under),
            direction=(over & (difference > 0)) | (under & (difference < 0)),
            much_over=much_over,
            much_under=much_under,
        )
    )
    return CorrectiveSignal(
        **dict(zip(_FIGURES, found, strict=True)),
        notable=margin,
        n=n,
        n_flagged_over=int(over.sum()),
        n_flagged_under=int(under.sum()),
        n_flagged_without_language=int((plain_over | plain_under).sum()),
        n_notably_over=int(much_over.sum()),
        n_notably_under=int(much_under.sum()),
        n_right_over=int((over & much_over).sum()),
        n_right_under=int((under & much_under).sum()),
        patients=patients,
        reason=None if over.any() or under.any() else "no session is flagged",
    )


def _nearest_cut(distances: Array, *, flags: int) -> float:
    """Give the distance beyond which as many lie as are wanted, or as nearly as ties allow."""
    cuts = np.append(np.unique(distances), 0.0)
    beyond = np.array([np.count_nonzero(distances > cut) for cut in cuts])
    return float(cuts[np.abs(beyond - flags).argmin()])


def out_of_reach(scale: str, found: CorrectiveSignal) -> Iterator[str]:
    """Say in which direction hardly any session can be flagged, and what is missed there."""
    directions = (
        ("over", "ends below the highest", found.possible_over, found.n_notably_over),
        ("under", "begins above the lowest", found.possible_under, found.n_notably_under),
    )
    flagged = {"over": found.n_right_over, "under": found.n_right_under}
    for name, ends, possible, differ in directions:
        if possible.value is not None and possible.value < OUT_OF_REACH:
            yield (
                f"Corrective signal, {scale}: {name} is out of reach. Only in {possible.value:.1%} "
                f"of {found.n:,} sessions the estimate's interval {ends} rating that was given. It "
                f"was raised in {flagged[name]:,} of {differ:,} sessions in which the therapist's "
                f"rating is notably {name} the patient's."
            )


def _counts(
    *,
    over: Truths,
    under: Truths,
    could_over: Truths,
    could_under: Truths,
    plain: Truths,
    plain_hits: Truths,
    direction: Truths,
    much_over: Truths,
    much_under: Truths,
) -> Statistic:
    columns = np.column_stack(
        [
            np.ones(len(over)),
            direction,
            plain,
            plain_hits,
            *(over, over & much_over, much_over, could_over),
            *(under, under & much_under, much_under, could_under),
        ]
    ).astype(np.float64)

    def statistic(weights: Array) -> Array:
        total, right_way, plainly, plainly_right, *each_way = (weights @ columns).T
        n_over, hits_over, differ_over, can_over, n_under, hits_under, differ_under, can_under = (
            each_way
        )
        flags, differ = n_over + n_under, differ_over + differ_under
        hits = hits_over + hits_under
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack(
                [
                    flags / total,
                    right_way / flags,
                    hits / flags,
                    (n_over * differ_over + n_under * differ_under) / (total * flags),
                    plainly_right / plainly,
                    hits / differ,
                    differ / total,
                    can_over / total,
                    can_under / total,
                    hits_over / n_over,
                    hits_under / n_under,
                    hits_over / differ_over,
                    hits_under / differ_under,
                    differ_over / total,
                    differ_under / total,
                ],
                axis=1,
            )

    return statistic
