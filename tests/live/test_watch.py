"""`attunement watch`, run as users run it: fed turn by turn, and following a file that grows."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tests.live.heard import alike
from tests.live.test_states import STATES

from attunement.alliance.fitted import FittedModel, save_model
from attunement.cli._growing import LONGEST_LINE, follow_lines, open_lines, read_lines
from attunement.errors import DataError, UsageError
from attunement.live import Listener
from attunement.transcripts import Session, Turn

ENOUGH = 60.0
"""Seconds: starting takes one or two; a machine may be busy."""

SPOKEN = (
    "T: How was your week?",
    "P: Bad. I don't see where this is going.",
    '{"role": "assistant", "content": "What would help?"}',
    '{"role": "client", "text": "You are not listening to me."}',
    "Mother: He has been like this all week.",
)
TURNS = (
    Turn(0, "therapist", "How was your week?"),
    Turn(1, "patient", "Bad. I don't see where this is going."),
    Turn(2, "therapist", "What would help?"),
    Turn(3, "patient", "You are not listening to me."),
    Turn(4, "other", "He has been like this all week."),
)


class Watched:
    """The command, running; its lines come as they are printed."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self.stdin = process.stdin
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reading = threading.Thread(target=self._read, args=(process.stdout,))
        self._reading.start()

    def _read(self, stdout: BinaryIO) -> None:
        for line in stdout:
            self._lines.put(line)

    def say(self, text: str) -> None:
        self.stdin.write(text.encode())
        self.stdin.flush()

    def next(self) -> Any:
        return json.loads(self._lines.get(timeout=ENOUGH))

    def is_silent(self, seconds: float) -> bool:
        try:
            self._lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self) -> tuple[int, str]:
        """Wait for its end; give the exit code and what it said on standard error."""
        assert self.process.stderr is not None
        if not self.stdin.closed:
            self.stdin.close()
        said = self.process.stderr.read().decode()
        code = self.process.wait(timeout=ENOUGH)
        self._reading.join(timeout=ENOUGH)
        return code, said


@contextmanager
def watching(*arguments: str | Path) -> Iterator[Watched]:
    process = subprocess.Popen(
        [sys.executable, "-m", "attunement.cli", "watch", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200"},
    )
    with process:
        watched = Watched(process)
        try:
            yield watched
        finally:
            process.kill()
            watched.end()


def test_each_turn_is_answered_before_the_next_one_comes(listener: Listener) -> None:
    with watching("--json") as watched:
        states = []
        for line in SPOKEN:
            watched.say(f"{line}\n\n")
            states.append(watched.next())
        assert watched.end() == (0, "")
    expected = listener.batch(Session("stdin", TURNS))
    alike(STATES.validate_python(states), expected)


def test_a_growing_file_is_followed_and_a_half_written_line_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "tuesday.txt"
    path.write_text(f"{SPOKEN[0]}\n", encoding="utf-8")
    with watching(path, "--follow", "--json") as watched, path.open("ab", buffering=0) as file:
        first = watched.next()
        assert (first["session_id"], first["turn"]) == ("tuesday", 0)
        file.write(b"P: My caf\xc3")
        assert watched.is_silent(0.5)
        file.write(b"\xa9 closed.\nT: Oh")
        assert watched.next()["turn"] == 1
        assert watched.is_silent(0.5)
        watched.process.send_signal(signal.SIGINT)
        assert watched.end() == (0, "attunement: stopped after 2 turns.\n")


def test_a_file_that_becomes_shorter_is_an_error_and_not_heard_again(tmp_path: Path) -> None:
    path = tmp_path / "tuesday.txt"
    path.write_text("\n".join(SPOKEN) + "\n", encoding="utf-8")
    with watching(path, "--follow", "--json") as watched:
        for turn in range(len(TURNS)):
            assert watched.next()["turn"] == turn
        path.write_text(f"{SPOKEN[0]}\n", encoding="utf-8")
        code, said = watched.end()
    assert code == 1
    assert said.startswith(f"attunement: {path}: the file became shorter")


def test_without_json_a_line_a_turn_tells_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "tuesday.txt"
    path.write_text("\n".join(SPOKEN), encoding="utf-8")
    told = _run(path)
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    turns = [line for line in lines if not line.startswith("      ")]
    assert [line.split()[:2] for line in turns] == [[str(t.turn), t.role] for t in TURNS]
    assert turns[-1].endswith("not scored")
    assert "not a diagnosis, not a risk assessment" in told.stderr
    assert "role difference" in told.stderr
    assert "\x1b" not in told.stdout


def test_a_line_that_is_no_turn_ends_it_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "tuesday.jsonl"
    path.write_text(f'{SPOKEN[0]}\n{{"role": "user", "text": 3}}\n', encoding="utf-8")
    told = _run(path, "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["turn"] == 0
    assert told.stderr.splitlines() == [
        f"attunement: {path}, line 2, text: found a number, expected text. Write each turn on a "
        'line of its own, as in "T: How was your week?", or as {"role": "therapist", "text": '
        '"..."}.'
    ]


def test_nobody_reading_any_more_ends_it_quietly() -> None:
    done = subprocess.run(
        ["bash", "-c", f"yes 'P: Hello.' | {sys.executable} -m attunement.cli watch | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[:2] == ["0", "patient"]
    assert "Traceback" not in done.stderr


def test_a_model_and_standard_input_named_by_a_hyphen(tmp_path: Path, model: FittedModel) -> None:
    save_model(model, tmp_path / "model")
    told = _run("-", "--fitted", tmp_path / "model", said="T: Hello.\n")
    assert told.returncode == 2
    assert "was fitted with hashed words" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--follow"], "standard input is followed"),
        (["nowhere.txt"], "there is no such file"),
        (["--false-alarms", "7"], "false"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], problem: str) -> None:
    told = _run(*arguments)
    assert (told.returncode, told.stdout) == (2, "")
    assert problem in told.stderr
    assert "Traceback" not in told.stderr


def test_a_file_that_is_replaced_or_removed_is_told(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    for change, problem in ((other.rename, "replaced by another"), (None, "removed")):
        path.write_bytes(b"T: Hello.\n")
        other.write_bytes(b"T: Hello again.\n")
        with open_lines(path) as stream:
            lines = follow_lines(stream, path=path)
            assert next(lines) == (1, b"T: Hello.\n")
            if change is None:
                path.unlink()
            else:
                change(path)
            with pytest.raises(DataError, match=problem):
                next(lines)


def test_a_line_without_end_is_refused_and_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"T: " + b"a" * (LONGEST_LINE + 9))
    with open_lines(path) as stream, pytest.raises(DataError, match="line 1: the line is longer"):
        next(read_lines(stream, path=None))
    with open_lines(path) as stream, pytest.raises(DataError, match="the line is longer"):
        next(follow_lines(stream, path=path))


def test_a_folder_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        open_lines(tmp_path)


def _run(*arguments: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "attunement.cli", "watch", *map(str, arguments)],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
