"""Known groups: the AUC against scipy, which side is which, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from attunement.errors import UsageError
from attunement.validity import GroupQuestion, KnownGroup, ValidityOptions, validate
from attunement.validity._known_groups import aucs, rated_low

from .corpora import FEW_DRAWS, rating_rows, sessions_table, turn_scores

N = 60


def grouped(
    *questions: GroupQuestion, level: np.ndarray, words: np.ndarray | int = 10, **columns: Any
) -> dict[str, KnownGroup]:
    sessions = sessions_table(N, **columns)
    generator = np.random.default_rng(9)
    return dict(
        validate(
            scores=turn_scores(sessions, level, words=words),
            sessions=sessions,
            ratings=rating_rows(sessions, generator.standard_normal(N)),
            options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter", groups=questions),
        ).main.known_groups
    )


@pytest.fixture
def level() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(N)


def test_a_flagged_group_that_scores_lower_has_an_auc_above_half(level: np.ndarray) -> None:
    flag = level + np.random.default_rng(1).normal(0, 0.5, N) < -0.5
    found = grouped(GroupQuestion("left"), level=level, left=flag.tolist())["left=true"]
    u = stats.mannwhitneyu(level[~flag], level[flag]).statistic
    assert found.auc.value == pytest.approx(u / (flag.sum() * (~flag).sum()))
    assert found.auc.value is not None
    assert found.auc.value > 0.8
    assert (found.n_group, found.n_rest) == (flag.sum(), (~flag).sum())
    assert found.auc.low is not None
    assert found.auc.low < found.auc.value


@given(
    values=st.lists(st.integers(0, 4), min_size=4, max_size=30),
    data=st.data(),
)
def test_the_auc_of_drawn_sessions_is_mann_and_whitneys_with_ties(
    values: list[int], data: st.DataObject
) -> None:
    n = len(values)
    member = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    if not (times[member].sum() and times[~member].sum()):
        return
    column = np.array(values, dtype=float)
    found = aucs([column], member)(times[None].astype(float))[0, 0]
    group, rest = (np.repeat(column[who], times[who]) for who in (member, ~member))
    u = stats.mannwhitneyu(rest, group).statistic
    assert found == pytest.approx(u / (len(group) * len(rest)))


def test_every_truth_valued_column_is_asked_of_when_none_is_named(level: np.ndarray) -> None:
    found = grouped(level=level, left=(level < 0).tolist(), note=["x"] * N)
    own = [name for name in found if "quarter" not in name]
    assert own == ["left=true"]


def test_a_named_value_is_told_from_all_others(level: np.ndarray) -> None:
    kind = np.where(level < -0.5, "low", np.where(level > 0.5, "high", "middle"))
    found = grouped(GroupQuestion("kind", "high"), level=level, kind=kind.tolist())
    # The group scores higher than everybody: an AUC of 0, and the same in every draw.
    assert found["kind=high"].auc.value == 0
    assert found["kind=high"].auc.low is None
    assert "no interval" in str(found["kind=high"].reason)


@pytest.mark.parametrize("values", [(0, 1), (0.0, 1.0), ("no", "yes"), ("False", "True")])
def test_of_two_values_the_true_one_marks_the_group(
    level: np.ndarray, values: tuple[object, object]
) -> None:
    column = [values[int(one < -0.3)] for one in level]
    found = grouped(GroupQuestion("mark"), level=level, mark=column)
    assert next(iter(found.values())).auc.value == 1


def test_of_two_other_values_the_rarer_one_marks_the_group(level: np.ndarray) -> None:
    column = ["stayed" if one > -0.8 else "left" for one in level]
    assert "mark=left" in grouped(GroupQuestion("mark"), level=level, mark=column)


def test_sessions_of_which_the_column_says_nothing_are_on_neither_side(level: np.ndarray) -> None:
    column = [None if k < 10 else bool(one < 0) for k, one in enumerate(level)]
    found = grouped(GroupQuestion("mark"), level=level, mark=column)["mark=true"]
    assert found.n_group + found.n_rest == N - 10


def test_fewer_than_ten_are_called_rare_and_told(level: np.ndarray) -> None:
    order = np.argsort(np.argsort(level + np.random.default_rng(4).normal(0, 1, N)))
    nine = grouped(GroupQuestion("mark"), level=level, mark=(order < 9).tolist())["mark=true"]
    ten = grouped(GroupQuestion("mark"), level=level, mark=(order < 10).tolist())["mark=true"]
    assert (nine.rare, ten.rare) == (True, False)


def test_a_group_that_only_talks_less_is_not_told_apart_once_length_is_out() -> None:
    generator = np.random.default_rng(5)
    words = generator.integers(5, 200, N)
    short = (words + generator.normal(0, 20, N) < 60).tolist()
    found = grouped(
        GroupQuestion("mark"), level=words + generator.normal(0, 5, N), words=words, mark=short
    )["mark=true"]
    assert found.auc.value is not None
    assert found.length_out.value is not None
    assert found.auc.value > 0.9
    assert abs(found.length_out.value - 0.5) < 0.17
    own, less = found.baselines["words_spoken"]
    assert own.value == pytest.approx(found.auc.value, abs=0.05)
    assert less.value == pytest.approx(found.auc.value - own.value)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (GroupQuestion("mark"), "no column"),
        (GroupQuestion("kind"), "has 3 values"),
        (GroupQuestion("kind", "d"), "no session has"),
    ],
)
def test_a_group_that_is_not_there_is_refused(
    level: np.ndarray, question: GroupQuestion, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        grouped(question, level=level, kind=["a", "b", "c"] * (N // 3))


def test_a_column_with_one_value_has_a_reason(level: np.ndarray) -> None:
    found = grouped(level=level, left=[False] * N)["left"]
    assert found.auc.value is None
    assert found.reason == "every session has the same left"


def test_the_quarters_take_ties_at_their_boundaries_with_them() -> None:
    ratings = pl.DataFrame({"session_id": [*"abcdefgh"], "rating": [1.0, 1, 1, 2, 3, 4, 4, 5]})
    group = rated_low("low", ratings)
    assert dict(group.sessions.iter_rows()) == {
        "a": True,
        "b": True,
        "c": True,
        "f": False,
        "g": False,
        "h": False,
    }


def test_quarters_that_cannot_be_told_apart_have_a_reason() -> None:
    ratings = pl.DataFrame({"session_id": [*"abcdefgh"], "rating": [1.0, 5, 5, 5, 5, 5, 5, 5]})
    assert rated_low("low", ratings).reason is not None


@pytest.mark.parametrize("text", ["", "=x", "column="])
def test_a_group_is_written_as_column_or_column_and_value(text: str) -> None:
    with pytest.raises(UsageError, match="COLUMN"):
        GroupQuestion.parse(text)


def test_a_value_may_hold_an_equals_sign() -> None:
    assert GroupQuestion.parse("arm=a=b") == GroupQuestion("arm", "a=b")
