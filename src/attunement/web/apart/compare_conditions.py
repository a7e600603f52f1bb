"""Comparing the two sides over many sessions, in a process of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from attunement import __version__
from attunement.errors import DataError, UsageError
from attunement.gap import GapOptions, analyze_scores
from attunement.report import GapAbout
from attunement.report.gap import gap_section
from attunement.tables import RATINGS, SCORES
from attunement.web.apart._child import answer

_SESSIONS = {
    "session_id": pl.String,
    "patient_id": pl.String,
    "therapist_id": pl.String,
    "condition": pl.String,
    "number": pl.Int64,
}


def work(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Run the statistics of the calibration gap, as `attunement gap` does.

    Parameters
    ----------
    request : mapping
        scores, sessions, ratings: columns of the tables; draws, seed; source and created, in
        words; fictional; on_common_scale.

    Yields
    ------
    dict
        The tables' rows, and the report's section on them, worked out; or problem and mend.
    """
    try:
        yield _compared(request)
    except (DataError, UsageError) as error:
        yield {"problem": error.problem, "mend": error.mend}


def _compared(request: Mapping[str, Any]) -> dict[str, Any]:
    options = GapOptions(draws=request["draws"], seed=request["seed"])
    result = analyze_scores(
        pl.DataFrame(
            request["scores"], schema={name: SCORES.columns[name] for name in request["scores"]}
        ),
        pl.DataFrame(request["sessions"], schema=_SESSIONS),
        on_common_scale=request["on_common_scale"],
        ratings=pl.DataFrame(request["ratings"], schema=RATINGS.schema),
        options=options,
    )
    about = GapAbout(
        title="The calibration gap",
        version=__version__,
        command="attunement serve",
        created=request["created"],
        source=request["source"],
        fictional=request["fictional"],
    )
    return {
        "options": {"by": options.by, "draws": options.draws, "seed": options.seed},
        "clusters": result.clusters,
        "notes": list(result.notes),
        "effects": _rows(result.effects),
        "controls": _rows(result.controls),
        "trajectories": _rows(result.trajectories),
        "conditions": _rows(result.conditions),
        "levels": _rows(result.effects.filter(pl.col("family") == "level")),
        "rated_pairs": _rows(result.rated_pairs.drop("session_id", strict=False)),
        "section": _finite(asdict(gap_section(result, about))),
    }


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _finite(table.to_dicts())
    return rows


def _finite(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Say nothing where there is no number."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value


if __name__ == "__main__":
    answer(work)
