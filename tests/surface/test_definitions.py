"""Every feature is defined, with its source and what it does not say, also on its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attunement.surface import FEATURES, definitions

PAGE = Path(__file__).parents[2] / "docs" / "surface.md"


def test_the_five_and_flattery_are_defined_in_their_order() -> None:
    assert tuple(one.name for one in definitions()) == (*FEATURES, "flattery")


def test_definitions_say_what_how_magnified_from_where_and_what_not() -> None:
    for one in definitions():
        assert re.search(r"\b20\d\d\b", one.source), one.name
        assert one.definition.endswith("."), one.name
        assert one.caution.endswith("."), one.name
        assert bool(one.magnified) == (one.name in FEATURES), one.name
        assert all((one.label, one.unit)), one.name


@pytest.mark.parametrize("one", definitions(), ids=lambda one: one.name)
def test_the_page_defines_each_feature_word_for_word(one: object) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for part in ("label", "unit", "definition", "magnified", "source", "caution"):
        assert getattr(one, part) in page, part
