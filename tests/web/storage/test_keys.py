from __future__ import annotations

import base64
import os
import threading
from pathlib import Path

import pytest

from attunement.errors import AttunementError, UsageError
from attunement.web.storage import Database, load_key, open_vault, write_new_key

ENCODED = base64.b64encode(bytes(range(32))).decode()


def test_the_environment_gives_the_key() -> None:
    assert load_key(text=f" {ENCODED}\n") == bytes(range(32))


def test_a_file_gives_the_same_key(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_text(ENCODED + "\n")
    file.chmod(0o600)
    assert load_key(file=file) == bytes(range(32))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("secret", "32 bytes in base64"),
        ("changeme" * 5, "32 bytes in base64"),
        (base64.b64encode(bytes(31)).decode(), "32 bytes in base64"),
        (base64.b64encode(bytes(32)).decode(), "not random"),
        (base64.b64encode(b"changeme" * 4).decode(), "not random"),
        (ENCODED.replace("A", "*"), "32 bytes in base64"),
    ],
)
def test_what_is_no_random_key_is_refused_without_being_shown(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as refusal:
        load_key(text=text)
    assert text not in str(refusal.value)


def test_no_key_and_two_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no master key"):
        load_key()
    with pytest.raises(UsageError, match="given twice"):
        load_key(text=ENCODED, file=tmp_path / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "master.key"
    write_new_key(file)
    file.chmod(mode)
    with pytest.raises(UsageError, match="others may read"):
        load_key(file=file)


def test_a_missing_file_is_made_only_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "master.key"
    with pytest.raises(UsageError, match="cannot be read"):
        load_key(file=file)
    key = load_key(file=file, make=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_key(file=file, make=True) == key
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


def test_those_who_make_the_file_at_once_all_get_one_key(tmp_path: Path) -> None:
    file, keys = tmp_path / "master.key", []
    barrier = threading.Barrier(8)

    def make() -> None:
        barrier.wait()
        keys.append(load_key(file=file, make=True))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_database_opens_with_its_own_key_alone(database: Database) -> None:
    master, other = os.urandom(32), os.urandom(32)
    first = open_vault(database, master)
    again = open_vault(database, master)
    assert first.mark("code", "p1") == again.mark("code", "p1")
    with pytest.raises(UsageError, match="written with the master key") as refusal:
        open_vault(database, other)
    assert isinstance(refusal.value, AttunementError)
    assert first.key_id in str(refusal.value)


def test_two_databases_with_one_key_mark_alike_things_differently(
    database: Database, tmp_path: Path, master: bytes
) -> None:
    from attunement.web.storage import upgrade

    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    assert open_vault(database, master).mark("code", "p1") != open_vault(other, master).mark(
        "code", "p1"
    )
    other.close()
