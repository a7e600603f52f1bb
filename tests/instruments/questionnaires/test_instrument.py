"""What the definition of an instrument may say, and what is told where it says something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError, UsageError
from attunement.instruments import key_names, load_key
from attunement.instruments.questionnaires import load_instrument, shipped_instruments

Write = Callable[[str, str], Path]

OWN = """
name: CLINIC-6
title: Our own six questions
low: 0
high: 4
scales:
  trust: 1 2R 3
  plan: 4 5
unscaled: 6R
forms: patient therapist
score: mean
missing: 0.34
decimals: no
labels:
  not at all: 0
  a little: 1
missing_codes: -9 99
reliability:
  trust: 0.81
ceiling: 0.2
"""


def test_a_file_says_everything_a_form_is_scored_by(write: Write) -> None:
    own = load_instrument(write("own.yaml", OWN))
    assert [(i.number, i.scale, i.key) for i in own.items] == [
        (1, "trust", 1),
        (2, "trust", -1),
        (3, "trust", 1),
        (4, "plan", 1),
        (5, "plan", 1),
        (6, None, -1),
    ]
    assert own.measures == ("trust", "plan", "alliance")
    assert [own.bearable(measure) for measure in own.measures] == [1, 0, 2]
    assert own.range_of("trust") == (0, 4)
    assert own.range_of("alliance", score="sum") == (0, 24)
    assert list(own.forms) == ["patient", "therapist"]
    assert own.labels == {"not at all": 0, "a little": 1}
    assert list(own.missing_codes) == [-9, 99]
    assert own.reliability == {"trust": 0.81}
    assert own.ceiling == 0.2


@pytest.mark.parametrize("name", key_names())
def test_a_shipped_instrument_has_the_published_key_and_range(name: str) -> None:
    key, instrument = load_key(name), load_instrument(name)
    assert [(i.number, i.scale, i.key) for i in instrument.items] == [
        (i.number, i.scale, i.key) for i in key.items
    ]
    assert instrument.range_of("alliance") == key.total_range


def test_a_fifth_of_four_items_is_none_and_of_twelve_two() -> None:
    bearable = {i.name: [i.bearable(m) for m in i.measures] for i in shipped_instruments()}
    assert bearable == {
        "WAI-36": [2, 2, 2, 7],
        "WAI-S": [0, 0, 0, 2],
        "WAI-SR": [0, 0, 0, 2],
        "SRS": [0],
    }


@pytest.mark.parametrize("spelled", ["wai_sr", "WAI SR", "Wai-Sr", "WAISR"])
def test_a_name_is_known_however_it_is_spelled(spelled: str) -> None:
    assert load_instrument(spelled).name == "WAI-SR"


def test_only_the_srs_takes_answers_between_whole_numbers() -> None:
    assert [i.name for i in shipped_instruments() if i.decimals] == ["SRS"]


def test_neither_a_name_nor_a_file_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match=r"WAI-13.*WAI-36, WAI-S, WAI-SR, SRS"):
        load_instrument("WAI-13")


@pytest.mark.parametrize(
    ("wrong", "instead", "line", "words"),
    [
        ("plan: 4 5", "plan: 4 x5", 8, r"scales, plan: 'x5' is no item"),
        ("plan: 4 5", "plan: 4 3", 8, r"item 3 is in trust already"),
        ("plan: 4 5", "alliance: 4 5", 8, r"what the whole is called"),
        ("high: 4", "high: 0", 5, r"must be greater than low, found 0 and 0"),
        ("score: mean", "score: median", 11, r"score: must be 'sum' or 'mean', found 'median'"),
        ("missing: 0.34", "missing: 1.5", 12, r"missing: .*less than 1"),
        ("a little: 1", "a little: 7", 16, r"labels, a little: is 7, expected 0 to 4"),
        ("-9 99", "-9 3", 17, r"missing_codes: 3 is an answer"),
        ("trust: 0.81", "hope: 0.81", 19, r"reliability, hope: is no scale"),
        ("trust: 0.81", "trust: 1.2", 19, r"reliability, trust: .*less than 1"),
        ("patient therapist", "patient doctor", 10, r"forms.*'patient', 'therapist' or 'observer'"),
        ("ceiling: 0.2", "celing: 0.2", 20, r"celing: is no field of this file"),
    ],
)
def test_what_a_file_may_not_say_is_told_with_line_and_field(
    write: Write, wrong: str, instead: str, line: int, words: str
) -> None:
    path = write("own.yaml", OWN.replace(wrong, instead))
    with pytest.raises(DataError, match=words) as caught:
        load_instrument(path)
    assert caught.value.line == line
    assert caught.value.path == path
    assert "docs/questionnaires.md" in caught.value.mend


def test_the_name_of_a_shipped_instrument_is_for_its_own_items_and_range(write: Write) -> None:
    with pytest.raises(
        DataError, match=r"WAI-SR ships .* its items, scales or range are others"
    ) as caught:
        load_instrument(write("own.yaml", OWN.replace("CLINIC-6", "wai sr")))
    assert (caught.value.line, caught.value.field) == (2, "name")
    srs = "name: SRS\nlow: 0\nhigh: 10\nunscaled: 1 2 3 4\nmissing_codes: -1\n"
    assert load_instrument(write("same.yaml", srs)).missing_codes == (-1,)


def test_a_file_without_items_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="there is no item"):
        load_instrument(write("own.yaml", "name: X\nlow: 1\nhigh: 5\n"))
