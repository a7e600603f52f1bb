from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from attunement.errors import UsageError
from attunement.live._falling import Fall
from attunement.live._threshold import LEAST_TURNS, FalseAlarms, rank_score


def false_alarms(*, per_session: float, carry_over: float, turns: int, alike: float) -> float:
    """Alarms in a session in which nothing changes, its values far from normal."""
    rng = np.random.default_rng(7)
    limits = FalseAlarms(per_session=per_session, per_turns=turns, carry_over=carry_over).limits()
    sessions, raised = 1_500, 0
    for _ in range(sessions):
        values = rng.standard_normal(turns)
        for place in range(1, turns):
            values[place] = alike * values[place - 1] + np.sqrt(1 - alike**2) * values[place]
        fall = Fall(limits)
        raised += sum(fall.step(float(one)) > 1 for one in np.exp(3 * values))
    return raised / sessions


@pytest.mark.parametrize(("carry_over", "turns"), [(0.0, 30), (0.0, 200), (0.2, 40)])
def test_where_nothing_changes_there_are_as_many_alarms_as_asked_for(
    carry_over: float, turns: int
) -> None:
    found = false_alarms(per_session=0.4, carry_over=carry_over, turns=turns, alike=carry_over)
    assert found == pytest.approx(0.4, rel=0.15)


def test_alikeness_that_is_not_allowed_for_raises_too_many() -> None:
    assert false_alarms(per_session=0.4, carry_over=0.0, turns=40, alike=0.3) > 0.6


def test_longer_sessions_have_their_share() -> None:
    rng = np.random.default_rng(3)
    limits = FalseAlarms(per_session=0.3, per_turns=30, carry_over=0.0).limits()
    counts = np.zeros(120)
    sessions = 1_500
    for _ in range(sessions):
        fall = Fall(limits)
        counts += [fall.step(float(one)) > 1 for one in rng.standard_normal(120)]
    per_turn = 0.3 / (30 - LEAST_TURNS + 1)
    assert not counts[: LEAST_TURNS - 1].any()
    for first, last in ((LEAST_TURNS - 1, 40), (40, 80), (80, 120)):
        expected = per_turn * (last - first)
        assert counts[first:last].sum() / sessions == pytest.approx(expected, rel=0.2)


def test_ranks_of_a_permutation_are_standard_normal_in_the_long_run() -> None:
    rng = np.random.default_rng(0)
    values = list(rng.standard_normal(400) ** 3)
    scores = [
        rank_score(sum(b < one for b in values[:place]), 0, place + 1)
        for place, one in enumerate(values)
    ]
    assert stats.kstest(scores[20:], "norm").pvalue > 0.01


def test_a_rank_score_is_the_normal_quantile_of_its_place() -> None:
    assert rank_score(0, 0, 1) == 0
    assert rank_score(0, 0, 10) == pytest.approx(stats.norm.ppf(0.05))
    assert rank_score(3, 2, 10) == pytest.approx(stats.norm.ppf(0.45))


def test_stricter_rates_have_higher_limits_and_the_same_request_the_same_limits() -> None:
    strict = FalseAlarms(per_session=0.05, per_turns=40, carry_over=0.1)
    loose = FalseAlarms(per_session=0.5, per_turns=40, carry_over=0.1)
    assert np.isinf(strict.limits()[: LEAST_TURNS - 1]).all()
    assert (strict.limits()[LEAST_TURNS - 1 :] > loose.limits()[LEAST_TURNS - 1 :]).all()
    assert strict.limits() is FalseAlarms(per_session=0.05, per_turns=40, carry_over=0.1).limits()


@pytest.mark.parametrize(
    ("per_session", "per_turns", "carry_over", "field"),
    [
        (0.0, 40, 0.1, "false_alarms"),
        (float("nan"), 40, 0.1, "false_alarms"),
        (1.5, 40, 0.1, "false_alarms"),
        (0.1, LEAST_TURNS, 0.1, "per_turns"),
        (0.1, 40, -0.1, "carry_over"),
        (0.1, 40, 0.9, "carry_over"),
    ],
)
def test_rates_that_cannot_be_had_are_refused_by_name(
    per_session: float, per_turns: int, carry_over: float, field: str
) -> None:
    with pytest.raises(UsageError) as refused:
        FalseAlarms(per_session=per_session, per_turns=per_turns, carry_over=carry_over)
    assert refused.value.field == field


def test_the_most_false_alarms_in_the_shortest_sessions_have_limits() -> None:
    limits = FalseAlarms(per_session=1.0, per_turns=9, carry_over=0.18).limits()
    assert np.isfinite(limits[LEAST_TURNS - 1 :]).all()
    assert (limits <= FalseAlarms(per_session=0.1, per_turns=9, carry_over=0.18).limits()).all()
