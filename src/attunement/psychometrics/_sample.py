"""Some sessions whose patients are drawn again, and when there are too few of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.psychometrics._intraclass import ICC_NAMES, intraclass, intraclasses
from attunement.psychometrics._options import (
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    PsychometricsOptions,
)
from attunement.psychometrics._rows import Count, Found
from attunement.statistics import Array, Codes, Interval, Resampling, Statistic

F_INTERVAL = "two-way analysis of variance, F interval"


@dataclass(frozen=True, slots=True)
class Sample:
    """Sessions, one a row.

    Attributes
    ----------
    patient_ids : Series
        Whose each is; null where it is not known.
    clusters : Series
        What is drawn again: the patient, or the session where the patient is unknown.
    options : PsychometricsOptions
        Draws and seed.
    """

    patient_ids: pl.Series
    clusters: pl.Series
    options: PsychometricsOptions

    @property
    def count(self) -> Count:
        """Count the sessions, and the patients that are known."""
        known = self.patient_ids.drop_nulls()
        return Count(len(self.clusters), known.n_unique() or None)

    @property
    def codes(self) -> Codes:
        """Number the clusters."""
        return np.unique(self.clusters.to_numpy(), return_inverse=True)[1].ravel()

    @property
    def drawn(self) -> str:
        """Say what is drawn again."""
        return "sessions" if self.patient_ids.null_count() == len(self.clusters) else "patients"

    @property
    def repeats(self) -> bool:
        """Whether a patient has two of the sessions."""
        return self.clusters.n_unique() < len(self.clusters)

    @property
    def too_few(self) -> str | None:
        """Say why there is no figure, if the sessions are too few for any."""
        n = len(self.clusters)
        return None if n >= FEWEST_SESSIONS else f"{n} sessions; it takes {FEWEST_SESSIONS}"

    @property
    def no_interval(self) -> str | None:
        """Say why there is no interval, if the patients are too few for any."""
        n = self.clusters.n_unique()
        if n >= FEWEST_PATIENTS:
            return None
        return f"no interval: {n} {self.drawn}, and it takes {FEWEST_PATIENTS}"

    def at(self, rows: Codes) -> Sample:
        """Keep some sessions."""
        return Sample(self.patient_ids.gather(rows), self.clusters.gather(rows), self.options)

    def bootstrapped(self, statistic: Statistic, *, figures: int = 1) -> list[Found]:
        """Give each of a statistic's figures with the interval that drawing patients again gives.

        Parameters
        ----------
        statistic : callable
            As for `attunement.statistics.Resampling`.
        figures : int
            How many figures it gives.
        """
        if self.too_few:
            return [Found(reason=self.too_few)] * figures
        method = f"percentile bootstrap over {self.drawn}"
        if self.no_interval:
            values = statistic(np.ones((1, len(self.clusters))))[0]
            return [self._found(_plain(value), method) for value in values]
        resampling = Resampling.of(self.clusters, draws=self.options.draws, seed=self.options.seed)
        return [self._found(one, method) for one in resampling.intervals(statistic)]

    def intraclass(self, values: Array) -> dict[str, Found]:
        """Give ICC(A,1), ICC(C,1) and ICC(A,k) of complete ratings, by name.

        Where patients come again the intervals are the bootstrap's, since F intervals, which take
        sessions as independent, are too narrow.
        """
        if self.too_few or self.repeats or self.no_interval:
            found: Sequence[Found] = self.bootstrapped(intraclasses(values), figures=3)
        else:
            found = [self._found(one, F_INTERVAL) for one in intraclass(values)]
        return dict(zip(ICC_NAMES, found, strict=True))

    def _found(self, one: Interval, method: str) -> Found:
        if one.value is None:
            return Found(reason="nothing varies")
        if one.low is not None:
            return Found(one.value, one.low, one.high, method=method)
        return Found(one.value, reason=self.no_interval or "no interval: no spread to draw from")


def _plain(value: float) -> Interval:
    return Interval(float(value) if np.isfinite(value) else None)
