"""Tables of a few turns, written out, for known answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.report import ReportTables
from attunement.tables import EVIDENCE, RATINGS, SCORES, SESSIONS, TURNS

from .invented import anchor_frame


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: its alliance is also its task; bond is twice it and goal its negative."""

    role: str
    alliance: float | None
    text: str = "words"
    start: float | None = None


def tables(
    sessions: Mapping[str, Sequence[Said]],
    *,
    conditions: Mapping[str, str] | None = None,
    patients: Mapping[str, str] | None = None,
    ratings: Sequence[tuple[str, int | None, str, str | None, str, float]] = (),
    evidence: Sequence[tuple[str, int, str, str, int, str, str, float]] = (),
    anchors: Sequence[tuple[str, str, str, str, str]] = (),
) -> ReportTables:
    turns: list[tuple[object, ...]] = []
    scores: list[tuple[object, ...]] = []
    for session_id, said in sessions.items():
        for turn, spoken in enumerate(said):
            time = turn / max(len(said) - 1, 1)
            start = spoken.start
            turns.append((session_id, turn, spoken.role, None, spoken.text, start, None, time))
            if spoken.role == "other":
                continue
            value = spoken.alliance
            four = (None,) * 4 if value is None else (value, 2 * value, -value, value)
            scores.append((session_id, turn, spoken.role, time, "contrast", *four, *four))
    about = [
        (
            session_id,
            (patients or {}).get(session_id),
            None,
            (conditions or {}).get(session_id),
            None,
        )
        for session_id in sessions
    ]
    return ReportTables(
        turns=pl.DataFrame(turns, schema=TURNS.schema, orient="row"),
        sessions=pl.DataFrame(about, schema=SESSIONS.schema, orient="row"),
        scores=pl.DataFrame(scores, schema=SCORES.required_schema, orient="row"),
        evidence=pl.DataFrame(list(evidence), schema=EVIDENCE.schema, orient="row"),
        ratings=pl.DataFrame(list(ratings), schema=RATINGS.schema, orient="row"),
        anchors=anchor_frame(anchors),
    )


def patient(*values: float | None) -> list[Said]:
    """Make a session in which only the patient speaks."""
    return [Said("patient", value) for value in values]
