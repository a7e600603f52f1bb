"""What the page makes of questionnaires."""

from __future__ import annotations

import polars as pl

from attunement.report._questionnaires import Totals
from attunement.tables import RATINGS


def of(*rows: tuple[str, int | None, str, str, str, float]) -> Totals:
    return Totals(pl.DataFrame(list(rows), schema=RATINGS.schema, orient="row"))


def test_an_instruments_own_whole_is_its_total() -> None:
    totals = of(
        ("a", None, "patient", "SRS", "total", 31.0),
        ("a", None, "patient", "SRS", "task", 8.0),
        ("a", None, "patient", "SRS", "bond", 8.0),
        ("a", None, "patient", "SRS", "goal", 8.0),
    )
    assert totals.headings == ["Patient-rated SRS"]
    assert [cell.text for cell in totals.cells("a")] == ["31"]


def test_without_a_whole_the_total_is_the_mean_of_all_three_scales_or_nothing() -> None:
    totals = of(
        ("a", None, "patient", "WAI-SR", "task", 3.0),
        ("a", None, "patient", "WAI-SR", "bond", 4.0),
        ("a", None, "patient", "WAI-SR", "goal", 3.5),
        ("b", None, "patient", "WAI-SR", "task", 3.0),
    )
    assert [cell.value for cell in totals.cells("a")] == [3.5]
    assert [cell.value for cell in totals.cells("b")] == [None]
    assert [cell.value for cell in totals.cells("never seen")] == [None]


def test_the_patients_questionnaires_come_before_the_therapists_and_observers() -> None:
    rows = [
        ("a", None, rater, "SRS", "total", 1.0) for rater in ("observer", "therapist", "patient")
    ]
    assert of(*rows).headings == ["Patient-rated SRS", "Therapist-rated SRS", "Observer-rated SRS"]


def test_an_instrument_without_a_total_has_no_column_but_keeps_its_details() -> None:
    totals = of(("a", None, "patient", "chat", "empathy", 4.25))
    assert totals.headings == []
    assert totals.details("a") == [("Patient-rated chat", [("Empathy", "4.25")])]


def test_ratings_of_single_turns_are_no_questionnaires() -> None:
    totals = of(("a", 3, "patient", "SRS", "total", 1.0))
    assert totals.headings == []
    assert totals.details("a") == []
