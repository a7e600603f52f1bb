"""Pages drawn once for all tests that read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import altair as alt
import pytest
import vl_convert

from attunement.gap import GapResult
from attunement.report import render_gap_page, render_markers_page, render_report

from .invented import ATTACK, about, hostile, tables
from .invented_gap import gap_about, gap_of, inferred_gap, rated_gap
from .invented_markers import about as markers_about
from .invented_markers import shown as markers_shown
from .parsed import Page, parse


@pytest.fixture(scope="session", autouse=True)
def _drawn_to_the_schema() -> Iterator[None]:
    """Hold every kind of chart that a test draws against Vega-Lite's schema, once."""
    seen: set[str] = set()
    drawing = vl_convert.vegalite_to_svg

    def checked(spec: dict[str, Any]) -> str:
        kind = json.dumps(_shape({**spec, "datasets": {}}), sort_keys=True)
        if kind not in seen:
            alt.LayerChart.validate({**spec, "datasets": {}})
            seen.add(kind)
        return drawing(spec)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", checked)
        yield


def _shape(value: object) -> object:
    """Give what a specification is made of: its words and keys, and not its numbers."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    if isinstance(value, list):
        kinds = {json.dumps(_shape(one), sort_keys=True) for one in value}
        return sorted(kinds)
    return value if isinstance(value, str | bool | None) else "number"


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
