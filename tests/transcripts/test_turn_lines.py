"""Turns read one line at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import ReadOptions, Turn, TurnLines


def read(*lines: str | bytes, options: ReadOptions | None = None) -> list[Turn | None]:
    reader = TurnLines(options or ReadOptions(), path=Path("live.txt"))
    encoded = (line.encode() if isinstance(line, str) else line for line in lines)
    return [reader.read(line, number=place) for place, line in enumerate(encoded, start=1)]


def test_plain_lines_and_both_kinds_of_json_may_alternate() -> None:
    assert read(
        "T: How was your week?\n",
        '{"role": "user", "content": "Bad."}',
        '{"role": "client", "text": " Really cafe\u0301. ", "patient_rating": 3}',
        '{"role": "assistant", "content": [{"type": "text", "text": "I see."}]}',
    ) == [
        Turn(0, "therapist", "How was your week?", speaker="T"),
        Turn(1, "patient", "Bad.", speaker="user"),
        Turn(2, "patient", "Really café.", speaker="client"),
        Turn(3, "therapist", "I see.", speaker="assistant"),
    ]


def test_what_nobody_speaks_is_no_turn_and_takes_no_number() -> None:
    found = read(
        '{"role": "system", "content": "Be kind."}',
        "\n",
        "P: Hello.",
        '{"role": "assistant", "content": null, "tool_calls": []}',
        "T: Hello.",
    )
    assert [turn and turn.turn for turn in found] == [None, None, 0, None, 1]


def test_an_empty_turn_is_a_turn() -> None:
    assert read("P:", '{"role": "therapist", "text": ""}') == [
        Turn(0, "patient", "", speaker="P"),
        Turn(1, "therapist", ""),
    ]


def test_a_byte_order_mark_before_the_first_turn_is_no_part_of_the_name() -> None:
    assert read(b"\xef\xbb\xbfT: Hello.\r\n") == [Turn(0, "therapist", "Hello.", speaker="T")]


def test_the_users_own_names_win_and_a_third_speaker_is_heard_once_both_sides_were() -> None:
    options = ReadOptions(patient=("Ada",), therapist=("Dr Bee",))
    found = read("Ada: Hello.", "Dr Bee: Hello.", "Cy: And me.", "P: Me too.", options=options)
    assert [turn and turn.role for turn in found] == ["patient", "therapist", "other", "other"]


def test_a_strange_name_is_refused_while_it_may_be_a_sides() -> None:
    with pytest.raises(DataError, match=r"live\.txt, line 2, role: .*\"Cy\".*--patient NAME"):
        read("T: Hello.", "Cy: Hello.")


@pytest.mark.parametrize(
    ("line", "where", "problem"),
    [
        ("No name here.", "line 1, role", "does not say who speaks"),
        ('{"role": "user"', "line 1", "not JSON"),
        ('{"text": "Hello."}', "line 1, role", "found nothing, expected a value"),
        ('{"role": "user", "text": 7}', "line 1, text", "found a number, expected text"),
        ('{"role": "user"}', "line 1, text", "found nothing, expected a value"),
        ('{"role": "user", "content": 7}', "line 1, content", "found a number"),
        ('{"role": 7, "content": "x"}', "line 1, role", "found a number, expected text"),
        ('[{"role": "user", "text": "x"}]', "line 1", "found a list, expected one turn"),
        ('{"session_id": "a", "turns": []}', "line 1", "found a whole session"),
        ('{"messages": []}', "line 1", "found a whole session"),
        ('{"role": "", "text": "x"}', "line 1, role", "does not say who speaks"),
        (b"P: \xff\xfe", "line 1", "not UTF-8"),
    ],
)
def test_a_line_that_is_no_turn_is_told_with_its_field(
    line: str | bytes, where: str, problem: str
) -> None:
    with pytest.raises(DataError, match=problem) as refused:
        read(line)
    assert str(refused.value).startswith(f"live.txt, {where}: ")
    assert refused.value.exit_code == 1


def test_a_turn_that_was_refused_takes_no_number() -> None:
    reader = TurnLines(ReadOptions())
    with pytest.raises(DataError):
        reader.read(b"nobody", number=1)
    assert reader.read(b"P: Hello.", number=2) == Turn(0, "patient", "Hello.", speaker="P")


def test_messages_do_not_quote_what_was_said() -> None:
    for line in ("I slept badly again", '{"role": "user", "text": ["I slept badly"]}'):
        with pytest.raises(DataError) as refused:
            read(line)
        assert "slept" not in str(refused.value)
