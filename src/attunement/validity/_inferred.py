"""What an estimator says of each session: pooled turns, or the estimate it gives itself."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.statistics import Array
from attunement.tables import MEASURES, ROLES, Role
from attunement.validity._agreement import Agreement, Truth
from attunement.validity._intervals import levelled
from attunement.validity._material import Material, Target
from attunement.validity._options import ValidityOptions
from attunement.validity._pooling import (
    POOLINGS,
    Pooling,
    cut_before_closing,
    ends_before_closing,
    less_position,
    session_means,
)

NOT_POOLED = "this estimator gives the session one estimate, which is no mean of its turns"


@dataclass(frozen=True, slots=True)
class Inferred:
    """One estimator's view of the sessions, from one side's words.

    Attributes
    ----------
    estimator : str
        Whose.
    side : {"patient", "therapist"}
        Whose words, or whose perspective.
    raw : DataFrame
        session_id and a column a measure, as the figures are asked of.
    position_out : DataFrame or None
        The same after the corpus's mean at each tenth of a session is taken from each turn.
    without_closing : DataFrame or None
        The same, each session ended before the patient's last turns.
    turns : DataFrame
        The scored turns.
    pooled : bool
        Whether `raw` is a mean of turns.
    judged : bool
        Whether it is what a language model judged.
    """

    estimator: str
    side: Role
    raw: pl.DataFrame
    position_out: pl.DataFrame | None
    without_closing: pl.DataFrame | None
    turns: pl.DataFrame
    pooled: bool
    judged: bool = False

    @classmethod
    def of(
        cls,
        material: Material,
        *,
        estimator: str,
        side: Role,
        options: ValidityOptions,
        perspective: str | None = None,
    ) -> Inferred:
        """Work out an estimator's session scores.

        An estimator with estimates of its own is taken at its word; the turn scores of such a one
        are running estimates, so the last one before the closing is its estimate without it.
        `perspective` is whose view estimates are of, where that is not the side: an observer's.
        """
        turns = material.of_role(estimator, side)
        ends = ends_before_closing(material.turns, closing=options.closing_turns)
        given = material.estimates.filter(
            pl.col("estimator") == estimator, pl.col("perspective") == (perspective or side)
        )
        if given.height:
            wide = levelled(given).pivot("scale", index="session_id", values="estimate")
            judged = estimator in material.judged
            running = _running(turns, ends)
            return cls(estimator, side, wide, None, running, turns, pooled=False, judged=judged)
        pooling = POOLINGS[options.pooling]
        rated = turns.filter(pl.col("session_id").is_in(material.whole["session_id"].implode()))
        return cls(
            estimator=estimator,
            side=side,
            raw=session_means(turns, MEASURES, pooling),
            position_out=session_means(less_position(rated, MEASURES), MEASURES, pooling),
            without_closing=session_means(cut_before_closing(turns, ends), MEASURES, pooling),
            turns=turns,
            pooled=True,
        )

    def column(self, target: Target) -> str:
        """Name the column that a rated scale is held against.

        An estimate is of the rated scale itself; a judge that was not asked about it is held
        against it by the scale that comes nearest.
        """
        if self.judged and target.scale not in self.raw.columns:
            return target.measure
        return target.measure if self.pooled else target.scale

    def score(self, truth: Truth) -> Array:
        """Give each rated session its score."""
        return truth.aligned(self.raw, self.column(truth.target))

    def agreement(self, truth: Truth) -> Agreement:
        """Hold the scores against the ratings as they are."""
        return truth.agreement(self.score(truth))

    @property
    def sides(self) -> tuple[Role, ...]:
        """Whose words the score rests on: one side's turns, or both sides' for an estimate."""
        return (self.side,) if self.pooled else ROLES

    def length_out(self, truth: Truth) -> Agreement:
        """Partial out the words and number of turns of whoever the score rests on."""
        given = [one for side in self.sides for one in truth.length(side)]
        return truth.agreement(self.score(truth), *given)

    def position_taken_out(self, truth: Truth) -> Agreement:
        """Hold the position-adjusted scores against the ratings."""
        if self.position_out is None:
            return Agreement.none(NOT_POOLED)
        return truth.agreement(truth.aligned(self.position_out, truth.target.measure))

    def closing_left_out(self, truth: Truth) -> Agreement:
        """Hold the scores of the sessions without their closing against the ratings."""
        if self.without_closing is None:
            return Agreement.none("this estimator gives no running estimate to stop before it")
        column = self.column(truth.target)
        if column not in self.without_closing.columns:
            return Agreement.none(f"running estimates have no scale {column}")
        return truth.agreement(truth.aligned(self.without_closing, column))

    def pooled_by(self, pooling: Pooling, truth: Truth) -> Agreement:
        """Hold another pooling of the same turns against the ratings."""
        if self.turns.is_empty() or not self.pooled:
            return Agreement.none(NOT_POOLED)
        if pooling.name == "by_words" and self.turns["words"].null_count():
            return Agreement.none("the words of the turns were not counted")
        measure = truth.target.measure
        means = session_means(self.turns, [measure], pooling)
        return truth.agreement(truth.aligned(means, measure))


def _running(turns: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame | None:
    if turns.is_empty():
        return None
    return (
        turns.join(ends, on="session_id")
        .filter(pl.col("turn") <= pl.col("end"))
        .sort("session_id", "turn")
        .group_by("session_id", maintain_order=True)
        .agg(pl.col(MEASURES).last())
    )
