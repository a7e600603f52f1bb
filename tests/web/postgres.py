"""A real PostgreSQL server for tests, and an empty or ready database on it for each test.

pytest-postgresql makes and drops the databases. The server is started here, because PostgreSQL
refuses to run as root and everything in continuous integration does.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import pytest
from pytest_postgresql.janitor import DatabaseJanitor

from attunement.web.storage import Database, upgrade

USER = "attunement"
_UNPRIVILEGED = "postgres"
_TEMPLATE = "attunement_tables"
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


class PostgresServer:
    """A server of our own in a folder of its own, which can be stopped and started again."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.host = "127.0.0.1"
        self.port = _free_port()
        self.folder = Path(mkdtemp(prefix="attunement-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, _UNPRIVILEGED)
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self, *, settings: str = _FAST) -> None:
        options = f"-h {self.host} -p {self.port} -k {self.folder} {settings}"
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def remove(self) -> None:
        with suppress(RuntimeError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@{self.host}:{self.port}/{name}"

    def janitor(self, name: str, *, template: str | None = None) -> DatabaseJanitor:
        return DatabaseJanitor(
            user=USER, host=self.host, port=self.port, dbname=name, template_dbname=template
        )

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = (
            str(self.programs / program),
            "-D",
            str(self.folder / "data"),
            *arguments,
        )
        if os.geteuid() == 0:
            command = ("runuser", "-u", _UNPRIVILEGED, "--", *command)
        # To a file and not a pipe: the server keeps what it is given open.
        with (self.folder / f"{program}.out").open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=out, cwd=self.folder, check=False)
        if done.returncode:
            raise RuntimeError((self.folder / f"{program}.out").read_text(errors="replace"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server, with a database of our tables to copy; skips where there is no PostgreSQL."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(found)
    server.start()
    try:
        server.janitor(_TEMPLATE).init()
        database = Database(server.url(_TEMPLATE))
        upgrade(database)
        database.close()
        yield server
    finally:
        server.remove()


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without any table."""
    with postgres_server.janitor(name := _name()):
        yield postgres_server.url(name)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database with our tables and nothing in them."""
    with postgres_server.janitor(name := _name(), template=_TEMPLATE):
        yield postgres_server.url(name)


def programs() -> Path | None:
    """Where initdb and pg_ctl lie: Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    beside = shutil.which("initdb")
    return Path(beside).parent if beside else None


def _version(initdb: Path) -> int:
    return int(initdb.parts[-3]) if initdb.parts[-3].isdecimal() else 0


def _name() -> str:
    return f"t{uuid4().hex[:12]}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
