"""An effect made of wording, length, place or an equal offset is told from one that is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.gap import corpora

from attunement.errors import UsageError
from attunement.gap import GapOptions, GapResult, analyze_scores
from attunement.statistics import verdict

OPTIONS = GapOptions(draws=199)
N, TURNS = 40, 40


def _noise() -> Callable[[int], np.ndarray]:
    drawn = np.random.default_rng(6).normal(0, 0.5, size=(N, TURNS))
    return lambda session: np.asarray(drawn[session])


def _analyzed(scores: pl.DataFrame, conditions: tuple[str, ...] = ("x", "y")) -> GapResult:
    sessions = corpora.sessions(N, conditions=conditions, per_patient=2, per_therapist=4)
    return analyze_scores(scores, sessions, on_common_scale=False, options=OPTIONS)


def _verdict(result: GapResult, group: str = "x", reference: str | None = None) -> str:
    row = result.effects.filter(
        pl.col("family").is_in(["difference", "between"]),
        pl.col("group") == group,
        pl.col("reference").eq_missing(pl.lit(reference, pl.String)),
        pl.col("scale") == "bond",
    )
    return str(row["controls"].item())


def test_a_difference_in_what_is_said_survives_all() -> None:
    noise = _noise()
    scores = corpora.scores(N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist)
    assert _verdict(_analyzed(scores)) == "survives all"


def test_a_difference_of_wordings_fails_the_form_on_which_it_is_gone() -> None:
    # The therapist's own form lifts every therapist turn by .8; on the patient form it is gone.
    noise = _noise()
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist, swapped=-0.8
    )
    assert _verdict(_analyzed(scores)) == "fails: form swap: patient form"


def test_a_difference_an_equal_offset_carries_fails_the_key_offset_and_says_how_much() -> None:
    noise = _noise()
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist, offset=0.8
    )
    result = _analyzed(scores)
    assert _verdict(result) == "fails: key offset"
    row = result.controls.filter(
        control="key offset", family="difference", group="x", scale="bond"
    ).row(0, named=True)
    share = int(row["detail"].rsplit("carries ", 1)[1].split("%")[0])
    assert 85 <= share <= 115


def test_a_difference_of_length_fails_the_length_match() -> None:
    noise = _noise()

    def long(therapist: np.ndarray) -> np.ndarray:
        place = np.arange(len(therapist)) // 2
        return np.asarray(np.where(therapist, place % 4 != 0, place % 4 == 0))

    scores = corpora.scores(
        N,
        TURNS,
        lambda s, time, therapist: noise(s) + 1.5 * long(therapist),
        words=lambda _, therapist: np.where(long(therapist), 42, 2),
    )
    assert "length match" in _verdict(_analyzed(scores))


def test_a_wording_offset_common_to_all_conditions_is_no_difference_between_them() -> None:
    noise = _noise()
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist, swapped=-0.8
    )
    assert _verdict(_analyzed(scores), "x", "y") == "nothing to control"


def test_a_condition_in_which_the_sides_part_is_found_and_survives() -> None:
    noise = _noise()
    scores = corpora.scores(
        N,
        TURNS,
        lambda s, time, therapist: noise(s) + (0.8 if s % 2 else 0.0) * therapist + 0.3 * therapist,
        swapped=-0.3,
    )
    result = _analyzed(scores)
    assert _verdict(result, "x", "y") == "survives all"
    row = result.effects.filter(family="between", scale="bond").row(0, named=True)
    assert row["estimate"] == pytest.approx(-0.8, abs=0.15)
    assert row["quantity"] == "role difference"


def test_few_sessions_get_no_verdict_but_their_controls_are_shown() -> None:
    noise = _noise()
    scores = corpora.scores(N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist)
    result = _analyzed(scores, conditions=("x", "x", "x", "y"))
    assert _verdict(result, "y") == "too few sessions"
    shown = result.controls.filter(family="difference", group="y", scale="bond")
    assert set(shown["outcome"]) == {"survives"}
    assert shown.height == 6


def test_controls_that_need_what_the_scores_lack_are_named_as_not_run() -> None:
    noise = _noise()
    scores = corpora.scores(N, TURNS, lambda s, time, therapist: noise(s) + 0.8 * therapist)
    plain = scores.drop("words", pl.selectors.ends_with("_swapped", "_offset"))
    result = _analyzed(plain)
    assert _verdict(result) == (
        "survives those run; not run: form swap: patient form, form swap: therapist form, "
        "key offset, length match"
    )
    reasons = result.controls.filter(outcome="not run")["detail"].unique().to_list()
    assert all("the scores hold no" in reason for reason in reasons)


def test_off_a_common_scale_a_gap_that_only_falls_towards_an_arbitrary_zero_does_not_close() -> (
    None
):
    # Therapist turns stand 3 above by wording; about its own mean the gap is as large at both ends.
    noise = _noise()
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + therapist * (3 + 2 * (0.5 - time))
    )
    result = _analyzed(scores)
    here = {"effect": "slope of |gap|", "group": "x", "scale": "bond"}
    row = result.effects.filter(**here).row(0, named=True)
    assert row["finding"] == "not converging"
    raw = result.controls.filter(**here, control="zero point").row(0, named=True)
    assert raw["estimate"] == pytest.approx(-2, abs=0.2)
    common = analyze_scores(
        scores,
        corpora.sessions(N, conditions=("x", "y"), per_patient=2, per_therapist=4),
        on_common_scale=True,
        options=OPTIONS,
    )
    row = common.effects.filter(**here).row(0, named=True)
    assert row["finding"] == "converging"
    assert row["estimate"] == pytest.approx(-2, abs=0.2)
    shuffled = common.controls.filter(**here, control="time shuffle").row(0, named=True)
    assert shuffled["p_val"] == pytest.approx(1 / 200)


def test_a_gap_that_closes_is_found_whichever_form_it_is_held_against() -> None:
    noise = _noise()
    sign = np.where(np.arange(N) % 4 < 2, 1, -1)
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + sign[s] * therapist * (2 - 2 * time)
    )
    row = (
        _analyzed(scores)
        .effects.filter(
            family="convergence", effect="slope of |gap|", group="all sessions", scale="bond"
        )
        .row(0, named=True)
    )
    assert (row["finding"], row["controls"]) == ("converging", "survives all")


@pytest.mark.parametrize(
    ("effect", "outcomes", "expected"),
    [
        ({"ci_low": None, "small": False}, ["survives"], None),
        ({"ci_low": 0.1, "ci_high": 0.2, "small": False}, [], "not run"),
        ({"ci_low": 0.1, "ci_high": 0.2, "small": True}, ["fails"], "too few sessions"),
        ({"ci_low": -0.1, "ci_high": 0.2, "small": False}, ["fails"], "nothing to control"),
        ({"ci_low": 0.1, "ci_high": 0.2, "small": False}, ["survives", "fails"], "fails: c1"),
        (
            {"ci_low": 0.1, "ci_high": 0.2, "small": False, "boot_low": -0.1, "boot_high": 0.4},
            ["survives"],
            "fails: cluster bootstrap",
        ),
        (
            {"ci_low": 0.1, "ci_high": 0.2, "small": False, "confounded": True},
            ["survives"],
            "fails: too few therapists",
        ),
        (
            {"ci_low": 0.1, "ci_high": 0.2, "small": False},
            ["survives", "not run"],
            "survives those run; not run: c1",
        ),
        (
            {"ci_low": 0.1, "ci_high": 0.2, "small": False},
            ["survives", "not applicable"],
            "survives all",
        ),
    ],
)
def test_a_verdict_never_says_more_than_its_controls(
    effect: dict[str, Any], outcomes: list[str], expected: str | None
) -> None:
    controls = [{"control": f"c{at}", "outcome": one} for at, one in enumerate(outcomes)]
    assert verdict(effect, controls) == expected


def test_slopes_made_of_length_fail_it_even_where_half_the_sessions_are_all_long() -> None:
    # Scores are length and nothing else; in half the sessions therapist turns grow longer.
    noise = _noise()

    def long(session: int, therapist: np.ndarray) -> np.ndarray:
        late = np.arange(len(therapist)) > len(therapist) / 2
        return np.asarray(therapist & late if session % 4 < 2 else np.ones(len(therapist), bool))

    scores = corpora.scores(
        N,
        TURNS,
        lambda s, time, therapist: 0.1 * noise(s) + 2.0 * long(s, therapist),
        words=lambda s, therapist: np.where(long(s, therapist), 42, 2),
    )
    row = (
        _analyzed(scores)
        .controls.filter(
            effect="slope of gap", group="all sessions", scale="bond", control="length match"
        )
        .row(0, named=True)
    )
    assert row["outcome"] == "fails"
    assert abs(row["estimate"]) < 0.05


def test_one_therapist_a_condition_among_many_is_no_crash_and_no_verdict() -> None:
    noise = _noise()
    scores = corpora.scores(N, TURNS, lambda s, time, therapist: noise(s) + therapist * (1 - time))
    sessions = corpora.sessions(N, conditions=("x",), per_patient=1, per_therapist=2).with_columns(
        condition=pl.when(pl.int_range(pl.len()) < 22)
        .then(pl.lit("one"))
        .otherwise(pl.lit("many")),
        therapist_id=pl.when(pl.int_range(pl.len()) < 22)
        .then(pl.lit("t0"))
        .otherwise("therapist_id"),
    )
    result = analyze_scores(scores, sessions, on_common_scale=True, options=OPTIONS)
    rows = result.controls.filter(group="one", control="time shuffle", family="convergence")
    assert set(rows["outcome"]) == {"not run"}
    assert "fewer than two clusters" in rows["detail"][0]


def test_few_therapists_who_each_see_one_condition_cannot_be_told_from_it() -> None:
    noise = _noise()
    scores = corpora.scores(
        N, TURNS, lambda s, time, therapist: noise(s) + (s < N / 2) * 0.8 * therapist
    )
    sessions = corpora.sessions(N, per_patient=1, per_therapist=10).with_columns(
        condition=pl.when(pl.int_range(pl.len()) < N // 2).then(pl.lit("x")).otherwise(pl.lit("y")),
        therapist_id=pl.concat_str(pl.lit("t"), pl.int_range(pl.len()) // 20),
    )
    result = analyze_scores(scores, sessions, on_common_scale=False, options=OPTIONS)
    assert "too few therapists" in _verdict(result, "x", "y")


@pytest.mark.parametrize("name", ["all sessions", "the rest"])
def test_a_condition_may_not_be_called_what_stands_for_something_else(name: str) -> None:
    scores = corpora.scores(N, TURNS, lambda s, time, therapist: time)
    with pytest.raises(UsageError, match=name):
        _analyzed(scores, conditions=(name, "y"))
