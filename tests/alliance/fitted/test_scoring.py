"""A fitted model over sessions: every session and scale once, the same whatever the chunks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.alliance.conftest import HashedWords
from tests.alliance.fitted.invented import COLD, ENCODER, WARM, corpus, session

from attunement.alliance import _embedded
from attunement.alliance.fitted import (
    RUNNING_SCHEMA,
    EstimatedChunk,
    FittedModel,
    FittedScorer,
    Material,
)
from attunement.alliance.fitted._material import patient_marks
from attunement.errors import ModelError
from attunement.tables import ESTIMATES, SCORES
from attunement.transcripts import Session


def scored(
    model: FittedModel, sessions: list[Session], *, running: bool = True
) -> list[EstimatedChunk]:
    scorer = FittedScorer(model=model, encoder=ENCODER, running=running)
    return list(scorer.stream(sessions))


def running_of(model: FittedModel, sessions: list[Session]) -> pl.DataFrame:
    (chunk,) = scored(model, sessions)
    assert chunk.scores is not None
    return chunk.scores


def test_another_encoder_is_refused_by_name(model: FittedModel) -> None:
    class Rebuilt(HashedWords):
        fingerprint = "hashed-words-2"

    with pytest.raises(ModelError, match=r"fitted with hashed words.*fit again") as refused:
        FittedScorer(model=model, encoder=Rebuilt())
    assert refused.value.field == "--fitted"


def test_every_session_has_an_estimate_of_every_scale(
    model: FittedModel, sessions: list[Session]
) -> None:
    (chunk,) = scored(model, sessions, running=False)
    assert chunk.scores is None
    estimates = chunk.estimates
    assert estimates.schema == ESTIMATES.schema
    rows = estimates.select("session_id", "perspective", "scale").rows()
    assert rows == [
        (one.session_id, perspective, scale)
        for one in sessions
        for perspective, scale in (
            ("patient", "alliance"),
            ("therapist", "task"),
            ("therapist", "bond"),
        )
    ]
    assert estimates["estimator"].unique().to_list() == ["fitted"]
    assert estimates.select((pl.col("low") <= pl.col("estimate")).all()).item()
    assert estimates.select((pl.col("estimate") <= pl.col("high")).all()).item()


def test_a_new_session_is_estimated_by_the_words_of_the_side_that_rates(
    model: FittedModel,
) -> None:
    def said(patient: tuple[str, ...], therapist: tuple[str, ...]) -> dict[tuple[str, str], float]:
        spoken = [
            (role, " ".join((*words[:2], "table", "bread")))
            for role, words in (("patient", patient), ("therapist", therapist)) * 6
        ]
        (chunk,) = scored(model, [session("new", spoken)])
        return {(row[2], row[3]): row[4] for row in chunk.estimates.rows()}

    warm_patient, warm_therapist = said(WARM, COLD), said(COLD, WARM)
    assert warm_patient["patient", "alliance"] > warm_therapist["patient", "alliance"] + 10
    assert warm_therapist["therapist", "bond"] > warm_patient["therapist", "bond"] + 2.5
    assert warm_therapist["therapist", "task"] > warm_patient["therapist", "task"] + 1.25


def test_estimates_of_new_sessions_follow_what_was_rated(model: FittedModel) -> None:
    new = corpus(60, seed=99)
    (chunk,) = scored(model, new)
    assert chunk.seen == ()
    rated = chunk.ratings.rename({"rater": "perspective"})
    both = chunk.estimates.join(rated, on=["session_id", "perspective", "scale"])
    assert both.height == 180
    for perspective, scale in (("patient", "alliance"), ("therapist", "bond")):
        mine = both.filter(perspective=perspective, scale=scale)
        assert np.corrcoef(mine["estimate"], mine["value"])[0, 1] > 0.6
        held = mine.select(pl.col("value").is_between("low", "high").mean()).item()
        assert held > 0.75


def test_the_size_of_the_chunks_changes_nothing(
    model: FittedModel, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = scored(model, sessions)
    monkeypatch.setattr(_embedded, "CHUNK_TURNS", 25)
    parts = scored(model, sessions)
    assert len(parts) > 10
    assert_frame_equal(
        pl.concat(part.estimates for part in parts), whole.estimates, rel_tol=1e-4, abs_tol=1e-4
    )
    running = pl.concat(part.scores for part in parts if part.scores is not None)
    assert whole.scores is not None
    assert_frame_equal(running, whole.scores, rel_tol=1e-4, abs_tol=1e-4)
    assert_frame_equal(pl.concat(part.turns for part in parts), whole.turns)
    assert tuple(one for part in parts for one in part.seen) == whole.seen


def test_sessions_learned_from_are_counted_as_seen(
    model: FittedModel, sessions: list[Session]
) -> None:
    (chunk,) = scored(model, [*corpus(20, seed=77), *renamed(sessions[:7])])
    assert len(chunk.seen) == 7


def test_other_sessions_of_patients_learned_from_are_told_apart_from_new_ones(
    model: FittedModel, sessions: list[Session]
) -> None:
    known = sessions[3].patient_id
    fresh = [
        replace(one, session_id=f"new {n}", patient_id=patient)
        for n, (one, patient) in enumerate(
            zip(corpus(4, seed=77), (known, "nobody yet", None, ""), strict=True)
        )
    ]
    (chunk,) = scored(model, [*fresh, *renamed(sessions[:2])])
    assert chunk.of_known_patients == ("new 0",)
    assert len(chunk.seen) == 2


def test_the_same_patient_is_marked_otherwise_in_another_model() -> None:
    (one,), (other,) = (patient_marks(["A"], salt=salt) for salt in (["x", "y"], ["x"]))
    assert one != other
    assert patient_marks(["A", "B"], salt=["y", "x"])[0] == one


def renamed(sessions: list[Session]) -> list[Session]:
    """The same sessions under other names."""
    return [replace(one, session_id=f"again {n}") for n, one in enumerate(sessions)]


def test_sessions_without_scored_turns_are_kept_and_not_estimated(model: FittedModel) -> None:
    (chunk,) = scored(
        model,
        [
            session("none", []),
            session("theirs", [("other", "good morning"), ("patient", "  ")]),
            session("some", [("patient", "amber table")]),
        ],
    )
    assert chunk.sessions["session_id"].to_list() == ["none", "theirs", "some"]
    assert chunk.estimates["session_id"].unique().to_list() == ["some"]
    (nothing,) = scored(model, [session("none", [])])
    assert nothing.estimates.schema == ESTIMATES.schema
    assert nothing.estimates.height == 0
    assert nothing.scores is not None
    assert nothing.scores.schema == RUNNING_SCHEMA


@pytest.mark.parametrize("role", ["patient", "therapist"])
def test_a_session_of_one_side_is_estimated_all_the_same(model: FittedModel, role: str) -> None:
    (chunk,) = scored(model, [session("alone", [(role, "amber table"), (role, "bread")])])
    assert chunk.estimates.height == 3
    assert chunk.estimates.select(pl.col("estimate").is_finite().all()).item()
    assert chunk.scores is not None
    assert chunk.scores["role"].to_list() == [role, role]


def test_running_estimates_fit_the_scores_table(
    model: FittedModel, sessions: list[Session]
) -> None:
    running = running_of(model, sessions)
    assert running.schema == RUNNING_SCHEMA
    assert set(SCORES.required_schema) <= set(running.columns) <= set(SCORES.schema)
    for name, kind in running.schema.items():
        assert kind == SCORES.schema[name]
    assert running.height == sum(len(one.turns) for one in sessions)
    first = running.filter(session_id=sessions[0].session_id)
    assert first["turn"].to_list() == [turn.turn for turn in sessions[0].turns]
    assert first["words"].to_list() == [len(turn.text.split()) for turn in sessions[0].turns]


def test_a_turns_running_estimate_is_its_speakers_rating_as_far_as_known(
    model: FittedModel, material: Material, sessions: list[Session]
) -> None:
    running = running_of(model, sessions)
    patient, therapist = (running.filter(role=role) for role in ("patient", "therapist"))
    # The patients' one scale stands for the whole; what the therapists rated has no whole.
    assert patient["alliance"].null_count() == 0
    assert patient.select("task", "bond", "goal").null_count().row(0) == (patient.height,) * 3
    assert therapist.select("task", "bond").null_count().row(0) == (0, 0)
    assert therapist.select("goal", "alliance").null_count().row(0) == (therapist.height,) * 2
    for measure in ("task", "bond", "goal", "alliance"):
        assert running[f"{measure}_raw"].equals(running[measure])
    assert patient.select(pl.col("alliance").is_between(0, 40).all()).item()
    assert therapist.select(pl.col("task").is_between(0, 5).all()).item()
    # After the eighth turn, of the session cut there.
    one = sessions[3]
    cut = replace(one, turns=one.turns[:8])
    names = ["turn", "role", "task", "bond", "alliance"]
    whole = running.filter(session_id=one.session_id).head(8)
    assert_frame_equal(
        whole.select(names), running_of(model, [cut]).select(names), abs_tol=1e-5, rel_tol=1e-5
    )


def test_a_scale_named_as_a_measure_stands_for_it_before_an_only_one_does(
    model: FittedModel, sessions: list[Session]
) -> None:
    patients = replace(model, scales=model.scales[:1])
    renamed_scale = replace(model.scales[0], scale="total")
    total = replace(model, scales=(renamed_scale,))
    there, elsewhere = running_of(patients, sessions[:3]), running_of(total, sessions[:3])
    assert_frame_equal(there, elsewhere)
    both = replace(model, scales=(renamed_scale, model.scales[0]))
    assert_frame_equal(running_of(both, sessions[:3]), there)


def test_turns_of_a_side_that_has_no_head_have_no_running_estimate(
    model: FittedModel, sessions: list[Session]
) -> None:
    patients = replace(model, scales=model.scales[:1])
    running = running_of(patients, sessions)
    assert running["role"].unique().to_list() == ["patient"]
    (chunk,) = scored(patients, sessions)
    assert chunk.estimates["perspective"].unique().to_list() == ["patient"]


def test_third_speakers_have_no_row_and_turns_keep_their_numbers(model: FittedModel) -> None:
    spoken = [("other", "hello"), ("patient", "amber"), ("therapist", ""), ("therapist", "rust")]
    running = running_of(model, [session("a", spoken)])
    assert running.select("turn", "role").rows() == [(1, "patient"), (3, "therapist")]


def test_progress_tells_every_turn_once(model: FittedModel, sessions: list[Session]) -> None:
    told: list[int] = []
    scorer = FittedScorer(model=model, encoder=ENCODER)
    list(scorer.stream(sessions, on_turns=told.append))
    assert sum(told) == sum(len(one.turns) for one in sessions)
