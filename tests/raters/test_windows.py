from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.raters.conftest import spoken

from attunement.errors import UsageError
from attunement.raters import SECOND_HALF_FIRST, rendered, varied, windows
from attunement.tables import SURFACE_FEATURES
from attunement.transcripts import Session, Turn

sessions = st.lists(st.text(alphabet="abc …\n", max_size=60), max_size=20).map(
    lambda texts: Session("s", tuple(Turn(at, "patient", t) for at, t in enumerate(texts)))
)


def test_without_limits_there_is_one_window(session: Session) -> None:
    (only,) = windows(session)
    assert (only.window, only.first_turn, only.last_turn) == (0, 0, 5)
    assert only.turns == session.turns


def test_a_session_without_turns_does_not_go_missing() -> None:
    (only,) = windows(Session("s", ()))
    assert (only.session_id, only.turns) == ("s", ())


@given(sessions, st.none() | st.integers(1, 5), st.none() | st.integers(20, 90))
def test_every_turn_is_in_one_window_whole_and_in_order(
    session: Session, most_turns: int | None, most_characters: int | None
) -> None:
    cut = windows(session, most_turns=most_turns, most_characters=most_characters)
    assert [w.window for w in cut] == list(range(len(cut)))
    assert [t.turn for w in cut for t in w.turns] == [t.turn for t in session.turns]
    for window in cut:
        assert most_turns is None or len(window.turns) <= most_turns
        characters = sum(len(turn.text) for turn in window.turns)
        assert most_characters is None or characters <= most_characters
        if window.turns:
            assert window.first_turn == window.turns[0].turn
            assert window.last_turn == window.turns[-1].turn
    for window, after in pairwise(cut):
        full = most_turns is not None and len(window.turns) == most_turns
        more = sum(len(t.text) for t in window.turns) + len(after.turns[0].text)
        assert full or (most_characters is not None and more > most_characters)
    for turn, whole in zip((t for w in cut for t in w.turns), session.turns, strict=True):
        if most_characters is None or len(whole.text) <= most_characters:
            assert turn == whole


def test_a_turn_too_long_for_a_window_has_one_alone_and_its_end_is_marked_as_cut() -> None:
    session = spoken(("patient", "a"), ("therapist", "b" * 50), ("patient", "c"))
    first, long, last = windows(session, most_characters=30)
    assert [len(w.turns) for w in (first, long, last)] == [1, 1, 1]
    assert long.turns[0].text == "b" * 26 + " (…)"
    assert len(long.turns[0].text) == 30


@pytest.mark.parametrize("limits", [{"most_turns": 0}, {"most_characters": 19}])
def test_a_limit_that_holds_nothing_is_refused(session: Session, limits: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(limits))):
        windows(session, **limits)


def test_the_second_half_comes_first_under_numbers_that_do_not_tell() -> None:
    session = spoken(*(("patient", f"word{n}") for n in range(7)))
    changed = varied(windows(session, most_turns=5)[0], SECOND_HALF_FIRST)
    assert [turn.turn for turn in changed.turns] == [3, 4, 0, 1, 2]
    assert rendered(changed).split("\n")[:3] == [
        "[0] Patient: word3",
        "[1] Patient: word4",
        "[2] Patient: word0",
    ]
    assert (changed.first_turn, changed.last_turn) == (0, 4)


@pytest.mark.parametrize("feature", SURFACE_FEATURES)
def test_a_magnified_feature_rewrites_the_therapists_turns_only(feature: str) -> None:
    long = "That sounds hard. You talk about your worry a lot, so we can try to change that habit."
    session = spoken(("patient", long), ("therapist", long), ("other", long))
    (window,) = windows(session)
    changed = varied(window, feature)
    assert changed.turns[1].text != long
    assert (changed.turns[0], changed.turns[2]) == (window.turns[0], window.turns[2])
    assert varied(window, feature) == changed


def test_an_unknown_variant_is_refused(session: Session) -> None:
    with pytest.raises(UsageError, match=r'no variant "louder"\. Use one of as it is'):
        varied(windows(session)[0], "louder")
