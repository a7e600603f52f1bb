"""For those who run the service: whether it is alive, whether it is ready, what it counts.

None of them says anything about anybody. They are no part of the API.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from attunement.web._problems import NotFound
from attunement.web._settings import LOOPBACK_HOSTS, Settings, is_loopback
from attunement.web.operations._operations import Operations

_BEARER = "bearer "

router = APIRouter(include_in_schema=False)


async def _operations_of(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


OperationsNow = Annotated[Operations, Depends(_operations_of)]


@router.api_route("/health", methods=["GET", "HEAD"])
async def health() -> dict[str, str]:
    """Say that the process lives and answers."""
    return {"status": "alive"}


@router.api_route("/ready", methods=["GET", "HEAD"])
def ready(operations: OperationsNow) -> JSONResponse:
    """Say whether work can be sent here, or which part cannot do it; no more to strangers."""
    failing = operations.not_ready()
    if failing:
        return JSONResponse(
            {"status": "not ready", "parts": list(failing)}, 503, {"Retry-After": "5"}
        )
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
def metrics(request: Request, operations: OperationsNow) -> Response:
    """Give the counters to Prometheus; to others there is no such page."""
    if not _may_see_metrics(request, request.app.state.settings):
        raise NotFound
    return Response(generate_latest(operations.measures.registry), media_type=CONTENT_TYPE_LATEST)


def _may_see_metrics(request: Request, settings: Settings) -> bool:
    """Take the token; or, where only this machine can ask, any request of this machine.

    A public service sees its proxy as this machine, so there the token is the only way.
    """
    if settings.metrics_token is not None:
        given = request.headers.get("authorization", "")
        said = given[len(_BEARER) :] if given.lower().startswith(_BEARER) else ""
        return hmac.compare_digest(said.strip().encode(), settings.metrics_token.encode())
    if settings.public or request.client is None:
        return False
    # A page elsewhere whose name has been pointed at this machine asks by that name.
    return is_loopback(request.client.host) and request.url.hostname in LOOPBACK_HOSTS
