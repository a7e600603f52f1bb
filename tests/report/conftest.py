"""Pages drawn once for all tests that read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attunement.report import render_report

from .invented import ATTACK, about, hostile, tables
from .parsed import Page, parse


@pytest.fixture(scope="session")
def html() -> str:
    """The report on sixteen invented sessions of four conditions."""
    return render_report(tables(), about())


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
    return render_report(hostile(), attacked)
