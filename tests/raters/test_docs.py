from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.raters.conftest import SPOKEN, Write, item_set, spoken, whole

from attunement.raters import PLACEHOLDERS, Reason, load_items, read_answer

PAGE = (Path(__file__).parents[2] / "docs" / "raters.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_item_file_on_the_page_can_be_read(write: Write) -> None:
    items = load_items(write("clarity.yaml", block("yaml")))
    assert (items.low, items.high, items.whole, items.scales) == (0, 100, True, ("next step",))


def test_the_answer_on_the_page_is_a_verdict() -> None:
    text = block("json")
    window = whole(spoken(*SPOKEN))
    reading = read_answer(text, finish_reason="stop", items=item_set(), window=window)
    assert reading.score == json.loads(text)["score"]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_on_the_page_with_whether_it_is_asked_again(reason: Reason) -> None:
    assert f"| {reason} | {'yes' if reason.transient else 'no'} |" in PAGE


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_every_placeholder_is_on_the_page(placeholder: str) -> None:
    assert f"`{{{{ {placeholder} }}}}`" in PAGE
