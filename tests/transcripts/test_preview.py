"""A preview tells who speaks and as whom they are taken, also where nobody can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.sample import sample_folder
from attunement.transcripts import Corpus, Issue, ReadOptions, check, headers, preview


def test_a_preview_shows_what_reading_gives() -> None:
    with sample_folder() as folder:
        corpus = Corpus(folder, ReadOptions(merge=False))
        problems: list[DataError] = []
        files: list[Path] = []
        found = list(preview(corpus, on_problem=problems.append, on_file=files.append))
        assert [one.session for one in found] == list(corpus)
        assert problems == []
        assert tuple(files) == corpus.files
    for one in found:
        assert one.session is not None
        told = dict.fromkeys(("patient", "therapist", "other"), 0)
        for speaker in one.speakers:
            assert speaker.role is not None
            told[speaker.role] += speaker.utterances
        for role, n in told.items():
            assert n == sum(turn.role == role for turn in one.session.turns)


def test_unknown_speakers_are_shown_with_their_first_words(tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(40))
    talk = f"Anna: {words}\nBee: Go on.\nAnna: No.\nBee: As you like.\n"
    (tmp_path / "a.txt").write_text(talk)
    [found] = preview(Corpus(tmp_path), on_problem=_refuse)
    assert found.session is None
    assert "cannot be told" in str(found.problem)
    anna, bee = found.speakers
    assert (anna.name, anna.role, anna.utterances) == ("Anna", None, 2)
    assert anna.first_words.startswith("word0 word1 ")
    assert anna.first_words.endswith("…")
    assert len(anna.first_words) <= 101
    assert bee.first_words == "Go on."


def test_the_users_mapping_shows_in_the_preview(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna: Hm.\nBee: Go on.\nAnna: No.\nBee: Yes.\n")
    options = ReadOptions(patient=("Bee",), therapist=("Anna",))
    [found] = preview(Corpus(tmp_path, options), on_problem=_refuse)
    assert [one.role for one in found.speakers] == ["therapist", "patient"]


def test_a_preview_says_what_check_says_of_each_session_and_of_no_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("T: Well?\nT: Go on.\n")
    (tmp_path / "b.txt").write_text("T: Well?\nP:\n")
    (tmp_path / "sessions.csv").write_text("session_id,number\na,1\nb,2\nc,3\n")
    corpus = Corpus(tmp_path)
    rest: list[Issue] = []
    found = list(preview(corpus, on_problem=_refuse, on_issue=rest.append))
    assert [[issue.issue for issue in one.issues] for one in found] == [
        ["one role only"],
        ["empty turn"],
    ]
    told = [issue for one in found for issue in one.issues] + rest
    assert told == list(check(corpus))


def test_headers_show_the_users_columns_and_fall_back_where_one_is_not_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("who,said\nT,Hello\nP,Hello\n")
    [chosen] = headers(Corpus(tmp_path, ReadOptions(columns={"text": "said"})))
    assert chosen.fields == {"text": "said", "role": "who"}
    [wrong] = headers(Corpus(tmp_path, ReadOptions(columns={"text": "nothing"})))
    assert wrong.fields == {"role": "who"}
    assert wrong.columns == ("who", "said")


def _refuse(error: DataError) -> None:
    pytest.fail(str(error))
