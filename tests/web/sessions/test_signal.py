"""What the signal suggests, and when it suggests nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest

from attunement.live import Estimate, Heard, Measures, State, Trend
from attunement.web.sessions._signal import signal
from attunement.web.sessions._views import AlarmView
from attunement.wire import AlarmKind

NOTHING = Measures(None, None, None, None)


def state(turn: int, direction: str = "steady") -> State:
    return State(
        session_id="s",
        turn=turn,
        role="patient",
        scored=True,
        estimator="contrast",
        unit="standard deviations of the reference's turns",
        on_common_scale=False,
        heard=Heard(turn + 1, 0),
        scores=None,
        patient=Measures(Estimate(0.1, None, None), None, None, None),
        therapist=NOTHING,
        gap=NOTHING,
        trend=Trend(-0.5, -0.9, -0.1, direction),  # type: ignore[arg-type]
        evidence=(),
        alarms=(),
        levels={},
    )


def alarm(kind: str, turn: int) -> AlarmView:
    return AlarmView(
        id="a",
        session_id="s",
        patient_id="p",
        patient_code="P",
        label="l",
        turn=turn,
        kind=kind,
        level=1.2,
        words=("not this again",),
        message="One calm sentence.",
        raised_at=datetime(2026, 3, 1, tzinfo=UTC),
        seen_at=None,
        seen_by=None,
    )


def test_without_an_alarm_nothing_is_suggested_whatever_the_trend() -> None:
    for direction in ("steady", "rising", "falling"):
        found = signal(state(20, direction), [], n_turns=21)
        assert (found.suggestion, found.about, found.turn, found.alarms) == (None, None, None, ())
    assert signal(None, [], n_turns=0).trend is None


def test_the_suggestion_answers_to_an_alarm_of_late_and_to_no_older_one() -> None:
    falling = state(20, "falling")
    assert signal(falling, [alarm("widening", 18)], n_turns=21).about == "widening"
    assert signal(falling, [alarm("widening", 3)], n_turns=21).about is None


@pytest.mark.parametrize("kind", get_args(AlarmKind))
def test_every_kind_has_a_suggestion_that_names_the_turn(kind: str) -> None:
    found = signal(state(20), [alarm(kind, 17)], n_turns=21)
    assert found.suggestion is not None
    assert "17" in found.suggestion
    assert "{" not in found.suggestion
    assert "Consider" in found.suggestion
    assert (found.alarms[0].turns_ago, found.alarms[0].words) == (3, ("not this again",))


def test_an_alarm_is_recent_for_as_many_turns_as_are_told() -> None:
    window = signal(None, [], n_turns=0).window
    assert signal(state(50), [alarm("falling", 51 - window)], n_turns=51).about == "falling"
    assert signal(state(50), [alarm("falling", 50 - window)], n_turns=51).about is None


def test_of_several_the_latest_is_answered_to_and_words_before_counts() -> None:
    several = [alarm("falling", 19), alarm("confrontation", 15), alarm("withdrawal", 19)]
    found = signal(state(20), several, n_turns=21)
    assert found.about == "withdrawal"
    assert [one.kind for one in found.alarms] == ["withdrawal", "falling", "confrontation"]


def test_talk_that_may_be_about_not_wanting_to_live_goes_before_every_suggestion() -> None:
    resting = replace(state(20), safety_turn=19)
    found = signal(resting, [alarm("withdrawal", 18), alarm("falling", 20)], n_turns=21)
    assert (found.about, found.turn, len(found.alarms)) == ("safety", 19, 2)
    assert found.suggestion is not None
    assert "turn 19" in found.suggestion
    assert "own safety procedure" in found.suggestion.replace("\n", " ")
    assert "does not assess risk" in found.suggestion
    assert "Consider" not in found.suggestion
