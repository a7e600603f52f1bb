"""The keys are facts; a wrong one would mis-score every questionnaire."""

from __future__ import annotations

import pytest

from attunement.errors import UsageError
from attunement.instruments import Key, key_names, load_key
from attunement.tables import SCALES


def _numbers(key: Key, scale: str) -> str:
    return " ".join(
        f"{item.number}{'R' if item.key == -1 else ''}" for item in key.items if item.scale == scale
    )


def test_the_four_published_keys_ship() -> None:
    assert key_names() == ("WAI-36", "WAI-S", "WAI-SR", "SRS")


@pytest.mark.parametrize(
    ("name", "task", "bond", "goal"),
    [
        (
            "WAI-36",
            "2 4 7R 11R 13 15R 16 18 24 31R 33R 35",
            "1R 5 8 17 19 20R 21 23 26 28 29R 36",
            "3R 6 9R 10R 12R 14 22 25 27R 30 32 34R",
        ),
        ("WAI-S", "1 2 8 12", "3 5 7 9", "4R 6 10R 11"),
        ("WAI-SR", "1 2 10 12", "3 5 7 9", "4 6 8 11"),
        ("SRS", "", "", ""),
    ],
)
def test_a_key_has_the_published_scales_and_reversals(
    name: str, task: str, bond: str, goal: str
) -> None:
    key = load_key(name)
    assert (_numbers(key, "task"), _numbers(key, "bond"), _numbers(key, "goal")) == (
        task,
        bond,
        goal,
    )


@pytest.mark.parametrize(
    ("name", "low", "high", "total"),
    [
        ("WAI-36", 1, 7, (36, 252)),
        ("WAI-S", 1, 7, (12, 84)),
        ("WAI-SR", 1, 5, (12, 60)),
        ("SRS", 0, 10, (0, 40)),
    ],
)
def test_a_key_has_the_published_answer_range(
    name: str, low: int, high: int, total: tuple[int, int]
) -> None:
    key = load_key(name)
    assert (key.low, key.high, key.total_range) == (low, high, total)


@pytest.mark.parametrize("name", key_names())
def test_items_run_from_one_without_a_hole_or_a_number_twice(name: str) -> None:
    numbers = [item.number for item in load_key(name).items]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_sum_of_wai_36_keys_is_the_one_that_makes_offsets_leak() -> None:
    items = load_key("WAI-36").items
    sums = {scale: sum(i.key for i in items if i.scale == scale) for scale in SCALES}
    assert sums == {"task": 2, "bond": 6, "goal": 0}


def test_only_the_srs_has_no_scales_by_item() -> None:
    assert [name for name in key_names() if not load_key(name).scaled] == ["SRS"]


def test_an_unknown_key_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UsageError, match=r"'WAI-12'.*WAI-36, WAI-S, WAI-SR, SRS"):
        load_key("WAI-12")
