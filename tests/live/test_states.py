"""What a state says, and what it may not say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter
from tests.alliance.fitted.invented import ENCODER, corpus
from tests.live.heard import SPOKEN, heard, turns_of

from attunement.alliance.fitted import FittedModel
from attunement.live import Listener, State
from attunement.transcripts import Session, Turn

STATES = TypeAdapter(list[State])


def test_a_state_comes_back_from_json_as_it_was(listener: Listener) -> None:
    spoken = [(("patient", "therapist", "other")[n % 3], SPOKEN[n]) for n in range(14)]
    states = heard(listener.monitor("s"), turns_of(spoken))
    assert STATES.validate_json(STATES.dump_json(states)) == states


def test_zero_shot_the_gap_is_on_no_common_scale(listener: Listener) -> None:
    state = heard(listener.monitor("s"), _both(10))[-1]
    assert (state.estimator, state.on_common_scale) == ("contrast", False)
    assert "standard deviations" in state.unit
    assert state.gap.bond is not None
    assert state.patient.bond is not None
    assert state.therapist.bond is not None
    assert state.gap.bond.value == pytest.approx(
        state.therapist.bond.value - state.patient.bond.value
    )


def test_a_difference_is_known_where_both_sides_are_and_an_interval_where_both_have_one(
    listener: Listener,
) -> None:
    states = heard(listener.monitor("s"), _both(14))
    for state in states:
        sides = (state.patient.task, state.therapist.task)
        assert (state.gap.task is None) == (None in sides)
        if state.gap.task is not None:
            known = all(side is not None and side.low is not None for side in sides)
            assert (state.gap.task.low is not None) == known
    assert states[-1].gap.task is not None
    assert states[-1].gap.task.low is not None


@pytest.mark.parametrize(
    ("early", "late", "direction"),
    [(1, 5, "falling"), (5, 1, "rising"), (3, 3, "steady")],
)
def test_the_trend_is_that_of_the_patients_own_turns(
    listener: Listener, early: int, late: int, direction: str
) -> None:
    spoken = [("patient", SPOKEN[early])] * 8 + [("patient", SPOKEN[late])] * 8
    # What the therapist says, however it changes, is no part of it.
    others = [("therapist", SPOKEN[late])] * 8 + [("therapist", SPOKEN[early])] * 8
    both = [turn for pair in zip(spoken, others, strict=True) for turn in pair]
    states = heard(listener.monitor("s"), turns_of(both))
    assert states[17].trend is None
    trend = states[-1].trend
    assert trend is not None
    assert trend.direction == direction
    assert trend.low <= trend.per_ten_turns <= trend.high


def test_a_fitted_gap_wants_both_sides_ratings_on_one_scale(
    model: FittedModel, fitted_listener: Listener
) -> None:
    # The model knows the patient's alliance, and the therapist's task and bond: nothing in common.
    session = corpus()[3]
    state = fitted_listener.batch(session)[-1]
    assert (state.estimator, state.on_common_scale, state.unit) == ("fitted", True, "points of SRS")
    assert state.patient.alliance is not None
    assert state.therapist.bond is not None
    assert (state.gap.alliance, state.gap.bond) == (None, None)

    of_patient, task, bond = model.scales
    both = replace(model, scales=(replace(of_patient, scale="bond"), task, bond))
    state = _last(Listener(ENCODER, both).fit(), session)
    patient, therapist, gap = state.patient.bond, state.therapist.bond, state.gap.bond
    assert patient is not None
    assert therapist is not None
    assert gap is not None
    assert gap.value == pytest.approx(therapist.value - patient.value)
    assert therapist.low is not None
    assert patient.high is not None
    assert gap.low == pytest.approx(therapist.low - patient.high)

    other_form = replace(model, scales=(replace(both.scales[0], instrument="WAI-SR"), task, bond))
    assert _last(Listener(ENCODER, other_form).fit(), session).gap.bond is None


def test_a_model_of_patients_only_says_nothing_of_the_therapist(model: FittedModel) -> None:
    alone = replace(model, scales=model.scales[:1])
    state = _last(Listener(ENCODER, alone).fit(), corpus()[3])
    assert state.patient.alliance is not None
    assert set(_values(state.therapist)) == {None}
    assert set(_values(state.gap)) == {None}


def _last(listener: Listener, session: Session) -> State:
    return listener.batch(session)[-1]


def _values(measures: object) -> list[object]:
    return [getattr(measures, name) for name in ("alliance", "task", "bond", "goal")]


def _both(count: int) -> tuple[Turn, ...]:
    return turns_of([(("patient", "therapist")[n % 2], SPOKEN[n % 10]) for n in range(count)])
