"""Inventories of one's own survive YAML and CSV, and a broken file is refused with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attunement.errors import DataError, UsageError
from attunement.instruments import Item, load_inventory
from attunement.tables import SCALES

Write = Callable[[str, str | bytes], Path]

FIELDS = (
    "number",
    "scale",
    "key",
    "patient",
    "therapist",
    "opposite_patient",
    "opposite_therapist",
    "construct",
)

_wordings = st.text(min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)


@st.composite
def item_lists(draw: st.DrawFn) -> list[Item]:
    """Items with all scales present, distinct numbers, and wordings distinct but for their case."""
    scales = [*SCALES, *draw(st.lists(st.sampled_from(SCALES), max_size=4))]
    count = len(scales)
    numbers = draw(
        st.lists(st.integers(1, 10_000), min_size=count, max_size=count, unique=True).map(sorted)
    )
    texts = iter(
        draw(st.lists(_wordings, min_size=4 * count, max_size=4 * count, unique_by=str.casefold))
    )
    items = []
    for number, scale in zip(numbers, scales, strict=True):
        patient, therapist, opposite_patient, opposite_therapist = (next(texts) for _ in range(4))
        paired = draw(st.booleans())
        items.append(
            Item(
                number=number,
                scale=scale,
                key=draw(st.sampled_from((1, -1))),
                patient=patient,
                therapist=therapist,
                opposite_patient=opposite_patient if paired else None,
                opposite_therapist=opposite_therapist if paired else None,
                construct=draw(st.none() | _wordings),
            )
        )
    return items


def as_rows(items: list[Item]) -> list[dict[str, object]]:
    return [{field: getattr(item, field) for field in FIELDS} for item in items]


def as_csv(items: list[Item], *, delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(as_rows(items))
    return text.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(items=item_lists(), unicode=st.booleans())
def test_any_inventory_comes_back_from_yaml_as_it_was(
    write: Write, items: list[Item], unicode: bool
) -> None:
    content = {"name": "a name", "version": 3, "licence": "ours", "items": as_rows(items)[::-1]}
    path = write("mine.yaml", yaml.safe_dump(content, allow_unicode=unicode))
    inventory = load_inventory(path)
    assert inventory.items == tuple(items)
    assert (inventory.name, inventory.version, inventory.licence) == ("a name", "3", "ours")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(items=item_lists(), delimiter=st.sampled_from(",;\t"), bom=st.booleans())
def test_any_inventory_comes_back_from_csv_as_it_was(
    write: Write, items: list[Item], delimiter: str, bom: bool
) -> None:
    content = as_csv(items, delimiter=delimiter).encode("utf-8-sig" if bom else "utf-8")
    inventory = load_inventory(write("mine.csv", content))
    assert inventory.items == tuple(items)
    assert inventory.name == "mine"


def test_yaml_and_csv_of_the_same_items_differ_in_their_hash_only(write: Write) -> None:
    items = list(load_inventory().items)
    from_yaml = load_inventory(write("a.yml", yaml.safe_dump({"items": as_rows(items)})))
    from_csv = load_inventory(write("a.csv", as_csv(items)))
    assert from_yaml.items == from_csv.items == load_inventory().items
    assert from_yaml.sha256 != from_csv.sha256


def test_words_that_yaml_takes_for_values_stay_words(write: Write) -> None:
    path = write(
        "mine.yaml",
        """
items:
  - {number: 1, scale: task, key: 1, patient: no, therapist: 12:30}
  - {number: 2, scale: bond, key: -1, patient: yes, therapist: 1.0}
  - {number: 3, scale: goal, key: +1, patient: 2024-01-01, therapist: off, construct: ~}
