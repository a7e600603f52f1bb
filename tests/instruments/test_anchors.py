"""The anchor bank that ships, and the loader on banks of one's own."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from attunement.errors import DataError, UsageError
from attunement.instruments import (
    ANCHORS,
    REGISTERS,
    Anchor,
    AnchorBank,
    NeutralLine,
    anchors_table,
    load_anchors,
)
from attunement.tables import POLES, ROLES, SCALES, Role, Scale

Write = Callable[[str, str | bytes], Path]
Bank = dict[str, Any]

NEGATION = re.compile(
    r"\b(?:no|nah|not|never|nothing|none|nobody|nowhere|neither|nor|without|cannot)\b|n't\b"
    r"|\b(?:do|does|did|is|are|was|were|wo|ca|could|would|should|has|have|had)nt\b",
    re.IGNORECASE,
)
"""Also as typed without the apostrophe: didnt, wont."""


@pytest.fixture
def tiny() -> Bank:
    """A whole bank with two anchors a cell."""
    return {
        "name": "tiny",
        "version": 2,
        "licence": "Apache-2.0",
        "anchors": {
            role: {
                scale: {
                    pole: [
                        ["clipped chat", f"{role} {scale} {pole} one"],
                        ["long voice", f"{role} {scale} {pole} two"],
                    ]
                    for pole in POLES
                }
                for scale in SCALES
            }
            for role in ROLES
        },
    }


def written(write: Write, bank: Bank) -> Path:
    return write("bank.yaml", yaml.safe_dump(bank, sort_keys=True))


@pytest.fixture(scope="module")
def shipped() -> AnchorBank:
    return load_anchors()


@pytest.mark.parametrize(("role", "least"), [("patient", 90), ("therapist", 50)])
def test_every_cell_of_the_shipped_bank_is_large_and_its_poles_are_equal_in_number(
    shipped: AnchorBank, role: Role, least: int
) -> None:
    for scale in SCALES:
        strong, weak = shipped.poles(scale=scale, role=role)
        assert len(strong) == len(weak) >= least, scale


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scale", SCALES)
def test_strong_and_weak_are_about_equally_long(
    shipped: AnchorBank, role: Role, scale: Scale
) -> None:
    strong, weak = (_mean_words(cell) for cell in shipped.poles(scale=scale, role=role))
    assert 1 / 1.2 <= strong / weak <= 1.2


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scale", SCALES)
def test_strong_and_weak_say_no_and_not_about_equally_often(
    shipped: AnchorBank, role: Role, scale: Scale
) -> None:
    strong, weak = (_negated(cell) for cell in shipped.poles(scale=scale, role=role))
    assert abs(strong - weak) <= 0.10


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("No, that's exactly it.", True),
        ("didnt do it", True),
        ("I can't.", True),
        ("I don't mind", True),
        ("I want to know now", False),
        ("It stays hopeless.", False),
    ],
)
def test_a_negation_is_told_from_a_word_that_looks_like_one(text: str, negated: bool) -> None:
    assert bool(NEGATION.search(text)) == negated


@pytest.mark.parametrize(("role", "least"), [("patient", 120), ("therapist", 80)])
def test_the_shipped_bank_has_neutral_lines_for_both_roles(
    shipped: AnchorBank, role: Role, least: int
) -> None:
    assert len(shipped.neutral_of(role)) >= least


def test_a_line_of_the_shipped_bank_is_long_from_18_words_on(shipped: AnchorBank) -> None:
    lines: list[Anchor | NeutralLine] = [*shipped.anchors, *shipped.neutral]
    for line in lines:
        length = "long" if len(line.text.split()) >= 18 else "clipped"
        assert {"long", "clipped"}.intersection(line.register) == {length}, line


def _mean_words(cell: list[Anchor]) -> float:
    return sum(len(anchor.text.split()) for anchor in cell) / len(cell)


def _negated(cell: list[Anchor]) -> float:
    return sum(bool(NEGATION.search(anchor.text)) for anchor in cell) / len(cell)


@pytest.mark.parametrize("role", ROLES)
def test_the_shipped_bank_uses_every_register_in_each_role(shipped: AnchorBank, role: Role) -> None:
    used = {tag for a in shipped.anchors if a.role == role for tag in a.register}
    assert used == set(REGISTERS)


def test_no_text_of_the_shipped_bank_stands_in_two_cells(shipped: AnchorBank) -> None:
    lines: list[Anchor | NeutralLine] = [*shipped.anchors, *shipped.neutral]
    texts = Counter(" ".join(line.text.casefold().split()) for line in lines)
    assert [text for text, count in texts.items() if count > 1] == []


def test_anchors_are_named_by_cell_and_place_in_the_file(write: Write, tiny: Bank) -> None:
    bank = load_anchors(written(write, tiny))
    assert [a.anchor_id for a in bank.anchors][:5] == [
        "patient.task.strong.01",
        "patient.task.strong.02",
        "patient.task.weak.01",
        "patient.task.weak.02",
        "patient.bond.strong.01",
    ]
    last = bank.anchors[-1]
    assert last.anchor_id == "therapist.goal.weak.02"
    assert last.text == "therapist goal weak two"
    assert last.register == ("long", "voice")
    assert (bank.name, bank.version, bank.licence) == ("tiny", "2", "Apache-2.0")


def test_poles_give_one_role_and_scale_in_the_order_of_the_file(write: Write, tiny: Bank) -> None:
    strong, weak = load_anchors(written(write, tiny)).poles(scale="bond", role="therapist")
    assert [a.text for a in strong] == ["therapist bond strong one", "therapist bond strong two"]
    assert [a.text for a in weak] == ["therapist bond weak one", "therapist bond weak two"]


def test_the_table_has_one_row_an_anchor_with_the_documented_columns(
    write: Write, tiny: Bank
) -> None:
    table = anchors_table(load_anchors(written(write, tiny)))
    assert table.schema == ANCHORS.schema
    assert table.height == 24
    assert table.filter(pl.col("anchor") == "patient.goal.weak.01").row(0) == (
        "patient.goal.weak.01",
        "patient",
        "goal",
        "weak",
        "patient goal weak one",
        "clipped chat",
    )


def test_the_hash_changes_with_the_words(write: Write, tiny: Bank) -> None:
    before = load_anchors(written(write, tiny)).sha256
    tiny["anchors"]["patient"]["task"]["weak"][0][1] += "."
    assert load_anchors(written(write, tiny)).sha256 != before


def test_a_text_of_one_word_that_yaml_takes_for_a_truth_value_stays_a_word(
    write: Write, tiny: Bank
) -> None:
    text = yaml.safe_dump(tiny).replace("patient task weak one", "no")
    bank = load_anchors(write("bank.yaml", text))
    assert bank.poles(scale="task", role="patient")[1][0].text == "no"


def test_a_bank_without_neutral_lines_has_none(write: Write, tiny: Bank) -> None:
    bank = load_anchors(written(write, tiny))
    assert bank.neutral == ()
    assert bank.neutral_of("patient") == []


def test_neutral_lines_are_named_by_role_and_place_and_are_no_anchors(
    write: Write, tiny: Bank
) -> None:
    tiny["neutral"] = {
        "therapist": [["clipped voice", "Which  day\nwas it?"]],
        "patient": [["clipped chat", "two brothers"], ["long", "It rained all the way there."]],
    }
    bank = load_anchors(written(write, tiny))
    assert bank.neutral == (
        NeutralLine("patient.neutral.01", "patient", "two brothers", ("clipped", "chat")),
        NeutralLine("patient.neutral.02", "patient", "It rained all the way there.", ("long",)),
        NeutralLine("therapist.neutral.01", "therapist", "Which day was it?", ("clipped", "voice")),
    )
    assert bank.neutral_of("therapist") == [bank.neutral[2]]
    assert len(bank.anchors) == anchors_table(bank).height == 24


def test_one_role_may_have_neutral_lines_alone(write: Write, tiny: Bank) -> None:
    tiny["neutral"] = {"therapist": [["clipped", "Which day was it?"]]}
    bank = load_anchors(written(write, tiny))
    assert bank.neutral_of("patient") == []
    assert [line.text for line in bank.neutral_of("therapist")] == ["Which day was it?"]


def _drop(*way: str) -> Callable[[Bank], None]:
    def change(bank: Bank) -> None:
        inner: Any = bank
        for step in way[:-1]:
            inner = inner[step]
        del inner[way[-1]]

    return change


def _cell(entries: list[Any]) -> Callable[[Bank], None]:
    """Put entries in place of the strong bond anchors of the therapist."""

    def change(bank: Bank) -> None:
        bank["anchors"]["therapist"]["bond"]["strong"] = entries

    return change


def _neutral(entries: Any) -> Callable[[Bank], None]:
    """Put entries in place of the neutral lines of the patient."""

    def change(bank: Bank) -> None:
        bank["neutral"] = {"patient": entries}

    return change


def _neutral_of_nobody(bank: Bank) -> None:
    bank["neutral"] = {"observer": [["chat", "so"]]}


NEUTRAL = "neutral, patient"
IN_CELL = "anchors, therapist, bond, strong"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop("anchors", "therapist"), "anchors, therapist: is missing"),
        (_drop("anchors", "patient", "goal"), "anchors, patient, goal: is missing"),
        (_drop("anchors", "patient", "goal", "weak"), "anchors, patient, goal, weak: is missing"),
        (_drop("licence"), "licence: is missing"),
        (_cell([]), f"{IN_CELL}: has too few entries"),
        (_cell([["clipped", "a"], ["chat", " "]]), f"{IN_CELL}, entry 2, entry 2: is empty"),
        (_cell([["clipped"]]), f"{IN_CELL}, entry 1, entry 2: is missing"),
        (_cell([["clipped", "ok", "yeah"]]), f"{IN_CELL}, entry 1: has too many entries"),
        (_cell(["ok yeah"]), f"{IN_CELL}, entry 1: must be a list"),
        (_cell([["", "ok yeah"]]), f"{IN_CELL}, entry 1: has no register tag"),
        (_cell([["clipped shouted", "ok"]]), f"{IN_CELL}, entry 1: 'shouted' is no register tag"),
        (_cell([["chat chat", "ok"]]), f"{IN_CELL}, entry 1: a register tag stands twice"),
        (_cell([["long", "a" * 401]]), f"{IN_CELL}, entry 1: the text has 401 characters"),
        (
            _cell([["chat", "Patient  goal weak ONE"]]),
            f"{IN_CELL}, entry 1: is the same text as patient.goal.weak.01",
        ),
        (
            _cell([["chat", "ok"], ["voice", "ok"]]),
            f"{IN_CELL}, entry 2: is the same text as therapist.bond.strong.01",
        ),
        (_neutral_of_nobody, "neutral, observer: is no field"),
        (_neutral([]), f"{NEUTRAL}: has too few entries"),
        (_neutral([["chat", "two"], ["chat", " "]]), f"{NEUTRAL}, entry 2, entry 2: is empty"),
        (_neutral(["two brothers"]), f"{NEUTRAL}, entry 1: must be a list"),
        (_neutral([["", "two"]]), f"{NEUTRAL}, entry 1: has no register tag"),
        (_neutral([["shouted", "two"]]), f"{NEUTRAL}, entry 1: 'shouted' is no register tag"),
        (_neutral([["long", "a" * 401]]), f"{NEUTRAL}, entry 1: the text has 401 characters"),
        (
            _neutral([["chat", "two"], ["chat", "THERAPIST goal weak two"]]),
            f"{NEUTRAL}, entry 2: is the same text as therapist.goal.weak.02",
        ),
        (
            _neutral([["chat", "two"], ["voice", "Two"]]),
            f"{NEUTRAL}, entry 2: is the same text as patient.neutral.01",
        ),
    ],
)
def test_a_broken_bank_is_refused_with_its_place(
    write: Write, tiny: Bank, change: Callable[[Bank], None], message: str
) -> None:
    change(tiny)
    path = written(write, tiny)
    with pytest.raises(DataError, match=message) as caught:
        load_anchors(path)
    assert str(caught.value).startswith(f"{path}, line ")


def test_the_longest_text_allowed_is_400_characters(write: Write, tiny: Bank) -> None:
    _cell([["long", "a" * 400]])(tiny)
    strong, _ = load_anchors(written(write, tiny)).poles(scale="bond", role="therapist")
    assert len(strong[0].text) == 400


def test_an_unknown_pole_or_a_cell_written_twice_is_refused(write: Write, tiny: Bank) -> None:
    odd = copy.deepcopy(tiny)
    odd["anchors"]["patient"]["task"]["medium"] = [["chat", "so so"]]
    with pytest.raises(DataError, match="anchors, patient, task, medium: is no field"):
        load_anchors(written(write, odd))
    twice = yaml.safe_dump(tiny) + "name: again\n"
    with pytest.raises(DataError, match="name stands twice here"):
        load_anchors(write("bank.yaml", twice))


def test_the_line_of_a_bad_anchor_is_the_line_it_stands_on(write: Write, tiny: Bank) -> None:
    text = yaml.safe_dump(tiny, default_flow_style=None)
    line = 1 + next(
        i for i, row in enumerate(text.splitlines()) if "therapist goal strong two" in row
    )
    path = write("bank.yaml", text.replace("[long voice, therapist goal strong two", "[loud, hm"))
    with pytest.raises(DataError) as caught:
        load_anchors(path)
    assert caught.value.line == line


def test_a_missing_bank_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_anchors(tmp_path / "absent.yaml")
