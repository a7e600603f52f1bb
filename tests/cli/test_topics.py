"""`attunement topics` on real transcripts with the real model."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cli.conftest import Run, Tell

from attunement.files import MANIFEST
from attunement.sample import sample_folder
from attunement.tables import ASSOCIATIONS, TOPIC_TURNS, TOPICS

JAPANESE = (
    "T: 今日はどのようなことをお話しになりたいですか\n"
    "P: 仕事のことで眠れない日が続いています\n"
    "T: 眠れないのはつらいですね\n"
    "P: はい、とても疲れています\n"
)


@dataclass(frozen=True, slots=True)
class Done:
    """What the command wrote and printed of the sample."""

    folder: Path
    result: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    out = tmp_path_factory.mktemp("topics") / "out"
    with sample_folder() as folder:
        command = ["topics", str(folder), "-o", str(out), "-k", "6", "--every-topic"]
        command += ["--draws", "199", "--json"]
        made = subprocess.run(
            [sys.executable, "-m", "attunement.cli", *command],
            capture_output=True,
            text=True,
            check=False,
        )
    assert made.returncode == 0, made.stderr
    return Done(out, json.loads(made.stdout))


def test_every_spoken_turn_has_a_topic_and_every_topic_a_name_of_its_own(done: Done) -> None:
    turns = pl.read_parquet(done.folder / "topic_turns.parquet")
    assert turns.schema == TOPIC_TURNS.schema
    assert turns.height == 730
    topics = pl.read_csv(done.folder / "topics.csv", schema_overrides=TOPICS.schema)
    # Six topics, and the turns that are of none.
    assert topics.height == 7
    assert topics["name"].n_unique() == 7
    assert topics["n_turns"].sum() == 730
    assert set(turns["topic"]) <= set(topics["topic"])
    assert turns["probabilities"].list.sum().to_list() == pytest.approx([1.0] * 730, abs=1e-4)
    assert (turns["similarities"].list.len() == 6).all()


def test_topics_are_asked_about_by_name_on_both_sides(done: Done) -> None:
    found = pl.read_csv(
        done.folder / "topic_associations.csv", schema_overrides=ASSOCIATIONS.schema
    )
    topics = pl.read_csv(done.folder / "topics.csv")
    assert set(found["feature"]) == set(topics["name"])
    assert set(found["role"]) == {"patient", "therapist"}
    assert set(found["level"]) == {"next_turn"}


def test_no_embedding_is_left_behind(done: Done) -> None:
    assert {path.name for path in done.folder.iterdir()} == {
        *(Path(name).name for name in done.result["written"]),
        MANIFEST,
    }


def test_the_same_corpus_gives_the_same_topics(done: Done, run: Run, tmp_path: Path) -> None:
    with sample_folder() as folder:
        made = run(
            "topics", folder, "-o", tmp_path / "again", "-k", "6", "--seed", "7", "--draws", "199"
        )
    assert made.returncode == 0, made.stderr
    one, other = (
        pl.read_csv(where / "topics.csv")["words"] for where in (done.folder, tmp_path / "again")
    )
    assert one.to_list() == other.to_list()


def test_more_topics_than_turns_is_told_in_a_line(
    tell: Tell, transcript: Path, tmp_path: Path
) -> None:
    told = tell("topics", transcript, "-o", tmp_path / "out", "-k", "40")
    told.is_one_line("40 topics are asked for", "Ask for at most", code=1)
    assert not (tmp_path / "out").exists()


def test_one_topic_is_wrong_use(tell: Tell, transcript: Path, tmp_path: Path) -> None:
    told = tell("topics", transcript, "-o", tmp_path / "out", "-k", "1")
    told.is_one_line("1 topics are asked for", "--number", code=2)


def test_writing_without_spaces_has_no_topics_and_says_so(
    run: Run, tell: Tell, tmp_path: Path
) -> None:
    (tmp_path / "kyou.txt").write_text(JAPANESE, encoding="utf-8")
    told = tell("topics", tmp_path / "kyou.txt", "-o", tmp_path / "out", "-k", "2")
    told.is_one_line("words", code=1)
    assert not (tmp_path / "out").exists()
    # The whole analysis goes on without them.
    made = run("analyze", tmp_path / "kyou.txt", "-o", tmp_path / "all", "--json")
    assert made.returncode == 0, made.stderr
    assert any("There are no topics" in note for note in json.loads(made.stdout)["notes"])
    assert (tmp_path / "all" / "markers.parquet").exists()
    assert not (tmp_path / "all" / "topics.csv").exists()


def test_a_namer_that_is_not_on_this_machine_is_refused(
    tell: Tell, transcript: Path, tmp_path: Path
) -> None:
    told = tell(
        "topics", transcript, "-o", tmp_path / "out", "--name-with", "https://example.org/v1#gpt"
    )
    told.is_one_line("machine", code=2)
