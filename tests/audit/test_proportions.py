"""Intervals of counted shares: they hold the truth, near 0 too, and say something of none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.audit._proportions import proportion
from attunement.audit._shares import FEW, NONE, Share, estimate

USERS, RUNS = 7, 5
CODES = np.repeat(np.arange(USERS), RUNS).astype(np.intp)


def counted(over: NDArray[np.int64], under: NDArray[np.int64]) -> Share:
    return Share(over.astype(float), under.astype(float), CODES[: len(over)])


def test_a_small_share_of_few_users_is_held_as_often_as_is_said() -> None:
    rng = np.random.default_rng(1)
    truth = float((1 / (1 + np.exp(2 - rng.normal(size=100_000)))).mean())
    held = missed_above = plain_missed_above = 0
    for _ in range(500):
        under = rng.poisson(1.2, USERS * RUNS)
        user = 1 / (1 + np.exp(2 - rng.normal(size=USERS)))
        share = counted(rng.binomial(under, user[CODES]), under)
        found, plain = proportion(share)[0], estimate(share)[0]
        assert found is not None
        assert 0 <= found.ci_low <= found.estimate <= found.ci_high <= 1
        held += found.ci_low <= truth <= found.ci_high
        missed_above += found.ci_high < truth
        plain_missed_above += plain is None or plain.ci_high < truth
    assert held / 500 >= 0.94
    # On the plain scale more than one in twenty ends below the truth.
    assert missed_above / 500 < 0.02 < 0.05 < plain_missed_above / 500


@pytest.mark.parametrize("always", [False, True])
def test_what_never_happened_may_yet_happen(always: bool) -> None:
    under = np.full(28, 1)
    found, reason = proportion(counted(under * always, under))
    assert reason is None
    assert found is not None
    # Six users, none of whom: 1 - .025 ** (1 / 6).
    far = 0.4593
    assert found.estimate == always
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (1 - far, 1) if always else (0, far), abs=1e-4
    )


def test_more_users_say_more_of_what_never_happened() -> None:
    none = np.zeros(60)
    alone, together = np.arange(60), np.arange(60) // 10
    ends = [proportion(Share(none, none + 1, codes))[0] for codes in (alone, together)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0].ci_high < 0.07 < 0.4 < ends[1].ci_high


def test_a_share_of_nothing_and_of_two_users_has_no_interval() -> None:
    assert proportion(counted(np.zeros(9, int), np.zeros(9, int))) == (None, NONE)
    assert proportion(counted(np.ones(10, int), np.full(10, 2))) == (None, FEW)
