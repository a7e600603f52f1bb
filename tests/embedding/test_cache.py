"""Vectors are remembered, and nothing that happens to the file changes or stops the work."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from attunement.embedding import (
    CachedEncoder,
    CacheWarning,
    Encoder,
    OnDone,
    VectorCache,
    Vectors,
    vectors_folder,
)

DIMENSION = 384
TEXTS = [f"turn number {number}" for number in range(50)]


class Counting:
    """An encoder that counts what it is asked; its vectors depend on nothing but the text."""

    name = "counting"
    dimension = DIMENSION

    def __init__(self, fingerprint: str = "ab" * 32) -> None:
        self.fingerprint = fingerprint
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: OnDone | None = None) -> Vectors:
        self.asked += texts
        rows = [
            np.random.default_rng([len(self.fingerprint), *text.encode()]).normal(size=DIMENSION)
            for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), DIMENSION)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def run(texts: Sequence[str] = TEXTS, *, encoder: Encoder | None = None) -> Vectors:
    """Embed in a cache that is opened for the purpose, as another process would."""
    cache = VectorCache()
    try:
        return CachedEncoder(encoder or Counting(), cache).encode(texts)
    finally:
        cache.close()


def files() -> list[Path]:
    return sorted(vectors_folder().glob("*.sqlite"))


def test_a_second_run_asks_the_model_nothing_and_gives_the_same_numbers() -> None:
    first = run()
    again = Counting()
    np.testing.assert_array_equal(run(encoder=again), first)
    assert again.asked == []


def test_only_new_texts_are_embedded_each_once() -> None:
    run(TEXTS[:20])
    encoder = Counting()
    vectors = run([*TEXTS, TEXTS[30], f" {TEXTS[40]}\n"], encoder=encoder)
    assert sorted(encoder.asked) == sorted(TEXTS[20:])
    np.testing.assert_array_equal(vectors[50], vectors[30])
    np.testing.assert_array_equal(vectors[:50], run())


def test_another_model_finds_nothing_of_this_one() -> None:
    run()
    other = Counting("cd" * 32)
    run(encoder=other)
    assert sorted(other.asked) == sorted(TEXTS)
    assert len(files()) == 2


def test_rounding_changes_no_cosine_by_a_thousandth() -> None:
    texts = [f"text {number}" for number in range(400)]
    exact, kept = Counting().encode(texts), run(texts)
    assert np.abs(exact @ exact.T - kept @ kept.T).max() < 1e-3
    assert (exact * kept).sum(axis=1).min() > 1 - 1e-6


def test_no_text_is_on_disk_and_no_one_else_may_look() -> None:
    secret = "the heron stood in the reeds"
    run([secret])
    held = b"".join(path.read_bytes() for path in vectors_folder().iterdir())
    assert b"heron" not in held
    assert vectors_folder().stat().st_mode & 0o777 == 0o700


def damage_header(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def damage_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [damage_header, damage_pages, truncate])
def test_a_damaged_file_is_set_aside_with_a_warning_and_begun_anew(
    damage: Callable[[Path], None],
) -> None:
    first = run()
    (file,) = files()
    damage(file)
    with pytest.warns(CacheWarning, match="damaged"):
        np.testing.assert_array_equal(run(), first)
    assert list(vectors_folder().glob("*.damaged-*"))
    encoder = Counting()
    np.testing.assert_array_equal(run(encoder=encoder), first)
    assert encoder.asked == []


def test_a_damaged_vector_is_embedded_again() -> None:
    first = run()
    (file,) = files()
    with sqlite3.connect(file) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM vectors")]
        for key, blob in zip(
            keys, (b"", b"short", b"\xff" * 2 * DIMENSION, b"\x01" * 2 * DIMENSION), strict=False
        ):
            connection.execute("UPDATE vectors SET vector = ? WHERE key = ?", (blob, key))
    connection.close()
    encoder = Counting()
    np.testing.assert_array_equal(run(encoder=encoder), first)
    assert len(encoder.asked) == 4
    np.testing.assert_array_equal(run(encoder=(last := Counting())), first)
    assert last.asked == []


def test_a_full_disk_is_one_warning_and_the_same_vectors() -> None:
    texts = [f"text {number}" for number in range(10_000)]
    cache = VectorCache()
    encoder = CachedEncoder(Counting(), cache)
    encoder.encode(texts[:1])
    store = cache._store(encoder.fingerprint)
    # SQLite's own way to refuse as it does when the disk is full.
    store._open().execute("PRAGMA max_page_count = 50")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        vectors = encoder.encode(texts)
    assert [warning.category for warning in caught] == [CacheWarning]
    assert "full" in str(caught[0].message)
    cache.close()
    np.testing.assert_array_equal(vectors[-3:], run(texts[-3:]))


def test_a_place_that_cannot_be_written_is_one_warning_and_the_same_vectors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = VectorCache(tmp_path / "file" / "vectors")
    with pytest.warns(CacheWarning, match="cannot be used") as caught:
        vectors = CachedEncoder(Counting(), cache).encode(TEXTS)
    assert len(caught) == 1
    np.testing.assert_array_equal(vectors, run())


WRITER = """
import sys
from tests.embedding.test_cache import Counting
from attunement.embedding import CachedEncoder, VectorCache

encoder = CachedEncoder(Counting(), VectorCache())
start, stop = int(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for first in range(start, stop, 20):
    encoder.encode([f"shared {number}" for number in range(first, first + 20)])
    print(first, flush=True)
"""


def writer(start: int, stop: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WRITER, str(start), str(stop)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_processes_fill_one_cache_together() -> None:
    # Their texts overlap, so several write the same keys; a warning would end them.
    together = [writer(0, 1200), writer(600, 1800), writer(600, 1800), writer(0, 600)]
    for process in together:
        process.communicate()
        assert process.returncode == 0
    encoder = Counting()
    run([f"shared {number}" for number in range(1800)], encoder=encoder)
    assert encoder.asked == []


def test_a_killed_process_leaves_a_sound_cache_with_all_it_had_finished() -> None:
    process = writer(0, 1_000_000)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(15)]
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finished = int(lines[-1]) + 20
    encoder = Counting()
    texts = [f"shared {number}" for number in range(finished)]
    np.testing.assert_array_equal(run(texts, encoder=encoder)[::40], run(texts[::40]))
    assert encoder.asked == []
    (file,) = files()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
