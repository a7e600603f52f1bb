"""Simulated sessions as the tables that the statistics read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from benchmarks._simulated._estimators import COLUMNS, Measured
from benchmarks._simulated._population import Design, Latent, Layout
from benchmarks._simulated._speech import Turns

from attunement.tables import ALLIANCE, MEASURES, RATINGS, ROLES, SCORES, SESSIONS

INSTRUMENT = "simulated"


def session_names(count: int) -> pl.Series:
    return pl.Series("session_id", [f"s{number:06d}" for number in range(count)])


def scores_table(turns: Turns, measured: Measured, estimator: str) -> pl.DataFrame:
    """Give the scores with every optional column but `items`; raw values are the standard ones."""
    columns: dict[str, object] = {
        "session_id": session_names(int(turns.session[-1]) + 1).gather(turns.session),
        "turn": turns.number,
        "role": pl.Series(ROLES).gather(turns.role),
        "time": turns.time,
        "estimator": pl.repeat(estimator, len(turns.session), eager=True),
        "words": turns.words,
    }
    for place, column in enumerate(COLUMNS):
        columns[column] = columns[f"{column}_raw"] = measured.own[:, place]
        columns[f"{column}_swapped"] = measured.swapped[:, place]
        columns[f"{column}_offset"] = measured.offset[:, place]
    schema = {name: dtype for name, dtype in SCORES.columns.items() if name != "items"}
    return pl.DataFrame(columns).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def sessions_table(design: Design, layout: Layout) -> pl.DataFrame:
    names = [group.name for group in design.groups]
    return pl.DataFrame(
        {
            "session_id": session_names(len(layout.group)),
            "patient_id": [f"p{code:05d}" for code in layout.patient],
            "therapist_id": [f"t{code:04d}" for code in layout.therapist],
            "condition": [names[code] for code in layout.group],
            "number": [None] * len(layout.group),
        },
        schema=SESSIONS.schema,
    )


def ratings_table(latent: Latent) -> pl.DataFrame:
    """Give questionnaires that rate a session's truth, and truth plus gap, without error."""
    return pl.concat(_ratings(latent))


def _ratings(latent: Latent) -> Iterator[pl.DataFrame]:
    names = session_names(len(latent.truth))
    for rater, values in (("patient", latent.truth), ("therapist", latent.truth + latent.gap)):
        for place, measure in enumerate(MEASURES):
            value = values.mean(axis=1) if measure == ALLIANCE else values[:, place - 1]
            yield pl.DataFrame(
                {
                    "session_id": names,
                    "turn": pl.Series([None] * len(names), dtype=pl.Int32),
                    "rater": [rater] * len(names),
                    "instrument": [INSTRUMENT] * len(names),
                    "scale": [measure] * len(names),
                    "value": value,
                },
                schema=RATINGS.schema,
            )
