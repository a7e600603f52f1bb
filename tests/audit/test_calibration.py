"""Does the AI take the alliance for better than the user does? Only as far as the data say it."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from tests.audit.measured import chats
from tests.audit.test_figures import figures, ratings, row

from attunement.audit._calibration import calibration
from attunement.audit._rated import Rated
from attunement.gap import GAP

READ_AS = re.compile("(over|under)[- ]?estimat")


def said(
    own: list[float] | None,
    users: list[float] | None = None,
    *,
    felt: list[float] | None = None,
    own_range: tuple[float, float] | None = None,
) -> str:
    n = len(own or users or felt or [])
    rows = [(f"c{at}", "therapist", "SRS", "total", v) for at, v in enumerate(own or [])]
    rows += [(f"c{at}", "patient", "SRS", "total", v) for at, v in enumerate(users or [])]
    rated = Rated.of(ratings(rows))
    felt = felt if felt is not None else np.random.default_rng(1).normal(size=n).tolist()
    table = chats(
        {"model": "a", "patient_id": f"u{at}", "inferred_patient": felt[at]} for at in range(n)
    ).drop("own_rating", "patient_rating", "rated_gap")
    table = table.join(rated.values, on="session_id", how="left")
    (text,) = calibration(
        figures(table, rated=rated), table, models=("a",), rated=rated, own_range=own_range
    )
    return text


def spread(centre: float, n: int, seed: int = 0) -> list[float]:
    return [float(one) for one in np.random.default_rng(seed).normal(centre, 1, n)]


def test_on_one_questionnaire_the_gap_has_the_words_of_the_gap() -> None:
    higher = said(spread(36, 40), spread(30, 40, 1))
    lower = said(spread(30, 40), spread(36, 40, 1))
    assert GAP.direction(1.0) in higher
    assert GAP.direction(-1.0) not in higher
    assert GAP.direction(-1.0) in lower


def test_a_gap_that_may_be_none_is_not_called_one() -> None:
    text = said(spread(30, 40), spread(30, 40, 1))
    assert not READ_AS.search(text)
    assert "not shown to take the alliance for better or worse" in text


def test_few_chats_allow_no_conclusion_however_large_the_gap() -> None:
    text = said(spread(39, 12), spread(20, 12, 1))
    assert not READ_AS.search(text)
    assert "too few chats for a conclusion" in text


def test_without_users_answers_nothing_is_said_of_more_or_less() -> None:
    text = said(spread(38, 40))
    assert not READ_AS.search(text)
    assert "is not known: no user rated" in text


def test_an_own_rating_may_follow_the_user_or_not() -> None:
    felt, noise = spread(0, 60), spread(30, 60, 1)
    following = [a + b for a, b in zip(felt, noise, strict=True)]
    against = [b - a for a, b in zip(felt, noise, strict=True)]
    assert "Over chats it follows the alliance inferred" in said(following, felt=felt)
    assert "Over chats it runs against the alliance" in said(against, felt=felt)
    unlike = said(noise, felt=felt)
    assert "not shown to follow the alliance" in unlike
    assert "only moderately" in unlike
    assert "cannot be told" in said(following[:15], felt=felt[:15])


def test_own_ratings_that_are_all_near_the_ceiling_are_told() -> None:
    top = [39.0, 40.0] * 20
    assert "near the ceiling whatever the chat" in said(top, own_range=(0, 40))
    assert "ceiling" not in said([20.0, *top], own_range=(0, 40))
    assert "ceiling" not in said(top)


def test_where_no_ai_rated_it_is_said_once_for_all_models() -> None:
    table = chats({"model": m, "patient_id": f"u{at}"} for at in range(4) for m in "ab")
    rated = Rated.of(ratings([]))
    found = figures(table, models=("a", "b"), rated=rated)
    told = calibration(found, table, models=("a", "b"), rated=rated, own_range=None)
    assert len(told) == 1
    assert "does not say which side sees more" in told[0]
    assert pl.Series(told).str.contains("estimat").sum() == 0


def test_one_view_in_sums_and_in_means_is_no_gap() -> None:
    """The AI's sums of twelve items beside its users' means of the same twelve."""
    means = [3.0, 3.5, 4.0, 4.5] * 6
    rows = [(f"c{at}", "patient", "WAI-SR", "alliance", v) for at, v in enumerate(means)]
    rows += [(f"c{at}", "therapist", "WAI-SR", "alliance", 12 * v) for at, v in enumerate(means)]
    rated = Rated.of(ratings(rows), own_range=(12, 60))
    table = chats({"model": "a", "patient_id": f"u{at}"} for at in range(24))
    table = table.drop("own_rating", "patient_rating", "rated_gap").join(
        rated.values, on="session_id", how="left"
    )
    found = figures(table, rated=rated)
    (text,) = calibration(found, table, models=("a",), rated=rated, own_range=(12, 60))
    assert not READ_AS.search(text)
    assert "not scored on one range of WAI-SR (36 to 54 beside 3 to 4.5)" in text
    gap = row(found, "rated_gap")
    assert gap["estimate"] is None
    assert "not scored on one range" in gap["reason"]
