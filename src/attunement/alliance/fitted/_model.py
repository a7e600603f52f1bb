"""A fitted model: what it estimates of a session, and what it says after each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from attunement.alliance.fitted._calibration import Knot, running_estimates
from attunement.alliance.fitted._features import SessionSoFar, session_features
from attunement.alliance.fitted._material import patient_marks
from attunement.alliance.fitted._ridge import Groups, Head
from attunement.alliance.fitted._signals import Hearing, SpokenTurns
from attunement.embedding import Encoder
from attunement.errors import ModelError
from attunement.tables import Role

Numbers = NDArray[np.float64]

_NEAR_A_QUARTER = (0.1, 0.4)
"""A share of the ratings outside these is no lowest quarter."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a head did on patients it was not fitted on.

    Attributes
    ----------
    sessions : int
        How many.
    patients : int or None
        How many; None where sessions do not all name their patient, so that one patient's sessions
        may have been on both sides.
    pearson, spearman : float
        Of ratings and estimates, the latter less the mean rating of the fold's other patients.
    rmse, rmse_of_mean : float
        Root mean square error of the estimates, and of giving everybody the mean rating of the
        fold's other patients, which is what the estimates began from too.
    coverage, width : float
        How often the interval held the rating, and how wide it was on average.
    coverage_low, coverage_high : float
        The 95% interval of that share, from how much it varies between patients (sessions where
        they are unknown).
    share_of_lowest : float or None
        Which share of the ratings counts as the lowest: as near a quarter as equal ratings allow;
        None where they allow none from 10% to 40%.
    coverage_of_lowest : float or None
        How often the interval held those.
    """

    sessions: int
    patients: int | None
    pearson: float
    spearman: float
    rmse: float
    rmse_of_mean: float
    coverage: float
    coverage_low: float
    coverage_high: float
    share_of_lowest: float | None
    coverage_of_lowest: float | None
    width: float

    @classmethod
    def of(
        cls,
        *,
        ratings: Numbers,
        estimates: Numbers,
        centres: Numbers,
        half_widths: Numbers,
        patients: Groups | None,
        bounds: tuple[float, float] | None = None,
    ) -> HeldOut:
        """Measure it.

        Notes
        -----
        Estimates of different folds have different means, low where the left-out patients rate
        high. Correlated as they are, estimates of ratings that have nothing to do with the text
        come out clearly negative; less their fold's mean, nearly zero.
        """
        errors = ratings - estimates
        held = np.abs(errors) <= half_widths
        relative = estimates - centres
        low, high = _share(held, np.arange(len(held)) if patients is None else patients)
        lowest = _lowest(ratings)
        return cls(
            sessions=len(ratings),
            patients=None if patients is None else len(np.unique(patients)),
            pearson=_agreement(relative, ratings),
            spearman=_agreement(stats.rankdata(relative), stats.rankdata(ratings)),
            rmse=float(np.sqrt(np.mean(errors**2))),
            rmse_of_mean=float(np.sqrt(np.mean((ratings - centres) ** 2))),
            coverage=float(np.mean(held)),
            coverage_low=low,
            coverage_high=high,
            share_of_lowest=None if lowest is None else float(np.mean(lowest)),
            coverage_of_lowest=None if lowest is None else float(np.mean(held[lowest])),
            width=float(
                np.mean(
                    _cut(estimates + half_widths, bounds) - _cut(estimates - half_widths, bounds)
                )
            ),
        )


def _cut(ends: Numbers, bounds: tuple[float, float] | None) -> Numbers:
    """Cut ends of intervals to what the questionnaire allows, where that is known."""
    return ends if bounds is None else np.clip(ends, *bounds)


def _agreement(estimates: Numbers, ratings: Numbers) -> float:
    """Give Pearson's correlation; 0 where all estimates are equal, which agree with nothing."""
    if np.ptp(estimates) <= 1e-9 * max(1.0, float(np.abs(estimates).max())):
        return 0.0
    return float(stats.pearsonr(estimates, ratings).statistic)


def _lowest(ratings: Numbers) -> NDArray[np.bool_] | None:
    """Pick the lowest quarter of the ratings, or as near to it as equal ratings allow."""
    cuts, counts = np.unique(ratings, return_counts=True)
    shares = np.cumsum(counts) / len(ratings)
    nearest = int(np.abs(shares - 0.25).argmin())
    least, most = _NEAR_A_QUARTER
    return ratings <= cuts[nearest] if least <= shares[nearest] <= most else None


