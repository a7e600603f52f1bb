"""Pages drawn once for all tests that read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attunement.gap import GapResult
from attunement.report import render_gap_page, render_markers_page, render_report

from .invented import ATTACK, about, hostile, tables
from .invented_gap import gap_about, gap_of, inferred_gap, rated_gap
from .invented_markers import about as markers_about
from .invented_markers import shown as markers_shown
from .parsed import Page, parse


@pytest.fixture(scope="session")
def html() -> str:
    """The report on sixteen invented sessions of four conditions, the gap first."""
    made = tables()
    return render_report(made, about(), gap=gap_of(made))


@pytest.fixture(scope="session")
def page(html: str) -> Page:
    return parse(html)


@pytest.fixture(scope="session")
def hostile_html() -> str:
    """The report on sessions whose every name and word is markup, some of them barely sessions."""
    attacked = replace(
        about(),
        title=ATTACK,
        encoder=ATTACK,
        reference=ATTACK,
        instruments=ATTACK,
        method=ATTACK,
        command=ATTACK,
        notes=(ATTACK,),
    )
    made = hostile()
    return render_report(made, attacked, gap=gap_of(made))


@pytest.fixture(scope="session")
def inferred() -> GapResult:
    """A gap inferred from words: two conditions of enough sessions, one small; both sides rate."""
    return inferred_gap(with_ratings=True)


@pytest.fixture(scope="session")
def gap_html(inferred: GapResult) -> str:
    return render_gap_page(inferred, gap_about())


@pytest.fixture(scope="session")
def gap_page(gap_html: str) -> Page:
    return parse(gap_html)


@pytest.fixture(scope="session")
def rated() -> GapResult:
    """A gap of questionnaires alone."""
    return rated_gap()


@pytest.fixture(scope="session")
def rated_page(rated: GapResult) -> Page:
    return parse(render_gap_page(rated, gap_about()))


@pytest.fixture(scope="session")
def markers_html() -> str:
    """The markers of 45 sessions of three conditions, two of them not English."""
    return render_markers_page(markers_shown(not_english=2), markers_about())
