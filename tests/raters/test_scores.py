from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError, UsageError
from attunement.raters import Reason, as_estimates, as_ratings, rater_scores
from attunement.tables import ESTIMATES, RATER_SCORES, RATINGS, VERDICTS

KEYS = {"1": ("bond", 1), "2": ("bond", -1), "3": ("task", 1), "4": ("task", 1)}


def verdict(item: str, score: float | None, **other: Any) -> dict[str, Any]:
    scale, key = KEYS.get(item, ("goal", 1))
    return {
        "session_id": "s1",
        "window": 0,
        "instrument": "ours",
        "item": item,
        "scale": scale,
        "key": key,
        "low": 1.0,
        "high": 7.0,
        "perspective": "patient",
        "framing": "reader",
        "variant": "as it is",
        "judge": "J",
        "seed": 0,
        "score": score,
        "reason": None if score is not None else str(Reason.NO_QUOTE),
        **other,
    }


def table(asked: Iterable[dict[str, Any]]) -> pl.DataFrame:
    rows = list(asked)
    return pl.DataFrame(rows, schema_overrides=VERDICTS.schema).select(
        pl.col(name) if name in _given(rows) else pl.lit(None, dtype).alias(name)
        for name, dtype in VERDICTS.columns.items()
    )


def _given(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {name for row in rows for name in row}


def value(scores: pl.DataFrame, scale: str, *, seed: int | None = None, **which: str) -> Any:
    rows = scores.filter(
        pl.col("scale") == scale,
        pl.col("seed").is_null() if seed is None else pl.col("seed") == seed,
        **which,
    )
    assert rows.height == 1
    return rows["value"][0]


def test_a_reversed_item_is_turned_round_and_the_whole_is_the_mean_of_items_not_of_scales() -> None:
    scores = rater_scores(
        table([verdict("1", 6), verdict("2", 2), verdict("3", 3), verdict("4", 4), verdict("5", 1)])
    )
    assert scores.schema == RATER_SCORES.schema
    assert value(scores, "bond") == value(scores, "bond", seed=0) == 6.0  # 6 and 8 - 2
    assert value(scores, "task") == 3.5
    assert value(scores, "goal") == 1.0
    assert value(scores, "alliance") == (6 + 6 + 3 + 4 + 1) / 5
    assert scores["reason"].null_count() == scores.height


def test_windows_are_averaged_within_an_item_before_items_are() -> None:
    scores = rater_scores(
        table(
            [
                verdict("3", 1, window=0),
                verdict("3", 2, window=1),
                verdict("3", None, window=2),
                verdict("4", 7, window=0),
                verdict("4", 6, window=1),
                verdict("4", 5, window=2),
            ]
        )
    )
    assert value(scores, "task") == (1.5 + 6) / 2
    row = scores.filter(scale="task", seed=0)
    assert (row["items"][0], row["items_scored"][0]) == (2, 2)
    assert (row["verdicts"][0], row["verdicts_scored"][0]) == (6, 5)


def test_an_item_answered_in_few_of_its_windows_is_not_scored() -> None:
    said = [verdict("3", 7, window=0), *(verdict("3", None, window=at) for at in range(1, 10))]
    said += [verdict("4", 2 if at < 5 else None, window=at) for at in range(10)]
    scores = rater_scores(table(said))
    assert value(scores, "task") == 2  # item 4 in half of its windows; item 3 in one of ten
    row = scores.filter(scale="task", seed=0)
    assert (row["items_scored"][0], row["verdicts_scored"][0], row["verdicts"][0]) == (1, 6, 20)
    assert value(rater_scores(table(said), least=0.1), "task") == 4.5
    alone = rater_scores(table(said[:10]))
    assert value(alone, "task") is None
    assert alone["reason"][0].startswith("0 of 1 items are scored, by 1 of 10 verdicts; most often")


def test_verdicts_are_counted_over_all_seeds() -> None:
    said = [
        verdict("3", 4 if seed else None, window=at, seed=seed) for seed in (0, 1) for at in (0, 1)
    ]
    scores = rater_scores(table(said)).filter(scale="task")
    assert scores.select("seed", "value", "verdicts", "verdicts_scored").rows() == [
        (0, None, 2, 0),
        (1, 4.0, 2, 2),
        (None, 4.0, 4, 2),
    ]


def test_seeds_count_alike_however_many_windows_of_each_are_scored() -> None:
    scores = rater_scores(
        table(
            [
                verdict("3", 1, window=0, seed=0),
                verdict("3", 3, window=1, seed=0),
                verdict("3", 6, window=0, seed=1),
                verdict("3", None, window=1, seed=1),
            ]
        )
    )
    assert value(scores, "task", seed=0) == 2
    assert value(scores, "task", seed=1) == 6
    assert value(scores, "task") == 4
    assert scores.filter(scale="task")["seed"].to_list() == [0, 1, None]


def test_below_half_of_the_items_there_is_no_value_but_a_reason() -> None:
    half = [verdict("3", 5), verdict("4", None)]
    assert value(rater_scores(table(half)), "task") == 5
    assert value(rater_scores(table(half), least=0.51), "task") is None
    third = rater_scores(
        table([*half, verdict("6", None, scale="task", reason=str(Reason.OFF_THE_SCALE))])
    )
    row = third.filter(scale="task", seed=0)
    assert row["value"][0] is None
    assert (row["items"][0], row["items_scored"][0]) == (3, 1)
    assert row["reason"][0].startswith("1 of 3 items are scored, by 1 of 3 verdicts; most often: ")


def test_the_reason_is_the_commonest() -> None:
    rows = [verdict("3", None, reason=str(Reason.TIMED_OUT)), verdict("4", None)]
    rows += [verdict("6", None, scale="task")]
    (reason,) = set(rater_scores(table(rows))["reason"])
    assert reason == f"0 of 3 items are scored, by 0 of 3 verdicts; most often: {Reason.NO_QUOTE}"


def test_scales_of_ones_own_have_no_alliance() -> None:
    rows = [verdict("1", 5, scale="rupture", instrument="x"), verdict("3", 5, instrument="y")]
    rows += [verdict("1", 5, scale="rupture", instrument="z"), verdict("3", 5, instrument="z")]
    scores = rater_scores(table(rows))
    assert set(scores.filter(instrument="x")["scale"]) == {"rupture"}
    assert set(scores.filter(instrument="z")["scale"]) == {"rupture", "task"}
    assert set(scores.filter(instrument="y")["scale"]) == {"task", "alliance"}


def test_ways_of_asking_are_kept_apart() -> None:
    ways = [
        {},
        {"session_id": "s2"},
        {"judge": "K"},
        {"perspective": "observer"},
        {"framing": "own", "perspective": "therapist"},
        {"variant": "length"},
        {"instrument": "theirs"},
    ]
    scores = rater_scores(table(verdict("3", at, **way) for at, way in enumerate(ways, start=1)))
    task = scores.filter(pl.col("scale") == "task", pl.col("seed").is_null())
    assert sorted(task["value"]) == [1, 2, 3, 4, 5, 6, 7]


def test_an_item_answered_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"2 verdicts answer an item.*item 3"):
        rater_scores(table([verdict("3", 1), verdict("3", 2), verdict("4", 2)]))


