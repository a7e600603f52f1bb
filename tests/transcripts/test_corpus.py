from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError, UsageError
from attunement.transcripts import Corpus, Rating, ReadOptions, Session, Turn, merge

Write = Callable[..., Path]


def line(session_id: str, *roles_and_texts: tuple[str, str], **more: object) -> str:
    turns = [{"role": role, "text": text} for role, text in roles_and_texts]
    return json.dumps({"session_id": session_id, "turns": turns, **more}) + "\n"


def two(session_id: str) -> str:
    return line(session_id, ("patient", "a"), ("therapist", "b"))


def test_a_corpus_can_be_read_again(write: Write) -> None:
    corpus = Corpus([write("a.jsonl", two("1") + two("2"))])
    assert list(corpus) == list(corpus)


def test_folders_are_read_in_order_of_name_with_all_the_folders_in_them(
    write: Write, tmp_path: Path
) -> None:
    write("b.jsonl", two("3"))
    write("a/z.jsonl", two("2"))
    write("a/b/c.jsonl", two("1"))
    write(".hidden/x.jsonl", two("4"))
    write(".x.jsonl", two("5"))
    write("~$open.docx", "lock")
    write("README.txt", "T: not a transcript")
    write("notes.pdf", "x")

    corpus = Corpus([tmp_path])

    assert [s.session_id for s in corpus] == ["1", "2", "3"]
    assert corpus.unread == (tmp_path / "notes.pdf",)


def test_the_order_of_the_paths_is_kept_and_a_file_named_twice_is_read_once(
    write: Write, tmp_path: Path
) -> None:
    write("a.jsonl", two("1"))
    b = write("b.jsonl", two("2"))
    assert [s.session_id for s in Corpus([b, tmp_path, b])] == ["2", "1"]


def test_a_missing_path_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere: there is no such file or folder"):
        Corpus([tmp_path / "nowhere"])


def test_a_file_of_no_known_format_is_wrong_use_when_it_is_named(write: Write) -> None:
    with pytest.raises(UsageError, match=r"\.jsonl"):
        Corpus([write("a.pdf", "x")])


def test_sessions_csv_is_no_transcript(write: Write) -> None:
    with pytest.raises(UsageError, match="Give the folder it stands in"):
        Corpus([write("sessions.csv", "session_id\n1\n")])


def test_an_empty_folder_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no transcript found"):
        Corpus([tmp_path])


def test_a_folder_in_which_nothing_is_readable_says_how_many_files_there_are(
    write: Write, tmp_path: Path
) -> None:
    write("a.pdf", "x")
    with pytest.raises(DataError, match="only 1 of unknown kinds"):
        Corpus([tmp_path])


def test_duplicate_ids_name_both_places(write: Write, tmp_path: Path) -> None:
    write("a.jsonl", two("0") + two("same"))
    write("b.jsonl", two("same"))
    with pytest.raises(DataError) as error:
        list(Corpus([tmp_path]))
    assert f"{tmp_path / 'b.jsonl'}, line 1" in str(error.value)
    assert f"{tmp_path / 'a.jsonl'}, line 2" in str(error.value)


def test_reading_goes_on_after_a_bad_record_when_problems_are_taken(write: Write) -> None:
    path = write("a.jsonl", two("1") + "{broken\n" + two("1") + two("2"))
    problems: list[DataError] = []

    sessions = list(Corpus([path]).sessions(problems.append))

    assert [s.session_id for s in sessions] == ["1", "2"]
    assert [p.line for p in problems] == [2, 3]


def test_the_first_bad_record_is_raised_otherwise(write: Write) -> None:
    sessions = iter(Corpus([write("a.jsonl", two("1") + "{broken\n" + two("2"))]))
    assert next(sessions).session_id == "1"
    with pytest.raises(DataError, match="line 2"):
        next(sessions)


def test_a_callback_that_raises_is_called_once_and_ends_the_reading(write: Write) -> None:
    path = write("a.jsonl", "{broken\n" + two("2"))
    seen: list[DataError] = []

    def stop(error: DataError) -> None:
        seen.append(error)
        raise error

    with pytest.raises(DataError):
        list(Corpus([path]).sessions(stop))
    assert len(seen) == 1


def test_merging_joins_utterances_and_moves_ratings_to_the_merged_turn() -> None:
    session = Session(
        session_id="s",
        turns=(
            Turn(0, "patient", "one", start=0.0, end=1.0),
            Turn(1, "patient", "", start=1.5, end=1.6),
            Turn(2, "patient", "two", start=2.0, end=3.0),
            Turn(3, "therapist", "three", start=4.0),
        ),
        ratings=(
            Rating("patient", "q", "feedback", 2.0, turn=0),
            Rating("patient", "q", "feedback", 5.0, turn=2),
            Rating("patient", "q", "feedback", 4.0, turn=3),
            Rating("patient", "q", "bond", 1.0),
        ),
    )

    merged = merge(session)

    assert merged.turns == (
        Turn(0, "patient", "one\ntwo", start=0.0, end=3.0),
        Turn(1, "therapist", "three", start=4.0),
    )
    assert merged.ratings == (
        Rating("patient", "q", "feedback", 3.5, turn=0),
        Rating("patient", "q", "feedback", 4.0, turn=1),
        Rating("patient", "q", "bond", 1.0),
    )


