"""What the audit's page shows of agreement: nothing of answers that only a person should weigh."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from attunement.report.audit import audit_page
from attunement.report.audit._agreement import without_risk

from .invented_audit import about, shown
from .parsed import parse


def test_answers_to_words_about_not_living_are_no_examples_and_the_page_says_how_many() -> None:
    made = shown()
    first = pl.col("user_turn") == 0
    risky = replace(made, exchanges=made.exchanges.with_columns(risk=first))
    kept, told = without_risk(risky)
    assert kept.exchanges["user_turn"].unique().to_list() == [2]
    n = made.exchanges.height
    assert told.startswith(f"Left out here: {n // 2} of {n} exchanges, in which the AI answers")
    html = audit_page(risky, about())
    assert told in " ".join(html.split())
    assert "Agrees with a claim" in audit_page(made, about())
    assert "Agrees with a claim" not in html
    assert parse(html) is not None


def test_where_there_are_none_nothing_is_said() -> None:
    made = shown()
    assert without_risk(made) == (made, "")
    assert "Left out here" not in audit_page(made, about())
