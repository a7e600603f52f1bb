"""What a rating cost is added up right, and a price is read as it was meant."""

from __future__ import annotations

import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.raters import Price, account

USED = pl.DataFrame(
    {
        "judge": ["a", "b"],
        "calls": [10, 1],
        "attempts": [12, 1],
        "prompt_tokens": [2_000_000, 500_000],
        "completion_tokens": [100_000, 0],
        "seconds": [3.25, 1.0],
    }
)


def test_the_account_is_of_each_judge_and_of_all() -> None:
    found = account(USED, price=Price.read("0.5, 2"))
    assert found == {
        "calls": 11,
        "attempts": 13,
        "prompt_tokens": 2_500_000,
        "completion_tokens": 100_000,
        "seconds": 4.25,
        "cost": 1.45,
        "judges": [
            {
                "judge": "a",
                "calls": 10,
                "attempts": 12,
                "prompt_tokens": 2_000_000,
                "completion_tokens": 100_000,
                "seconds": 3.25,
                "cost": 1.2,
            },
            {
                "judge": "b",
                "calls": 1,
                "attempts": 1,
                "prompt_tokens": 500_000,
                "completion_tokens": 0,
                "seconds": 1.0,
                "cost": 0.25,
            },
        ],
    }


def test_without_a_price_no_cost_is_made_up() -> None:
    found = account(USED)
    assert "cost" not in str(found)
    assert account(USED.clear())["calls"] == 0


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "1,inf", "nan,1"])
def test_a_price_that_is_none_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=r"--price 0\.15,0\.6"):
        Price.read(text)
