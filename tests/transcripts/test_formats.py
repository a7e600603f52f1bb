"""The contract of all readers: one and the same fictional session in every format."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from pathlib import Path

import docx
import polars as pl
import pytest
import xlsxwriter
import zstandard

from attunement.transcripts import Corpus, merge
from attunement.transcripts._formats import READERS

WORDS = [
    ("therapist", "How was the week?"),
    ("patient", "Long. Ärger mit dem Chef, “as usual”."),
    ("patient", "And the dog is ill."),
    ("therapist", "That is a lot at once."),
]
MERGED = [
    ("therapist", "How was the week?"),
    ("patient", "Long. Ärger mit dem Chef, “as usual”.\nAnd the dog is ill."),
    ("therapist", "That is a lot at once."),
]
LABELS = {"therapist": "T", "patient": "P"}


def canonical() -> str:
    turns = [{"role": role, "text": text} for role, text in WORDS]
    return json.dumps({"session_id": "s", "turns": turns}) + "\n"


def table() -> dict[str, list[str]]:
    return {
        "session_id": ["s"] * len(WORDS),
        "role": [role for role, _ in WORDS],
        "text": [text for _, text in WORDS],
    }


def write_csv(path: Path) -> None:
    pl.DataFrame(table()).write_csv(path)


def write_tsv(path: Path) -> None:
    pl.DataFrame(table()).write_csv(path, separator="\t")


def write_parquet(path: Path) -> None:
    pl.DataFrame(table()).write_parquet(path)


def write_xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for column, (name, cells) in enumerate(table().items()):
            sheet.write_column(0, column, [name, *cells])


def write_vtt(path: Path) -> None:
    cues = [
        f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n<v {LABELS[role]}>{text}</v>\n"
        for n, (role, text) in enumerate(WORDS)
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")


def write_srt(path: Path) -> None:
    cues = [
        f"{n + 1}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{LABELS[role]}: {text}\n"
        for n, (role, text) in enumerate(WORDS)
    ]
    path.write_text("\n".join(cues), encoding="utf-8")


def write_whisperx(path: Path) -> None:
    segments = [
        {"start": n, "end": n + 0.9, "text": f" {text}", "speaker": LABELS[role]}
        for n, (role, text) in enumerate(WORDS)
    ]
    path.write_text(json.dumps({"segments": segments, "language": "en"}), encoding="utf-8")


def write_messages(path: Path) -> None:
    names = {"therapist": "assistant", "patient": "user"}
    messages = [{"role": names[role], "content": text} for role, text in WORDS]
    path.write_text(json.dumps({"id": "s", "messages": messages}), encoding="utf-8")


def write_sharegpt(path: Path) -> None:
    names = {"therapist": "gpt", "patient": "human"}
    messages = [{"from": names[role], "value": text} for role, text in WORDS]
    path.write_text(json.dumps({"id": "s", "conversations": messages}), encoding="utf-8")


def write_calls(path: Path) -> None:
    """Every answer is a call that repeats what was said before it."""
    names = {"therapist": "assistant", "patient": "user"}
    said = [{"role": names[role], "content": text} for role, text in WORDS]
    calls = [
        {
            "conversation_id": "s",
            "request": {"model": "x", "messages": said[:n]},
            "response": {"choices": [{"message": answer}]},
        }
        for n, answer in enumerate(said)
        if answer["role"] == "assistant"
    ]
    path.write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")


def write_txt(path: Path) -> None:
    lines = [f"{LABELS[role]}: {text}" for role, text in WORDS]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_docx(path: Path) -> None:
    document = docx.Document()
    for role, text in WORDS:
        document.add_paragraph(f"{LABELS[role]}: {text}")
    document.save(str(path))


def write_cha(path: Path) -> None:
    codes = {"therapist": "THE", "patient": "CLI"}
    tiers = "".join(f"*{codes[role]}:\t{text}\n" for role, text in WORDS)
    header = "@UTF8\n@Begin\n@Participants:\tCLI Client, THE Therapist\n"
    path.write_text(f"{header}{tiers}@End\n", encoding="utf-8")


WRITERS = {
    "s.jsonl": lambda path: path.write_text(canonical(), encoding="utf-8"),
    "s.jsonl.gz": lambda path: path.write_bytes(gzip.compress(canonical().encode())),
    "s.jsonl.xz": lambda path: path.write_bytes(lzma.compress(canonical().encode())),
    "s.jsonl.zst": lambda path: path.write_bytes(zstandard.compress(canonical().encode())),
    "s.csv": write_csv,
    "s.tsv": write_tsv,
    "s.parquet": write_parquet,
    "s.xlsx": write_xlsx,
    "s.vtt": write_vtt,
    "s.srt": write_srt,
    "s.json": write_whisperx,
    "chat/s.json": write_messages,
    "sharegpt/s.json": write_sharegpt,
    "sharegpt/s.jsonl": write_sharegpt,
    "calls/s.jsonl": write_calls,
    "canonical/s.json": lambda path: path.write_text(canonical(), encoding="utf-8"),
    "s.txt": write_txt,
    "s.docx": write_docx,
    "s.cha": write_cha,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_session(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    WRITERS[name](path)

    (session,) = Corpus([path])

    assert session.session_id == "s"
    assert [(t.role, t.text) for t in session.turns] == MERGED
    assert [t.turn for t in session.turns] == [0, 1, 2]
    assert session.path == path
    assert session == merge(session)


def test_no_format_is_left_out_of_the_contract() -> None:
    assert set(READERS) == {"".join(Path(name).suffixes) for name in WRITERS}


def test_suffixes_are_told_without_regard_to_case(tmp_path: Path) -> None:
    write_txt(tmp_path / "S.TXT")
    assert len(list(Corpus([tmp_path]))) == 1


@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".cha"])
def test_a_txt_is_read_as_what_it_holds(suffix: str, tmp_path: Path) -> None:
    WRITERS[f"s{suffix}"](tmp_path / f"s{suffix}")
    path = (tmp_path / f"s{suffix}").rename(tmp_path / "s.txt")

    (session,) = Corpus([path])

    assert [(t.role, t.text) for t in session.turns] == MERGED


def test_an_archive_of_another_kind_is_no_workbook_and_no_document(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.docx"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("hello", bz2.compress(b"nothing"))

    problems: list[str] = []
    assert list(Corpus([tmp_path]).sessions(lambda e: problems.append(e.problem))) == []
    assert problems == [
        "this is not a workbook that can be read",
        "this is not a Word document that can be read",
    ]
