"""A design asks everything once, and names what it cannot ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.raters.scripted import design, sessions

from attunement.errors import UsageError
from attunement.raters import AS_IT_IS, SECOND_HALF_FIRST, ItemSet, narrowed


def test_every_variant_perspective_and_item_is_asked_once() -> None:
    asked = replace(
        design(), perspectives=("patient", "observer"), variants=(AS_IT_IS, SECOND_HALF_FIRST)
    ).questions(sessions(1)[0])
    found = [(one.variant, one.perspective, one.item.item) for one in asked]
    items = [item.item for item in design().items.items]
    assert found == [
        (variant, perspective, item)
        for variant in (AS_IT_IS, SECOND_HALF_FIRST)
        for perspective in ("patient", "observer")
        for item in items
    ]


def test_windows_are_cut_as_asked() -> None:
    asked = replace(design(items=1), most_turns=1).questions(sessions(1)[0])
    assert [(one.window.first_turn, one.window.last_turn) for one in asked] == [(0, 0), (1, 1)]


@pytest.mark.parametrize("field", ["perspectives", "variants", "seeds"])
def test_nothing_is_asked_twice_or_not_at_all(field: str) -> None:
    whole = design()
    none: dict[str, Any] = {field: ()}
    twice: dict[str, Any] = {field: getattr(whole, field) * 2}
    with pytest.raises(UsageError, match="none"):
        replace(whole, **none)
    with pytest.raises(UsageError, match="twice"):
        replace(whole, **twice)


def test_items_are_kept_by_name_and_scale_in_their_order(inventory: ItemSet) -> None:
    names = [item.item for item in inventory.items]
    kept = narrowed(inventory, only=(names[4], names[1]))
    assert [item.item for item in kept.items] == [names[1], names[4]]
    bond = narrowed(inventory, scales=("bond",))
    assert {item.scale for item in bond.items} == {"bond"}
    assert len(bond.items) == sum(item.scale == "bond" for item in inventory.items)
    assert narrowed(inventory) == inventory


def test_names_that_are_not_there_are_told_with_those_that_are(inventory: ItemSet) -> None:
    with pytest.raises(UsageError, match='no item "99"'):
        narrowed(inventory, only=("99",))
    with pytest.raises(UsageError, match=r'no scale "trust".*bond'):
        narrowed(inventory, scales=("trust",))
    of_bond = next(item.item for item in inventory.items if item.scale == "bond")
    with pytest.raises(UsageError, match="none of the items named"):
        narrowed(inventory, only=(of_bond,), scales=("task",))