def test_two_therapists_in_a_row_stay_two_turns(write: Write) -> None:
    path = write("a.txt", "T1: Hello.\nT2: Welcome.\nt1: Sit down.\nT1 : Please.\nP: Thanks.\n")
    (session,) = Corpus([path])
    assert [(t.speaker, t.text) for t in session.turns] == [
        ("T1", "Hello."),
        ("T2", "Welcome."),
        ("t1", "Sit down.\nPlease."),
        ("P", "Thanks."),
    ]


def test_without_merging_every_utterance_is_a_turn(write: Write) -> None:
    path = write("a.txt", "T: a\nT: b\nP: c\n")
    (session,) = Corpus([path], ReadOptions(merge=False))
    assert [t.text for t in session.turns] == ["a", "b", "c"]


def test_options_name_only_fields_that_exist() -> None:
    with pytest.raises(UsageError, match="utterance"):
        ReadOptions(columns={"utterance": "text"})


def test_one_speaker_cannot_be_on_both_sides() -> None:
    with pytest.raises(UsageError, match="anna"):
        ReadOptions(patient=("Anna",), therapist=("anna ",))


def test_a_file_that_is_gone_when_its_turn_comes_is_a_data_error(
    write: Write, tmp_path: Path
) -> None:
    gone = write("a.txt", "T: a\nP: b\n")
    write("b.jsonl", two("1"))
    corpus = Corpus([tmp_path])
    gone.unlink()
    problems: list[DataError] = []
    assert [s.session_id for s in corpus.sessions(problems.append)] == ["1"]
    assert [(p.path, p.problem) for p in problems] == [
        (gone, "the file cannot be read (No such file or directory)")
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.xlsx", "a.parquet", "a.vtt"])
def test_an_empty_file_is_a_data_error(name: str, write: Write) -> None:
    with pytest.raises(DataError, match="the file is empty"):
        list(Corpus([write(name, b"")]))


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", b"\n \n"), ("a.json", b"[]")])
def test_a_file_without_sessions_is_a_data_error(name: str, content: bytes, write: Write) -> None:
    with pytest.raises(DataError, match=r"no session in the file|expected a session"):
        list(Corpus([write(name, content)]))


def test_one_bad_row_of_sessions_csv_is_told_once_to_a_callback_that_raises(
    write: Write, tmp_path: Path
) -> None:
    write("a.txt", "T: a\nP: b\n")
    write("sessions.csv", "session_id,number\na,first\n")
    seen: list[DataError] = []

    def stop(error: DataError) -> None:
        seen.append(error)
        raise error

    with pytest.raises(DataError):
        list(Corpus([tmp_path]).sessions(stop))
    assert len(seen) == 1


def test_libraries_of_single_formats_are_not_loaded_by_the_package() -> None:
    modules = ["docx", "fastexcel", "pyarrow", "srt", "webvtt", "zstandard", "charset_normalizer"]
    code = f"import sys, attunement.transcripts; print([m for m in {modules} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_one_path_needs_no_list(write: Write) -> None:
    path = write("a.jsonl", two("1"))
    assert list(Corpus(path)) == list(Corpus(str(path))) == list(Corpus([path]))


def test_one_name_is_not_taken_for_a_tuple_of_letters() -> None:
    with pytest.raises(UsageError, match=r'patient=\("Anna",\)'):
        ReadOptions(patient="Anna")  # type: ignore[arg-type]


def test_a_corpus_says_in_which_sessions_another_may_have_spoken(write: Write) -> None:
    doubtful = write("a.txt", "T: Hello.\nP: Hi.\nP: So.\nWeber, Ben: Hi.\n")
    corpus = Corpus([doubtful, write("b.txt", "T: Hello.\nP: Hi.\n")])
    assert not corpus.possible_speakers
    for _ in range(2):
        assert len(list(corpus)) == 2
        assert corpus.possible_speakers == ("a",)


def test_files_called_alike_in_two_folders_may_have_the_folders_name_before_theirs(
    write: Write, tmp_path: Path
) -> None:
    for name in ("x/chat.txt", "y/chat.txt", "y/other.txt"):
        write(name, "T: Hello.\nP: Hi.\n")
    write("y/own.jsonl", two("chat-1"))
    write("sessions.csv", "session_id,condition\nx/chat,anxiety\nother,depression\n")
    write("y/sessions.csv", "session_id,patient\nchat,p7\n")
    rating = "session_id,rater,instrument,scale,value\n{},patient,SRS,total,{}\n"
    write("ratings.csv", rating.format("x/chat", 30))
    write("y/ratings.csv", rating.format("chat", 20))
    with pytest.raises(DataError, match=r'the session id "chat" is taken by .*chat\.txt'):
        list(Corpus([tmp_path]))

    sessions = list(Corpus([tmp_path], ReadOptions(folder_in_id=True)))
    assert [s.session_id for s in sessions] == ["x/chat", "y/chat", "other", "chat-1"]
    assert [s.condition for s in sessions] == ["anxiety", None, "depression", None]
    assert [s.patient_id for s in sessions] == [None, "p7", None, None]
    assert [[r.value for r in s.ratings] for s in sessions] == [[30.0], [20.0], [], []]


def test_ids_that_stand_in_the_files_must_differ_in_any_folder(
    write: Write, tmp_path: Path
) -> None:
    for name in ("x/a.jsonl", "y/a.jsonl"):
        write(name, two("1"))
    with pytest.raises(DataError, match='the session id "1" is taken'):
        list(Corpus([tmp_path], ReadOptions(folder_in_id=True)))