def _share(held: NDArray[np.bool_], clusters: Groups) -> tuple[float, float]:
    """Give the 95% interval of a share whose members come in clusters, within 0 and 1.

    The share's linearised variance over clusters, with t on one less than their number.
    """
    share = float(np.mean(held))
    _, of_cluster = np.unique(clusters, return_inverse=True)
    sums = np.bincount(of_cluster, held - share)
    count = len(sums)
    spread = np.sqrt(count / (count - 1) * float(sums @ sums)) / len(held)
    reach = float(stats.t.ppf(0.975, count - 1)) * spread
    return max(share - reach, 0.0), min(share + reach, 1.0)


@dataclass(frozen=True, slots=True)
class ScaleModel:
    """A head for one side's rating on one scale.

    Attributes
    ----------
    perspective : {"patient", "therapist"}
        Whose rating.
    instrument, scale : str
        On what.
    head : Head
        From features to the rating.
    lowest, highest : float
        The lowest and highest rating it was fitted on; estimates stay between them, intervals
        need not.
    bounds : (float, float) or None
        The lowest and highest rating that the questionnaire allows, where it is known; intervals
        are cut to them.
    half_width : float
        Of the interval for a whole session.
    knots : tuple of Knot
        Calibration of running estimates; empty where sessions are too short for one.
    held_out : HeldOut
        How it did on left-out patients.
    """

    perspective: Role
    instrument: str
    scale: str
    head: Head
    lowest: float
    highest: float
    half_width: float
    knots: tuple[Knot, ...]
    held_out: HeldOut
    bounds: tuple[float, float] | None = None

    def estimate(self, features: Numbers) -> Estimated:
        """Estimate whole sessions from rows of features."""
        values = self.head.predict(features)
        return self._within(values, np.full(len(values), self.half_width))

    def so_far(self, features: Numbers, turns: NDArray[np.int64]) -> Estimated:
        """Estimate the rating at the end from the features after so many turns.

        Until the first knot could be calibrated, all that is known is the mean rating.
        """
        values = self.head.predict(features)
        if not self.knots:
            return Estimated(
                estimate=np.full(len(values), self.head.intercept),
                low=np.full(len(values), self.lowest),
                high=np.full(len(values), self.highest),
            )
        return self._within(*running_estimates(values, turns.tolist(), self.knots))

    def _within(self, values: Numbers, half_widths: Numbers) -> Estimated:
        inside = np.clip(values, self.lowest, self.highest)
        low = _cut(values - half_widths, self.bounds)
        return Estimated(inside, low, _cut(values + half_widths, self.bounds))


@dataclass(frozen=True, slots=True)
class Estimated:
    """Estimates on the questionnaire's scale, with their intervals; arrays of one length."""

    estimate: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True)
class FittedModel:
    """Heads for the ratings of patients, of therapists, or of both.

    Attributes
    ----------
    encoder_name, encoder_fingerprint : str
        The encoder it needs.
    hearing : Hearing
        The zero-shot axes it was fitted with.
    scales : tuple of ScaleModel
        Patient before therapist.
    level : float
        Of the intervals.
    learned_from : frozenset of str
        Marks of the sessions it was fitted on.
    patients : frozenset of str
        Marks of their patients, as far as these are known; see `patient_marks`.
    """

    encoder_name: str
    encoder_fingerprint: str
    hearing: Hearing
    scales: tuple[ScaleModel, ...]
    level: float
    learned_from: frozenset[str]
    patients: frozenset[str]

    name = "fitted"
    on_common_scale = True

    def need(self, encoder: Encoder) -> None:
        """See that this is the encoder it was fitted with.

        Raises
        ------
        ModelError
            It is another.
        """
        if encoder.fingerprint != self.encoder_fingerprint:
            raise ModelError(
                f"the model was fitted with {self.encoder_name}, and the encoder in use is "
                f"{encoder.name} or another build of it",
                mend="Use the encoder it was fitted with (--model), or fit again with this one",
                field="--fitted",
            )

    def knows(self, patient_ids: Sequence[str | None]) -> list[bool]:
        """Say of each patient whether the model was fitted on a session of theirs."""
        named = [one or "" for one in patient_ids]
        marks = patient_marks(named, salt=self.learned_from)
        return [bool(one) and its in self.patients for one, its in zip(named, marks, strict=True)]

    def estimate(self, turns: SpokenTurns) -> list[Estimated]:
        """Estimate one whole session on every scale, in the order of `scales`."""
        features = session_features(turns)
        return [scale.estimate(features) for scale in self.scales]

    def so_far(self, session: SessionSoFar) -> list[Estimated]:
        """Estimate the rating at the end from the turns so far, at least one, on every scale."""
        features = session.features()[None, :]
        count = np.array([session.turns])
        return [scale.so_far(features, count) for scale in self.scales]

    def after_each_turn(self, turns: SpokenTurns) -> list[Estimated]:
        """Estimate the rating at the end after each turn, on every scale."""
        count = np.arange(1, len(turns) + 1)
        features = session_features(turns, at=count.tolist())
        return [scale.so_far(features, count) for scale in self.scales]
