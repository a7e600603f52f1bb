"""`attunement data` on a service's folder, as somebody who runs a server uses it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from tests.web.storage import clinic
from tests.web.storage.clinic import Known
from typer.testing import CliRunner, Result

from attunement.cli._app import app
from attunement.errors import AttunementError, DataError, UsageError
from attunement.web._service import open_storage
from attunement.web._settings import Settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTUNEMENT_DATA_FOLDER", str(tmp_path / "data"))
    for name in ("ATTUNEMENT_DATABASE", "ATTUNEMENT_KEY", "ATTUNEMENT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


@pytest.fixture
def known(folder: Path) -> Known:
    database, vault = open_storage(Settings(data_folder=folder))
    north = clinic.organisation(database, days=100_000)
    known = clinic.patient(database, vault, north, "p1")
    clinic.patient(database, vault, north, "p2")
    database.close()
    return known


def data(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)])
    if isinstance(result.exception, AttunementError):
        raise result.exception
    return result


def told(*arguments: str | Path) -> dict[str, object]:
    result = data(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_patient_who_was_erased_stays_so_through_backup_key_change_and_restore(
    known: Known, folder: Path, tmp_path: Path
) -> None:
    assert told("backup", "-o", tmp_path / "one.backup")["sessions"] == 4
    with pytest.raises(DataError, match="no receipt"):
        data("verify-erasure", known.patient_id)
    assert told("erase", known.patient_id, "--yes")["turns"] == 20
    assert data("verify-erasure", known.patient_id).exit_code == 0
    left_out = told("restore", tmp_path / "one.backup", "--replace")
    assert left_out["patients left out, erased since"] == 1
    assert data("verify-erasure", known.patient_id).exit_code == 0

    old_key = (folder / "master.key").read_text()
    assert "keys are wrapped anew" in data("rotate-key").output
    assert (folder / "master.key").read_text() != old_key
    assert [file.read_text() for file in folder.glob("master.key.*")] == [old_key]
    assert told("verify-audit")["organisation"] == "North"
    with pytest.raises(DataError, match="made with the master key"):
        data("restore", tmp_path / "one.backup", "--replace")
    assert told("backup", "-o", tmp_path / "two.backup")["sessions"] == 2


def test_everything_is_handed_out(known: Known, tmp_path: Path) -> None:
    assert data("export", "-o", tmp_path / "all.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert len(archive.read("transcripts/transcripts.jsonl").splitlines()) == 4


def test_retention_can_be_looked_at_first(folder: Path) -> None:
    database, vault = open_storage(Settings(data_folder=folder))
    clinic.patient(database, vault, clinic.organisation(database, days=0), "p1")
    database.close()
    would = told("retention", "--dry-run")
    assert told("retention", "--dry-run") == would, "looking erased something"
    assert (would["sessions"], would["patients"]) == (2, 1)
    assert told("retention")["erased"] == ["North: 2 sessions older than 0 days, 1 patients whole"]
    assert told("retention")["erased"] == ["nothing"]


def test_erasing_asks_first(known: Known) -> None:
    result = CliRunner().invoke(app, ["data", "erase", known.patient_id], input="n\n")
    assert result.exit_code == 1
    with pytest.raises(DataError, match="no receipt"):
        data("verify-erasure", known.patient_id)


def test_a_new_key_takes_the_place_of_none(tmp_path: Path) -> None:
    assert data("new-key", tmp_path / "k").exit_code == 0
    with pytest.raises(UsageError, match="exists"):
        data("new-key", tmp_path / "k")


@pytest.mark.parametrize("command", ["retention", "verify-audit", "rotate-key"])
def test_a_wrong_folder_is_told_and_not_filled(command: str, folder: Path) -> None:
    with pytest.raises(UsageError, match="no database here"):
        data(command)
    assert not folder.exists()


def test_one_of_several_organisations_must_be_named(known: Known, folder: Path) -> None:
    database, _ = open_storage(Settings(data_folder=folder))
    clinic.organisation(database, name="South")
    database.close()
    with pytest.raises(UsageError, match=r"North .* South"):
        data("verify-audit")
    assert told("verify-audit", "--organisation", "South")["entries that hold"] == 0