@pytest.mark.parametrize("least", [0, -0.5, 1.01])
def test_an_impossible_share_is_refused(least: float) -> None:
    with pytest.raises(UsageError, match="least"):
        rater_scores(table([verdict("3", 1)]), least=least)


def test_no_verdicts_give_no_scores() -> None:
    scores = rater_scores(pl.DataFrame(schema=VERDICTS.schema))
    assert scores.schema == RATER_SCORES.schema
    assert as_ratings(scores).schema == RATINGS.schema
    assert as_estimates(scores).schema == ESTIMATES.schema
    assert scores.is_empty()


OWN = {"framing": "own", "perspective": "therapist"}


def test_only_the_ais_own_view_is_a_rating_and_it_is_the_therapists() -> None:
    scores = rater_scores(
        table(
            [
                verdict("3", 2, **OWN),
                verdict("4", 6, **OWN, seed=0),
                verdict("3", 4, **OWN, seed=1),
                verdict("3", 7, **OWN, variant="length"),
                verdict("3", 7, framing="own", perspective="patient"),
                verdict("3", 7, perspective="therapist"),
                verdict("3", 7, perspective="patient"),
                verdict("3", None, **OWN, session_id="s2"),
            ]
        )
    )
    ratings = as_ratings(scores)
    assert ratings.schema == RATINGS.schema
    assert ratings.filter(scale="task").rows() == [("s1", None, "therapist", "ours", "task", 4.5)]
    assert set(ratings["scale"]) == {"task", "alliance"}


