"""`attunement serve` in a process of its own, with an organisation and a key."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from tests.web.postgres import PostgresServer, programs

from attunement.web._service import open_storage
from attunement.web._settings import Settings
from attunement.web.accounts._tokens import hash_of, new_token
from attunement.web.storage import Database, Organisation, ServiceKey

_PATIENCE_SECONDS = 300
_DURABLE = "-c max_connections=60"
"""PostgreSQL's own defaults: a commit is on disk."""


@dataclass
class ServeProcess:
    """A service on a database, which can be killed and started again.

    Attributes
    ----------
    folder : Path
        Its data folder.
    database_url : str
        Its database.
    port : int
        Where it listens.
    key : str
        A service key of its one organisation.
    organisation_id : str
        That organisation.
    """

    folder: Path
    database_url: str
    port: int = field(default_factory=lambda: free_port())
    key: str = field(default="", repr=False)
    organisation_id: str = ""
    _process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the tables, an organisation and a key."""
        database, _ = open_storage(Settings(data_folder=self.folder, database=self.database_url))
        self.key = new_token("attn_")
        with database.unscoped() as db:
            organisation = Organisation(name="Load")
            db.add(organisation)
            db.flush()
            self.organisation_id = organisation.id
            db.add(
                ServiceKey(organisation_id=organisation.id, name="load", key_hash=hash_of(self.key))
            )
        database.close()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {
            **os.environ,
            "ATTUNEMENT_DATABASE": self.database_url,
            "ATTUNEMENT_TURNS_PER_MINUTE": "100000000",
            "ATTUNEMENT_REQUESTS_PER_MINUTE": "100000000",
        }
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "attunement.cli", "serve", "--no-open"),
                    *("--port", str(self.port), "--data", str(self.folder)),
                ],
                env=environment,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the service did not start: see {self.folder / 'serve.log'}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once (SIGKILL): it gets to do nothing more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._end(signal.SIGTERM)

    @property
    def memory(self) -> float:
        """Its resident memory in MiB."""
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss) / 2**20

    def connection(self) -> HTTPConnection:
        """Open a connection to it, which is kept open."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def database(self) -> Database:
        """Open its database beside it."""
        return Database(self.database_url)

    def _is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(timeout=_PATIENCE_SECONDS)


@contextmanager
def prepared(kind: str) -> Iterator[ServeProcess]:
    """Give a service on a new database of a kind, sqlite or postgresql; it is not started."""
    with TemporaryDirectory(prefix="attunement-") as folder, _database(kind, Path(folder)) as url:
        served = ServeProcess(Path(folder), url)
        served.prepare()
        try:
            yield served
        finally:
            process = served._process
            if process is not None and process.poll() is None:
                served.kill()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'attunement.db'}"
        return
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(found)
    server.start(settings=_DURABLE)
    try:
        with server.janitor("attunement_load"):
            yield server.url("attunement_load")
    finally:
        server.remove()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
