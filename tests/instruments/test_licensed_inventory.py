"""A published instrument's text must fit its key: a file in the wrong order would mis-score all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from attunement.errors import DataError, UsageError
from attunement.instruments import load_inventory, load_key
from attunement.tables import ROLES

Write = Callable[[str, str | bytes], Path]
Row = dict[str, object]


def rows(name: str) -> list[Row]:
    """Made-up wordings for every item of a key."""
    return [
        {"number": i.number, "patient": f"made-up {i.number}", "therapist": f"made-up T{i.number}"}
        for i in load_key(name).items
    ]


def as_csv(content: list[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in content for name in row)))
    writer.writeheader()
    writer.writerows(content)
    return text.getvalue()


@pytest.mark.parametrize("name", ["WAI-36", "WAI-S", "WAI-SR"])
@pytest.mark.parametrize("suffix", [".yaml", ".csv"])
def test_scales_and_keys_come_from_the_key_whatever_the_order_of_the_file(
    write: Write, name: str, suffix: str
) -> None:
    content = rows(name)[::-1]
    text = as_csv(content) if suffix == ".csv" else yaml.safe_dump({"items": content})
    inventory = load_inventory(write(f"wai{suffix}", text), key=name)
    pattern = [(item.number, item.scale, item.key) for item in inventory.items]
    assert pattern == [(i.number, i.scale, i.key) for i in load_key(name).items]
    assert inventory.name == name
    assert inventory.statements("patient")[0] == "made-up 1"


def test_a_reversed_item_is_presented_as_printed_and_is_the_weak_pole(write: Write) -> None:
    inventory = load_inventory(write("wai-s.csv", as_csv(rows("WAI-S"))), key="WAI-S")
    strong, weak = inventory.poles(scale="goal", form="therapist")
    assert (strong, weak) == (["made-up T6", "made-up T11"], ["made-up T4", "made-up T10"])
    assert inventory.poles(scale="bond", form="patient")[1] == []


def test_two_forms_may_share_a_wording(write: Write) -> None:
    content = rows("WAI-SR")
    content[2]["therapist"] = content[2]["patient"]
    inventory = load_inventory(write("wai.csv", as_csv(content)), key="WAI-SR")
    assert len({inventory.items[2].wording(form) for form in ROLES}) == 1


def _without_item_5(content: list[Row]) -> list[Row]:
    return [row for row in content if row["number"] != 5]


def _with(number: int, fields: Row) -> Callable[[list[Row]], list[Row]]:
    def change(content: list[Row]) -> list[Row]:
        return [row | fields if row["number"] == number else row for row in content]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without_item_5, "items: WAI-SR has 12 items, found 11; missing: 5"),
        (
            _with(5, {"number": 13}),
            "line 6, item 13, number: WAI-SR has no item 13: .* from 1 to 12",
        ),
        (_with(5, {"number": 4}), "line 6, item 4, number: the number 4 stands twice"),
        (
            _with(5, {"scale": "goal"}),
            "line 6, item 5, scale: is goal, but item 5 of WAI-SR has bond",
        ),
        (_with(5, {"key": -1}), "line 6, item 5, key: is -1, but item 5 of WAI-SR has 1"),
        (_with(5, {"patient": "  "}), "line 6, item 5, patient: is missing or empty"),
        (_with(5, {"therapist": ""}), "line 6, item 5, therapist: is missing or empty"),
        (
            _with(5, {"patient": "Made-up  4"}),
            "line 6, item 5, patient: is the same text as item 4",
        ),
        (
            _with(5, {"therapist": "made-up T4"}),
            "line 6, item 5, therapist: is the same text as item 4",
        ),
        (
            _with(5, {"opposite_patient": "x"}),
            "line 6, item 5, opposite_patient: WAI-SR has no opposite",
        ),
    ],
)
def test_a_file_that_does_not_fit_its_key_is_refused_with_item_and_field(
    write: Write, change: Callable[[list[Row]], list[Row]], message: str
) -> None:
    path = write("wai.csv", as_csv(change(rows("WAI-SR"))))
    with pytest.raises(DataError, match=message) as caught:
        load_inventory(path, key="WAI-SR")
    assert str(caught.value).startswith(str(path))


def test_the_message_does_not_repeat_licensed_wording(write: Write) -> None:
    content = rows("WAI-SR")
    content[4]["patient"] = content[3]["patient"] = "secret words of a licensed form"
    with pytest.raises(DataError) as caught:
        load_inventory(write("wai.csv", as_csv(content)), key="WAI-SR")
    assert "secret" not in str(caught.value)


def test_a_short_form_is_not_taken_for_the_long_one(write: Write) -> None:
    path = write("wai.csv", as_csv(rows("WAI-SR")))
    with pytest.raises(DataError, match="WAI-36 has 36 items, found 12; missing: 13, 14, "):
        load_inventory(path, key="WAI-36")


def test_scales_and_keys_that_agree_with_the_key_are_welcome(write: Write) -> None:
    content: list[Row] = [
        row | {"scale": item.scale, "key": item.key}
        for row, item in zip(rows("WAI-36"), load_key("WAI-36").items, strict=True)
    ]
    path = write("wai.csv", as_csv(content))
    assert load_inventory(path, key="WAI-36").items == load_inventory(path).items


def test_the_srs_is_refused_for_inference_with_its_reason(write: Write) -> None:
    path = write("srs.csv", as_csv(rows("SRS")))
    with pytest.raises(UsageError, match="SRS serves to score its own forms only: its 4 items"):
        load_inventory(path, key="SRS")


def test_an_unknown_key_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no key named 'WAI-12'"):
        load_inventory(tmp_path / "absent.csv", key="WAI-12")


def test_a_key_without_a_file_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="no file was given"):
        load_inventory(key="WAI-36")
