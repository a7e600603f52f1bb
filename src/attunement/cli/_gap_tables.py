"""The tables of a gap as files."""

from __future__ import annotations

from pathlib import Path

from attunement.gap import GapResult
from attunement.tablefiles import write_table
from attunement.tables import (
    AS_PUBLISHED,
    CONTROLS,
    EFFECTS,
    GAP_BINS,
    GAP_CONDITIONS,
    GAP_DYADS,
    GAP_PAIRS,
    GAP_SESSIONS,
    RATED_PAIRS,
    TRAJECTORIES,
)


def write_gap_tables(folder: Path, result: GapResult) -> None:
    """Write every table that has rows, as `NAME.csv`; the pairs of turns as Parquet."""
    tables = (
        (GAP_PAIRS, result.pairs),
        (GAP_BINS, result.bins),
        (GAP_SESSIONS, result.sessions),
        (GAP_DYADS, result.dyads),
        (GAP_CONDITIONS, result.conditions),
        (TRAJECTORIES, result.trajectories),
        (EFFECTS, result.effects),
        (CONTROLS, result.controls),
        (RATED_PAIRS, result.rated_pairs),
        (AS_PUBLISHED, result.published),
    )
    for table, frame in tables:
        if frame.height:
            suffix = ".parquet" if table is GAP_PAIRS else ".csv"
            write_table(folder / f"{table.name}{suffix}", frame)
