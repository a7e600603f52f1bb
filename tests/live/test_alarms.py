from __future__ import annotations

from copy import deepcopy

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.live import Alarms
from attunement.live._alarms import Raised, SessionAlarms
from attunement.live._alarms_tables import ALARM_LEVELS_SCHEMA, alarm_levels
from attunement.live._safety import safety_words

RESTS = safety_words().rests
GERMAN = "ich weiß nicht so recht was ich dazu sagen soll es war alles ein wenig viel heute "
KINDS = {"falling", "widening", "withdrawal", "confrontation"}
TEXTS = (
    "I want to die.",
    GERMAN,
    "I see, go on.",
    "I'd rather not talk about it.",
    "Fine.",
    "How was that for you?",
    "",
)
TURNS = st.lists(
    st.tuples(
        st.sampled_from(["patient", "therapist", "other"]),
        st.one_of(st.none(), st.floats(-4, 4)),
        st.sampled_from(TEXTS),
    ),
    max_size=40,
)


def step(
    session: SessionAlarms,
    turn: int,
    role: str,
    alliance: float | None,
    text: str = "I see it now.",
) -> Raised:
    scores = None if alliance is None else np.array([0.0, 0.0, 0.0, alliance])
    return session.step(turn=turn, role=role, scores=scores, text=text)


def test_falling_and_widening_are_raised_at_the_patients_turn_and_then_start_anew() -> None:
    rng = np.random.default_rng(2)
    session = Alarms().start()
    raised: dict[str, list[int]] = {}
    for turn in range(100):
        role = ("therapist", "patient")[turn % 2]
        fallen = 3.0 if role == "patient" and turn >= 50 else 0.0
        found = step(session, turn, role, float(rng.standard_normal()) - fallen)
        for alarm in found.alarms:
            assert alarm.turn == turn
            assert alarm.level == found.levels[alarm.kind] > 1
            assert alarm.words == ()
            raised.setdefault(alarm.kind, []).append(turn)
        if found.alarms:
            after = step(deepcopy(session), turn + 1, "therapist", 0.0)
            assert all(after.levels[alarm.kind] == 0 for alarm in found.alarms)
    assert set(raised) == {"falling", "widening"}
    assert all(50 < turns[0] < 80 and turns[0] % 2 for turns in raised.values())


def test_a_therapist_who_warms_up_while_the_patient_stays_widens_without_a_fall() -> None:
    rng = np.random.default_rng(3)
    session = Alarms().start()
    kinds = set()
    for turn in range(120):
        role = ("therapist", "patient")[turn % 2]
        lead = 3.0 if role == "therapist" and turn >= 60 else 0.0
        found = step(session, turn, role, float(rng.standard_normal()) + lead)
        kinds |= {alarm.kind for alarm in found.alarms}
    assert kinds == {"widening"}


def test_the_words_that_show_a_rupture_stand_in_the_alarm_and_none_in_its_message() -> None:
    session = Alarms().start()
    found = step(session, 0, "patient", 0.0, "Look, you're not listening to me.")
    (alarm,) = found.alarms
    assert (alarm.kind, alarm.words) == ("confrontation", ("you're not listening",))
    assert "listening" not in alarm.message


def test_a_therapists_words_are_no_rupture() -> None:
    session = Alarms().start()
    assert step(session, 0, "therapist", 0.0, "I'd rather not talk about it.").alarms == ()


def test_short_answers_to_open_questions_add_up() -> None:
    session = Alarms().start()
    kinds = []
    for turn in range(6):
        text = ("How was that for you?", "Fine.")[turn % 2]
        role = ("therapist", "patient")[turn % 2]
        kinds.append([one.kind for one in step(session, turn, role, 0.0, text).alarms])
    assert kinds == [[], [], [], [], [], ["withdrawal"]]


def test_a_question_is_answered_once_however_many_turns_follow() -> None:
    session = Alarms().start()
    step(session, 0, "therapist", 0.0, "How was that for you?")
    first, second = (step(session, turn, "patient", 0.0, "Fine.") for turn in (1, 2))
    assert 0 < second.levels["withdrawal"] < first.levels["withdrawal"]


def test_without_english_no_alarm_applies_which_is_not_level_zero() -> None:
    session = Alarms().start()
    begun = step(session, 0, "patient", 0.0, "Gut.")
    assert (set(begun.levels), begun.in_english) == (KINDS, None)
    told = step(session, 1, "patient", 0.0, GERMAN * 3)
    assert (told.levels, told.in_english) == ({}, False)
    for turn in range(2, 60):
        assert step(session, turn, "patient", -float(turn), GERMAN).alarms == ()
    for turn in range(60, 90):
        english = step(
            session, turn, "patient", 0.0, "I think that it is what we said about it. " * 9
        )
    assert (set(english.levels), english.in_english) == (KINDS, True)


