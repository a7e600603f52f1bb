"""Streaming sessions through the estimators: the same whatever the chunks, nothing lost."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from polars.testing import assert_frame_equal
from tests.alliance.conftest import HashedWords, Offset

from attunement.alliance import (
    COLUMNS,
    Compass,
    Contrast,
    Estimator,
    Evidence,
    Scorer,
    _embedded,
    load_reference,
)
from attunement.embedding import Encoder
from attunement.instruments import load_anchors, load_inventory
from attunement.tables import EVIDENCE, ROLES, SCALES, SCORES, Role
from attunement.transcripts import Session, Turn

Numbers = NDArray[np.float64]


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
    monkeypatch.setattr(_embedded, "CHUNK_TURNS", 1)
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
    assert scores.schema == scorer.scores_schema
    assert set(SCORES.columns) - set(scores.columns) == {"items"}
    compass = scores.filter(estimator="compass", session_id="a")
    vectors = encoder.encode(["how was the week", "better thank you"])
    expected = Compass().fit(encoder).raw(vectors, ["therapist", "patient"])
    raw = compass.select("task_raw", "bond_raw", "goal_raw", "alliance_raw").to_numpy()
    np.testing.assert_allclose(raw, expected, atol=1e-6)


def test_each_estimators_scores_are_its_own_raw_scores_in_sds_from_the_references_mean(
    scorer: Scorer, encoder: Encoder
) -> None:
    table = scorer.score(SESSIONS).scores
    for estimator in (Contrast(), Compass()):
        mean, sd = reference_mean_and_sd(estimator, encoder)
        own = table.filter(estimator=estimator.name)
        assert own.height == 6
        raw = own.select(f"{column}_raw" for column in COLUMNS).to_numpy()
        np.testing.assert_allclose(own.select(COLUMNS).to_numpy(), (raw - mean) / sd, atol=1e-5)


def reference_mean_and_sd(estimator: Estimator, encoder: Encoder) -> tuple[Numbers, Numbers]:
    """Mean and SD over the reference, each role counting half."""
    reference = load_reference()
    raw = estimator.fit(encoder).raw(encoder.encode(reference.texts), reference.roles)
    of_role = [raw[[one == role for one in reference.roles]].astype(float) for role in ROLES]
    mean = sum(part.mean(axis=0) for part in of_role) / 2
    variance = sum(((part - mean) ** 2).mean(axis=0) for part in of_role) / 2
    return np.asarray(mean), np.sqrt(variance)


@pytest.mark.parametrize("form", ROLES)
def test_the_form_swap_moves_only_the_other_roles_turns_and_keeps_the_unit(
    encoder: Encoder, form: Role
) -> None:
    estimators: list[Estimator] = [Contrast(), Compass()]
    own = Scorer(estimators=estimators, encoder=encoder).fit().score(SESSIONS).scores
    swapped = Scorer(estimators=estimators, encoder=encoder, form=form).fit()
    scores = swapped.score(SESSIONS).scores
    names = [*COLUMNS, *(f"{column}_raw" for column in COLUMNS)]
    for estimator in estimators:
        here = scores.filter(estimator=estimator.name)
        mean, sd = reference_mean_and_sd(estimator, encoder)
        raw = here.select(f"{column}_raw" for column in COLUMNS).to_numpy()
        np.testing.assert_allclose(here.select(COLUMNS).to_numpy(), (raw - mean) / sd, atol=1e-5)
        change = np.abs(
            here.select(names).to_numpy()
            - own.filter(estimator=estimator.name).select(names).to_numpy()
        )
        of_form = (here["role"] == form).to_numpy()
        np.testing.assert_allclose(change[of_form], 0, atol=1e-5)
        assert (change[~of_form].max(axis=1) > 1e-3).all()


def test_the_swapped_columns_are_the_scores_on_the_other_roles_wording(encoder: Encoder) -> None:
    estimators: list[Estimator] = [Contrast(), Compass()]
    table = Scorer(estimators=estimators, encoder=encoder).fit().score(SESSIONS).scores
    for role, other in (ROLES, ROLES[::-1]):
        on_other = Scorer(estimators=estimators, encoder=encoder, form=other).fit()
        expected = on_other.score(SESSIONS).scores.filter(role=role).select(COLUMNS)
        found = table.filter(role=role).select(
            pl.col(f"{column}_swapped").alias(column) for column in COLUMNS
        )
        assert_frame_equal(found, expected, rel_tol=0, abs_tol=1e-6)


def test_the_offset_of_compass_is_what_all_its_cosines_share_times_the_keys_sum(
    encoder: Encoder,
) -> None:
    table = Scorer(estimators=[Compass()], encoder=encoder).fit().score(SESSIONS).scores
    reference, inventory = load_reference(), load_inventory()
    statements = {role: encoder.encode(inventory.statements(role)) for role in ROLES}
    of_role = [
        np.mean(
            [
                statements[role] @ encoder.encode([text])[0]
                for spoken, text in zip(reference.roles, reference.texts, strict=True)
                if spoken == role
            ]
        )
        for role in ROLES
    ]
    _, sd = reference_mean_and_sd(Compass(), encoder)
    text = {(s.session_id, turn.turn): turn.text for s in SESSIONS for turn in s.turns}
    for row in table.iter_rows(named=True):
        vector = encoder.encode([text[row["session_id"], row["turn"]]])[0]
        common = (statements[row["role"]] @ vector).mean() - np.mean(of_role)
        expected = common * np.array([2, 6, 0, 8]) / sd
        found = [row[f"{column}_offset"] for column in COLUMNS]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_offset_of_contrast_is_zero(encoder: Encoder) -> None:
    table = Scorer(estimators=[Contrast()], encoder=encoder).fit().score(SESSIONS).scores
    assert (table.select(f"{column}_offset" for column in COLUMNS).to_numpy() == 0).all()


def test_a_constant_on_every_cosine_moves_scores_by_their_offset_columns_alone(
    encoder: Encoder,
) -> None:
    spoken = [turn.text for one in SESSIONS for turn in one.turns]
    low, high = (
        Scorer(estimators=[Contrast(), Compass()], encoder=Offset(encoder, spoken, constant))
        .fit()
        .score(SESSIONS)
        .scores
        for constant in (0.0, 0.4)
    )
    offsets = [f"{column}_offset" for column in COLUMNS]
    moved = (high.select(COLUMNS) - low.select(COLUMNS)).to_numpy()
    np.testing.assert_allclose(
        moved, high.select(offsets).to_numpy() - low.select(offsets).to_numpy(), atol=1e-4
    )
    compass = (low["estimator"] == "compass").to_numpy()
    assert (moved[compass][:, [0, 1, 3]] > 0.1).all()
    np.testing.assert_allclose(moved[compass][:, 2], 0, atol=1e-4)


def test_words_are_runs_without_spaces_that_hold_a_letter_or_a_digit(encoder: Encoder) -> None:
    spoken = [("patient", "No. I -- I don't know, 3 or 4 …"), ("therapist", "つらいですね。")]
    scores = Scorer(estimators=[Contrast()], encoder=encoder).fit().score([session("s", *spoken)])
    assert scores.scores["words"].to_list() == [8, 1]


def test_progress_counts_every_turn_once(scorer: Scorer) -> None:
    counted: list[int] = []
    list(scorer.stream(SESSIONS, on_turns=counted.append))
    assert sum(counted) == 8


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


def test_turns_of_both_roles_that_are_anchors_name_themselves_first(encoder: Encoder) -> None:
    bank = load_anchors().anchors
    of_role = [[anchor for anchor in bank if anchor.role == role][::7] for role in ROLES]
    # Patient, therapist, patient, ...: a role's rows are then not the first so many rows.
    anchors = [anchor for pair in zip(*of_role, strict=False) for anchor in pair]
    turns = pl.DataFrame(
        {
            "session_id": ["s"] * len(anchors),
            "turn": range(len(anchors)),
            "role": [anchor.role for anchor in anchors],
        },
        schema_overrides={"turn": pl.Int32},
    )
    vectors = encoder.encode([anchor.text for anchor in anchors])
    table = Evidence(nearest=3).fit(encoder).table(turns, vectors)
    assert table.schema == EVIDENCE.schema
    for turn, anchor in enumerate(anchors):
        first = table.filter(turn=turn, scale=anchor.scale, rank=1).row(0, named=True)
        assert first["anchor"] == anchor.anchor_id
        assert first["pole"] == anchor.pole
        assert first["similarity"] == pytest.approx(1, abs=1e-5)


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
