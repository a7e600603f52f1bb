from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from attunement.transcripts import Corpus, Issue, ReadOptions, check
from attunement.transcripts._check import LONG_SESSION, LONG_TURN

Write = Callable[..., Path]


def found(path: Path, options: ReadOptions | None = None) -> list[tuple[str, int | None]]:
    return [(i.issue, i.line) for i in check(Corpus([path], options))]


def test_a_sound_corpus_has_no_issues(write: Write) -> None:
    assert found(write("a.txt", "T: Hello.\nP: Hi.\n")) == []


def test_each_oddity_is_reported_with_its_line(write: Write) -> None:
    path = write(
        "a.csv",
        "session,who,text,start,end\n"
        "1,T,Hello.,0,1\n"
        "1,P,,2,3\n"
        "1,Mia,Hi.,1,2\n"
        "1,T,So.,5,4\n"
        f"1,P,{'a' * (LONG_TURN + 1)},6,7\n"
        "2,P,Hi.,0,1\n"
        "1,P,again,0,1\n"
        "3,T,Hi.,1,1\n"
        "3,P,Hi.,1,1\n",
    )
    assert found(path) == [
        ("unknown speaker", 4),
        ("times out of order", 4),
        ("empty turn", 3),
        ("long turn", 6),
        ("one role only", 7),
        ("unreadable", 8),
    ]


def test_a_turn_just_short_enough_is_not_long(write: Write) -> None:
    assert found(write("a.txt", f"T: Hello.\nP: {'a' * LONG_TURN}\n")) == []


def test_long_sessions_are_doubted(write: Write) -> None:
    talk = "T: Hello.\nP: Hi.\n"
    assert found(write("a.txt", talk * (LONG_SESSION // 2))) == []
    assert found(write("b.txt", talk * (LONG_SESSION // 2) + talk)) == [("long session", None)]


def test_problems_and_oddities_come_in_the_order_of_the_files(write: Write, tmp_path: Path) -> None:
    turns = [{"role": "patient", "text": "a"}, {"role": "therapist", "text": "b"}]
    good = json.dumps({"session_id": "1", "turns": turns})
    write("a.jsonl", f"{good}\noops\n" + json.dumps({"session_id": "2", "turns": []}) + "\n")
    write("b.jsonl", good + "\n")
    write("c.txt", "Anna: Hello.\nDr Bee: Hi.\n")
    write("d.xyz", "")
    write("e.txt", "")
    issues = list(check(Corpus([tmp_path])))
    assert [(i.path.name if i.path else None, i.line, i.session_id, i.issue) for i in issues] == [
        ("d.xyz", None, None, "unknown suffix"),
        ("a.jsonl", 2, None, "unreadable"),
        ("a.jsonl", 3, "2", "no turns"),
        ("b.jsonl", 1, None, "duplicate session"),
        ("c.txt", None, None, "unknown roles"),
        ("e.txt", None, None, "unreadable"),
    ]
    assert all("\n" not in i.detail for i in issues)


def test_rows_and_sessions_that_do_not_meet_are_reported(write: Write, tmp_path: Path) -> None:
    write("a.txt", "T: Hello.\nP: Hi.\n")
    write("b.txt", "T: Hello.\nP: Hi.\n")
    write("sessions.csv", "session_id,file\na,\nz,\n,y.txt\n")
    write("ratings.csv", "session_id,rater,scale,value\na,patient,bond,1\nx,patient,bond,1\n")
    sessions, ratings = tmp_path / "sessions.csv", tmp_path / "ratings.csv"
    assert list(check(Corpus([tmp_path]))) == [
        Issue(
            tmp_path / "b.txt", None, "b", "undescribed session", f"{sessions} has no row for it"
        ),
        Issue(sessions, 3, "z", "unmatched row", "no session has this id"),
        Issue(sessions, 4, None, "unmatched row", 'no session is found for file "y.txt"'),
        Issue(ratings, 3, "x", "unmatched row", "no session has this id (1 rating)"),
    ]


def test_a_session_that_cannot_be_read_still_meets_its_row(write: Write, tmp_path: Path) -> None:
    write("a.txt", "Anna: Hello.\nDr Bee: Hi.\n")
    write("sessions.csv", "session_id\na\n")
    assert [i.issue for i in check(Corpus([tmp_path]))] == ["unknown roles"]


def test_checking_does_not_depend_on_merging(write: Write) -> None:
    path = write("a.csv", "who,text\nT,a\nT,\nP,b\n")
    assert found(path) == found(path, ReadOptions(merge=False)) == [("empty turn", 3)]


def test_times_that_overlap_but_start_in_order_are_fine(write: Write) -> None:
    assert found(write("a.csv", "who,text,start,end\nT,a,0,5\nP,b,3,4\nT,c,3,9\n")) == []
