"""How long a login lasts, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from attunement.web.accounts._lifetime import SET_BACK, Lifetime

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
IDLE = timedelta(hours=1)
HOURS_12 = timedelta(hours=12)


def test_use_prolongs_a_login_up_to_its_end() -> None:
    begun = Lifetime(NINE, NINE + HOURS_12)
    assert begun.at(NINE + timedelta(minutes=59), idle=IDLE) is not None
    assert begun.at(NINE + timedelta(minutes=60), idle=IDLE) is None
    seen = begun
    for minutes in range(50, 12 * 60, 50):
        now = seen.at(NINE + timedelta(minutes=minutes), idle=IDLE)
        assert now is not None
        seen = now
    assert seen.ends == begun.ends
    assert seen.at(NINE + HOURS_12, idle=IDLE) is None


def test_a_login_that_may_lie_idle_ends_when_its_time_is_over() -> None:
    begun = Lifetime(NINE, NINE + HOURS_12)
    assert begun.at(NINE + timedelta(hours=11), idle=None) is not None
    assert begun.at(NINE + HOURS_12, idle=None) is None


def test_a_clock_set_back_ends_no_login_and_gives_it_no_more_time() -> None:
    seen = Lifetime(NINE + timedelta(hours=2), NINE + HOURS_12)
    back = NINE - timedelta(days=365)
    moved = seen.at(back, idle=IDLE)
    assert moved == Lifetime(back, back + timedelta(hours=10))
    assert moved.at(back + timedelta(hours=1), idle=IDLE) is None


def test_a_login_from_a_wrong_future_does_not_last_until_then() -> None:
    future = NINE + timedelta(days=3650)
    moved = Lifetime(future, future + HOURS_12).at(NINE, idle=IDLE)
    assert moved is not None
    assert moved.ends == NINE + HOURS_12


@given(st.lists(st.floats(min_value=-1e6, max_value=3000), min_size=1, max_size=60))
def test_no_sequence_of_clocks_gives_more_life_than_was_given(steps: list[float]) -> None:
    lifetime, now, lived = Lifetime(NINE, NINE + HOURS_12), NINE, timedelta()
    for step in steps:
        now += timedelta(seconds=step)
        lived += max(timedelta(seconds=step), timedelta())
        later = lifetime.at(now, idle=IDLE)
        if later is None:
            return
        lifetime = later
        assert lifetime.ends - now <= HOURS_12 + SET_BACK
        assert lived <= HOURS_12 + len(steps) * SET_BACK
