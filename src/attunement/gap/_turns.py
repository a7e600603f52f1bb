"""Scored turns made ready: one estimator, finite values, a place in the session, and its variants.

A variant is the same turns scored, or chosen, another way: what the controls of METHOD.md section
5 compare with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import DataError, UsageError
from attunement.statistics import session_time, time_bin
from attunement.tables import MEASURES, ROLES, SCORES

Array = NDArray[np.float64]

_NEEDED = ("session_id", "turn", "role", "time", *MEASURES)

LENGTHS = (1, 3, 7, 15, 31, 63)
"""Upper ends, in words, of the strata turns are matched in; longer turns are one stratum more."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of both sides, sorted by session, role and turn.

    Attributes
    ----------
    frame : DataFrame
        session (place in the sessions table), turn, role, time, bin (0..9), the four measures, and
        where they are known their `_swapped` and `_offset` companions and `stratum` (of length).
    estimator : str
        What scored them.
    """

    frame: pl.DataFrame
    estimator: str

    @classmethod
    def of(cls, scores: pl.DataFrame, session_ids: list[str]) -> Turns:
        """Read a scores table.

        Raises
        ------
        UsageError
            A column is missing, or there is more than one estimator.
        DataError
            A scored session is not in the sessions table, or a turn stands there twice.
        """
        for name in _NEEDED:
            if name not in scores.columns:
                raise UsageError(
                    f"the scores have no column {name}",
                    mend="Give a table that `attunement score` wrote",
                    field=name,
                )
        estimators = (
            scores["estimator"].unique().sort().to_list() if "estimator" in scores.columns else []
        )
        if len(estimators) > 1:
            raise UsageError(
                f"the scores hold {len(estimators)} estimators ({', '.join(estimators)})",
                mend="Choose one with --estimator",
                field="estimator",
            )
        order = pl.DataFrame(
            {"session_id": session_ids, "session": range(len(session_ids))},
            schema={"session_id": pl.String, "session": pl.Int64},
        )
        scored = scores.with_columns(pl.col("session_id").cast(pl.String))
        if scored.height and not scored["role"].is_in(ROLES).any():
            raise DataError(
                "no row of the scores has the role patient or therapist",
                mend="Name the roles so",
                field="role",
            )
        placed = scored.filter(pl.col("role").is_in(ROLES)).join(
            order, on="session_id", how="left", maintain_order="left"
        )
        unknown = placed.filter(pl.col("session").is_null())["session_id"].unique().sort()
        if unknown.len():
            raise DataError(
                f"{unknown.len()} scored sessions are not in the sessions table, "
                f"the first {unknown[0]!r}",
                mend="Give the sessions table that belongs to these scores with --sessions",
                field="session_id",
            )
        if placed.select(pl.struct("session", "turn").is_duplicated().any()).item():
            raise DataError(
                "a turn is scored more than once by one estimator",
                mend="Keep one row a turn",
                field="turn",
            )
        values = [*MEASURES]
        values += [name for name in _companions() if name in scores.columns]
        frame = placed.select(
            "session",
            pl.col("turn").cast(pl.Int32),
            "role",
            session_time(session="session").alias("time"),
            *(
                pl.when(pl.col(name).cast(pl.Float64).is_finite()).then(
                    pl.col(name).cast(pl.Float64)
                )
                for name in values
            ),
            *([_stratum()] if "words" in scores.columns else []),
        ).with_columns(time_bin().alias("bin"))
        return cls(
            frame=frame.sort("session", "role", "turn"),
            estimator=estimators[0] if estimators else "unnamed",
        )

    def has(self, companion: str) -> bool:
        """Tell whether every measure has this companion column."""
        return all(f"{measure}_{companion}" in self.frame.columns for measure in MEASURES)

    def on_form(self, form: str) -> pl.DataFrame:
        """Hold both sides against one side's wording (the form swap)."""
        return self._with(
            {
                measure: pl.when(pl.col("role") == form)
                .then(measure)
                .otherwise(f"{measure}_swapped")
                for measure in MEASURES
            }
        )

    def without_offset(self) -> pl.DataFrame:
        """Take away what an equal offset on every statement carries."""
        return self._with({m: pl.col(m) - pl.col(f"{m}_offset") for m in MEASURES})

    def without_length(self) -> pl.DataFrame:
        """Take away what length explains: least squares on its strata, within sessions and sides.

        Used where turns are too few to be matched, that is within stretches of a session.
        """
        sides = self.frame.select(pl.struct("session", "role").rle_id()).to_series().to_numpy()
        strata = self.frame["stratum"].to_numpy()
        # The first stratum is what the others are held against.
        dummies = (strata[:, None] == np.arange(1, len(LENGTHS) + 1)).astype(np.float64)
        return self.frame.with_columns(
            pl.Series(m, _adjusted(self.frame[m].to_numpy(), dummies, sides)).fill_nan(None)
            for m in MEASURES
        )

    def _with(self, values: Mapping[str, pl.Expr]) -> pl.DataFrame:
        return self.frame.with_columns(value.alias(name) for name, value in values.items())


def lowered(turns: pl.DataFrame, by: Mapping[str, float]) -> pl.DataFrame:
    """Lower the therapist's scores by a constant a measure."""
    therapist = (pl.col("role") == "therapist").cast(pl.Float64)
    return turns.with_columns(pl.col(m) - by[m] * therapist for m in MEASURES)


def _adjusted(scores: Array, dummies: Array, sides: NDArray[np.intp]) -> Array:
    """Subtract the part of scores that dummies explain, each centred within sessions and sides."""
    known = np.isfinite(scores)
    if not known.any():
        return scores
    own = sides[known]
    counts = np.maximum(np.bincount(own), 1)

    def centred(values: Array) -> Array:
        return np.asarray(values - (np.bincount(own, values) / counts)[own])

    x = np.stack([centred(column) for column in dummies[known].T], axis=1)
    effects = np.linalg.lstsq(x, centred(scores[known]), rcond=None)[0]
    return np.asarray(scores - dummies @ effects)


def _companions() -> list[str]:
    return [name for name in SCORES.schema if name.endswith(("_swapped", "_offset"))]


def _stratum() -> pl.Expr:
    words = pl.col("words").cast(pl.Int64).fill_null(0)
    return pl.sum_horizontal((words > upper).cast(pl.Int32) for upper in LENGTHS).alias("stratum")
