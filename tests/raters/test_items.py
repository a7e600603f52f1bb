from __future__ import annotations

import csv
import io

import pytest
from tests.raters.conftest import Write

from attunement.errors import DataError, UsageError
from attunement.instruments import load_inventory, load_key
from attunement.raters import EXAMPLE_ITEMS, ItemSet, load_items

OWN = """name: steps
low: 0
high: 100
whole: no
items:
  - item: a
    scale: next step
    key: -1
    definition: What comes next
    patient: I do not know what comes next.
    at_high: Nothing was said of it.
    at_low: The step, the day and the hour are agreed.
"""


def test_our_inventory_is_asked_whole_from_1_to_7(inventory: ItemSet) -> None:
    assert len(inventory.items) == 36
    assert (inventory.low, inventory.high, inventory.whole) == (1, 7, True)
    assert inventory.name == "attunement-36"
    assert set(inventory.scales) == {"task", "bond", "goal"}
    assert [item.item for item in inventory.items] == [str(n) for n in range(1, 37)]


def test_a_reversed_item_is_put_by_its_opposite_and_its_guideline_is_turned_with_it(
    inventory: ItemSet,
) -> None:
    ours = load_inventory()
    reversed_item, item = inventory.items[0], inventory.items[1]
    assert (reversed_item.key, item.key) == (-1, 1)
    first, second = ours.items[0], ours.items[1]
    assert first.opposite_patient is not None
    assert second.opposite_therapist is not None
    assert reversed_item.patient == first.opposite_patient
    assert reversed_item.therapist == first.opposite_therapist
    assert first.opposite_patient in reversed_item.high
    assert first.patient in reversed_item.low
    assert item.therapist == second.therapist
    assert second.therapist in item.high
    assert second.opposite_therapist in item.low
    assert item.definition == second.construct


def test_an_observer_is_shown_the_patients_form_unless_there_is_one_of_an_observers_own(
    inventory: ItemSet,
) -> None:
    assert inventory.items[4].wording("observer") == inventory.items[4].patient
    example = load_items(EXAMPLE_ITEMS).items[0]
    assert example.wording("observer") == example.observer != example.patient


def test_a_licensed_inventory_takes_scales_keys_and_range_from_its_key(write: Write) -> None:
    handle = io.StringIO()
    writer = csv.writer(handle)
    writer.writerow(["number", "patient", "therapist"])
    for number in range(1, 13):
        writer.writerow([number, f"Invented statement {number}", f"Another statement {number}"])
    items = load_items(write("form.csv", handle.getvalue()), key="WAI-SR")
    assert (items.name, items.low, items.high, items.whole) == ("WAI-SR", 1, 5, True)
    key = load_key("WAI-SR")
    assert [(item.scale, item.key) for item in items.items] == [(k.scale, k.key) for k in key.items]
    assert items.items[0].high != items.items[0].low
    assert "task" in items.items[0].definition.casefold()


def test_an_inventory_file_of_ones_own_is_answered_as_ours(write: Write) -> None:
    rows = "\n".join(
        f'{n},{scale},1,"Patient {n}","Therapist {n}"'
        for n, scale in enumerate(("task", "bond", "goal"), start=1)
    )
    items = load_items(write("own.csv", f"number,scale,key,patient,therapist\n{rows}\n"))
    assert (items.low, items.high, len(items.items)) == (1, 7, 3)


def test_the_shipped_example_is_a_0_to_100_file_with_scales_of_its_own() -> None:
    items = load_items(EXAMPLE_ITEMS)
    assert (items.low, items.high, items.whole) == (0, 100, True)
    assert items.scales == ("rupture", "next step")
    assert {item.key for item in items.items} == {1, -1}
    for item in items.items:
        assert item.patient
        assert item.therapist
        assert item.observer


def test_an_item_file_may_have_any_scale_range_and_one_perspective(write: Write) -> None:
    items = load_items(write("own.yaml", OWN))
    assert (items.name, items.low, items.high, items.whole) == ("steps", 0, 100, False)
    (item,) = items.items
    assert (item.item, item.scale, item.key) == ("a", "next step", -1)
    assert item.wording("patient") == "I do not know what comes next."
    assert item.wording("therapist") is None
    assert item.high == "Nothing was said of it."


def test_an_item_table_states_the_range_in_every_row(write: Write) -> None:
    header = "item;scale;definition;observer;at_high;at_low;low;high;whole"
    table = f"{header}\na;x;d;o;h;l;-2,5;2;no\n".replace("-2,5", "-2.5")
    items = load_items(write("own.csv", table + "b;x;d;o2;h;l;-2.5;2;no\n"))
    assert (items.name, items.low, items.high, items.whole) == ("own", -2.5, 2, False)
    assert [item.key for item in items.items] == [1, 1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low: 0\n", "", r"line 5, entry 1, low: is missing|low: is missing"),
        ("high: 100", "high: 0", r"line 3, high: the highest answer is 0 and the lowest 0"),
        ("high: 100", "high: inf", r"line 3, high:"),
        ("whole: no", "whole: perhaps", r"line 4, whole:"),
        ("low: 0\nhigh: 100\nwhole: no", "low: 0.5\nhigh: 9\nwhole: yes", r"line 4, whole: .*0\.5"),
        ("key: -1", "key: 2", r"line 8, items, entry 1, key: must be 1 or -1, found '2'"),
        ("    scale: next step\n", "", r"entry 1, scale: is missing or empty"),
        ("    definition: What comes next\n", "", r"entry 1, definition: is missing or empty"),
        ("    at_low: The step", "    at_bottom: The step", r"at_low: is missing|at_bottom"),
        (
            "    patient: I do not know what comes next.\n",
            "",
            r"line 6, items, entry 1: has no wording",
        ),
        ("low: 0\n", "low: 0\nweight: 3\n", r"weight: is no field of this file"),
        ("    key: -1", "    key: -1\n    low: 1", r"entry 1, low: differs"),
    ],
)
def test_a_faulty_item_file_is_refused_with_its_line_and_field(
    write: Write, old: str, new: str, message: str
) -> None:
    assert old in OWN
    path = write("own.yaml", OWN.replace(old, new, 1))
    with pytest.raises(DataError, match=message) as refused:
        load_items(path)
    assert "own.yaml" in str(refused.value)
    assert "docs/instruments" not in str(refused.value)


def test_a_name_that_stands_twice_is_refused(write: Write) -> None:
    entry = OWN[OWN.index("  - item") :]
    path = write("own.yaml", OWN + entry.replace("item: a", "item: A"))
    with pytest.raises(DataError, match=r"line 13, items, entry 2, item: .*entry 1"):
        load_items(path)


def test_a_file_of_another_kind_or_a_key_without_a_file_is_refused(write: Write) -> None:
    with pytest.raises(UsageError, match=r"ends in \.txt"):
        load_items(write("items.txt", OWN))
    with pytest.raises(UsageError, match="cannot be read"):
        load_items("there-is-none.yaml")
    with pytest.raises(UsageError, match="no file was given"):
        load_items(key="WAI-SR")
    with pytest.raises(DataError, match="items: must be a list"):
        load_items(write("flat.yaml", "low: 1\nhigh: 2\nwhole: yes\nitems: none\n"))
