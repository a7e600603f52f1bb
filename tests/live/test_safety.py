"""Talk that may be about not wanting to live is never told as a rupture, and little else is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from attunement.live import Alarms
from attunement.live._safety import Rest, may_be_about_not_living, safety_words

LINES: dict[str, list[Any]] = yaml.safe_load(
    Path(__file__).with_name("safety_lines.yaml").read_text(encoding="utf-8")
)
NOTHING = np.zeros(4)


@pytest.mark.parametrize("line", LINES["about"], ids=str)
def test_talk_about_it_raises_no_rupture_however_often_it_is_said(line: Any) -> None:
    before, text = ("", line) if isinstance(line, str) else (line["before"], line["text"])
    session = Alarms().start()
    for turn in range(0, 12, 2):
        session.step(turn=turn, role="therapist", scores=NOTHING, text=before or "Go on.")
        raised = session.step(turn=turn + 1, role="patient", scores=NOTHING, text=text)
        assert raised.alarms == ()
        assert raised.safety_turn in {turn, turn + 1}


@pytest.mark.parametrize("text", LINES["other"])
def test_what_is_about_something_else_is_left_alone(text: str) -> None:
    assert not may_be_about_not_living(text)


def test_there_are_forty_lines_either_way() -> None:
    assert min(len(lines) for lines in LINES.values()) >= 40


@pytest.mark.parametrize("words", ["I want to die", "i WANT to die", "I don’t want to live"])
def test_quoted_or_shouted_it_is_still_talk_about_it(words: str) -> None:
    assert may_be_about_not_living(f'She said "{words}" and left.')


def test_the_talk_is_over_after_so_many_turns_of_the_patient_and_anew_with_new_words() -> None:
    rest, rests = Rest(), safety_words().rests
    assert rest.step(turn=0, role="patient", text="Hello.") is None
    assert rest.step(turn=1, role="patient", text="I want to die.") == 1
    for turn in range(2, 1 + rests):
        assert rest.step(turn=turn, role="patient", text="Yes.") == 1
    assert rest.step(turn=1 + rests, role="patient", text="Yes.") is None
    assert rest.step(turn=2 + rests, role="therapist", text="Is suicide on your mind?") == 2 + rests
    for turn in range(20):
        assert rest.step(turn=3 + rests + turn, role="therapist", text="I am here.") == 2 + rests


@given(st.text())
def test_any_text_is_searched(text: str) -> None:
    assert may_be_about_not_living(text) in {True, False}


@pytest.mark.parametrize(
    "words",
    ["do not want ", "no point in ", "can't just really to that i so ", "wish i ", "not ", "if i "],
)
def test_a_turn_of_tens_of_thousands_of_words_takes_no_longer_than_its_length(words: str) -> None:
    began = time.process_time()
    may_be_about_not_living(words * (100_000 // len(words)))
    assert time.process_time() - began < 10
