"""Invented analyses of the gap: real statistics on invented scores and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import polars as pl

from attunement.gap import GapOptions, GapResult, analyze_ratings, analyze_scores
from attunement.report import GapAbout, ReportTables
from attunement.tables import RATINGS, ROLES, SCALES, SCORES, SESSIONS

SIZES: Mapping[str | None, int] = {
    "anxiety": 22,
    "depression": 21,
    "suicidality": 6,
}
OPTIONS = GapOptions(draws=199, as_published=True)


def gap_about(*, fictional: bool = True) -> GapAbout:
    return GapAbout(
        title="The gap in invented sessions",
        version="0.2.0",
        command="attunement gap scores.parquet -o out/",
        created="3 March 2026, 14:05",
        source="estimator contrast, encoder all-MiniLM-L6-v2",
        fictional=fictional,
        notes=("Consecutive utterances of one speaker were merged.",),
    )


def scores_and_sessions(
    sizes: Mapping[str | None, int], *, n_turns: int = 24, seed: int = 5, companions: bool = True
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make scored turns; the gap is wider in each condition, and narrows within anxiety."""
    chance = Random(seed)
    scores: list[dict[str, object]] = []
    sessions: list[tuple[object, ...]] = []
    for place, (condition, n) in enumerate(sizes.items()):
        for number in range(n):
            session_id = f"s{place:02d}-{number:03d}"
            sessions.append(
                (session_id, f"P{place:02d}-{number // 2}", f"T{number % 9}", condition, 1)
            )
            level, gap = chance.gauss(0, 0.4), 0.1 + 0.35 * place + chance.gauss(0, 0.3)
            for turn in range(n_turns):
                role = ROLES[(turn + 1) % 2]
                time = turn / (n_turns - 1)
                narrowing = 1.5 * (0.5 - time) if place == 0 else 0.0
                shift = gap + narrowing if role == "therapist" else 0.0
                parts = {scale: level + shift + chance.gauss(0, 0.6) for scale in SCALES}
                values = parts | {"alliance": sum(parts.values()) / 3}
                row: dict[str, object] = {
                    "session_id": session_id,
                    "turn": turn,
                    "role": role,
                    "time": time,
                    "estimator": "contrast",
                    **values,
                    **{f"{measure}_raw": value / 10 for measure, value in values.items()},
                }
                if companions:
                    row["words"] = chance.randrange(1, 40)
                    for measure, value in values.items():
                        row[f"{measure}_swapped"] = value + chance.gauss(0, 0.4)
                        row[f"{measure}_offset"] = 0.0
                scores.append(row)
    schema = {
        name: dtype
        for name, dtype in SCORES.columns.items()
        if name in SCORES.required_schema or (companions and name != "items")
    }
    return (
        pl.DataFrame(scores, schema=schema),
        pl.DataFrame(sessions, schema=SESSIONS.schema, orient="row"),
    )


def ratings_of(
    sessions: pl.DataFrame, *, seed: int = 6, instrument: str = "WAI-SR"
) -> pl.DataFrame:
    """Make both sides' questionnaires, the therapist's a little lower."""
    chance = Random(seed)
    rows: list[tuple[object, ...]] = []
    for session_id in sessions["session_id"]:
        level = chance.gauss(3.6, 0.5)
        for scale in SCALES:
            truth = level + chance.gauss(0, 0.3)
            rows.append((session_id, None, "patient", instrument, scale, truth))
            judged = 0.8 + 0.7 * truth + chance.gauss(0, 0.3)
            rows.append((session_id, None, "therapist", instrument, scale, judged))
    return pl.DataFrame(rows, schema=RATINGS.schema, orient="row")


def inferred_gap(
    sizes: Mapping[str | None, int] = SIZES,
    *,
    on_common_scale: bool = False,
    with_ratings: bool = False,
    companions: bool = True,
    n_turns: int = 24,
    options: GapOptions = OPTIONS,
) -> GapResult:
    scores, sessions = scores_and_sessions(sizes, n_turns=n_turns, companions=companions)
    return analyze_scores(
        scores,
        sessions,
        on_common_scale=on_common_scale,
        ratings=ratings_of(sessions) if with_ratings else None,
        options=options,
    )


def gap_of(tables: ReportTables) -> GapResult:
    """Analyse a report's own tables."""
    return analyze_scores(
        tables.scores,
        tables.sessions,
        on_common_scale=False,
        ratings=tables.ratings,
        options=OPTIONS,
    )


def rated_gap(sizes: Mapping[str | None, int] = SIZES) -> GapResult:
    _, sessions = scores_and_sessions(sizes, n_turns=2)
    return analyze_ratings(ratings_of(sessions), sessions, options=OPTIONS)
