"""Whose words a line holds, whatever letters and signs the speaker's name has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions, TurnLines, check
from attunement.transcripts._labels import label_of
from attunement.transcripts._roles import exact

Write = Callable[..., Path]

NAMES = [
    "Weber, Ben",
    "Mum 🌸",
    "🌸",
    "+49 170 1234567",
    "Jane Smith, PhD",
    "kim@clinic.org",
    "1st patient",
    "Mia | Weber",
    "Ben – Vater",
    "किरण",
    "คุณสมชาย",
    "Andre\N{COMBINING ACUTE ACCENT}",
    "[Weber, Ben]",
    "**Weber, Ben**",
]
TALK = "T: How are you?\nP: Fine.\n{0}: He is not.\nT: Say more.\nP: I am tired.\n{0}: He lies.\n"


def spoken(path: Path, options: ReadOptions | None = None) -> list[tuple[str, str]]:
    (session,) = Corpus([path], options)
    return [(t.role, t.text) for t in session.turns]


def doubted(path: Path) -> list[int | None]:
    return [i.line for i in check(Corpus([path])) if i.issue == "possible speaker"]


def captions(text: str) -> str:
    cues = [
        f"00:0{place}.000 --> 00:0{place}.900\n{line}\n"
        for place, line in enumerate(text.splitlines(), start=1)
    ]
    return "WEBVTT\n\n" + "\n".join(cues)


@pytest.mark.parametrize("form", ["a.txt", "a.vtt"])
@pytest.mark.parametrize("name", NAMES)
def test_a_third_speaker_is_never_scored_as_the_one_above(
    name: str, form: str, write: Write
) -> None:
    text = TALK.format(name)
    path = write(form, captions(text) if form == "a.vtt" else text)
    assert spoken(path) == [
        ("therapist", "How are you?"),
        ("patient", "Fine."),
        ("other", "He is not."),
        ("therapist", "Say more."),
        ("patient", "I am tired."),
        ("other", "He lies."),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_third_speaker_who_speaks_once_is_pointed_out(name: str, write: Write) -> None:
    path = write("a.txt", TALK.format(name).removesuffix(f"{name}: He lies.\n"))
    if name == "Mum 🌸":
        assert ("other", "He is not.") in spoken(path)
    else:
        assert doubted(path) == [3]


@pytest.mark.parametrize("names", [("Dr Bee", "Ada 🐝"), ("Weber, Ben", "+49 170 1"), ("🌸", "🐝")])
def test_both_sides_are_asked_for_and_may_be_named(names: tuple[str, str], write: Write) -> None:
    therapist, patient = names
    path = write("a.txt", f"{therapist}: Hello.\n{patient}: Hi.\n" * 2)
    with pytest.raises(DataError) as refused:
        spoken(path)
    assert f'"{therapist}", "{patient}"' in refused.value.problem
    options = ReadOptions(patient=(patient,), therapist=(therapist,))
    assert spoken(path, options) == [("therapist", "Hello."), ("patient", "Hi.")] * 2


def test_a_side_that_was_named_speaks_though_it_does_so_once(write: Write) -> None:
    name = "Prof. Dr. Maria Anna von der Weber, MD, Chair"
    path = write("a.txt", f"{name}: Hello.\nP: Hi,\nand more.\nP: Hm.\n")
    assert spoken(path, ReadOptions(therapist=(name,)))[0] == ("therapist", "Hello.")


def test_symbols_tell_names_apart_only_where_they_are_named(write: Write) -> None:
    path = write("a.txt", "Anna 🌸: Hello.\nAnna 🐝: Hi.\n")
    both = ReadOptions(therapist=("Anna 🌸",), patient=("Anna 🐝",))
    assert spoken(path, both) == [("therapist", "Hello."), ("patient", "Hi.")]
    path = write("b.txt", "T: Hello.\nAnna 🐝: Hi.\n")
    assert spoken(path, ReadOptions(patient=("Anna",)))[1] == ("patient", "Hi.")


def test_names_that_differ_in_a_vowel_sign_are_two_names() -> None:
    assert exact("सीता") != exact("सत")
    assert exact("Andre\N{COMBINING ACUTE ACCENT}") == exact("André") == "andré"
    assert exact("Ada ❤\N{VARIATION SELECTOR-16}") == exact("ada ❤")


@pytest.mark.parametrize(
    "line",
    [
        "10:30 was too early",
        "10: 30 people came",
        "https://example.org/a: b",
        "- Weber, Ben: a list",
        "• Doctor: a list",
        "2) Doctor, nurse: a list",
        "> user: what I wrote",
        '"Doctor": that word again',
        "He said: no",
        "Then Ben was like: no",
        "and then, well: no",
        "He shouted! Loudly: no",
        "so I said to him then: no",
    ],
)
def test_lines_of_speech_lists_and_quotations_are_no_speakers(line: str, write: Write) -> None:
    path = write("a.txt", "T: Hello.\nP: Hi.\n" * 9 + f"{line}\nT: And?\nP: So.\n{line}\n")
    assert {role for role, _ in spoken(path)} == {"therapist", "patient"}
    assert ("patient", f"Hi.\n{line}") in spoken(path)


def test_who_speaks_again_and_again_in_a_wrapped_text_is_pointed_out_once(write: Write) -> None:
    talk = "T: How\nwas\nit?\n\nP: Not\ngood.\n\nWeber, Ben: He\nlies.\n\n"
    path = write("a.txt", talk * 3)
    assert [role for role, _ in spoken(path)] == ["therapist", "patient"] * 3
    (issue,) = check(Corpus([path]))
    assert (issue.issue, issue.line) == ("possible speaker", 8)
    assert "and 2 more like it" in issue.detail
    assert "Weber" not in issue.detail


def test_headings_within_one_turn_are_not_pointed_out(write: Write) -> None:
    draft = "agent: A draft.\n\nSubject: Leave\n\nDear Ms. Lee,\n\nSubject: or this\n\n"
    assert doubted(write("a.txt", f"user: hey\n\n{draft}user: ok\n\nagent: Good.\n")) == []


def test_what_is_left_out_before_the_first_turn_is_told(write: Write) -> None:
    path = write("a.txt", "Weber, Ben: May I?\n" + "T: Hello.\nP: Hi.\n" * 5)
    (issue,) = check(Corpus([path]))
    assert (issue.issue, issue.line) == ("possible speaker", 1)
    assert "before the first turn, left out" in issue.detail


def test_a_name_on_a_line_of_its_own_begins_the_first_turn_too(write: Write) -> None:
    path = write("a.txt", "T:\nHello.\nMia: Hi.\nP: Hi.\nT: So.\n")
    (issue,) = check(Corpus([path]))
    assert (issue.issue, issue.line) == ("possible speaker", 3)
    assert "kept as the last speaker's" in issue.detail


def test_a_turn_on_a_line_of_its_own_may_be_anyones() -> None:
    reader = TurnLines(ReadOptions(patient=("Ada 🐝",)))
    lines = ["T: Hello.", "Ada 🐝: Hi.", "Weber, Ben: May I?"]
    turns = [reader.read(line.encode(), number=n) for n, line in enumerate(lines, start=1)]
    assert [turn.role if turn else None for turn in turns] == ["therapist", "patient", "other"]


LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=":：)")
SIDE = st.tuples(st.characters(categories=["L"]), st.text(LETTERS, max_size=20)).map("".join)


@given(SIDE)
def test_whatever_letters_a_named_side_has_it_is_found(name: str) -> None:
    label = label_of(f"{name}: Hello.", ReadOptions(patient=(name,)))
    assert label is not None
    assert (exact(label.name), label.text) == (exact(name), "Hello.")
