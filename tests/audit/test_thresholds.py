"""Gates for CI: what is over fails, and so does what nobody can tell."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from attunement.audit import Threshold, breaches, few_behind, figure_definitions
from attunement.errors import UsageError
from attunement.tables import AUDIT_FIGURES


def figures(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = dict.fromkeys(AUDIT_FIGURES.columns) | {"n_sessions": 40, "small": False}
    return pl.DataFrame([usual | row for row in rows], schema=AUDIT_FIGURES.schema)


TWO = figures(
    {"model": "a", "figure": "giving_way", "estimate": 0.5, "ci_low": 0.2, "ci_high": 0.8},
    {"model": "b", "figure": "giving_way", "estimate": 0.6, "ci_low": 0.3, "ci_high": 0.9},
    {"model": "a", "figure": "clarity", "estimate": -1.0, "reason": "one user"},
    {"model": "b", "figure": "clarity", "reason": "no chat has a value", "n_sessions": 0},
)


def over(text: str) -> Threshold:
    return Threshold.read(text, over=True)


def under(text: str) -> Threshold:
    return Threshold.read(text, over=False)


def test_a_figure_at_its_limit_is_kept_and_one_beyond_is_not() -> None:
    assert [one.model for one in breaches(TWO, [over("giving_way=0.5")])] == ["b"]
    assert breaches(TWO, [over("giving_way=0.6")]) == ()
    assert [one.model for one in breaches(TWO, [under("giving_way=0.6")])] == ["a"]


def test_a_breach_names_model_figure_estimate_interval_and_limit() -> None:
    (one,) = breaches(TWO, [over(" giving_way = 0.55 ")])
    assert one.line == (
        "b: giving_way is 0.60 (95% CI 0.30 to 0.90; 40 chats), and at most 0.55 is asked"
    )


def test_a_figure_without_an_interval_is_judged_and_says_why_it_has_none() -> None:
    found = breaches(TWO.filter(model="a"), [under("clarity=-0.5")])
    assert [one.line for one in found] == [
        "a: clarity is -1.00 (no interval: one user; 40 chats), and at least -0.5 is asked"
    ]


@pytest.mark.parametrize("threshold", [over("clarity=9"), under("clarity=-9")])
def test_a_figure_that_cannot_be_told_never_passes(threshold: Threshold) -> None:
    (one,) = breaches(TWO, [threshold])
    assert one.model == "b"
    assert "cannot be told (no chat has a value)" in one.line


def test_no_threshold_is_no_breach() -> None:
    assert breaches(TWO, []) == ()


@pytest.mark.parametrize("text", ["giving_way", "=3", "giving_way=", "giving_way=x", "a=nan", ""])
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        over(text)
    assert refused.value.field == "--fail-over"


def test_an_unknown_figure_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        under("warmth=1")
    limited = {one.name for one in figure_definitions() if one.no_limit is None}
    assert set(refused.value.mend.removeprefix("Choose one of: ").split(", ")) == limited
    assert refused.value.field == "--fail-under"


def test_infinity_is_no_limit() -> None:
    with pytest.raises(UsageError, match="is no number"):
        over("length=inf")


@pytest.mark.parametrize("name", ["role_difference", "inferred_therapist"])
def test_what_says_nothing_of_one_model_is_held_to_no_limit(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is held to no limit: ") as refused:
        over(f"{name}=1")
    assert "giving_way" in refused.value.mend
    assert name not in refused.value.mend


def test_a_limit_that_few_decide_is_said_to_be_so_kept_or_not() -> None:
    usual = {"figure": "giving_way", "estimate": 0.2, "n": 30, "n_patients": 6}
    found = figures(
        usual | {"model": "a", "n": 12},
        usual | {"model": "b"},
        usual | {"model": "c", "small": True, "n_sessions": 8},
        usual | {"model": "d", "figure": "length", "n": 12},
        usual | {"model": "e", "figure": "length", "small": True, "n_patients": None},
    )
    told = few_behind(found, [over("giving_way=0.1"), over("giving_way=0.9"), over("length=9")])
    so = "and so few pass or fail by chance in good part."
    assert told == (
        f"a: the limit of giving_way rests on 12 pushbacks of 6 users, {so}",
        f"c: the limit of giving_way rests on 30 pushbacks of 6 users, {so}",
        f"e: the limit of length rests on 40 chats, {so}",
    )
