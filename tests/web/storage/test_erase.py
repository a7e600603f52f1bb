from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from tests.web.postgres import PostgresServer
from tests.web.storage import clinic
from tests.web.storage.clinic import Known

from attunement.errors import DataError
from attunement.web.storage import (
    Base,
    Database,
    Erasure,
    Job,
    Patient,
    RaisedAlarm,
    SpokenTurn,
    TherapySession,
    Vault,
    forget_patient,
    open_vault,
    read_ledger,
    upgrade,
    verify_chain,
    verify_erasure,
)


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def fragments(known: Known) -> set[bytes]:
    """Runs of 24 bytes of every sealed value, a page's worth apart at most."""
    return {
        value[start : start + 24]
        for value in (known.wrapped_key, *known.sealed)
        for start in range(0, max(1, len(value) - 24), 256)
    }


def found_in(files: list[Path], known: Known) -> set[bytes]:
    raw = b"".join(file.read_bytes() for file in files if file.is_file())
    return {piece for piece in fragments(known) if piece in raw}


def files_of(database: Database) -> list[Path]:
    assert database.file is not None
    return sorted(database.file.parent.glob("attunement.db*"))


def forget(database: Database, vault: Vault, known: Known) -> None:
    forget_patient(
        database, vault, organisation_id=known.organisation_id, patient_id=known.patient_id
    )


def test_every_row_of_the_patient_goes_and_no_row_of_anybody_else(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, "p1")
    before = counts(database)
    known = clinic.patient(database, vault, north, "p2", sessions=3, turns=7)
    receipt = forget_patient(
        database, vault, organisation_id=north, patient_id=known.patient_id, user_id="u1"
    )
    after = counts(database)
    # The audit grew by the second patient's one entry and by the receipt's.
    assert after == before | {"audit": before["audit"] + 2, "erasures": 1}
    assert receipt.rows == {
        "patients": 1,
        "sessions": 3,
        "turns": 21,
        "alarms": 3,
        "ratings": 9,
        "jobs": 1,
        "job_sessions": 0,
    }
    assert set(receipt.session_ids) == set(known.sessions)
    with database.of(north) as db:
        assert verify_chain(db, vault, organisation_id=north) == after["audit"]


def test_no_sealed_byte_stays_in_the_files_of_sqlite(tmp_path: Path, master: bytes) -> None:
    database = Database(f"sqlite:///{tmp_path / 'attunement.db'}")
    upgrade(database)
    vault = open_vault(database, master)
    north = clinic.organisation(database)
    known = [
        clinic.patient(database, vault, north, f"p{n}", sessions=2, turns=5 + 7 * (n % 5))
        for n in range(12)
    ]
    for one in known[::3]:
        assert found_in(files_of(database), one) == fragments(one), "the search finds nothing"
        forget(database, vault, one)
        assert found_in(files_of(database), one) == set()
    for one in known[1::3]:
        assert found_in(files_of(database), one) == fragments(one), "somebody else's went"
    database.close()


def test_no_sealed_byte_stays_in_the_tables_of_postgresql(
    postgres_server: PostgresServer, postgres_url: str, master: bytes
) -> None:
    database = Database(postgres_url)
    vault = open_vault(database, master)
    north = clinic.organisation(database)
    one, other = (clinic.patient(database, vault, north, code) for code in ("p1", "p2"))

    def tables() -> list[Path]:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("CHECKPOINT")
        return [*(postgres_server.folder / "data" / "base").rglob("*")]

    assert one.wrapped_key in b"".join(f.read_bytes() for f in tables() if f.is_file())
    forget(database, vault, one)
    raw = b"".join(f.read_bytes() for f in tables() if f.is_file())
    assert one.wrapped_key not in raw
    assert other.wrapped_key in raw
    database.close()


