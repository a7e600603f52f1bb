"""Which ratings an audit reads, and when a difference of two may be called a gap."""

from __future__ import annotations

import polars as pl
import pytest
from tests.audit.test_figures import ratings

from attunement.audit._rated import Rated


def values(rated: Rated, figure: str) -> dict[str, float | None]:
    return dict(rated.values.select("session_id", figure).sort("session_id").iter_rows())


def test_both_sides_are_read_on_the_scale_that_both_answered() -> None:
    rated = Rated.of(
        ratings(
            [
                ("c1", "therapist", "WAI-SR", "alliance", 50.0),
                ("c1", "patient", "WAI-SR", "alliance", 41.0),
                *[(f"c{at}", "therapist", "SRS", "alliance", 39.0) for at in range(9)],
                *[(f"c{at}", "patient", "CSQ", "alliance", 20.0) for at in range(9)],
            ]
        )
    )
    assert rated.own == rated.patient == ("WAI-SR", "alliance")
    assert values(rated, "rated_gap") == {"c1": 9.0}


def test_ratings_on_two_questionnaires_are_shown_and_never_subtracted() -> None:
    rated = Rated.of(
        ratings(
            [("c1", "therapist", "WAI-SR", "bond", 50.0), ("c1", "patient", "SRS", "total", 30.0)]
        )
    )
    assert not rated.on_one_scale
    assert rated.named("own_rating") == ("bond", "WAI-SR")
    assert rated.named("patient_rating") == ("total", "SRS")
    assert rated.named("rated_gap") == (None, None)
    assert values(rated, "rated_gap") == {"c1": None}


def test_a_gap_needs_both_answers_about_the_same_chat() -> None:
    rated = Rated.of(
        ratings(
            [
                ("c1", "therapist", "SRS", "total", 35.0),
                ("c1", "patient", "SRS", "total", 30.0),
                ("c2", "therapist", "SRS", "total", 36.0),
                ("c3", "patient", "SRS", "total", 22.0),
            ]
        )
    )
    assert values(rated, "rated_gap") == {"c1": 5.0, "c2": None, "c3": None}


def test_the_whole_goes_before_its_parts_and_the_frequent_before_the_rare() -> None:
    rows = [(f"c{at}", "therapist", "WAI-SR", "bond", 4.0) for at in range(5)]
    rows += [(f"c{at}", "therapist", "WAI-SR", "alliance", 4.0) for at in range(3)]
    assert Rated.of(ratings(rows)).own == ("WAI-SR", "alliance")
    rows = [(f"c{at}", "therapist", "B", "total", 4.0) for at in range(5)]
    rows += [("c1", "therapist", "A", "total", 4.0)]
    assert Rated.of(ratings(rows)).own == ("B", "total")


def test_ratings_of_turns_and_by_observers_are_no_ratings_of_either_side() -> None:
    of_turn = ratings([("c1", "patient", "SRS", "total", 3.0)]).with_columns(
        turn=pl.lit(4, pl.Int32)
    )
    watched = ratings([("c1", "observer", "SRS", "total", 3.0)])
    rated = Rated.of(pl.concat([of_turn, watched]))
    assert (rated.own, rated.patient) == (None, None)
    assert rated.values.is_empty()


@pytest.mark.parametrize(
    ("name", "own", "users", "own_range", "taken"),
    [
        ("WAI-SR", [36.0, 54.0], [30.0, 50.0], None, True),
        ("wai_sr", [3.0, 4.5], [2.0, 5.0], None, True),
        ("WAI-SR", [36.0, 54.0], [3.0, 4.5], None, False),
        ("WAI-SR", [3.0, 4.5], [36.0, 54.0], None, False),
        ("SRS", [8.0, 9.0], [30.0, 38.0], None, False),
        ("SRS", [8.0, 9.0], [30.0, 38.0], (0.0, 40.0), True),
        ("SRS", [8.0, 9.0], [7.0, 9.5], (0.0, 40.0), False),
        ("WAI-SR", [60.0, 90.0], [40.0, 50.0], None, False),
        ("ours", [6.0, 7.0], [5.0, 6.0], (1.0, 7.0), True),
        ("ours", [6.0, 7.0], [40.0, 60.0], (1.0, 7.0), False),
        ("ours", [6.0, 7.0], [5.0, 60.0], None, True),
    ],
)
def test_a_gap_needs_both_sides_on_one_range(
    name: str,
    own: list[float],
    users: list[float],
    own_range: tuple[float, float] | None,
    taken: bool,
) -> None:
    rows = [(f"c{at}", "therapist", name, "alliance", value) for at, value in enumerate(own)]
    rows += [(f"c{at}", "patient", name, "alliance", value) for at, value in enumerate(users)]
    given = ratings(rows)
    rated = Rated.of(given, own_range=own_range)
    assert rated.on_one_scale is taken
    assert (rated.apart is None) is taken
    assert rated.to_be_compared(given).height == (4 if taken else 0)
    gaps = [a - b for a, b in zip(own, users, strict=True)] if taken else [None, None]
    assert list(values(rated, "rated_gap").values()) == gaps
