"""Invented markers: sessions in which the sides differ as told, and associations written out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import polars as pl

from attunement.report._language_about import LanguageAbout
from attunement.report.markers import MarkersShown
from attunement.tables import (
    ACTS,
    ASSOCIATION_CONTROLS,
    ASSOCIATIONS,
    COUNTED,
    MARKER_SESSIONS,
    MARKERS,
    SESSIONS,
)

from .invented_associations import asked, controls_of

CONDITIONS = ("anxiety", "depression", "suicidality")

RATES = {
    "i": (7.2, 2.4),
    "we": (0.4, 1.1),
    "you": (1.2, 6.1),
    "they": (1.9, 0.8),
    "non_fluencies": (4.2, 1.5),
    "fillers": (2.6, 0.9),
    "repeats": (1.0, 0.4),
    "repairs": (0.6, 0.2),
    "hedges": (2.2, 3.1),
    "negations": (2.9, 1.2),
    "articles": (5.1, 5.6),
}
"""Per 100 words: the patients' and the therapists'."""

SHARES = dict(zip(ACTS, (0.24, 0.17, 0.2, 0.08, 0.13, 0.18), strict=True))

_UNITS = {"talk_share": "share of words", "response_time": "seconds", "turn_length": "words"}


def about() -> LanguageAbout:
    return LanguageAbout(
        title="Markers in invented sessions",
        version="0.2.0",
        command="attunement markers sessions/ -o out/",
        created="3 March 2026, 14:05",
        source="estimator contrast, encoder all-MiniLM-L6-v2",
        fictional=True,
        notes=("Consecutive utterances of one speaker were merged.",),
    )


def definitions(names: Sequence[str]) -> pl.DataFrame:
    rows = []
    for name in names:
        unit = _UNITS.get(name, "share of turns" if name in ACTS else "per 100 words")
        if name in ("style_match", "alignment", "lead_lag", "overlap", "compound"):
            unit = ""
        label = name.replace("_", " ").capitalize()
        rows.append(
            {
                "name": name,
                "label": label,
                "of": "both",
                "level": "session",
                "unit": unit,
                "definition": f"What {label} is, in words.",
                "source": "A study (2011)",
                "caution": f"What {label} cannot show.",
            }
        )
    return pl.DataFrame(rows)


def turns_and_sessions(
    conditions: Sequence[str | None] = CONDITIONS,
    *,
    n_sessions: int = 45,
    n_turns: int = 40,
    not_english: int = 0,
    times: bool = True,
    seed: int = 4,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Make markers of turns, markers of sessions and the sessions; the last are not English."""
    chance = Random(seed)
    turns: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    sessions: list[tuple[object, ...]] = []
    for place in range(n_sessions):
        session_id = f"s{place:03d}"
        condition = conditions[place % len(conditions)]
        sessions.append((session_id, f"P{place // 2:02d}", f"T{place % 7}", condition, 1))
        english = place < n_sessions - not_english
        for turn in range(n_turns):
            role = ("therapist", "patient")[turn % 2]
            time = turn / (n_turns - 1)
            act = None
            if role == "therapist" and english:
                weights = [SHARES[name] for name in ACTS]
                weights[ACTS.index("advice")] *= 0.4 + 2.4 * time
                act = chance.choices(ACTS, weights)[0]
            turns.append(
                {
                    "session_id": session_id,
                    "turn": turn,
                    "role": role,
                    "time": time,
                    "words": chance.randrange(3, 60),
                    **(dict.fromkeys(COUNTED, 1) if english else {}),
                    "act": act,
                    "act_probability": 0.8 if act else None,
                    "overlap": chance.uniform(0, 0.6),
                    "response_time": 1.2 if times else None,
                }
            )
        rows: list[tuple[str, str, float]] = []
        if english:
            for name, sides in RATES.items():
                rows += [
                    (role, name, max(0.0, chance.gauss(mean, 0.25 * mean)))
                    for role, mean in zip(("patient", "therapist"), sides, strict=True)
                ]
            rows += [
                ("therapist", name, min(1.0, max(0.0, chance.gauss(share, 0.05))))
                for name, share in SHARES.items()
            ]
            rows.append(("dyad", "style_match", chance.gauss(0.84, 0.04)))
        share = chance.gauss(0.42, 0.05)
        rows += [("therapist", "talk_share", share), ("patient", "talk_share", 1 - share)]
        rows += [("dyad", "alignment", chance.gauss(0.06, 0.02))]
        rows += [("dyad", "lead_lag", chance.gauss(-0.01, 0.03))]
        if times:
            rows.append(("therapist", "response_time", chance.gauss(1.4, 0.3)))
            rows.append(("patient", "response_time", chance.gauss(1.9, 0.4)))
        values += [
            {"session_id": session_id, "role": role, "marker": name, "value": value, "n": 500}
            for role, name, value in rows
        ]
    return (
        pl.DataFrame(turns, schema=MARKERS.schema),
        pl.DataFrame(values, schema=MARKER_SESSIONS.schema),
        pl.DataFrame(sessions, schema=SESSIONS.schema, orient="row"),
    )


def shown(
    conditions: Sequence[str | None] = CONDITIONS,
    *,
    associated: bool = True,
    rated: bool = True,
    **made: Any,
) -> MarkersShown:
    """Make everything the section draws; `made` goes to `turns_and_sessions`."""
    turns, values, sessions = turns_and_sessions(conditions, **made)
    associations = pl.DataFrame(schema=ASSOCIATIONS.schema)
    controls = pl.DataFrame(schema=ASSOCIATION_CONTROLS.schema)
    if associated:
        named = [one for one in conditions if one is not None]
        grouped = named if len(named) > 1 else []
        counted = ["i", "we", "non_fluencies", "hedges", "talk_share", "act_advice"]
        targets: list[tuple[str, str | None, str]] = [("inferred_patient", None, "alliance")]
        if rated:
            targets.insert(0, ("patient_rated", "WAI-SR", "total"))
        tables = [
            asked(
                counted,
                level="session",
                target=target,
                conditions=grouped,
                instrument=instrument,
                scale=scale,
                seed=place,
            )
            for place, (target, instrument, scale) in enumerate(targets)
        ]
        tables.append(
            asked(
                ["act_advice", "act_reflection", "act_open_question", "hedges", "overlap"],
                level="next_turn",
                target="inferred_patient",
                conditions=grouped,
                roles=("therapist",),
                seed=9,
            )
        )
        associations = pl.concat(tables)
        controls = controls_of(associations)
    return MarkersShown(
        markers=turns,
        sessions=values,
        corpus_sessions=sessions,
        associations=associations,
        controls=controls,
        definitions=definitions(values["marker"].unique(maintain_order=True).to_list()),
        notes=("Two turns had no words.",),
    )