def test_with_an_encoder_of_many_languages_only_the_words_are_not_looked_for() -> None:
    session = Alarms().start()
    rng = np.random.default_rng(2)
    kinds = []
    for turn in range(60):
        scores = np.array([0, 0, 0, float(rng.standard_normal()) - 3 * (turn > 30)])
        raised = session.step(
            turn=turn, role="patient", scores=scores, text=GERMAN, english_only=False
        )
        kinds += [one.kind for one in raised.alarms]
    assert set(raised.levels) == {"falling", "widening"}
    assert set(kinds) == {"falling"}


def test_ruptures_rest_while_talk_may_be_about_not_wanting_to_live() -> None:
    session = Alarms().start()
    step(session, 0, "therapist", 0.0, "Are you thinking of ending your life?")
    for turn in range(1, 2 * RESTS):
        role = ("therapist", "patient")[turn % 2]
        text = "I see." if role == "therapist" else "I'd rather not talk about it."
        found = step(session, turn, role, 0.0, text)
        assert (found.alarms, found.safety_turn) == ((), 0)
        assert found.levels["withdrawal"] == found.levels["confrontation"] == 0
    after = step(session, 2 * RESTS + 1, "patient", 0.0, "I'd rather not talk about it.")
    assert [one.kind for one in after.alarms] == ["withdrawal"]
    assert after.safety_turn is None


def test_what_was_gathered_before_such_talk_does_not_count_after_it() -> None:
    session = Alarms().start()
    step(session, 0, "patient", 0.0, "It doesn't matter. You keep asking me the same questions.")
    step(session, 1, "patient", 0.0, "I don't want to wake up tomorrow.")
    assert set(session.levels.values()) == {0.0}
    assert {one.weight for one in session.gathered.values()} == {0.0}


@given(TURNS, st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_unscored_turns_and_third_speakers_change_nothing(
    turns: list[tuple[str, float | None, str]], place: int
) -> None:
    plain, disturbed = Alarms().start(), Alarms().start()
    for turn, (role, alliance, text) in enumerate(turns):
        if turn == place:
            assert step(disturbed, turn, "other", 3.0, "You're not listening!").alarms == ()
            assert step(disturbed, turn, "patient", None).alarms == ()
        assert step(plain, turn, role, alliance, text) == step(
            disturbed, turn, role, alliance, text
        )


def test_a_score_that_is_no_number_is_refused_before_anything_has_changed() -> None:
    session, other = Alarms().start(), Alarms().start()
    for turn in range(10):
        step(session, turn, "patient", float(turn), "Fine.")
        step(other, turn, "patient", float(turn), "Fine.")
    with pytest.raises(UsageError, match="finite"):
        step(session, 10, "patient", float("nan"), "You're not listening.")
    assert step(session, 10, "patient", -1.0) == step(other, 10, "patient", -1.0)


@given(st.lists(TURNS, max_size=3))
@settings(max_examples=30, deadline=None)
def test_tables_give_what_the_steps_give(
    sessions: list[list[tuple[str, float | None, str]]],
) -> None:
    rows = [
        {
            "session_id": f"s{number}",
            "turn": turn,
            "role": role,
            "text": text,
            "alliance": alliance if role != "other" else None,
        }
        for number, session in enumerate(sessions)
        for turn, (role, alliance, text) in enumerate(session)
    ]
    table = pl.DataFrame(
        rows,
        schema={
            "session_id": pl.String,
            "turn": pl.Int32,
            "role": pl.String,
            "text": pl.String,
            "alliance": pl.Float64,
        },
    )
    scored = table.drop_nulls("alliance").with_columns(
        task=pl.lit(0.0), bond=pl.lit(0.0), goal=pl.lit(0.0)
    )
    found = alarm_levels(scored, table.sort("turn", descending=True))
    assert found.schema == ALARM_LEVELS_SCHEMA
    for number, turns in enumerate(sessions):
        session = Alarms().start()
        for turn, (role, alliance, text) in enumerate(turns):
            raised = step(session, turn, role, alliance if role != "other" else None, text)
            mine = found.filter(session_id=f"s{number}", turn=turn)
            assert dict(mine.select("kind", "level").iter_rows()) == raised.levels
            assert {
                row["kind"]: tuple(row["words"]) for row in mine.filter("raised").to_dicts()
            } == {alarm.kind: alarm.words for alarm in raised.alarms}


def test_settings_that_cannot_be_had_are_refused_when_they_are_made() -> None:
    with pytest.raises(UsageError):
        Alarms(false_alarms=0)
