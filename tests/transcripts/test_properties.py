"""Invariants over arbitrary sessions and arbitrary bytes."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import AttunementError
from attunement.transcripts import (
    Corpus,
    Rating,
    ReadOptions,
    Session,
    Turn,
    check,
    merge,
    turns_table,
)
from attunement.transcripts._formats import READERS
from attunement.transcripts._text import clean, clean_name

ROLES = st.sampled_from(["patient", "therapist", "other"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(clean)
NAME = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    .map(clean_name)
    .filter(bool)
)
SECONDS = st.none() | st.floats(0, 1e6).map(lambda x: round(x, 3))


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    turns = draw(st.lists(st.tuples(ROLES, TEXT, SECONDS, SECONDS), min_size=1, max_size=8))
    places = st.integers(0, len(turns) - 1)
    rated = draw(st.dictionaries(places, st.floats(0, 7), max_size=3))
    return Session(
        session_id=draw(NAME),
        turns=tuple(
            Turn(place, role, text, start=start, end=end)  # type: ignore[arg-type]
            for place, (role, text, start, end) in enumerate(turns)
        ),
        patient_id=draw(st.none() | NAME),
        therapist_id=draw(st.none() | NAME),
        condition=draw(st.none() | NAME),
        number=draw(st.none() | st.integers(0, 99)),
        ratings=tuple(
            Rating("patient", "questionnaire", "feedback", value, turn=place)
            for place, value in sorted(rated.items())
        ),
    )


# How long reading a file takes is the machine's business, not a property of the code.
with_files = settings(deadline=None)

CORPORA = st.lists(sessions(), min_size=1, max_size=4, unique_by=lambda s: s.session_id)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def read(path: Path) -> list[Session]:
    return list(Corpus([path], ReadOptions(merge=False)))


def rows(corpus: list[Session]) -> list[dict[str, object]]:
    return [
        {
            "session_id": session.session_id,
            "patient_id": session.patient_id,
            "therapist_id": session.therapist_id,
            "condition": session.condition,
            "number": session.number,
            "role": turn.role,
            "text": turn.text,
            "start": turn.start,
            "end": turn.end,
        }
        for session in corpus
        for turn in session.turns
    ]


@with_files
@given(CORPORA)
def test_json_lines_give_back_what_was_written(corpus: list[Session]) -> None:
    def value(session: Session) -> dict[str, object]:
        rated = {rating.turn: rating.value for rating in session.ratings}
        return {
            "session_id": session.session_id,
            "patient_id": session.patient_id,
            "therapist_id": session.therapist_id,
            "condition": session.condition,
            "number": session.number,
            "turns": [
                {
                    "role": turn.role,
                    "text": turn.text,
                    "start": turn.start,
                    "end": turn.end,
                    "patient_rating": rated.get(turn.turn),
                }
                for turn in session.turns
            ],
        }

    with folder() as place:
        path = place / "a.jsonl"
        path.write_text("\n".join(json.dumps(value(s)) for s in corpus), encoding="utf-8")
        assert read(path) == corpus


@with_files
@given(CORPORA, st.sampled_from([",", ";", "\t"]))
def test_delimited_tables_give_back_what_was_written(corpus: list[Session], delimiter: str) -> None:
    with folder() as place:
        path = place / "a.csv"
        table = rows(corpus)
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(table[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(table)
        assert read(path) == [replace(session, ratings=()) for session in corpus]


@with_files
@given(CORPORA)
def test_parquet_gives_back_what_was_written(corpus: list[Session]) -> None:
    with folder() as place:
        path = place / "a.parquet"
        pl.DataFrame(rows(corpus), infer_schema_length=None).write_parquet(path)
        assert read(path) == [replace(session, ratings=()) for session in corpus]


@given(sessions())
def test_merging_twice_is_merging_once_and_no_words_are_lost(session: Session) -> None:
    merged = merge(session)

    assert merge(merged) == merged
    assert [t.turn for t in merged.turns] == list(range(len(merged.turns)))
    assert all(a.role != b.role for a, b in pairwise(merged.turns))
    for role in ("patient", "therapist", "other"):
        before = "".join(t.text for t in session.turns if t.role == role)
        after = "".join(t.text for t in merged.turns if t.role == role)
        assert "".join(after.split("\n")) == "".join(before.split("\n"))
    assert merged.turns[0].start == session.turns[0].start
    assert merged.turns[-1].end == session.turns[-1].end


@given(sessions())
def test_merging_keeps_ratings_on_the_words_they_rate(session: Session) -> None:
    merged = merge(session)
    for rating in merged.ratings:
        assert rating.turn is not None
        turn = merged.turns[rating.turn]
        behind = [
            r.value
            for r in session.ratings
            if r.turn is not None and _index(session, r.turn) == turn.turn
        ]
        assert math.isclose(rating.value, sum(behind) / len(behind))
    assert {r.turn for r in merged.ratings} == {
        _index(session, r.turn) for r in session.ratings if r.turn is not None
    }


def _index(session: Session, turn: int) -> int:
    """Count the changes of speaker before a turn."""
    spoken = session.turns[: turn + 1]
    return sum(a.role != b.role for a, b in pairwise(spoken))


@given(st.text())
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_name(clean_name(text)) == clean_name(text)
    assert "\n" not in clean_name(text)


@given(CORPORA)
def test_time_is_a_share_of_the_session(corpus: list[Session]) -> None:
    table = turns_table(corpus)
    assert table["time"].is_between(0, 1).all()
    for session in corpus:
        times = table.filter(pl.col("session_id") == session.session_id)["time"].to_list()
        assert times == sorted(times)
        assert times[0] == 0.0
        assert times[-1] == (1.0 if len(times) > 1 else 0.0)


BEGINNINGS = {
    ".vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n",
    ".srt": b"1\n00:00:01,000 --> 00:00:02,000\n",
    ".cha": b"@Begin\n*CLI:\t",
    ".txt": b"T: a\nP: b\n",
    ".csv": b"session,role,text,start\n1,T,a,0\n",
    ".tsv": b"role\ttext\n",
    ".json": b'{"segments": [{"text": "a", "speaker": "T", "start": 0}',
    ".jsonl": b'{"session_id": "1", "turns": [{"role": "patient", "text": "a"}]}\n',
    ".jsonl.gz": b"\x1f\x8b\x08\x00",
    ".jsonl.xz": b"\xfd7zXZ\x00",
    ".jsonl.zst": b"\x28\xb5\x2f\xfd",
    ".parquet": b"PAR1",
    ".xlsx": b"PK\x03\x04",
    ".docx": b"PK\x03\x04",
}


def read_anything(suffix: str, content: bytes) -> None:
    with folder() as place:
        path = place / f"a{suffix}"
        path.write_bytes(content)
        try:
            list(Corpus([path]))
        except AttunementError as error:
            assert "\n" not in str(error)  # noqa: PT017
        list(check(Corpus([path])))


@pytest.mark.parametrize("suffix", READERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_arbitrary_bytes_raise_nothing_but_our_own_errors(suffix: str, data: st.DataObject) -> None:
    beginning = data.draw(st.sampled_from([b"", BEGINNINGS[suffix]]))
    read_anything(suffix, beginning + data.draw(st.binary(max_size=300)))


PIECES = [
    *("\n", "\r", " ", "\t", ",", ";", '"', ":", "[", "]", "{", "}", "@", "+", "0", "\x15"),
    *("T: ", "P:", "\n*CLI:\t", "<v T>", "NOTE ", "role", "text"),
    *("1\n", "00:00:01,000", "00:01.000", "--> ", "1e5", "null"),
    *('"turns"', '"role"', '"text"', '"messages"', '"segments"'),
]


@pytest.mark.parametrize("suffix", READERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_arbitrary_text_raises_nothing_but_our_own_errors(suffix: str, data: st.DataObject) -> None:
    pieces = st.sampled_from(PIECES)
    text = "".join(data.draw(st.lists(pieces | st.text(max_size=5), max_size=40)))
    beginning = data.draw(st.sampled_from([b"", BEGINNINGS[suffix]]))
    read_anything(suffix, beginning + text.encode("utf-8", "replace"))


KEYS = [
    *("session_id", "turns", "role", "text", "speaker", "start", "number", "patient_ratings"),
    *("flags", "instrument", "messages", "content", "parts", "id", "segments"),
    *("conversations", "from", "value"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from([".json", ".jsonl"]))
@settings(max_examples=300, deadline=None)
def test_arbitrary_json_raises_nothing_but_our_own_errors(value: object, suffix: str) -> None:
    read_anything(suffix, json.dumps(value).encode())


ROLE_NAMES = st.sampled_from(["user", "assistant", "system", "tool", "\ud800"])


def fields(**values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Objects of which every field may be missing, or hold anything at all."""
    return st.fixed_dictionaries({}, optional={name: v | JSON for name, v in values.items()})


