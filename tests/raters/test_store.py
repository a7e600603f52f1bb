"""The store keeps every verdict once, changes none, and survives a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal
from tests.raters.scripted import design, patient, sessions

from attunement.errors import DataError, StorageError, UsageError
from attunement.raters import Question, Reason, Store
from attunement.raters._chat import Asked
from attunement.raters._verdict import Verdict, key_of, verdict
from attunement.tables import VERDICTS

ROOT = Path(__file__).parents[2]
GOOD = '{"evidence": [{"turn": 1, "quote": "Better, 0 times over"}], "why": "", "score": 6}'
JUDGE = patient("http://127.0.0.1:1/v1")


def question(number: int = 0) -> Question:
    return list(design().questions(sessions(1)[0]))[number]


def asked(text: str | None = GOOD, reason: Reason | None = None, *, attempts: int = 1) -> Asked:
    return Asked(text, "stop", reason, attempts, 100, 20, 0.5)


def judged(answer: Asked, *, number: int = 0, seed: int = 0) -> Verdict:
    key = key_of(question(number), judge=JUDGE, seed=seed)
    return verdict(key, question(number), items=design().items, asked=answer)


def test_what_is_kept_is_given_back_as_the_table_says() -> None:
    with Store() as store:
        (number,) = store.add([judged(asked())])
        table = store.table([number])
    assert table.schema == VERDICTS.schema
    row = table.row(0, named=True)
    assert (row["session_id"], row["judge"], row["seed"]) == ("s0", "m", 0)
    assert (row["status"], row["reason"], row["score"]) == ("scored", None, 6.0)
    assert (row["quotes"], row["quote_turns"]) == (["Better, 0 times over"], [1])
    assert (row["low"], row["high"], row["key"]) == (1.0, 7.0, question().item.key)
    assert row["speaks_to_judge"] is False
    assert (row["attempts"], row["prompt_tokens"], row["completion_tokens"]) == (1, 100, 20)


def test_rows_come_in_the_order_asked_for_however_many_there_are() -> None:
    with Store() as store:
        first, second = store.add([judged(asked(), seed=seed) for seed in (0, 1)])
        assert store.table([second, first])["seed"].to_list() == [1, 0]
        assert store.table([]).schema == VERDICTS.schema


def test_a_final_verdict_is_found_again_and_no_second_one_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite"
    one = judged(asked())
    with Store(path) as store:
        assert store.final(one.key) is None
        (number,) = store.add([one])
    with Store(path) as store:
        assert store.final(one.key) == number
        with pytest.raises(sqlite3.IntegrityError):
            store.add([one])
        assert store.last() == number


def test_a_passing_reason_is_kept_and_asked_again_and_all_that_was_spent_is_added_up() -> None:
    away = judged(asked(None, Reason.TIMED_OUT, attempts=5))
    with Store() as store:
        store.add([away])
        assert store.final(away.key) is None
        store.add([away])
        (number,) = store.add([judged(asked(attempts=2))])
        assert store.final(away.key) == number
        row = store.table([number]).row(0, named=True)
        assert (row["attempts"], row["prompt_tokens"], row["seconds"]) == (12, 300, 1.5)
        used = store.used().row(0, named=True)
        assert (used["calls"], used["attempts"], used["prompt_tokens"]) == (3, 12, 300)
        assert store.used(since=number - 1)["attempts"].to_list() == [2]


@pytest.mark.parametrize("reason", [Reason.CONTEXT_TOO_LONG, Reason.REFUSED])
def test_a_lasting_reason_is_final(reason: Reason) -> None:
    one = judged(asked(None, reason))
    with Store() as store:
        (number,) = store.add([one])
        assert store.final(one.key) == number
        assert store.table([number])["reason"].to_list() == [str(reason)]


@pytest.mark.parametrize("change", ["UPDATE verdicts SET score = 7", "DELETE FROM verdicts"])
def test_the_file_itself_refuses_changes(tmp_path: Path, change: str) -> None:
    path = tmp_path / "verdicts.sqlite"
    with Store(path) as store:
        store.add([judged(asked())])
    database = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        database.execute(change)
    database.close()


def test_several_are_kept_together_or_not_at_all() -> None:
    one, other = judged(asked()), judged(asked(), number=1)
    with Store() as store:
        with pytest.raises(sqlite3.IntegrityError):
            store.add([one, other, one])
        assert store.last() == 0


def test_only_its_owner_reads_it_and_a_closed_store_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "verdicts.sqlite"
    with Store(path) as store:
        store.add([judged(asked())])
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("inside", [True, False])
def test_a_second_writer_is_told(tmp_path: Path, inside: bool) -> None:
    path = tmp_path / "verdicts.sqlite"
    code = (
        f"from attunement.raters import Store; from pathlib import Path; Store(Path({str(path)!r}))"
    )
    with Store(path):
        if inside:
            with pytest.raises(UsageError, match="another process"):
                Store(path)
        else:
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=False
            )
            assert "another process is rating into this store" in done.stderr
    Store(path).close()


def test_what_was_kept_is_there_after_a_kill_and_the_lock_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite"
    script = (
        "import sys, time; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from tests.raters.test_store import asked, judged\n"
        "from attunement.raters import Store\n"
        f"store = Store(Path({str(path)!r}))\n"
        "store.add([judged(asked())])\n"
        "print('kept', flush=True)\n"
        "time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "kept\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with Store(path) as store, Store() as memory:
        number = store.final(judged(asked()).key)
        assert number is not None
        expected = memory.table(memory.add([judged(asked())]))
        assert_frame_equal(store.table([number]), expected)


@pytest.mark.parametrize("content", ["text", "database"])
def test_a_file_of_something_else_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "verdicts.sqlite"
    if content == "text":
        path.write_text("session_id,score\ns0,3\n" * 100)
    else:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE songs (title TEXT)")
        database.commit()
        database.close()
    before = path.read_bytes()
    with pytest.raises(DataError, match="no store of verdicts"):
        Store(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_layout_is_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite"
    Store(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 2")
    database.commit()
    database.close()
    with pytest.raises(DataError, match="newer Attunement"):
        Store(path)


def test_a_stop_while_the_file_was_made_leaves_one_that_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite"
    path.touch()
    with Store(path) as store:
        assert store.last() == 0


def test_a_place_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        Store(tmp_path / "file" / "verdicts.sqlite")