def test_a_published_instrument_is_summed_as_its_forms_are() -> None:
    rows = [verdict("3", 2, **OWN), verdict("4", 4, **OWN), verdict("6", 3, **OWN, scale="task")]
    scores = rater_scores(table(row | {"instrument": "WAI-SR"} for row in rows))
    assert as_ratings(scores).filter(scale="task")["value"].item() == 3 * 3.0
    assert as_ratings(scores, score="mean").filter(scale="task")["value"].item() == 3.0
    ours = scores.with_columns(instrument=pl.lit("ours"), framing=pl.lit("reader"))
    assert as_estimates(ours).filter(scale="task")["estimate"].item() == 3.0
    assert as_estimates(ours, score="sum").filter(scale="task")["estimate"].item() == 9.0


@pytest.mark.parametrize(
    ("unanswered", "total"), [(0, 4 * 10), (1, 4 * 10), (2, 4 * 10), (3, None), (5, None)]
)
def test_a_form_left_out_by_more_than_a_fifth_is_no_rating(
    unanswered: int, total: float | None
) -> None:
    said = [
        verdict(str(at), None if at - 10 < unanswered else 4, **OWN, scale="goal")
        for at in range(10, 20)
    ]
    scores = rater_scores(table(row | {"instrument": "WAI-SR"} for row in said))
    rated = as_ratings(scores).filter(scale="goal")["value"].to_list()
    assert rated == ([] if total is None else [total])
    assert as_ratings(scores, score="mean").filter(scale="goal")["value"].item() == 4


def test_two_judges_cannot_both_have_been_the_ai_of_a_chat() -> None:
    scores = rater_scores(table([verdict("3", 2, **OWN), verdict("3", 2, **OWN, judge="K")]))
    with pytest.raises(DataError, match=r"more than one judge \(J, K\)"):
        as_ratings(scores)


def test_readers_are_estimators_named_by_judge_and_perspective() -> None:
    rows = [
        verdict("3", 2),
        verdict("3", 5, perspective="therapist"),
        verdict("3", 6, judge="K"),
        verdict("3", 7, variant="second half first"),
        verdict("3", 7, **OWN),
    ]
    estimates = as_estimates(rater_scores(table(rows))).filter(scale="task")
    assert estimates.schema == ESTIMATES.schema
    assert sorted(estimates.rows()) == [
        ("s1", "J as patient", "patient", "task", 2.0, None, None),
        ("s1", "J as therapist", "therapist", "task", 5.0, None, None),
        ("s1", "K as patient", "patient", "task", 6.0, None, None),
    ]


rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4", "5"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.none() | st.integers(1, 7),
    ),
    unique_by=lambda row: row[:3],
    min_size=1,
)


@given(rows)
def test_scores_stay_on_the_scale_and_are_missing_only_with_a_reason(
    asked: list[tuple[str, int, int, int | None]],
) -> None:
    scores = rater_scores(table(verdict(i, s, window=w, seed=seed) for i, w, seed, s in asked))
    assert scores["value"].drop_nulls().is_between(1, 7).all()
    assert (scores["value"].is_null() == scores["reason"].is_not_null()).all()
    assert (scores["items_scored"] <= scores["items"]).all()
    assert (scores["verdicts_scored"] >= scores["items_scored"]).all()
    assert (scores["verdicts_scored"] <= scores["verdicts"]).all()
    whole = scores.filter(pl.col("scale") == "alliance", pl.col("seed").is_null())
    assert whole["items"].item() == len({item for item, *_ in asked})
