"""The `openai` client, so set up that it sends what it is told to whom it is told, and no more."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from attunement.raters._judge import Judge

if TYPE_CHECKING:
    from httpx2 import Request
    from openai import AsyncOpenAI

_SENT = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "content-type"}
)
"""The headers that travel. The client's others tell of this machine, its Python, and of accounts
named in the environment."""

_NO_KEY = "none"


def private_client(judge: Judge) -> AsyncOpenAI:
    """Make a client for one judge.

    It follows no redirect, uses no proxy for an endpoint on this machine, tries once (pauses and
    attempts are counted by the caller), keeps silent whatever OPENAI_LOG says, and no OPENAI_
    variable changes where it sends, as whom, or what.
    """
    from httpx2 import AsyncClient, Limits, Timeout
    from openai import AsyncOpenAI

    logging.getLogger("openai").setLevel(logging.WARNING)
    endpoint = judge.endpoint
    key = os.environ.get(endpoint.service.key_variable)

    async def only_what_is_needed(request: Request) -> None:
        for name in {name.lower() for name in request.headers} - _SENT:
            del request.headers[name]
        request.headers["User-Agent"] = "attunement"
        if key:
            request.headers["Authorization"] = f"Bearer {key}"

    parts = urlsplit(endpoint.url)
    base = parts._replace(path=parts.path.removesuffix(endpoint.service.path), query="")
    timeout = Timeout(judge.timeout)
    return AsyncOpenAI(
        api_key=key or _NO_KEY,
        base_url=base.geturl(),
        default_query=dict(parse_qsl(parts.query)),
        timeout=timeout,
        max_retries=0,
        http_client=AsyncClient(
            follow_redirects=False,
            trust_env=not endpoint.local,
            timeout=timeout,
            limits=Limits(max_connections=judge.concurrency),
            event_hooks={"request": [only_what_is_needed]},
        ),
    )
