"""The inventory that ships, and what an inventory presents."""

from __future__ import annotations

import re

import pytest

from attunement.instruments import Inventory, Item, load_inventory, load_key
from attunement.tables import ROLES, SCALES, Role, Scale


@pytest.fixture(scope="module")
def ours() -> Inventory:
    return load_inventory()


def _wordings(item: Item) -> list[str]:
    found = [item.wording("patient"), item.wording("therapist")]
    return found + [opposite for role in ROLES if (opposite := item.opposite(role)) is not None]


def test_it_has_144_statements_all_different(ours: Inventory) -> None:
    statements = [text.casefold() for item in ours.items for text in _wordings(item)]
    assert len(statements) == 144
    assert len(set(statements)) == 144


def test_its_numbers_scales_and_keys_are_the_wai_36_s(ours: Inventory) -> None:
    pattern = [(item.number, item.scale, item.key) for item in ours.items]
    assert pattern == [(i.number, i.scale, i.key) for i in load_key("WAI-36").items]


def test_every_item_says_what_it_is_about(ours: Inventory) -> None:
    starts = {"task": "tasks: ", "bond": "bond: ", "goal": "goals: "}
    about = [item.construct or "" for item in ours.items]
    assert all(text.startswith(starts[i.scale]) for text, i in zip(about, ours.items, strict=True))
    assert len(set(about)) == 36


def test_a_patient_form_speaks_as_the_patient_and_a_therapist_form_about_one(
    ours: Inventory,
) -> None:
    for item in ours.items:
        for text in (item.patient, item.opposite_patient or ""):
            assert "this patient" not in text.casefold(), item.number
        for text in (item.therapist, item.opposite_therapist or ""):
            assert "my therapist" not in text.casefold(), item.number


def test_it_borrows_no_turn_of_phrase_from_the_working_alliance_inventory(
    ours: Inventory,
) -> None:
    borrowed = re.compile(
        r"\b(uncomfortabl\w+|mutual\w*|trusts?|trusted|respects?|appreciat\w+|likes me|cares?"
        r"|efficient\w*|clarify|confus\w+|collaborat\w+|makes? sense|agreed? (up)?on"
        r"|new ways?|what to expect|wast\w+ (of )?time|welfare)\b",
        re.IGNORECASE,
    )
    found = {
        item.number: match.group()
        for item in ours.items
        for text in _wordings(item)
        if (match := borrowed.search(text))
    }
    assert found == {}


@pytest.mark.parametrize("form", ROLES)
def test_reversed_numbers_are_presented_by_their_opposite_and_no_others(
    ours: Inventory, form: Role
) -> None:
    reversed_numbers = {1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34}
    for item, statement in zip(ours.items, ours.statements(form), strict=True):
        shown = item.opposite(form) if item.number in reversed_numbers else item.wording(form)
        assert statement == shown


@pytest.mark.parametrize(("scale", "total"), [("task", 2), ("bond", 6), ("goal", 0)])
def test_keys_and_scales_stand_in_the_order_of_the_statements(
    ours: Inventory, scale: Scale, total: int
) -> None:
    pairs = zip(ours.keys, ours.scales, strict=True)
    assert sum(key for key, of_scale in pairs if of_scale == scale) == total


@pytest.mark.parametrize("form", ROLES)
@pytest.mark.parametrize("scale", SCALES)
def test_poles_hold_each_item_once_at_either_end_whatever_its_key(
    ours: Inventory, scale: Scale, form: Role
) -> None:
    strong, weak = ours.poles(scale=scale, form=form)
    items = [item for item in ours.items if item.scale == scale]
    assert strong == [item.wording(form) for item in items]
    assert weak == [item.opposite(form) for item in items]
    assert len(strong) == 12


def _inventory(*items: Item) -> Inventory:
    return Inventory("made up", "1", "none", items, sha256="")


def test_without_opposites_the_key_says_which_pole_a_wording_belongs_to() -> None:
    inventory = _inventory(
        Item(1, "task", 1, patient="p1", therapist="t1"),
        Item(2, "task", -1, patient="p2", therapist="t2"),
        Item(3, "bond", -1, patient="p3", therapist="t3"),
    )
    assert inventory.poles(scale="task", form="patient") == (["p1"], ["p2"])
    assert inventory.poles(scale="bond", form="therapist") == ([], ["t3"])
    assert inventory.statements("patient") == ["p1", "p2", "p3"]


def test_one_item_without_an_opposite_makes_the_key_decide_for_all() -> None:
    inventory = _inventory(
        Item(1, "task", 1, "p1", "t1", opposite_patient="not p1", opposite_therapist="not t1"),
        Item(2, "task", -1, "p2", "t2", opposite_patient="not p2", opposite_therapist="not t2"),
        Item(3, "task", -1, "p3", "t3"),
    )
    assert not inventory.balanced
    assert inventory.poles(scale="task", form="patient") == (["p1"], ["not p2", "p3"])


def test_an_inventory_without_reversed_items_has_no_weak_pole() -> None:
    inventory = _inventory(Item(1, "goal", 1, patient="p", therapist="t"))
    assert inventory.poles(scale="goal", form="patient") == (["p"], [])
