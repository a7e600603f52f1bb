"""What a report says of the estimator and the wordings that made it."""

from __future__ import annotations

from dataclasses import replace

from attunement.alliance import Compass, Contrast
from attunement.cli._method_words import instruments_in_words, method_in_words
from attunement.instruments import Inventory, load_anchors, load_inventory


def unreversed(inventory: Inventory) -> Inventory:
    """Give the inventory as a WAI-SR would come: no item reversed, no opposites."""
    items = tuple(
        replace(item, key=1, opposite_patient=None, opposite_therapist=None)
        for item in inventory.items
    )
    return replace(inventory, items=items)


def test_compass_tells_the_sums_of_its_keys_and_what_follows() -> None:
    said = method_in_words(Compass())
    assert "The keys sum to +2 on task, +6 on bond and 0 on goal, so" in said
    assert "raises all cosines alike raises task and bond and does not move goal" in said
    assert "anchors do not enter the score" in said


def test_the_sums_are_those_of_the_inventory_in_use() -> None:
    said = method_in_words(Compass(inventory=unreversed(load_inventory())))
    assert "+12 on task, +12 on bond and +12 on goal" in said
    assert "alike raises task, bond and goal, with" in said


def test_contrast_names_its_inventory_only_where_that_has_both_poles() -> None:
    assert "with a weight of 0.1, from the inventory's statements." in method_in_words(Contrast())
    one_poled = Contrast(inventory=unreversed(load_inventory()))
    assert "the inventory does not enter" in method_in_words(one_poled)
    assert "the inventory does not enter" in method_in_words(Contrast(inventory_weight=0.0))


def test_contrast_tells_that_the_whole_has_an_axis_of_its_own() -> None:
    said = method_in_words(Contrast())
    assert "has an axis of its own" in said
    assert "is the mean of task" not in said


def test_contrast_speaks_of_neutral_lines_only_where_they_are_used() -> None:
    assert "neutral lines" in method_in_words(Contrast())
    assert "neutral" not in method_in_words(Contrast(neutral=False))
    assert "neutral" not in method_in_words(Contrast(bank=replace(load_anchors(), neutral=())))


def test_neither_paragraph_speaks_of_over_or_underestimation() -> None:
    for estimator in (Contrast(), Compass()):
        assert "estimation" not in method_in_words(estimator)


def test_instruments_are_named_with_version_and_hash() -> None:
    bank, inventory = load_anchors(), load_inventory()
    said = instruments_in_words(bank, inventory)
    for one in (bank, inventory):
        assert f"{one.name} {one.version}" in said
        assert one.sha256[:12] in said
