"""Every way of going wrong gets one clear message, the documented code, and harms nothing."""

from __future__ import annotations

import gzip
import lzma
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from attunement.sample import sample_folder

PRIVATE = "Verwunderlich"
"""A word in every bad transcript that no message may repeat."""


def _truncated_xz(path: Path) -> Path:
    line = '{"session_id": "s", "turns": [{"role": "patient", "text": "' + PRIVATE + '"}]}\n'
    path = path / "cut.jsonl.xz"
    path.write_bytes(lzma.compress(line.encode() * 2000)[:-40])
    return path


def _truncated_gzip(path: Path) -> Path:
    path = path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"role,text\npatient," + PRIVATE.encode())[:-9])
    return path


def _written(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


CASES: dict[str, tuple[Callable[[Path], Path], int, tuple[str, ...]]] = {
    "missing file": (lambda folder: folder / "nowhere.csv", 2, ("nowhere.csv",)),
    "empty file": (_written("empty.jsonl", ""), 1, ("empty.jsonl",)),
    "binary junk": (_written("junk.txt", bytes(range(256)) * 40), 1, ("junk.txt",)),
    "junk as JSON lines": (_written("junk.jsonl", b"\x00\xff\x13" * 99), 1, ("junk.jsonl",)),
    "truncated xz": (_truncated_xz, 1, ("cut.jsonl.xz",)),
    "invalid JSON on a line": (
        _written(
            "two.jsonl",
            '{"session_id": "a", "turns": [{"role": "patient", "text": "hm"}]}\n'
            f'{{"session_id": "b", "turns": [{{"role": "patient", "text": "{PRIVATE}"\n',
        ),
        1,
        ("two.jsonl", "line 2"),
    ),
    "a turn without text": (
        _written("field.jsonl", '{"session_id": "a", "turns": [{"role": "patient"}]}\n'),
        1,
        ("field.jsonl", "line 1", "text"),
    ),
    "unknown roles": (
        _written("roles.csv", f"speaker,text\nAnna,{PRIVATE}\nDr Bee,yes\n"),
        1,
        ("roles.csv", "Anna", "Dr Bee", "--patient", "--therapist"),
    ),
    "CSV without a text column": (
        _written("columns.csv", f"who,said_words\npatient,{PRIVATE}\n"),
        1,
        ("columns.csv", "said_words", "--columns"),
    ),
    "a session of 100,001 turns": (
        _written("long.csv", "role,text\n" + "patient,a\ntherapist,b\n" * 50_001),
        1,
        ("long.csv", "session"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_transcript_gets_one_message_and_leaves_what_stood(
    run: Run, tmp_path: Path, case: str
) -> None:
    make, code, told = CASES[case]
    source = make(tmp_path)
    out = tmp_path / "scores.parquet"
    out.write_text("what stood before")
    before = sorted(tmp_path.iterdir())
    done = run("score", source, "-o", out)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for words in told:
        assert words in done.stderr
    assert PRIVATE not in done.stderr + done.stdout
    assert out.read_text() == "what stood before"
    assert sorted(tmp_path.iterdir()) == before


def test_a_turn_of_200_000_characters_is_scored_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("role,text\ntherapist,Yes?\npatient," + "and then we walked on " * 9_100 + "\n")
    assert run("score", path, "-o", tmp_path / "scores.csv").returncode == 0
    checked = run("check", path)
    assert checked.returncode == 1
    assert "long turn" in checked.stdout


def test_an_old_encoding_is_read_as_what_it_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "alt.txt"
    path.write_bytes("T: Wie geht’s?\nP: Müde, ganz schön müde, über alles.\n".encode("cp1252"))
    done = run("score", path, "-o", tmp_path / "scores.csv")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--columns", "text"], "--columns"),
        (["--key", "WAI-36"], "--inventory"),
        (["--model", "no/such/folder"], "no/such/folder"),
        (["--anchors", "no-such.yaml"], "no-such.yaml"),
        (["-o", "scores.xls"], ".parquet"),
    ],
)
def test_wrong_use_is_told_with_its_mend(
    run: Run, tmp_path: Path, transcript: Path, arguments: list[str], told: str
) -> None:
    done = run("score", transcript, "-o", tmp_path / "scores.csv", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_model_and_without_a_network_one_message_says_what_to_do(
    run: Run, tmp_path: Path, transcript: Path
) -> None:
    out = tmp_path / "scores.csv"
    done = run("score", transcript, "-o", out, env={"ATTUNEMENT_CACHE": str(tmp_path / "cache")})
    assert done.returncode == 2
    assert "models pull" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_when_the_disk_refuses_the_file_the_old_one_stands(tmp_path: Path) -> None:
    # A limit on file size is the one refusal of the disk that needs no special rights.
    out = tmp_path / "scores.csv"
    out.write_text("what stood before")
    with sample_folder() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "attunement.cli", "score", str(folder), "-o", str(out)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=_refuse_large_files,
        )
    assert done.returncode == 2, done.stderr
    assert "scores.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_text() == "what stood before"
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def _refuse_large_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_leaves_no_half_file_and_no_words(
    tmp_path: Path, number: signal.Signals
) -> None:
    source, out = tmp_path / "many.csv", tmp_path / "out"
    out.mkdir()
    (out / "scores.parquet").write_text("what stood before")
    rows = (f"s{n // 40},{('patient', 'therapist')[n % 2]},word {n}\n" for n in range(200_000))
    source.write_text("session_id,role,text\n" + "".join(rows))
    process = subprocess.Popen(
        [sys.executable, "-m", "attunement.cli", "analyze", str(source), "-o", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(out.glob(".unfinished-*/*")) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    _, told = process.communicate()
    assert process.returncode == 128 + number, told
    assert "stopped" in told
    assert "Traceback" not in told
    assert [path.name for path in out.iterdir()] == ["scores.parquet"]
    assert (out / "scores.parquet").read_text() == "what stood before"
