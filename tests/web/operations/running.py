"""A real `attunement serve` in a process of its own, and a program that may use it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from attunement.web._service import open_storage
from attunement.web._settings import Settings
from attunement.web.accounts._tokens import hash_of, new_token
from attunement.web.storage import Organisation, ServiceKey

_START_SECONDS = 60
_STOP_SECONDS = 40


@dataclass(slots=True)
class Running:
    """A service that runs.

    Attributes
    ----------
    process : Popen
        Its process.
    address : str
        Where it is reached.
    told : list of str
        What it has written to standard error and output, line by line.
    """

    process: subprocess.Popen[str]
    address: str = ""
    told: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Keep what it writes."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found and not self.address:
                self.address = found.group()
                self.started.set()
        self.started.set()

    def stop(self, *, by: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, and give how it ended."""
        self.process.send_signal(by)
        return self.process.wait(timeout=_STOP_SECONDS)


def new_program(folder: Path) -> str:
    """Make an organisation with a service key in a new database, and give the key."""
    database, _ = open_storage(Settings(data_folder=folder))
    key = new_token()
    with database.unscoped() as db:
        organisation = Organisation(name="Elm Street")
        db.add(organisation)
        db.flush()
        db.add(ServiceKey(organisation_id=organisation.id, name="companion", key_hash=hash_of(key)))
    database.close()
    return key


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run the service on a folder until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "attunement.cli", "serve", "--port", "0", "--no-open"],
        env={
            **os.environ,
            "ATTUNEMENT_DATA_FOLDER": str(folder),
            "OPENBLAS_NUM_THREADS": "1",
            **(environment or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(process)
    ear = threading.Thread(target=running.listen)
    ear.start()
    try:
        assert running.started.wait(_START_SECONDS)
        assert running.address, "".join(running.told)
        yield running
    finally:
        process.kill()
        process.wait()
        ear.join()
        assert process.stdout is not None
        process.stdout.close()
