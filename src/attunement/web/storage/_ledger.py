"""The ledger of erasures: a file outside the database, so that no backup brings anybody back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from attunement.errors import DataError
from attunement.files import storage_errors
from attunement.web.storage._database import Database
from attunement.web.storage._models import Erasure
from attunement.web.storage._vault import Vault

_MARK = "mark"


def note_erasures(database: Database, vault: Vault) -> int:
    """Write the database's erasures into the ledger, those that are not in it yet.

    Parameters
    ----------
    database : Database
        Whose `ledger` names the file; without one nothing is written.
    vault : Vault
        Marks each line, so that none can be made up.

    Returns
    -------
    int
        How many lines were added.
    """
    ledger = database.ledger
    if ledger is None:
        return 0
    known = {one.id for one in read_ledger(ledger, vault)}
    with database.unscoped() as db:
        rows = list(db.scalars(select(Erasure).order_by(Erasure.erased_at)))
    new = [row for row in rows if row.id not in known]
    if new:
        _append(ledger, (_line(row, vault) for row in new))
    return len(new)


def read_ledger(ledger: Path, vault: Vault) -> list[Erasure]:
    """Give the erasures that a ledger tells of; none where there is no such file.

    A last line that a crash cut short is left out: its erasure is noted again.

    Raises
    ------
    DataError
        A line was changed.
    """
    try:
        lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [
        _parsed(line, vault, path=ledger, number=number)
        for number, line in enumerate(lines, start=1)
        if line.endswith("\n") and line.strip()
    ]


def as_row(erasure: Erasure) -> dict[str, Any]:
    """Give an erasure's columns."""
    return {column.key: getattr(erasure, column.key) for column in Erasure.__table__.columns}


def _append(ledger: Path, lines: Iterable[str]) -> None:
    """Add lines at the end, on disk; a line that was cut short before is ended first."""
    with storage_errors(ledger):
        ledger.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(ledger, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as handle:
            size = handle.seek(0, os.SEEK_END)
            if size:
                handle.seek(size - 1)
                if handle.read(1) != b"\n":
                    _drop_last_line(handle.fileno(), ledger)
            handle.write("".join(lines).encode())
            handle.flush()
            os.fsync(handle.fileno())


def _drop_last_line(descriptor: int, ledger: Path) -> None:
    os.ftruncate(descriptor, ledger.read_bytes().rfind(b"\n") + 1)


def _line(erasure: Erasure, vault: Vault) -> str:
    values = as_row(erasure) | {"erased_at": erasure.erased_at.isoformat()}
    text = json.dumps(values, sort_keys=True)
    return json.dumps({**values, _MARK: vault.mark("erasure", text)}, sort_keys=True) + "\n"


def _parsed(line: str, vault: Vault, *, path: Path, number: int) -> Erasure:
    try:
        values = json.loads(line)
        mark = values.pop(_MARK)
        if mark != vault.mark("erasure", json.dumps(values, sort_keys=True)):
            raise ValueError("changed")
        erased_at = datetime.fromisoformat(values.pop("erased_at"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError(
            "this line of the erasures' ledger was changed, or is of another database",
            mend="Take the file from where it is kept safe, or move it away if it is of another",
            path=path,
            line=number,
        ) from None
    return Erasure(**values, erased_at=erased_at)
