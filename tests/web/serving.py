"""A real server on loopback in this process, and the keys of those who use it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from attunement.live import Listener
from attunement.web._app import create_app
from attunement.web._service import Service
from attunement.web._settings import Settings
from attunement.web.accounts import Caller
from attunement.web.accounts._keys import make_key
from attunement.web.operations import DrainingServer
from attunement.web.storage import Organisation


@dataclass(frozen=True, slots=True)
class Program:
    """A service key of an organisation of its own."""

    organisation_id: str
    key: str
    caller: Caller

    def http(self, address: str) -> httpx.Client:
        return httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {self.key}"},
            trust_env=False,
            timeout=60,
        )


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    app: FastAPI
    address: str
    server: DrainingServer

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def program(self) -> Program:
        """Make an organisation with a service key."""
        return new_program(self.service)


def new_program(service: Service) -> Program:
    """Make an organisation with a service key."""
    with service.database.unscoped() as db:
        organisation = Organisation(name="Birch Lane")
        db.add(organisation)
        db.flush()
        organisation_id = organisation.id
    admin = Caller(organisation_id=organisation_id, role="admin")
    with service.database.of(organisation_id) as db:
        view, key = make_key(db, service, caller=admin, name="companion")
    caller = Caller(organisation_id=organisation_id, role="service", key_id=view.id)
    return Program(organisation_id, key, caller)


@contextmanager
def serving(settings: Settings, *, listener: Listener) -> Iterator[Served]:
    """Run a server until the block ends."""
    app = create_app(settings, listener=listener)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, proxy_headers=False, timeout_graceful_shutdown=5
    )
    server = DrainingServer(config, closing=app.state.operations.closing)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        try:
            yield Served(app, f"http://127.0.0.1:{port}", server)
        finally:
            server.should_exit = True
            thread.join(timeout=15)
            assert not thread.is_alive(), "the server did not stop"
