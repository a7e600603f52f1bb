"""The application: every room's endpoints behind the same doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from attunement import __version__
from attunement.live import Listener
from attunement.web import accounts, dashboard, keeping, results, sessions, uploads
from attunement.web._bodies import BodyLimit
from attunement.web._headers import SecureHeaders
from attunement.web._hosts import KnownHosts, ThroughTls, WithoutNul
from attunement.web._openapi import describe
from attunement.web._problems import tell_problems
from attunement.web._service import open_service
from attunement.web._settings import Settings
from attunement.web.operations import Operations, Requests
from attunement.web.operations import router as operations_router
from attunement.web.pages import static_files

OPENAPI = "/api/v1/openapi.json"
_NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
"""FastAPI would hand errors with their words, and bodies, to an OpenTelemetry set up elsewhere."""


def create_app(settings: Settings, *, listener: Listener | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings : Settings
        What the service was told.
    listener : Listener, optional
        One that is fitted already; it is loaded at the start otherwise.
    """
    operations = Operations()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await run_in_threadpool(open_service, settings, listener=listener)
        app.state.service = service
        operations.watch(service)
        daily = keeping.Daily(
            service.database,
            service.vault,
            clock=service.clock,
            forget=service.listening.forget,
        )
        daily.start()
        try:
            yield
        finally:
            await run_in_threadpool(daily.stop)
            await run_in_threadpool(service.close)

    app = FastAPI(
        title="Attunement",
        summary="Working alliance as it is heard in language, turn by turn.",
        version=__version__,
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=_doors(settings, operations),
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    app.state.settings = settings
    app.state.operations = operations
    tell_problems(app)
    rooms = (*accounts.routers, *sessions.routers, uploads.router, results.router, keeping.router)
    for router in (operations_router, *rooms, dashboard.router):
        app.include_router(router)
    describe(app)
    app.mount("/static", static_files(), name="static")
    return app


def _doors(settings: Settings, operations: Operations) -> list[Middleware]:
    """Give what every request passes through, the outermost first."""
    return [
        Middleware(SecureHeaders, public=settings.public),
        Middleware(Requests, measures=operations.measures),
        Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.proxies)),
        Middleware(KnownHosts, allowed_hosts=list(settings.hosts), www_redirect=False),
        *([Middleware(ThroughTls)] if settings.public else []),
        Middleware(WithoutNul),
        Middleware(BodyLimit, usual=settings.max_body_bytes, uploads=settings.max_upload_bytes),
    ]
