from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.web.storage import clinic
from tests.web.storage.clinic import Known

from attunement.errors import DataError, UsageError
from attunement.web.storage import (
    Backup,
    Base,
    Database,
    Erasure,
    Patient,
    SpokenTurn,
    TherapySession,
    Vault,
    append_entry,
    back_up,
    forget_patient,
    load_key,
    open_vault,
    place,
    restore,
    rotate_key,
    upgrade,
    verify_chain,
    verify_erasure,
    write_new_key,
)


def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }


def words_of(database: Database, vault: Vault, known: Known) -> list[str]:
    with database.of(known.organisation_id) as db:
        patient = db.get(Patient, known.patient_id)
        assert patient is not None
        box = vault.box(patient.wrapped_key, place=place("patients.wrapped_key", patient.id))
        turns = db.scalars(
            select(SpokenTurn)
            .where(SpokenTurn.session_id == known.sessions[0])
            .order_by(SpokenTurn.number)
        )
        opened = (
            box.open_json(row.sealed_said, place=place("turns.said", row.session_id, row.number))
            for row in turns
        )
        return [said["text"] for said in opened]


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Another, empty database with our tables, to restore into."""
    address = f"sqlite:///{tmp_path / 'other' / 'attunement.db'}"
    if request.param == "postgresql":
        address = str(request.getfixturevalue("empty_postgres_url"))
    database = Database(address)
    upgrade(database)
    yield database
    database.close()


def test_a_backup_brings_everything_back_into_either_kind_of_database(
    database: Database, vault: Vault, master: bytes, other: Database, tmp_path: Path
) -> None:
    north = clinic.organisation(database, days=365)
    known = clinic.patient(database, vault, north, "p1")
    manifest = back_up(database, vault, tmp_path / "b.attunement")
    assert (tmp_path / "b.attunement").stat().st_mode & 0o777 == 0o600
    assert manifest.tables["turns"].rows == 20
    restore(other, master, tmp_path / "b.attunement")
    assert rows_of(other) == rows_of(database)
    again = open_vault(other, master)
    assert words_of(other, again, known) == [clinic.said_by("p1", n) for n in range(10)]
    assert again.mark("a", "b") == vault.mark("a", "b")
    with other.of(north) as db:
        assert verify_chain(db, again, organisation_id=north) == 1


def test_a_backup_holds_no_word_of_anybody(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    clinic.patient(database, vault, clinic.organisation(database), "p-secret")
    back_up(database, vault, tmp_path / "b.attunement")
    with zipfile.ZipFile(tmp_path / "b.attunement") as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"p-secret" not in everything
    assert b"walked on" not in everything
    assert b"WAI-SR" in everything, "the search finds nothing"


def test_a_backup_is_of_one_moment_while_sessions_go_on(
    database: Database, vault: Vault, master: bytes, tmp_path: Path
) -> None:
    """Turns and their number are written together: a backup that tears them apart shows."""
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1", sessions=4, turns=0)
    stop = threading.Event()

    def go_on() -> None:
        number = 0
        while not stop.is_set():
            with database.of(north) as db:
                for session_id in known.sessions:
                    session = db.get(TherapySession, session_id)
                    assert session is not None
                    session.n_turns = number + 1
                    db.add(
                        SpokenTurn(
                            session_id=session_id,
                            number=number,
                            turn_id=str(number),
                            content_mark="m",
                            role="patient",
                            sealed_said=b"s" * 500,
                            sealed_state=b"s" * 500,
                        )
                    )
            number += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for attempt in range(3):
            path = tmp_path / f"b{attempt}.attunement"
            back_up(database, vault, path)
            copy = Database(f"sqlite:///{tmp_path / f'copy{attempt}.db'}", ledger=tmp_path / "l")
            upgrade(copy)
            restore(copy, master, path)
            with copy.unscoped() as db:
                said = {row.id: row.n_turns for row in db.scalars(select(TherapySession))}
                counted = db.execute(
                    select(SpokenTurn.session_id, func.count()).group_by(SpokenTurn.session_id)
                )
                held = dict(counted.all())
            copy.close()
            assert len(set(said.values())) == 1
            assert {key: n for key, n in said.items() if n} == held
    finally:
        stop.set()
        writer.join()


def test_whoever_was_erased_since_is_not_brought_back(
    database: Database, vault: Vault, master: bytes, tmp_path: Path
) -> None:
    north = clinic.organisation(database)
    gone, stays = (clinic.patient(database, vault, north, code) for code in ("p1", "p2"))
    back_up(database, vault, tmp_path / "b.attunement")
    forget_patient(database, vault, organisation_id=north, patient_id=gone.patient_id)
    restored = restore(database, master, tmp_path / "b.attunement", replace=True)
    assert (restored.patients_left_out, restored.sessions_left_out) == (1, 2)
    with database.of(north) as db:
        assert [row.id for row in db.scalars(select(Patient))] == [stays.patient_id]
        assert {row.reason for row in db.scalars(select(Erasure))} == {"request", "restore"}
    again = open_vault(database, master)
    checks = verify_erasure(database, again, organisation_id=north, patient_id=gone.patient_id)
    assert all(check.holds is not False for check in checks), checks
    assert words_of(database, again, stays)


def test_the_ledger_alone_keeps_them_away_when_the_database_was_lost(
    database: Database, vault: Vault, master: bytes, other: Database, tmp_path: Path
) -> None:
    database.ledger = tmp_path / "erasures.jsonl"
    north = clinic.organisation(database)
    gone = clinic.patient(database, vault, north, "p1")
    back_up(database, vault, tmp_path / "b.attunement")
    forget_patient(database, vault, organisation_id=north, patient_id=gone.patient_id)
    other.ledger = database.ledger
    assert restore(other, master, tmp_path / "b.attunement").patients_left_out == 1
    with other.of(north) as db:
        assert db.scalars(select(Patient)).all() == []


def test_a_database_that_is_not_empty_is_only_replaced_when_asked(
    database: Database, vault: Vault, master: bytes, tmp_path: Path
) -> None:
    clinic.patient(database, vault, clinic.organisation(database), "p1")
    back_up(database, vault, tmp_path / "b.attunement")
    clinic.organisation(database, name="South")
    before = rows_of(database)
    with pytest.raises(UsageError, match="not empty"):
        restore(database, master, tmp_path / "b.attunement")
    assert rows_of(database) == before
    restore(database, master, tmp_path / "b.attunement", replace=True)
    assert len(rows_of(database)["organisations"]) == 1


@pytest.fixture
def backup(tmp_path: Path, master: bytes) -> Path:
    database = Database(f"sqlite:///{tmp_path / 'first.db'}")
    upgrade(database)
    vault = open_vault(database, master)
    clinic.patient(database, vault, clinic.organisation(database), "p1")
    back_up(database, vault, tmp_path / "b.attunement")
    database.close()
    return tmp_path / "b.attunement"


def rewritten(backup: Path, name: str, change: bytes | None) -> None:
    """Put another member in the place of one, or leave it out."""
    with zipfile.ZipFile(backup) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(backup, "w") as archive:
        for one, content in members.items():
            if one != name:
                archive.writestr(one, content)
            elif change is not None:
                archive.writestr(one, change)


def restored_anew(backup: Path, master: bytes) -> None:
    database = Database(f"sqlite:///{backup.parent / 'anew.db'}")
    upgrade(database)
    try:
        restore(database, master, backup)
    except Exception:
        assert not any(rows_of(database).values()), "something was half-restored"
        raise
    finally:
        database.close()


def test_a_changed_row_is_found(backup: Path, master: bytes) -> None:
    with zipfile.ZipFile(backup) as archive:
        ratings = archive.read("tables/ratings.jsonl")
    rewritten(backup, "tables/ratings.jsonl", ratings.replace(b"3.5", b"4.5"))
    with pytest.raises(DataError, match="table ratings in it was changed"):
        restored_anew(backup, master)


def test_a_missing_table_is_found(backup: Path, master: bytes) -> None:
    rewritten(backup, "tables/ratings.jsonl", None)
    with pytest.raises(DataError, match="table ratings in it was changed"):
        restored_anew(backup, master)


def test_a_changed_manifest_is_found_although_its_hashes_fit(backup: Path, master: bytes) -> None:
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    inner = json.loads(manifest["manifest"])
    inner["tables"]["erasures"] = {"rows": 0, "sha256": "0" * 64}
    manifest["manifest"] = json.dumps(inner, sort_keys=True)
    rewritten(backup, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(DataError, match="manifest was changed"):
        restored_anew(backup, master)


@pytest.mark.parametrize("kept", [0, 10, 500, 0.5, 0.99])
def test_a_backup_that_is_cut_short_is_refused(backup: Path, master: bytes, kept: float) -> None:
    raw = backup.read_bytes()
    backup.write_bytes(raw[: int(kept if kept > 1 else kept * len(raw))])
    with pytest.raises(DataError, match=r"no backup|cut short"):
        restored_anew(backup, master)


def test_flipped_bytes_are_refused_unless_they_change_nothing(backup: Path, master: bytes) -> None:
    raw, vault = backup.read_bytes(), Vault(master)
    whole = Backup(backup, vault).manifest
    refused = 0
    for place_of_it in random.Random(7).sample(range(len(raw)), 60):
        changed = bytearray(raw)
        changed[place_of_it] ^= 1 << (place_of_it % 8)
        backup.write_bytes(changed)
        try:
            assert Backup(backup, vault).manifest == whole
        except DataError:
            refused += 1
    assert refused > 45, "all but dates and attributes in the archive's own headers count"


def test_another_key_is_named(backup: Path) -> None:
    with pytest.raises(DataError, match="made with the master key"):
        restored_anew(backup, os.urandom(32))


def test_a_missing_backup_is_told(tmp_path: Path, master: bytes) -> None:
    with pytest.raises(DataError, match="no such file"):
        restored_anew(tmp_path / "none.attunement", master)


def test_a_backup_that_finds_no_room_leaves_the_one_before(backup: Path, master: bytes) -> None:
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from attunement.web.storage import Database, back_up, open_vault\n"
        "database = Database(sys.argv[1])\n"
        "vault = open_vault(database, bytes.fromhex(sys.stdin.read()))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "back_up(database, vault, Path(sys.argv[2]))\n"
    )
    before = backup.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{backup.parent / 'first.db'}", str(backup)],
        input=master.hex(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "StorageError" in done.stderr
    assert backup.read_bytes() == before
    assert not list(backup.parent.glob(".*.part"))


def test_after_the_key_was_changed_only_the_new_one_opens(
    database: Database, vault: Vault, master: bytes, tmp_path: Path
) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    marked = vault.mark("a", "b")
    write_new_key(tmp_path / "new.key")
    fresh = load_key(file=tmp_path / "new.key")
    assert rotate_key(database, vault, Vault(fresh)) == 3
    with pytest.raises(UsageError, match="written with the master key"):
        open_vault(database, master)
    again = open_vault(database, fresh)
    assert words_of(database, again, known) == [clinic.said_by("p1", n) for n in range(10)]
    assert again.mark("a", "b") == marked, "patients would no longer be found by their codes"
    with database.of(north) as db:
        assert verify_chain(db, again, organisation_id=north) == 2
    if database.file is not None:
        raw = b"".join(f.read_bytes() for f in database.file.parent.glob("attunement.db*"))
        assert known.wrapped_key not in raw


def test_a_change_of_key_that_fails_changes_nothing(
    database: Database, vault: Vault, master: bytes
) -> None:
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, "p1")
    broken = clinic.patient(database, vault, north, "p2")
    with database.of(north) as db:
        patient = db.get(Patient, broken.patient_id)
        assert patient is not None
        patient.wrapped_key = os.urandom(60)
    before = rows_of(database)
    with pytest.raises(DataError, match="does not open"):
        rotate_key(database, vault, Vault(os.urandom(32)))
    assert rows_of(database) == before
    open_vault(database, master)


def test_a_service_with_the_old_key_takes_no_new_patient(
    database: Database, vault: Vault, url: str, master: bytes
) -> None:
    north = clinic.organisation(database)
    running = Database(url)
    old = open_vault(running, master)
    rotate_key(database, vault, Vault(os.urandom(32)))
    with pytest.raises(UsageError, match="was started with"):
        clinic.patient(running, old, north, "p1")
    with database.of(north) as db:
        assert db.scalars(select(Patient)).all() == []
        append_entry(db, vault, organisation_id=north, action="session.read")
    running.close()
