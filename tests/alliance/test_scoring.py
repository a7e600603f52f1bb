"""Streaming sessions through the estimators: the same whatever the chunks, nothing lost."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.alliance.conftest import HashedWords

from attunement.alliance import Compass, Contrast, Evidence, Scorer, _scoring
from attunement.embedding import Encoder
from attunement.instruments import load_anchors, load_inventory
from attunement.tables import EVIDENCE, SCALES, SCORES
from attunement.transcripts import Session, Turn


def session(name: str, *spoken: tuple[str, str]) -> Session:
    turns = tuple(Turn(turn=n, role=role, text=text) for n, (role, text) in enumerate(spoken))  # type: ignore[arg-type]
    return Session(session_id=name, turns=turns)


SESSIONS = [
    session("a", ("therapist", "how was the week"), ("patient", "better thank you")),
    session("b", ("patient", "no"), ("other", "he means yes"), ("therapist", "do you")),
    session("c", ("therapist", "shall we"), ("patient", "  "), ("patient", "i would like that")),
]


@pytest.fixture
def scorer(encoder: Encoder) -> Scorer:
    return Scorer(estimators=[Contrast(), Compass()], encoder=encoder, evidence=True).fit()


def test_the_size_of_the_chunks_changes_nothing(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = scorer.stream(SESSIONS)
    monkeypatch.setattr(_scoring, "CHUNK_TURNS", 1)
    parts = list(scorer.stream(SESSIONS))
    assert len(parts) == len(SESSIONS)
    order = ["session_id", "turn", "estimator"]
    assert_frame_equal(
        pl.concat(part.scores for part in parts).sort(order), whole.scores.sort(order), abs_tol=1e-6
    )
    assert_frame_equal(pl.concat(part.turns for part in parts), whole.turns)


def test_third_speakers_and_empty_turns_are_not_scored_and_keep_their_numbers(
    scorer: Scorer,
) -> None:
    scores = scorer.score(SESSIONS).scores.filter(estimator="contrast")
    assert scores.select("session_id", "turn").rows() == [
        ("a", 0),
        ("a", 1),
        ("b", 0),
        ("b", 2),
        ("c", 0),
        ("c", 2),
    ]


def test_every_estimator_has_its_rows_in_the_schema_and_keeps_its_raw_values(
    scorer: Scorer, encoder: Encoder
) -> None:
    scores = scorer.score(SESSIONS).scores
    assert scores.schema == SCORES.required_schema
    compass = scores.filter(estimator="compass", session_id="a")
    vectors = encoder.encode(["how was the week", "better thank you"])
    expected = Compass().fit(encoder).raw(vectors, ["therapist", "patient"])
    raw = compass.select("task_raw", "bond_raw", "goal_raw", "alliance_raw").to_numpy()
    np.testing.assert_allclose(raw, expected, atol=1e-6)


def test_progress_counts_every_turn_once(scorer: Scorer) -> None:
    counted: list[int] = []
    list(scorer.stream(SESSIONS, on_session=counted.append))
    assert counted == [2, 3, 3]


def test_items_are_the_cosines_to_the_statements_of_the_speakers_own_form(
    encoder: Encoder,
) -> None:
    scorer = Scorer(estimators=[Contrast()], encoder=encoder, items=True).fit()
    scores = scorer.score(SESSIONS[:1]).scores
    inventory = load_inventory()
    for role, text, row in (
        ("therapist", "how was the week", 0),
        ("patient", "better thank you", 1),
    ):
        statements = encoder.encode(inventory.statements(role))  # type: ignore[arg-type]
        expected = statements @ encoder.encode([text])[0]
        np.testing.assert_allclose(scores["items"][row].to_numpy(), expected, atol=1e-6)


def test_a_turn_that_is_an_anchor_names_that_anchor_first(encoder: Encoder) -> None:
    anchor = next(
        one for one in load_anchors().anchors if one.role == "patient" and one.pole == "weak"
    )
    turns = pl.DataFrame(
        {"session_id": ["s"], "turn": [0], "role": ["patient"]},
        schema_overrides={"turn": pl.Int32},
    )
    table = Evidence(nearest=3).fit(encoder).table(turns, encoder.encode([anchor.text]))
    assert table.schema == EVIDENCE.schema
    first = table.filter(scale=anchor.scale, rank=1).row(0, named=True)
    assert first["anchor"] == anchor.anchor_id
    assert first["pole"] == "weak"
    assert first["similarity"] == pytest.approx(1, abs=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    roles=st.lists(st.sampled_from(["patient", "therapist"]), max_size=9),
    nearest=st.integers(1, 5),
)
def test_evidence_has_so_many_rows_a_turn_and_scale_nearest_first(
    roles: list[str], nearest: int
) -> None:
    encoder = HashedWords()
    texts = [f"turn {n} about the plan" for n in range(len(roles))]
    turns = pl.DataFrame(
        {"session_id": ["s"] * len(roles), "turn": range(len(roles)), "role": roles},
        schema={"session_id": pl.String, "turn": pl.Int32, "role": pl.String},
    )
    table = Evidence(nearest=nearest).fit(encoder).table(turns, encoder.encode(texts))
    assert table.height == len(roles) * len(SCALES) * nearest
    assert table["turn"].is_sorted()
    ranked = table.sort("turn", "scale", "rank")
    for _, group in ranked.group_by("turn", "scale"):
        assert group["similarity"].is_sorted(descending=True)
    assert table.filter(pl.col("anchor").str.split(".").list.first() != pl.col("role")).is_empty()
