"""Nearness of topics: turns further apart share a topic only where subjects are kept to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.topic_nearness import STEPS, apart, stays

from attunement.tables import TOPIC_TURNS

SESSIONS, EXCHANGES, TOPICS = 60, 40, 5
NONE = TOPICS
PATIENT_TO_THERAPIST = STEPS[0]


def talks(*, kept_for: int, answers: bool) -> pl.DataFrame:
    """Make sessions in which a subject is kept to for so many exchanges, and is answered or not."""
    drawn = np.random.default_rng(4)
    rows = []
    for session in range(SESSIONS):
        for exchange in range(EXCHANGES):
            if exchange % kept_for == 0:
                subject = int(drawn.integers(TOPICS))
            own, other = (
                subject if drawn.random() < 0.6 else int(drawn.integers(TOPICS)) for _ in range(2)
            )
            pair = (own, own if answers else other)
            for place, role in enumerate(("patient", "therapist")):
                turn = 2 * exchange + place
                rows.append(
                    {"session_id": f"s{session}", "turn": turn, "role": role, "topic": pair[place]}
                    | {"time": turn / (2 * EXCHANGES), "similarity": 0.5, "probability": 0.5}
                )
    schema = {
        name: dtype
        for name, dtype in TOPIC_TURNS.schema.items()
        if name not in ("similarities", "probabilities")
    }
    return pl.DataFrame(rows, schema=schema)


def ratio(turns: pl.DataFrame, step: tuple[str, str], *, exchanges: int) -> float:
    return stays(apart(turns, step, exchanges=exchanges), step, of_none=NONE)


def test_answers_to_the_turn_before_leave_nothing_further_on() -> None:
    turns = talks(kept_for=1, answers=True)
    assert ratio(turns, PATIENT_TO_THERAPIST, exchanges=0) > 3
    assert ratio(turns, PATIENT_TO_THERAPIST, exchanges=1) == pytest.approx(1, abs=0.1)
    assert ratio(turns, PATIENT_TO_THERAPIST, exchanges=3) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("step", STEPS)
def test_subjects_that_are_kept_to_stay_further_on_though_nothing_is_answered(
    step: tuple[str, str],
) -> None:
    turns = talks(kept_for=20, answers=False)
    near, further = (ratio(turns, step, exchanges=exchanges) for exchanges in (0, 2))
    assert further > 1.15
    assert further == pytest.approx(near, rel=0.15)


@pytest.mark.parametrize("step", STEPS)
def test_turns_are_paired_with_those_so_many_exchanges_on(step: tuple[str, str]) -> None:
    """Of turns numbered in order, the next one is the first after so many were passed over."""
    turns = talks(kept_for=1, answers=False).filter(session_id="s0")
    numbered = turns.with_columns(topic=pl.col("turn"))
    made = apart(numbered, step, exchanges=2)
    following = made.with_columns(
        next=pl.col("topic").shift(-1).over("session_id"),
        next_role=pl.col("role").shift(-1).over("session_id"),
    ).filter(pl.col("role") == step[0], pl.col("next_role") == step[1])
    near = 2 if step[0] == step[1] else 1
    assert set((following["next"] - following["topic"]).to_list()) == {near + 4}
