"""docs/instruments.md can be followed: its files load, and it leaves no field or tag out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.instruments import (
    ANCHORS,
    REGISTERS,
    Item,
    NeutralLine,
    key_names,
    load_inventory,
    load_key,
)

PAGE = Path(__file__).parents[2] / "docs" / "instruments.md"
Write = Callable[[str, str | bytes], Path]


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _block(page: str, language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert match is not None
    return match.group(1)


def test_the_inventory_on_the_page_loads_and_is_balanced(page: str, write: Write) -> None:
    inventory = load_inventory(write("clinic.yaml", _block(page, "yaml")))
    assert inventory.balanced
    assert inventory.name == "clinic-3"


def test_the_licensed_file_on_the_page_fits_its_key(page: str, write: Write) -> None:
    inventory = load_inventory(write("wai-sr.csv", _block(page, "csv")), key="WAI-SR")
    assert len(inventory.items) == 12


@pytest.mark.parametrize(
    "name",
    [
        *Item.__dataclass_fields__,
        *NeutralLine.__dataclass_fields__,
        *REGISTERS,
        *ANCHORS.columns,
    ],
)
def test_every_field_tag_and_column_is_on_the_page(page: str, name: str) -> None:
    assert f"`{name}`" in page


@pytest.mark.parametrize("name", key_names())
def test_the_table_of_keys_on_the_page_is_right(page: str, name: str) -> None:
    key = load_key(name)
    low, high = key.total_range
    row = rf"^\| {name} \| {len(key.items)} \| {key.low}-{key.high} \| {low}-{high} \| (\w+)"
    match = re.search(row, page, re.MULTILINE)
    assert match is not None
    reversed_items = sum(item.key == -1 for item in key.items)
    assert match.group(1) == (str(reversed_items) if reversed_items else "none")