""",
    )
    inventory = load_inventory(path)
    assert inventory.statements("patient") == ["no", "yes", "2024-01-01"]
    assert inventory.statements("therapist") == ["12:30", "1.0", "off"]
    assert inventory.items[2].construct is None


def test_line_breaks_inside_a_wording_become_spaces(write: Write) -> None:
    path = write(
        "mine.csv",
        'number,scale,key,patient,therapist\n1,task,1,"two\nlines", t1 \n'
        "2,bond,1,p2,t2\n\n3,goal,1,p3,t3\n",
    )
    inventory = load_inventory(path)
    assert inventory.statements("patient") == ["two lines", "p2", "p3"]
    assert inventory.statements("therapist") == ["t1", "t2", "t3"]


GOOD = """number,scale,key,patient,therapist,opposite_patient,opposite_therapist
1,task,1,p1,t1,o1,u1
2,bond,1,p2,t2,o2,u2
3,goal,-1,p3,t3,o3,u3
"""


def test_the_good_file_that_the_broken_ones_are_made_from_is_good(write: Write) -> None:
    assert len(load_inventory(write("mine.csv", GOOD)).items) == 3


@pytest.mark.parametrize(
    ("broken", "by", "message"),
    [
        ("2,bond,1,p2", "2,bond,1,", "line 3, item 2, patient: is missing or empty"),
        ("2,bond", "2,", "line 3, item 2, scale: is missing, and no published key"),
        ("2,bond,1", "2,bond,", "line 3, item 2, key: is missing, and no published key"),
        ("2,bond", "2,warmth", r"line 3, item 2, scale: must be 'task', .*found 'warmth'"),
        ("2,bond,1", "2,bond,R", "line 3, item 2, key: must be 1 or -1, found 'R'"),
        ("2,bond", "two,bond", "line 3, item two, number: must be a whole number, found 'two'"),
        ("2,bond", "0,bond", "line 3, item 0, number: "),
        ("2,bond", "1,bond", "line 3, item 1, number: the number 1 stands twice"),
        ("p2", "P1", "line 3, item 2, patient: is the same text as item 1 in the patient form"),
        ("o2", "p1", "line 3, item 2, opposite_patient: is the same text as item 1"),
        ("u2", "t2", "line 3, item 2, opposite_therapist: is the same text as item 2"),
        ("o2", "", "line 3, item 2, opposite_patient: is missing, though the other form"),
        ("u2", "", "line 3, item 2, opposite_therapist: is missing, though the other form"),
        ("2,bond", "2,task", "line 1, items: no item belongs to bond"),
        ("p2,t2", "p2,t2,x", "line 3: the row has 8 cells, the header 7"),
        ("opposite_patient", "opposite", "line 2, item 1, opposite: is no field of this file"),
        ("therapist,opp", "patient,opp", "line 1: the column 'patient' stands twice"),
        ("p2", '"p2', "line 3: not CSV: unexpected end of data"),
        (GOOD, "  \n\n", "the file is empty"),
    ],
)
def test_a_broken_csv_is_refused_with_file_line_item_and_field(
    write: Write, broken: str, by: str, message: str
) -> None:
    assert broken in GOOD
    path = write("mine.csv", GOOD.replace(broken, by, 1))
    with pytest.raises(DataError, match=message) as caught:
        load_inventory(path)
    assert str(caught.value).startswith(str(path))
    assert caught.value.exit_code == 1


def test_a_mistake_made_in_every_row_says_how_many_there_are(write: Write) -> None:
    path = write("mine.csv", GOOD.replace("t1", "").replace("t2", "").replace("t3", ""))
    with pytest.raises(
        DataError, match=r"item 1, therapist.*\(problems in the file besides this one: 2\)"
    ):
        load_inventory(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("items: [1, 2\n", "line 2: not YAML"),
        ("a: 1\n---\nb: 2\n", "line 2: not YAML"),
        ("just a sentence\n", "must be a mapping of fields"),
        ("items: all of them\n", "line 1, items: must be a list"),
        ("items: []\n", "items: has too few entries"),
        ("items:\n  - number one\n", "line 2, items, entry 1: must be a mapping of fields"),
        ("items:\n  - {number: 1,\n     patient: ' '}\n", "line 3, item 1, patient: is empty"),
        ("items:\n  - {number: 1,\n     patient: [p]}\n", "line 3, item 1, patient: must be text"),
        ("name: a\nname: b\n", "line 2: name stands twice here"),
        ("items: &a\n  - *a\n", "line 2: .*an alias"),
        ("? [a]\n: b\n", "line 1: a field's name is not plain text"),
        ("name: \x07\n", "not YAML"),
        (
            "author: me\nitems:\n  - {number: 1, patient: p, therapist: t}\n",
            "line 1, author: is no",
        ),
        (b"name: caf\xe9\n", "line 1: the text is not UTF-8"),
        (b"\n\n\xff\xfe\x00", "line 3: the text is not UTF-8"),
        ("[" * 100_000, "line 1: .*nested too deeply"),
    ],
)
def test_a_broken_yaml_is_refused_with_file_line_and_field(
    write: Write, content: str | bytes, message: str
) -> None:
    path = write("mine.yaml", content)
    with pytest.raises(DataError, match=message) as caught:
        load_inventory(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_a_folder_and_another_format_are_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    for name, message in (
        ("absent.yaml", "cannot be read"),
        ("absent.csv", "cannot be read"),
        ("folder.yaml", "cannot be read"),
        ("inventory.docx", r"ends in \.docx.*\.yaml, \.yml, \.csv, \.tsv"),
        ("inventory", "ends in nothing"),
    ):
        with pytest.raises(UsageError, match=message):
            load_inventory(tmp_path / name)
