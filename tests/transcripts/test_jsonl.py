from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from attunement.errors import DataError
from attunement.transcripts import Corpus, Rating, ReadOptions, Turn
from attunement.transcripts._lines import MAX_LINE_BYTES
from attunement.transcripts._records import MAX_TURNS

Write = Callable[..., Path]

GOOD = {"session_id": "g", "turns": [{"role": "patient", "text": "a"}]}


def test_all_of_the_canonical_form_is_kept(write: Write) -> None:
    session = {
        "session_id": "k1",
        "patient_id": "p1",
        "therapist_id": 7,
        "condition": "anxiety",
        "number": 3,
        "instrument": "WAI-SR",
        "patient_ratings": {"bond": 4, "goal": None},
        "therapist_ratings": {"bond": 3.5},
        "observer_ratings": {"bond": 3},
        "flags": {"dropped_out": True, "condition": False},
        "age": 34,
        "tags": ["a", "b"],
        "turns": [
            {"role": "therapist", "text": "How are you?", "start": 0, "end": 1.5},
            {"role": "client", "speaker": "Ann", "text": "Well.", "start": 2, "patient_rating": 5},
        ],
    }
    (read,) = Corpus([write("a.jsonl", json.dumps(session))])

    assert (read.session_id, read.patient_id, read.therapist_id) == ("k1", "p1", "7")
    assert (read.condition, read.number, read.line) == ("anxiety", 3, 1)
    assert read.columns == {
        "age": 34,
        "tags": '["a", "b"]',
        "dropped_out": True,
        "flags.condition": False,
    }
    assert read.turns == (
        Turn(0, "therapist", "How are you?", start=0.0, end=1.5),
        Turn(1, "patient", "Well.", speaker="Ann", start=2.0),
    )
    assert read.ratings == (
        Rating("patient", "WAI-SR", "bond", 4.0),
        Rating("therapist", "WAI-SR", "bond", 3.5),
        Rating("observer", "WAI-SR", "bond", 3.0),
        Rating("patient", "WAI-SR", "feedback", 5.0, turn=1),
    )


def test_dates_become_seconds_from_the_first(write: Write) -> None:
    turns = [
        {"role": "patient", "text": "a"},
        {"role": "therapist", "text": "b", "start": "2024-03-01T23:59:50"},
        {"role": "patient", "text": "c", "start": "2024-03-02T00:00:20.5"},
    ]
    (read,) = Corpus([write("a.jsonl", json.dumps({"session_id": "1", "turns": turns}))])
    assert [t.start for t in read.turns] == [None, 0.0, 30.5]


@pytest.mark.parametrize(
    "starts",
    [(1.0, "2024-03-01T00:00:00"), ("2024-03-01T00:00:00", "2024-03-01T00:00:00Z")],
)
def test_times_of_two_kinds_in_a_session_are_refused(
    starts: tuple[object, object], write: Write
) -> None:
    turns = [
        {"role": role, "text": "a", "start": start}
        for role, start in zip(("patient", "therapist"), starts, strict=True)
    ]
    path = write("a.jsonl", json.dumps({"session_id": "1", "turns": turns}))
    with pytest.raises(DataError, match="some times"):
        list(Corpus([path]))


