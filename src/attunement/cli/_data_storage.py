"""How commands on the machine itself reach what the service has stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from attunement.cli._web import needs_web
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.web._settings import Settings
    from attunement.web.storage import Database, Vault

Data: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="The service's folder, as `serve` has it."),
]


def settings_of(data: Path | None) -> Settings:
    """Give the settings that the service has in the same environment."""
    with needs_web():
        from attunement.web._settings import read_settings

    return read_settings(os.environ, data_folder=data)


@contextmanager
def storage(data: Path | None) -> Iterator[tuple[Database, Vault]]:
    """Open the service's database, which must be there, and its vault."""
    with open_storage(settings_of(data)) as opened:
        yield opened


@contextmanager
def open_storage(settings: Settings) -> Iterator[tuple[Database, Vault]]:
    """Open the database that settings name, which must be there, and its vault."""
    with needs_web():
        from sqlalchemy.engine import make_url

        from attunement.web._service import open_storage as opened

    address = settings.database_url
    file = make_url(address).database if address.startswith("sqlite:") else None
    if file is not None and not Path(file).exists():
        raise UsageError(
            "there is no database here",
            mend="Name the service's folder with --data, or set ATTUNEMENT_DATABASE",
            path=file,
        )
    database, vault = opened(settings)
    try:
        yield database, vault
    finally:
        database.close()
