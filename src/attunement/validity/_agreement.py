"""One scale's ratings, and how well a score agrees with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.statistics import (
    Array,
    Codes,
    Interval,
    Resampling,
    Statistic,
    pearsons,
    spearmans,
    together,
)
from attunement.tables import Role
from attunement.validity._material import CLUSTER, Material, Target
from attunement.validity._options import FEWEST_SESSIONS, ValidityOptions
from attunement.validity._wording import counted

NOTHING = Interval(None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well scores agree with ratings.

    Attributes
    ----------
    spearman, pearson : Interval
        With their cluster-bootstrap intervals.
    n : int
        Sessions; patients where the figure is between patients.
    patients : int or None
        None where no patient is known.
    reason : str or None
        Why there is no figure.
    """

    spearman: Interval
    pearson: Interval
    n: int
    patients: int | None
    reason: str | None = None

    @classmethod
    def none(cls, reason: str, *, n: int = 0, patients: int | None = None) -> Agreement:
        """Say why there is no figure."""
        return cls(NOTHING, NOTHING, n, patients, reason)


@dataclass(frozen=True, slots=True)
class Difference:
    """A baseline's agreement, and by how much an estimator's is higher, on the same sessions."""

    baseline: Agreement
    difference: Interval


@dataclass(frozen=True, slots=True)
class Truth:
    """The sessions that were rated on one scale, in order of their ids.

    Attributes
    ----------
    target : Target
        The scale.
    table : DataFrame
        session_id, patient_id, cluster, rating, and the lengths of either side.
    resampling : Resampling
        The draws that all figures of this scale share.
    """

    target: Target
    table: pl.DataFrame
    resampling: Resampling

    @classmethod
    def of(cls, material: Material, target: Target, options: ValidityOptions) -> Truth:
        """Gather one scale's ratings."""
        table = (
            material.rated(target)
            .group_by("session_id")
            .agg(pl.col("rating").mean())
            .join(material.sessions.select("session_id", "patient_id", CLUSTER), on="session_id")
            .join(material.lengths, on="session_id", how="left")
            .sort("session_id")
        )
        resampling = Resampling.of(
            table[CLUSTER],
            draws=options.draws,
            seed=options.seed,
            confidence=options.confidence,
        )
        return cls(target, table, resampling)

    @property
    def varies(self) -> bool:
        """Whether there is anything to agree with."""
        return self.table.height < 2 or self.table["rating"].n_unique() > 1

    @property
    def rating(self) -> Array:
        """The ratings."""
        return numbers(self.table["rating"])

    def aligned(self, values: pl.DataFrame, column: str) -> Array:
        """Give each rated session its value; NaN where it has none."""
        if column not in values.columns:
            return np.full(self.table.height, np.nan)
        joined = self.table.select("session_id").join(
            values.select("session_id", value=column),
            on="session_id",
            how="left",
            maintain_order="left",
        )
        return numbers(joined["value"])

    def length(self, side: Role) -> list[Array]:
        """Give the words and the number of turns of one side."""
        return [numbers(self.table[f"{side}_{what}"]) for what in ("words", "turns")]

    def agreement(self, score: Array, *given: Array) -> Agreement:
        """Hold a score against the ratings, others partialled out of both."""
        rows = known(score, *given)
        if refusal := self._refused(rows, score):
            return refusal
        columns = [one[rows] for one in (score, self.rating, *given)]
        spearman, pearson = self.resampling.at(rows).intervals(
            together(spearmans(*columns), pearsons(*columns))
        )
        return self._agreement(spearman, pearson, rows)

    def against(self, score: Array, baseline: Array) -> Difference:
        """Hold a score and a baseline against the ratings, on the sessions that have both."""
        rows = known(score, baseline)
        if refusal := self._refused(rows, score) or self._refused(rows, baseline):
            return Difference(refusal, NOTHING)
        rating = self.rating[rows]
        own, other = (spearmans(one[rows], rating) for one in (score, baseline))
        spearman, pearson, difference = self.resampling.at(rows).intervals(
            _compared(own, other, pearsons(baseline[rows], rating))
        )
        return Difference(self._agreement(spearman, pearson, rows), difference)

    def within_patients(self, score: Array) -> Agreement:
        """Hold scores and ratings, centred within patients with two or more sessions."""
        rows = known(score)
        patients = self.table["patient_id"].gather(rows)
        again = (patients.is_not_null() & patients.is_duplicated()).to_numpy()
        rows = rows[again]
        if not len(rows):
            return Agreement.none("no patient is known to have two rated sessions or more")
        patients = patients.filter(pl.Series(again))
        centred = [_less_mean(one[rows], patients) for one in (score, self.rating)]
        if refusal := self._refused(rows, *centred):
            return refusal
        spearman, pearson = self.resampling.at(rows).intervals(
            together(spearmans(*centred), pearsons(*centred))
        )
        return self._agreement(spearman, pearson, rows)

    def between_patients(self, score: Array) -> Agreement:
        """Hold patients' mean scores against their mean ratings."""
        rows = known(score)
        table = pl.DataFrame(
            {
                "row": rows,
                "patient_id": self.table["patient_id"].gather(rows),
                "score": score[rows],
                "rating": self.rating[rows],
            }
        ).drop_nulls("patient_id")
        means = table.group_by("patient_id", maintain_order=True).agg(
            pl.col("row").first(), pl.col("score", "rating").mean()
        )
        if means.height < FEWEST_SESSIONS:
            return Agreement.none(
                f"{means.height} patients are known; at least {FEWEST_SESSIONS} are needed"
            )
        columns = [numbers(means[name]) for name in ("score", "rating")]
        first = means["row"].to_numpy()
        spearman, pearson = self.resampling.at(first).intervals(
            together(spearmans(*columns), pearsons(*columns))
        )
        return Agreement(spearman, pearson, n=means.height, patients=means.height)

    def patients(self, rows: Codes) -> int | None:
        """Count the patients of some sessions, if any is known."""
        return self.table["patient_id"].gather(rows).drop_nulls().n_unique() or None

    def _agreement(self, spearman: Interval, pearson: Interval, rows: Codes) -> Agreement:
        return Agreement(
            spearman,
            pearson,
            n=len(rows),
            patients=self.patients(rows),
            reason="nothing varies" if spearman.value is None else None,
        )

    def _refused(self, rows: Codes, *scores: Array) -> Agreement | None:
        n, patients = len(rows), self.patients(rows)
        if n < FEWEST_SESSIONS:
            said = (
                f"{counted(n, 'rated session')} with this score; at least {FEWEST_SESSIONS} are "
                "needed"
            )
            return Agreement.none(said, n=n, patients=patients)
        return None


def known(*columns: Array) -> Codes:
    """Give the rows in which nothing is missing."""
    return np.flatnonzero(np.all([np.isfinite(one) for one in columns], axis=0))


def numbers(series: pl.Series) -> Array:
    """Give a column as numbers, NaN where one is missing."""
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()


def _less_mean(values: Array, groups: pl.Series) -> Array:
    table = pl.DataFrame({"value": values, "group": groups})
    return table.select(pl.col("value") - pl.col("value").mean().over("group"))["value"].to_numpy()


def _compared(own: Statistic, other: Statistic, beside: Statistic) -> Statistic:
    def statistic(weights: Array) -> Array:
        first, second = own(weights), other(weights)
        return np.hstack([second, beside(weights), first - second])

    return statistic