SAID = fields(role=ROLE_NAMES, content=st.text(max_size=3))
SENT = fields(messages=st.lists(SAID, max_size=3), model=st.text(max_size=2), metadata=JSON)
GIVEN = fields(choices=st.lists(fields(message=SAID), max_size=2), model=st.text(max_size=2))
CALLS = st.lists(
    fields(
        request=SENT | fields(body=SENT),
        response=GIVEN | fields(body=GIVEN),
        body=SENT,
        messages=st.lists(SAID, max_size=3),
        choices=st.lists(fields(message=SAID), max_size=2),
        custom_id=st.sampled_from(["a", "b"]),
        conversation_id=st.sampled_from(["a", "b"]),
    ),
    max_size=4,
)


@given(CALLS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_arbitrary_logs_of_calls_raise_nothing_but_our_own_errors(
    calls: list[dict[str, object]], lines: bool
) -> None:
    text = "\n".join(map(json.dumps, calls)) if lines else json.dumps(calls)
    read_anything(".jsonl" if lines else ".json", text.encode())


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".docx", ".jsonl.xz", ".jsonl.zst"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_raise_nothing_but_our_own_errors(
    suffix: str, data: st.DataObject, whole: dict[str, bytes]
) -> None:
    content = bytearray(whole[suffix])
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=4)).items():
        content[place] = byte
    cut = data.draw(st.none() | places)
    read_anything(suffix, bytes(content[:cut]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Sound files, to be damaged."""
    import lzma

    import docx
    import xlsxwriter
    import zstandard

    place = tmp_path_factory.mktemp("whole")
    table = {"session": ["1", "1"], "role": ["T", "P"], "text": ["Hello.", "Hi."]}
    pl.DataFrame(table).write_parquet(place / "a.parquet")
    with xlsxwriter.Workbook(str(place / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for column, (name, cells) in enumerate(table.items()):
            sheet.write_column(0, column, [name, *cells])
    document = docx.Document()
    document.add_paragraph("T: Hello.\nP: Hi.")
    document.save(str(place / "a.docx"))
    line = b'{"session_id": "1", "turns": [{"role": "patient", "text": "a"}]}\n'
    return {
        ".parquet": (place / "a.parquet").read_bytes(),
        ".xlsx": (place / "a.xlsx").read_bytes(),
        ".docx": (place / "a.docx").read_bytes(),
        ".jsonl.xz": lzma.compress(line * 20),
        ".jsonl.zst": zstandard.compress(line * 20),
    }
