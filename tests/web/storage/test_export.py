from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from tests.web.storage import clinic

from attunement.tables import SCORES
from attunement.transcripts import Corpus, ReadOptions
from attunement.web.storage import (
    Database,
    Vault,
    export_chunks,
    export_to,
    forget_patient,
    verify_chain,
)


def exported(database: Database, vault: Vault, organisation_id: str) -> zipfile.ZipFile:
    pieces = export_chunks(database, vault, organisation_id=organisation_id)
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def rows(archive: zipfile.ZipFile, member: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(member).decode())))


def test_the_transcripts_are_read_again_as_they_were(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1", sessions=2, turns=9)
    exported(database, vault, north).extractall(tmp_path / "out")
    corpus = Corpus(tmp_path / "out" / "transcripts", ReadOptions(merge=False))
    sessions = list(corpus)
    assert [session.session_id for session in sessions] == ["p1-s1", "p1-s2"]
    for number, session in enumerate(sessions, start=1):
        assert session.patient_id == "p1"
        assert session.therapist_id == "T. Reed"
        assert (session.condition, session.number) == ("anxiety", number)
        assert session.columns["service_id"] == known.sessions[number - 1]
        assert [turn.text for turn in session.turns] == [
            clinic.said_by("p1", n).strip() for n in range(9)
        ]
        assert [turn.role for turn in session.turns[:2]] == ["therapist", "patient"]
        assert session.turns[3].start == 12.0
        assert {(one.rater, one.instrument, one.scale, one.value) for one in session.ratings} == {
            ("patient", "WAI-SR", "bond", 3.5),
            ("patient", "WAI-SR", "task", 4.0),
            ("therapist", "WAI-SR", "bond", 4.25),
        }


def test_the_tables_have_the_rows_and_the_names_of_the_docs(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, "p1", sessions=2, turns=9)
    gone = clinic.patient(database, vault, north, "p2")
    forget_patient(database, vault, organisation_id=north, patient_id=gone.patient_id)
    archive = exported(database, vault, north)
    scores = rows(archive, "tables/scores.csv")
    assert set(scores[0]) <= set(SCORES.columns)
    assert len(scores) == 18
    assert scores[4] == {
        "session_id": "p1-s1",
        "turn": "4",
        "role": "therapist",
        "time": "0.5",
        "estimator": "contrast",
        "alliance": "0.5",
        "task": "0.5",
        "bond": "-0.25",
        "goal": "0.125",
    }
    state = rows(archive, "tables/states.csv")[8]
    assert state["patient_alliance"] == "0.33"
    assert state["gap_bond_low"] == "", "what is not known is empty"
    assert state["trend_direction"] == "falling"
    alarm = rows(archive, "tables/alarms.csv")[0]
    assert json.loads(alarm["words"]) == ["walked on"]
    assert [row["action"] for row in rows(archive, "tables/audit.csv")] == [
        "session.read",
        "session.read",
        "patient.erase",
        "organisation.export",
    ]
    assert [row["patient_id"] for row in rows(archive, "tables/erasures.csv")] == [gone.patient_id]
    assert "password_hash" not in rows(archive, "tables/users.csv")[0]
    manifest = json.loads(archive.read("manifest.json"))
    assert set(manifest["files"]) == set(archive.namelist()) - {"manifest.json"}
    with database.of(north) as db:
        verify_chain(db, vault, organisation_id=north)


def test_nothing_of_another_organisation_is_exported(database: Database, vault: Vault) -> None:
    north, south = clinic.organisation(database), clinic.organisation(database, name="South")
    clinic.patient(database, vault, north, "p-north")
    clinic.patient(database, vault, south, "p-south")
    archive = exported(database, vault, north)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"p-north" in everything
    assert b"p-south" not in everything
    assert south.encode() not in everything


def test_who_is_erased_while_it_is_made_is_left_out_of_what_is_to_come(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    pieces = export_chunks(database, vault, organisation_id=north)
    from attunement.web.storage._exported import Exported

    begun = Exported(database, vault, north)
    forget_patient(database, vault, organisation_id=north, patient_id=known.patient_id)
    assert list(begun.transcripts()) == []
    assert list(begun.alarms()) == []
    pieces.close()


def test_memory_does_not_grow_with_the_organisation(tmp_path: Path, master: bytes) -> None:
    from attunement.web.storage import open_vault, upgrade

    def peak(sessions: int) -> int:
        database = Database(f"sqlite:///{tmp_path / f'{sessions}.db'}")
        upgrade(database)
        vault = open_vault(database, master)
        north = clinic.organisation(database)
        clinic.patient(database, vault, north, "p1", sessions=sessions, turns=25)
        tracemalloc.start()
        for piece in export_chunks(database, vault, organisation_id=north):
            assert len(piece) < 400_000
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        database.close()
        return used

    peak(2)
    assert peak(16) < 1.6 * peak(2) + 400_000


def test_the_file_appears_whole_and_for_its_owner_alone(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, "p1")
    export_to(tmp_path / "all.zip", database, vault, organisation_id=north)
    assert (tmp_path / "all.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("hostile", ["=cmd()", '"; DROP TABLE turns; --', "a,b\nc", "<script>"])
def test_codes_that_look_like_something_else_come_out_as_they_went_in(
    database: Database, vault: Vault, hostile: str, tmp_path: Path
) -> None:
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, hostile, sessions=1, turns=2)
    archive = exported(database, vault, north)
    line = json.loads(archive.read("transcripts/transcripts.jsonl").splitlines()[0])
    assert line["patient_id"] == hostile
    assert {row["session_id"] for row in rows(archive, "transcripts/ratings.csv")} == {
        f"{hostile}-s1"
    }
