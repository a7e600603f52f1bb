from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, check

Write = Callable[..., Path]

GERMAN = "T: Wie fühlen Sie sich heute?\nP: Müde. Ich weiß nicht, es war schwierig für mich.\n"
FRENCH = "T: Comment ça va ?\nP: Ça va, j'étais très fatigué cet été.\n"
TYPOGRAPHIC = "T: I’m glad you’re here.\nP: It’s been “fine” – mostly.\n"
POLISH = "T: Jak się pan czuje?\nP: Źle, nie mogę spać od tygodnia, ciągle się martwię.\n"
RUSSIAN = "T: Как вы себя чувствуете?\nP: Плохо, не могу спать уже неделю.\n"
JAPANESE = "T: 今日はどんな気分ですか。\nP: あまり眠れていません。仕事のことが心配です。\n"


def said(path: Path) -> str:
    (session,) = Corpus([path])
    names = {"therapist": "T", "patient": "P"}
    return "".join(f"{names[turn.role]}: {turn.text}\n" for turn in session.turns)


@pytest.mark.parametrize("suffix", ["txt", "csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_and_without_mark(encoding: str, suffix: str, write: Write) -> None:
    content = JAPANESE
    if suffix == "csv":
        content = "role,text\n" + JAPANESE.replace(": ", ",")
    path = write(f"a.{suffix}", content.encode(encoding))
    assert said(path) == JAPANESE
    assert list(check(Corpus([path]))) == []


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
        (FRENCH, "latin-1"),
        (TYPOGRAPHIC, "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "cp932"),
    ],
)
def test_other_encodings_are_detected_and_the_guess_is_reported(
    text: str, encoding: str, write: Write
) -> None:
    path = write("a.txt", text.encode(encoding))
    assert said(path) == text
    assert [i.issue for i in check(Corpus([path]))] == ["guessed encoding"]


def test_one_accent_at_the_end_of_a_long_file_is_enough_to_notice(write: Write) -> None:
    content = "role,text\n" + "T,hello there\nP,fine thank you\n" * 40_000 + "T,à bientôt\n"
    (session,) = Corpus([write("a.csv", content.encode("cp1252"))])
    assert session.turns[-1].text == "à bientôt"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.vtt", "a.srt", "a.cha", "a.json"])
@pytest.mark.parametrize(
    "junk", [b"T: a\x00b\nP: c\n", bytes(range(256)) * 20, b"\xff\xfe\x00\xd8\x41"]
)
def test_binary_junk_is_no_text(junk: bytes, name: str, write: Write) -> None:
    with pytest.raises(DataError, match="this is not text"):
        list(Corpus([write(name, junk)]))
