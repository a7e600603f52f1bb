"""A fitted model: what it estimates of a session, and what it says after each turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from attunement.alliance.fitted._calibration import Knot, running_estimates
from attunement.alliance.fitted._features import session_features
from attunement.alliance.fitted._ridge import Groups, Head
from attunement.alliance.fitted._signals import Hearing, SpokenTurns
from attunement.tables import Role

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a head did on patients it was not fitted on.

    Attributes
    ----------
    sessions, patients : int
        How many.
    pearson, spearman : float
        Of estimates and ratings.
    rmse, rmse_of_mean : float
        Root mean square error of the estimates, and of estimating the mean rating throughout.
    coverage, width : float
        How often the interval held the rating, and how wide it was on average.
    """

    sessions: int
    patients: int
    pearson: float
    spearman: float
    rmse: float
    rmse_of_mean: float
    coverage: float
    width: float

    @classmethod
    def of(
        cls, *, ratings: Numbers, estimates: Numbers, half_widths: Numbers, patients: Groups
    ) -> HeldOut:
        """Measure it."""
        errors = ratings - estimates
        return cls(
            sessions=len(ratings),
            patients=len(np.unique(patients)),
            pearson=float(stats.pearsonr(estimates, ratings).statistic),
            spearman=float(stats.spearmanr(estimates, ratings).statistic),
            rmse=float(np.sqrt(np.mean(errors**2))),
            rmse_of_mean=float(np.std(ratings)),
            coverage=float(np.mean(np.abs(errors) <= half_widths)),
            width=float(2 * half_widths.mean()),
        )


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
        The lowest and highest rating it was fitted on; estimates stay between them.
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
            return self._within(
                np.full(len(values), self.head.intercept),
                np.full(len(values), self.highest - self.lowest),
            )
        return self._within(*running_estimates(values, turns.tolist(), self.knots))

    def _within(self, values: Numbers, half_widths: Numbers) -> Estimated:
        def held(numbers: Numbers) -> Numbers:
            return np.clip(numbers, self.lowest, self.highest)

        return Estimated(held(values), held(values - half_widths), held(values + half_widths))


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
    """

    encoder_name: str
    encoder_fingerprint: str
    hearing: Hearing
    scales: tuple[ScaleModel, ...]
    level: float
    learned_from: frozenset[str]

    name = "fitted"
    on_common_scale = True

    def estimate(self, turns: SpokenTurns) -> list[Estimated]:
        """Estimate one whole session on every scale, in the order of `scales`."""
        features = session_features(turns)
        return [scale.estimate(features) for scale in self.scales]

    def after_each_turn(self, turns: SpokenTurns) -> list[Estimated]:
        """Estimate the rating at the end after each turn, on every scale."""
        count = np.arange(1, len(turns) + 1)
        features = session_features(turns, at=count.tolist())
        return [scale.so_far(features, count) for scale in self.scales]
