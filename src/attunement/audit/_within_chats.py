"""Features and scores of the AI's turns as differences within chats, and their regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.audit._clusters import count_known
from attunement.tables import SURFACE_FEATURES

Array = NDArray[np.float64]

SCORE = "inferred_therapist"


@dataclass(frozen=True, slots=True)
class WithinChats:
    """Turns less their chat's mean, in units of the spread that is left.

    Attributes
    ----------
    features : ndarray of shape (n, 5)
        0 where a feature does not vary.
    target : ndarray of shape (n,)
        The score.
    codes : ndarray of int of shape (n,)
        Clusters.
    varies : ndarray of bool of shape (5,)
        Which features vary.
    chats : DataFrame
        The chats with at least two turns.
    counts : dict
        n_turns, n_patients.
    """

    features: Array
    target: Array
    codes: NDArray[np.intp]
    varies: NDArray[np.bool_]
    chats: pl.DataFrame
    counts: dict[str, int | None]

    @classmethod
    def of(cls, turns: pl.DataFrame, chats: pl.DataFrame) -> WithinChats:
        """Take the turns' features and scores less their chat's means.

        Parameters
        ----------
        turns : DataFrame
            AUDIT_TURNS; those without a score or a feature are left out.
        chats : DataFrame
            session_id, patient_id, cluster.
        """
        columns = [*SURFACE_FEATURES, SCORE]
        known = (
            turns.select("session_id", *columns)
            .drop_nulls()
            .filter(pl.len().over("session_id") > 1)
            .with_columns(pl.col("length").log1p())
            .with_columns(pl.col(columns) - pl.col(columns).mean().over("session_id"))
            .join(chats, on="session_id", how="left", maintain_order="left")
        )
        values = known.select(columns).to_numpy().astype(np.float64)
        own = chats.join(known, on="session_id", how="semi")
        freedom = max(known.height - own.height, 1)
        spread = np.sqrt(np.square(values).sum(axis=0) / freedom)
        varies = spread > 1e-9
        values = values / np.where(varies, spread, 1.0)
        return cls(
            features=values[:, :-1] * varies[:-1],
            target=values[:, -1] * varies[-1],
            codes=known["cluster"].to_numpy().astype(np.intp),
            varies=varies[:-1],
            chats=own,
            counts={"n_turns": known.height, "n_patients": count_known(own["patient_id"])},
        )

    @property
    def too_few(self) -> bool:
        """Whether nothing can be asked."""
        return len(self.target) <= len(SURFACE_FEATURES) or not self.target.any()

    def without(self, cluster: int) -> NDArray[np.bool_]:
        """Choose the turns of the other clusters."""
        return np.asarray(self.codes != cluster)

    def slopes(self, rows: NDArray[np.bool_] | None = None) -> tuple[Array, Array]:
        """Give the five slopes, each alone and all together; 0 for what does not vary."""
        x, y = (self.features, self.target) if rows is None else self._at(rows)
        squares = np.square(x).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            alone = np.where(squares > 0, x.T @ y / squares, 0.0)
        together = np.linalg.lstsq(x, y, rcond=1e-10)[0]
        return np.asarray(alone), np.asarray(together)

    def explained(self, columns: NDArray[np.bool_]) -> float:
        """Give the share of the score's variance that some features explain."""
        x = self.features[:, columns]
        left = self.target - x @ np.linalg.lstsq(x, self.target, rcond=1e-10)[0]
        return float(1 - (left @ left) / (self.target @ self.target))

    def _at(self, rows: NDArray[np.bool_]) -> tuple[Array, Array]:
        return self.features[rows], self.target[rows]
