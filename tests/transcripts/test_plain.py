"""Plain text and Word documents with speaker labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions, check

Write = Callable[..., Path]


def spoken(path: Path, options: ReadOptions | None = None) -> list[tuple[str, str]]:
    (session,) = Corpus([path], options)
    return [(t.role, t.text) for t in session.turns]


def test_lines_without_a_label_go_on_with_the_turn_above(write: Write) -> None:
    path = write("a.txt", "T: How was\nyour week?\n\nP: Long.\n\nVery long.\nT:\nI see.\n")
    assert spoken(path) == [
        ("therapist", "How was\nyour week?"),
        ("patient", "Long.\n\nVery long."),
        ("therapist", "I see."),
    ]


def test_a_chats_paragraphs_that_look_like_labels_stay_in_their_turn(write: Write) -> None:
    path = write(
        "a.txt",
        "user: hey\n\nagent: Three things may help.\n\nFamily: call your sister.\n\n"
        "Breathe:\nin, and out.\n\nBreathe:\nin, and out.\n\n"
        "You can do it.\n\nuser: ok\n\nagent: Good.\n",
    )
    assert [role for role, _ in spoken(path)] == ["patient", "therapist", "patient", "therapist"]
    assert "Family: call your sister." in spoken(path)[1][1]


def test_a_role_named_once_in_a_letter_somebody_drafts_does_not_speak(write: Write) -> None:
    draft = "agent: Say this:\n\nCounselor: May I see you?\n\nThen wait.\n\n"
    path = write("a.txt", "user: hey\nyou\n\nagent: Hi.\n\n" * 5 + draft + "user: ok\n")
    assert spoken(path)[-2] == (
        "therapist",
        "Hi.\nSay this:\n\nCounselor: May I see you?\n\nThen wait.",
    )
    assert [(i.issue, i.line) for i in check(Corpus([path]))] == [("possible speaker", 28)]
    assert spoken(path, ReadOptions(therapist=("agent", "Counselor")))[-2][1] == (
        "May I see you?\n\nThen wait."
    )


def test_a_third_person_is_told_where_every_line_has_a_label(write: Write) -> None:
    path = write("a.txt", "T: Hello.\nMia: Hi.\nP: Hi.\nMother: May I?\nMia: No.\nT: Please.\n")
    assert [role for role, _ in spoken(path)] == [
        "therapist",
        "other",
        "patient",
        "other",
        "other",
        "therapist",
    ]


def test_lines_that_may_be_a_third_persons_are_pointed_out(write: Write) -> None:
    single = write("a.txt", "T: Hello.\nP: Hi.\nMia: Hi.\nP: Hm.\n")
    wrapped = write("b.txt", "T: Hello\nthere you\nare.\nP: Well,\nhi.\nMother: May I\ncome in?\n")
    issues = [(i.path, i.line) for i in check(Corpus([single, wrapped]))]
    assert issues == [(single, 3), (wrapped, 6)]


def test_lines_of_metadata_before_the_first_label_are_left_out(write: Write) -> None:
    path = write("a.txt", "Date: 2024-03-01\nSession no.: 3\n\nT: Hello.\nP: Hi.\n")
    assert spoken(path) == [("therapist", "Hello."), ("patient", "Hi.")]


def test_other_text_before_the_first_label_is_kept_as_somebody_elses(write: Write) -> None:
    path = write("a.txt", "\nThird session, by telephone\n\nT: Hello.\nP: Hi.\n")
    assert spoken(path)[0] == ("other", "Third session, by telephone")
    (issue,) = check(Corpus([path]))
    assert (issue.issue, issue.line) == ("unknown speaker", 2)
    assert "telephone" not in issue.detail


@pytest.mark.parametrize(
    "line",
    [
        "Therapist: Hello.",
        "THERAPIST:Hello.",
        "  Therapist :  Hello.",
        "**Therapist:** Hello.",
        "**Therapist**: Hello.",
        "[Therapist]: Hello.",
        "Therapist (Dr. Bee): Hello.",
        "Therapist：Hello.",
        "[00:01:05] Therapist: Hello.",
        "(1:05) Therapist: Hello.",
        "00:01:05.250 - Therapist: Hello.",
    ],
)
def test_labels_are_written_in_many_ways(line: str, write: Write) -> None:
    path = write("a.txt", f"Client: Hi.\n{line}\n")
    assert spoken(path) == [("patient", "Hi."), ("therapist", "Hello.")]


def test_a_clock_before_the_label_is_the_turns_start(write: Write) -> None:
    (session,) = Corpus([write("a.txt", "[00:01:05] T: Hello.\n1:10 P: Hi.\nT: So.\n")])
    assert [t.start for t in session.turns] == [65.0, 70.0, None]


@pytest.mark.parametrize(
    "line", ["http://example.org", "10:30 was too early", "C:\\Users", "so I said to him then: no"]
)
def test_other_colons_are_no_labels(line: str, write: Write) -> None:
    assert spoken(write("a.txt", f"T: Hello.\nP: Hi.\n{line}\n"))[-1] == ("patient", f"Hi.\n{line}")


def test_marks_of_emphasis_in_speech_are_left_alone(write: Write) -> None:
    path = write("a.txt", "T: *smiles* Hello.\nP: __oh__ no\n")
    assert spoken(path) == [("therapist", "*smiles* Hello."), ("patient", "__oh__ no")]


def test_text_without_labels_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="no line says who speaks"):
        spoken(write("a.txt", "Once upon a time\nthere was a session\n"))


def test_names_that_come_again_are_asked_for_before_others(write: Write) -> None:
    path = write(
        "a.txt", "Date: today\nAnna: Hi.\nBee: Hello.\nAnna: So.\nRemember: x\nBee: Yes.\n"
    )
    with pytest.raises(DataError, match=r'are "Anna", "Bee"\.'):
        spoken(path)
    options = ReadOptions(patient=("Anna",), therapist=("Bee",))
    assert spoken(path, options)[0] == ("patient", "Hi.")


def test_lines_of_old_macintoshes_and_of_windows(write: Write) -> None:
    for content in (b"T: a\rP: b\r", b"T: a\r\nP: b\r\n"):
        assert spoken(write("a.txt", content)) == [("therapist", "a"), ("patient", "b")]


def test_long_runs_of_blanks_and_brackets_are_read_in_no_time(write: Write) -> None:
    hard = " " * 100_000 + "(" * 100_000 + "\n" * 100_000 + "1" * 100_000
    assert len(spoken(write("a.txt", f"T: a\nP: {hard}\n"))) == 2


def test_word_documents_in_paragraphs_and_in_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Date: 2024-03-01")
    document.add_paragraph("T:\tHow was the week?")
    document.add_paragraph("and the exam?")
    document.add_paragraph("P: Fine.\nP: Both.")
    table = document.add_table(rows=0, cols=2)
    for name, words in (("T", "Good."), ("P:", "Yes."), ("", "Really.")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, words
    whole = table.add_row().cells
    whole[0].merge(whole[1]).text = "T: Then let us stop."
    document.save(str(tmp_path / "a.docx"))

    assert spoken(tmp_path / "a.docx") == [
        ("therapist", "How was the week?\nand the exam?"),
        ("patient", "Fine.\nBoth."),
        ("therapist", "Good."),
        ("patient", "Yes.\nReally."),
        ("therapist", "Then let us stop."),
    ]


def test_letters_and_lists_that_an_ai_drafts_stay_in_its_turn(write: Write) -> None:
    text = (
        "user: I need to write to my teacher.\n\nagent: Here is a draft:\n\n"
        "Subject: Two more days\n\nEmail: teacher@example.org\nNote: keep it short.\n\n"
        "Dear Ms. Lee,\n\nI have been ill.\n\nSince Monday.\nMay I hand it in on Friday?\n\n"
        "user: And to the office?\n\nagent: \n\nuser: Are you there?\n\n"
        "agent: Yes.\n\nHere it is, shorter.\nSubject: Leave\n"
        "Email: office@example.org\nSubject: or this\n"
    )
    (session,) = Corpus([write("a.txt", text)])
    assert [t.role for t in session.turns] == ["patient", "therapist"] * 3
    assert session.turns[1].text.startswith("Here is a draft:\n\nSubject: Two more days")
    assert session.turns[3].text == ""
    assert session.turns[5].text.endswith("Subject: or this")
