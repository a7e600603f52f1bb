"""What every endpoint works with: one frozen value that holds the parts of the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from attunement.live import Listener
from attunement.web._limits import Limits
from attunement.web._settings import Settings
from attunement.web.storage import Database, Vault, load_key, now, open_vault, upgrade

if TYPE_CHECKING:
    from attunement.web.jobs import Jobs
    from attunement.web.sessions import Listening

_KEY_NAME = "master.key"
_LEDGER_NAME = "erasures.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of a running service.

    Attributes
    ----------
    settings : Settings
        What it was told.
    database : Database
        Where everything is kept.
    vault : Vault
        Seals and opens what was said.
    listener : Listener
        Hears sessions.
    listening : Listening
        The live ones.
    jobs : Jobs
        What is done in the background: uploads, markers and topics, statistics.
    limits : Limits
        How often somebody may ask.
    clock : callable
        Gives the time, in UTC.
    """

    settings: Settings
    database: Database
    vault: Vault
    listener: Listener
    listening: Listening
    jobs: Jobs
    limits: Limits
    clock: Callable[[], datetime] = now

    def close(self) -> None:
        """Let go of everything; nothing that was acknowledged is lost."""
        self.jobs.stop(seconds=self.settings.shutdown_seconds)
        self.database.close()


def open_service(settings: Settings, *, listener: Listener | None = None) -> Service:
    """Open the database, bring it to this version, and load what hears sessions.

    Parameters
    ----------
    settings : Settings
        What the service was told.
    listener : Listener, optional
        One that is fitted already.

    Raises
    ------
    UsageError
        The database or the master key cannot be used.
    ModelError
        The embedding model or the fitted model cannot be used.
    """
    # Imported here: the room's endpoints need to know what a service is.
    from attunement.web.sessions import Listening
    from attunement.web.uploads import background

    database, vault = open_storage(settings)
    hears = listener if listener is not None else load_listener(settings)
    jobs = background(settings=settings, database=database, vault=vault, listener=hears)
    jobs.start()
    return Service(
        settings=settings,
        database=database,
        vault=vault,
        listener=hears,
        listening=Listening(hears, database, vault, keep=settings.monitors),
        jobs=jobs,
        limits=Limits(settings),
    )


def open_storage(settings: Settings) -> tuple[Database, Vault]:
    """Open the database with its key, as the service and the command line do."""
    master = master_key(settings)
    database = open_database(settings)
    return database, open_vault(database, master)


def open_database(settings: Settings) -> Database:
    """Open the database and bring it to this version; what was erased is remembered outside it."""
    database = Database(settings.database_url, ledger=settings.data_folder / _LEDGER_NAME)
    upgrade(database)
    return database


def key_file(settings: Settings) -> Path | None:
    """Give the file that the master key is in; None where the environment has the key."""
    if settings.key is None and settings.key_file is None and not settings.public:
        return settings.data_folder / _KEY_NAME
    return settings.key_file


def master_key(settings: Settings) -> bytes:
    """Give the master key; for one user on this machine it is made once."""
    return load_key(text=settings.key, file=key_file(settings), make=not settings.public)


def load_listener(settings: Settings) -> Listener:
    """Load the encoder and the fitted model, if there is one."""
    from attunement.alliance.fitted import load_model
    from attunement.embedding import CachedEncoder, VectorCache, open_encoder

    encoder = open_encoder(settings.encoder)
    model = load_model(settings.fitted) if settings.fitted is not None else None
    cache = VectorCache()
    try:
        return Listener(encoder, model).fit(anchors=CachedEncoder(encoder, cache))
    finally:
        cache.close()


async def _service_of(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


ServiceNow = Annotated[Service, Depends(_service_of)]
"""The running service; endpoints declare it."""
