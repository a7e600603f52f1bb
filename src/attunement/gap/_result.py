"""What an analysis of the gap is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.gap._language import Wording

FEWEST_DRAWS = 199


@dataclass(frozen=True, slots=True, kw_only=True)
class GapOptions:
    """How the statistics are run.

    Attributes
    ----------
    by : str
        The column of the sessions that names the groups.
    draws : int
        Bootstrap and permutation draws.
    seed : int
        Where the random numbers start.
    as_published : bool
        Whether the published analysis is run too, for comparison only.

    Raises
    ------
    UsageError
        Fewer draws than a p of .01 needs to be told from .005.
    """

    by: str = "condition"
    draws: int = 2_000
    seed: int = 20251
    as_published: bool = False

    def __post_init__(self) -> None:
        if self.draws < FEWEST_DRAWS:
            raise UsageError(
                f"{self.draws} draws are too few",
                mend=f"Give at least {FEWEST_DRAWS}; 2000 are usual",
                field="--draws",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GapResult:
    """The tables of an analysis, with the schemas of `attunement.tables`.

    Attributes
    ----------
    pairs, bins, sessions, dyads, conditions : DataFrame
        The gap per turn pair, tenth of a session, session, dyad and condition; without rows where
        only questionnaires were given.
    trajectories : DataFrame
        Means over session time with bands.
    effects : DataFrame
        Every statistic.
    controls : DataFrame
        Every effect under every control.
    rated_pairs : DataFrame
        Sessions that both sides rated; without rows where there are none.
    published : DataFrame
        The published analysis; without rows unless it was asked for.
    wording : Wording
        What the difference of the inferred sides may be called; of the rated ones where there are
        only these.
    options : GapOptions
        As given.
    clusters : str
        What the bootstrap drew, in words.
    notes : tuple of str
        What a reader must know of the whole.
    """

    pairs: pl.DataFrame
    bins: pl.DataFrame
    sessions: pl.DataFrame
    dyads: pl.DataFrame
    conditions: pl.DataFrame
    trajectories: pl.DataFrame
    effects: pl.DataFrame
    controls: pl.DataFrame
    rated_pairs: pl.DataFrame
    published: pl.DataFrame
    wording: Wording
    options: GapOptions
    clusters: str
    notes: tuple[str, ...]
