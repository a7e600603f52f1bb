"""Invented topics in the shape the pipeline makes, with real courses and transitions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from attunement.report._language_about import LanguageAbout
from attunement.report.topics import TopicsShown
from attunement.tables import (
    ASSOCIATION_CONTROLS,
    ASSOCIATIONS,
    TOPIC_COURSES,
    TOPIC_QUALITY,
    TOPIC_TRANSITIONS,
    TOPIC_TURNS,
    TOPICS,
)
from attunement.topics import topic_courses, topic_transitions

from .invented import CONDITIONS, PATIENT, THERAPIST
from .invented_associations import asked, controls_of

NAMES = (
    "sleep, night, awake",
    "mother, sister, home",
    "work, boss, shift",
    "hello, today, week",
    "list, notice, sheet",
    "bus, outside, shops",
    "feel, angry, unfair",
    "thank, bye, next week",
    "voices, quiet, hear",
    "plan, call, brother",
    "money, rent, letter",
    "goal, summer, want",
)
NOTHING = len(NAMES)
"""What turns without a content word are counted under."""

_EARLY, _LATE = 3, 7


def about(**changed: str) -> LanguageAbout:
    told: dict[str, Any] = {
        "title": "Topics of an invented corpus",
        "version": "0.1.0",
        "command": "attunement topics sessions/ -o out/",
        "created": "3 March 2026, 14:05",
        "source": "spherical k-means with 12 topics; encoder all-MiniLM-L6-v2, int8",
    }
    return LanguageAbout(**(told | changed), fictional=True)


@cache
def shown(
    n_sessions: int = 96,
    *,
    name: str = "",
    text: str = "",
    conditions: Sequence[str | None] = CONDITIONS,
) -> TopicsShown:
    """Twelve topics: one of openings, one of endings, a therapist who takes up the patient's.

    A seventh of the turns are of none.

    `name` stands wherever a topic, session or condition is named, `text` for every turn.
    """
    turns, sessions = _turns(n_sessions, conditions, name=name)
    names = [f"{one} {name}".strip() for one in (*NAMES, "answers and courtesies")]
    associations = pl.concat(
        [
            asked(names, level="next_turn", target="inferred_patient", conditions=CONDITIONS[:2]),
            asked(names[:4], level="session", target="patient_rated", instrument="WAI-SR", seed=4),
        ]
    )
    return TopicsShown(
        topics=_topics(turns, names),
        turns=turns,
        courses=topic_courses(turns, sessions, draws=60),
        transitions=topic_transitions(turns),
        quality=_quality(),
        associations=associations,
        controls=controls_of(associations),
        examples=_examples(turns, text=text),
        notes=("Topics were learned from every second session.",),
    )


def bare() -> TopicsShown:
    """Two topics and nothing else."""
    full = shown()
    return TopicsShown(
        topics=full.topics.head(2),
        turns=full.turns.filter(pl.col("topic") < 2),
        courses=TOPIC_COURSES.schema.to_frame(),
        transitions=TOPIC_TRANSITIONS.schema.to_frame(),
        quality=TOPIC_QUALITY.schema.to_frame(),
        associations=ASSOCIATIONS.schema.to_frame(),
        controls=ASSOCIATION_CONTROLS.schema.to_frame(),
        examples=full.examples.clear(),
    )


def _turns(
    n_sessions: int, conditions: Sequence[str | None], *, name: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(8)
    rows, sessions = [], []
    for place in range(n_sessions):
        session_id = f"s{place:03d}{name}"
        condition = conditions[place % len(conditions)]
        sessions.append((session_id, f"p{place // 2}", condition and f"{condition}{name}"))
        mix = rng.dirichlet(np.full(len(NAMES), 0.7))
        n_turns, before = int(rng.integers(20, 44)), 0
        for turn in range(n_turns):
            time = turn / (n_turns - 1)
            own = mix.copy()
            own[_EARLY] *= 6 * (time < 0.15) + 0.1
            own[_LATE] *= 8 * (time > 0.85) + 0.1
            taken_up = turn % 2 == 1 and rng.random() < 0.35
            topic = before if taken_up else int(rng.choice(len(NAMES), p=own / own.sum()))
            if turn % 2 == 1 and before == 8 and rng.random() < 0.4:
                topic = 0
            if rng.random() < 0.15:
                topic = NOTHING
            rows.append((session_id, turn, ("patient", "therapist")[turn % 2], time, topic))
            before = topic
    turns = pl.DataFrame(
        rows, schema=["session_id", "turn", "role", "time", "topic"], orient="row"
    ).with_columns(similarity=0.4, probability=0.5)
    table = pl.DataFrame(
        sessions, schema=["session_id", "patient_id", "condition"], orient="row"
    ).with_columns(therapist_id=pl.lit(None, pl.String), number=pl.lit(1))
    typed = turns.select(
        pl.col(one).cast(dtype) for one, dtype in TOPIC_TURNS.required_schema.items()
    )
    return typed, table


def _topics(turns: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    rows = []
    for topic, name in enumerate(names):
        own = turns.filter(pl.col("topic") == topic)
        shares = {
            f"{role}_share": own.filter(role=role).height / turns.filter(role=role).height
            for role in ("patient", "therapist")
        }
        rows.append(
            {
                "topic": topic,
                "name": name,
                "words": "" if topic == NOTHING else f"{name}, tell, again, maybe, since, keep",
                "share": own.height / turns.height,
                **shares,
                "n_turns": own.height,
                "n_sessions": own["session_id"].n_unique(),
                "npmi": None if topic in (5, NOTHING) else round(0.02 + 0.02 * topic, 3),
            }
        )
    return pl.DataFrame(rows, schema=TOPICS.schema)


def _quality() -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for model, n_topics in (("spherical k-means", 8), ("spherical k-means", 12), ("LDA", 12)):
        for seed in range(3):
            for measure, level in (("npmi", 0.08), ("diversity", 0.81), ("stability", 0.7)):
                value = level + 0.01 * seed + 0.002 * n_topics - 0.03 * (model == "LDA")
                rows.append((model, n_topics, seed, measure, value, f"of {measure}"))
    return pl.DataFrame(rows, schema=TOPIC_QUALITY.schema, orient="row")


def _examples(turns: pl.DataFrame, *, text: str) -> pl.DataFrame:
    spoken = turns.filter(pl.col("topic") != NOTHING, pl.col("role") == "patient")
    picked = spoken.group_by("topic", maintain_order=True).head(3)
    return picked.select("topic", "session_id", "turn", "role").with_columns(
        pl.Series("text", [text or (*PATIENT, *THERAPIST)[at % 19] for at in range(picked.height)])
    )