def test_a_forgotten_patient_is_proven_to_be(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    with pytest.raises(DataError, match="no receipt"):
        verify_erasure(database, vault, organisation_id=north, patient_id=known.patient_id)
    forget(database, vault, known)
    checks = verify_erasure(database, vault, organisation_id=north, patient_id=known.patient_id)
    unseen = 0 if database.file is not None else 2
    assert [check.holds for check in checks].count(None) == unseen
    assert all(check.holds in (True, None) for check in checks), checks


def test_the_proof_fails_when_a_row_or_the_key_came_back(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    with database.of(north) as db:
        kept = db.get(Patient, known.patient_id)
        assert kept is not None
        columns = {c.key: getattr(kept, c.key) for c in Patient.__table__.columns}
    forget(database, vault, known)
    with database.of(north) as db:
        db.add(Patient(**columns))
    failed = {
        check.what
        for check in verify_erasure(
            database, vault, organisation_id=north, patient_id=known.patient_id
        )
        if check.holds is False
    }
    assert "no row of the patient is left" in failed
    assert len(failed) == (2 if database.file is not None else 1), "the key's bytes are back too"


def test_the_proof_fails_when_the_audit_or_the_ledger_was_changed(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    database.ledger = tmp_path / "ledger.jsonl"
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    forget(database, vault, known)
    assert [one.patient_id for one in read_ledger(database.ledger, vault)] == [known.patient_id]
    from attunement.web.storage import AuditEntry

    with database.of(north) as db:
        db.execute(delete(AuditEntry).where(AuditEntry.number == 1))
    database.ledger.write_text(database.ledger.read_text().replace(known.patient_id, "0" * 32))
    checks = verify_erasure(database, vault, organisation_id=north, patient_id=known.patient_id)
    details = " ".join(check.detail for check in checks if check.holds is False)
    assert "entry 1 of the audit is missing" in details
    assert "ledger was changed" in details


def test_one_who_comes_again_is_somebody_new(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    forget(database, vault, known)
    again = clinic.patient(database, vault, north, "p1")
    assert again.patient_id != known.patient_id
    checks = verify_erasure(database, vault, organisation_id=north, patient_id=known.patient_id)
    assert all(check.holds is not False for check in checks)


def test_another_organisations_patient_cannot_be_erased(database: Database, vault: Vault) -> None:
    north, south = clinic.organisation(database), clinic.organisation(database, name="South")
    known = clinic.patient(database, vault, north, "p1")
    before = counts(database)
    with pytest.raises(DataError, match="no patient"):
        forget_patient(database, vault, organisation_id=south, patient_id=known.patient_id)
    assert counts(database) == before


def test_nobody_is_erased_while_an_upload_may_bring_them_back(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    with database.of(north) as db:
        db.add(Job(kind="upload", status="waiting"))
    with pytest.raises(DataError, match="an upload is being read"):
        forget(database, vault, known)
    with database.of(north) as db:
        assert db.get(Patient, known.patient_id) is not None
        assert db.scalars(select(Erasure)).all() == []


def test_a_turn_that_comes_while_its_patient_is_erased_leaves_nothing(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1", sessions=1, turns=2)
    stop, refused = threading.Event(), []

    def post() -> None:
        number = 2
        while not stop.is_set():
            try:
                with database.of(north) as db:
                    db.add(
                        SpokenTurn(
                            session_id=known.sessions[0],
                            number=number,
                            turn_id=f"t{number}",
                            content_mark="m",
                            role="patient",
                            sealed_said=b"said",
                            sealed_state=b"state",
                        )
                    )
                number += 1
            except IntegrityError as error:
                refused.append(error)
                return

    poster = threading.Thread(target=post)
    poster.start()
    forget(database, vault, known)
    poster.join(timeout=30)
    stop.set()
    assert len(refused) == 1, "turns were taken for a session that is gone"
    left = counts(database)
    assert (left["turns"], left["sessions"], left["patients"]) == (0, 0, 0)


def test_a_reader_who_holds_on_only_delays_the_clearing(tmp_path: Path, master: bytes) -> None:
    from attunement.web.storage import scrub

    database = Database(f"sqlite:///{tmp_path / 'attunement.db'}")
    upgrade(database)
    vault = open_vault(database, master)
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    released = threading.Event()

    def read() -> None:
        with database.snapshot() as connection:
            connection.execute(select(func.count()).select_from(TherapySession)).all()
            released.wait(0.5)

    reader = threading.Thread(target=read)
    reader.start()
    forget(database, vault, known)
    reader.join()
    assert scrub(database)
    assert found_in(files_of(database), known) == set()
    database.close()


def test_a_copy_of_the_whole_folder_from_before_can_still_be_opened(
    tmp_path: Path, master: bytes
) -> None:
    """What docs/data-at-rest.md warns of: copies made beside ours are not ours to erase."""
    database = Database(f"sqlite:///{tmp_path / 'attunement.db'}")
    upgrade(database)
    vault = open_vault(database, master)
    known = clinic.patient(database, vault, clinic.organisation(database), "p1")
    database.close()
    shutil.copytree(tmp_path, tmp_path / "copy")
    forget(database, vault, known)
    copied = Database(f"sqlite:///{tmp_path / 'copy' / 'attunement.db'}")
    with copied.of(known.organisation_id) as db:
        assert db.get(Patient, known.patient_id) is not None
        assert db.scalars(select(RaisedAlarm)).all()
    copied.close()
    database.close()