@pytest.mark.parametrize(
    ("change", "field", "found"),
    [
        ({"session_id": None}, "session_id", "found null, expected text or a whole number"),
        ({"session_id": " "}, "session_id", "the session has no id"),
        ({"turns": "x"}, "turns", "found text, expected a list"),
        ({"turns": [{"role": "patient"}]}, "turns[0].text", "found nothing, expected a value"),
        ({"turns": [{"text": "x"}]}, "turns[0].role", "found nothing, expected a value"),
        (
            {"turns": [{"role": "patient", "text": "x"}, {"role": "patient", "text": 5}]},
            "turns[1].text",
            "found a number, expected text",
        ),
        (
            {"turns": [{"role": "patient", "text": "x", "start": "soon"}]},
            "turns[0].start",
            "this is no time",
        ),
        (
            {"turns": [{"role": "patient", "text": "x", "start": [1]}]},
            "turns[0].start",
            "found a list, expected a number or text",
        ),
        ({"number": 1.5}, "number", "found a number, expected a whole number"),
        ({"number": True}, "number", "found true or false, expected a whole number"),
        ({"patient_ratings": {"bond": "4"}}, "patient_ratings.bond", "found text, expected"),
        ({"flags": {"x": 1}}, "flags.x", "found a number, expected true or false"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found(
    change: dict[str, object], field: str, found: str, write: Write
) -> None:
    path = write("a.jsonl", json.dumps(GOOD) + "\n" + json.dumps({**GOOD, **change}) + "\n")
    with pytest.raises(DataError) as error:
        list(Corpus([path]))
    assert error.value.line == 2
    assert error.value.field == field
    assert found in error.value.problem


@pytest.mark.parametrize("missing", ["session_id", "turns"])
def test_a_missing_field_is_named(missing: str, write: Write) -> None:
    record = {key: value for key, value in GOOD.items() if key != missing}
    with pytest.raises(DataError, match=f"line 1, {missing}: found nothing"):
        list(Corpus([write("a.jsonl", json.dumps(record))]))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "1" + "0" * 400])
def test_numbers_beyond_bounds_are_refused(value: str, write: Write) -> None:
    text = '{"session_id":"1","turns":[],"patient_ratings":{"bond":%s}}' % value  # noqa: UP031
    with pytest.raises(DataError, match="line 1"):
        list(Corpus([write("a.jsonl", text)]))


def test_broken_json_tells_line_and_column_and_quotes_nothing(write: Write) -> None:
    path = write("a.jsonl", json.dumps(GOOD) + '\n\n{"session_id": "my secret" oops}\n')
    with pytest.raises(DataError, match=r"line 3: this is not JSON: .*, column 28") as error:
        list(Corpus([path]))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("text", ["5", '"x"', "[1, 2]", "[]", "null", "[" * 5000])
def test_a_line_that_is_no_object_is_refused(text: str, write: Write) -> None:
    with pytest.raises(DataError, match="line 1"):
        list(Corpus([write("a.jsonl", text)]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_byte_order_marks_are_obeyed(encoding: str, write: Write) -> None:
    text = json.dumps({**GOOD, "condition": "Ängste"}, ensure_ascii=False) + "\n"
    if encoding == "utf-16-be":
        text = "\ufeff" + text
    (session,) = Corpus([write("a.jsonl", text.encode(encoding))])
    assert session.condition == "Ängste"


def test_json_in_another_encoding_is_refused_with_its_line(write: Write) -> None:
    bad = json.dumps({**GOOD, "condition": "Ängste"}, ensure_ascii=False).encode("cp1252")
    with pytest.raises(DataError, match="line 2: this is not text: it is not UTF-8"):
        list(Corpus([write("a.jsonl", json.dumps(GOOD).encode() + b"\n" + bad)]))


def records(number: int) -> bytes:
    return b"".join(
        json.dumps({**GOOD, "session_id": f"s{n}", "salt": f"{n * 7919 % 10007:x}"}).encode()
        + b"\n"
        for n in range(number)
    )


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [("gz", gzip.compress), ("xz", lzma.compress), ("zst", zstandard.compress)],
)
def test_a_file_cut_off_gives_every_whole_line_before_the_cut(
    suffix: str, compress: Callable[[bytes], bytes], write: Write
) -> None:
    whole = compress(records(20_000))
    path = write(f"a.jsonl.{suffix}", whole[: len(whole) // 2])
    problems: list[DataError] = []

    sessions = list(Corpus([path]).sessions(problems.append))

    assert 0 < len(sessions) < 20_000
    assert [s.session_id for s in sessions] == [f"s{n}" for n in range(len(sessions))]
    (problem,) = problems
    assert f"end too early, after line {len(sessions)}" in problem.problem


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [("gz", gzip.compress), ("xz", lzma.compress), ("zst", zstandard.compress)],
)
def test_a_file_of_several_compressed_parts_is_read_through(
    suffix: str, compress: Callable[[bytes], bytes], write: Write
) -> None:
    lines = records(400).splitlines(keepends=True)
    parts = compress(b"".join(lines[:150])) + compress(b"".join(lines[150:]))
    assert len(list(Corpus([write(f"a.jsonl.{suffix}", parts)]))) == 400


@pytest.mark.parametrize("suffix", ["gz", "xz", "zst"])
def test_a_file_that_is_not_compressed_as_it_says_is_refused(suffix: str, write: Write) -> None:
    with pytest.raises(DataError, match="damaged after line 0"):
        list(Corpus([write(f"a.jsonl.{suffix}", records(3))]))


def test_a_line_over_the_limit_is_left_out_and_reading_goes_on(write: Write) -> None:
    # Zeros compress to almost nothing, so the line takes memory only while it is skipped.
    blown = zstandard.compress(b" " * (MAX_LINE_BYTES + 5) + b"\n" + records(1))
    problems: list[DataError] = []
    sessions = list(Corpus([write("a.jsonl.zst", blown)]).sessions(problems.append))
    assert [s.session_id for s in sessions] == ["s0"]
    assert [(p.line, p.problem) for p in problems] == [(1, "the line is longer than 64 MiB")]


def test_a_session_of_too_many_turns_asks_after_the_session_column(write: Write) -> None:
    turn = '{"role":"patient","text":"a"},'
    text = '{"session_id":"1","turns":[' + (turn * (MAX_TURNS + 1)).rstrip(",") + "]}"
    with pytest.raises(DataError, match="more than 100,000 turns"):
        list(Corpus([write("a.jsonl", text)]))


def test_a_turn_of_200_000_characters_reads_fine(write: Write) -> None:
    long = "word " * 40_000
    text = json.dumps({"session_id": "1", "turns": [{"role": "patient", "text": long}]})
    (session,) = Corpus([write("a.jsonl", text)])
    assert session.turns[0].text == long.strip()


def test_text_is_made_nfc_and_control_characters_go(write: Write) -> None:
    raw = "\ufeffA\u0308rger\x00\x07 und\r\nMu\u0308he\u2028hier\x9b "
    text = json.dumps({"session_id": "1", "turns": [{"role": "patient", "text": raw}]})
    (session,) = Corpus([write("a.jsonl", text)])
    assert session.turns[0].text == "Ärger und\nMühe\nhier"


def test_an_unknown_role_is_a_data_error_and_beside_both_sides_a_third_person(
    write: Write,
) -> None:
    def text(*roles: str) -> str:
        turns = [{"role": role, "text": "x"} for role in roles]
        return json.dumps({"session_id": "1", "turns": turns})

    with pytest.raises(DataError, match='"wizard"'):
        list(Corpus([write("a.jsonl", text("patient", "wizard"))]))
    (session,) = Corpus([write("b.jsonl", text("patient", "wizard", "therapist"))])
    assert [t.role for t in session.turns] == ["patient", "other", "therapist"]
    assert session.turns[1].speaker == "wizard"


def test_a_turns_rating_follows_it_through_merging(write: Write) -> None:
    turns = [
        {"role": "therapist", "text": "a"},
        {"role": "patient", "text": "b", "patient_rating": 2},
        {"role": "patient", "text": "c", "patient_rating": 3},
        {"role": "therapist", "text": "d"},
        {"role": "patient", "text": "e", "patient_rating": 5},
    ]
    path = write("a.jsonl", json.dumps({"session_id": "1", "turns": turns}))
    (merged,) = Corpus([path])
    assert [(r.turn, r.value) for r in merged.ratings] == [(1, 2.5), (3, 5.0)]
    (plain,) = Corpus([path], ReadOptions(merge=False))
    assert [(r.turn, r.value) for r in plain.ratings] == [(1, 2.0), (2, 3.0), (4, 5.0)]
