"""Sending a request patiently: what to do with an answer, or with none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from attunement.client._calls import Call
from attunement.client._errors import UnreadableError, error_of
from attunement.errors import UsageError
from attunement.wire import Told

Answer = TypeVar("Answer", bound=Told)

ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_BUSY = frozenset({429, 502, 503, 504})
_NOTHING_WAS_DONE = frozenset({429})


def may_repeat(call: Call[Any], failure: httpx.Response | httpx.TransportError) -> bool:
    """Tell whether a request may be sent again after an answer that refuses, or none."""
    if isinstance(failure, httpx.TransportError):
        return call.repeatable or isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout)
    return failure.status_code in (_BUSY if call.repeatable else _NOTHING_WAS_DONE)


def pause(attempt: int, failure: httpx.Response | httpx.TransportError) -> float:
    """Give the seconds to wait before the next attempt: what the service says, or growing ones."""
    if isinstance(failure, httpx.Response):
        told = failure.headers.get("retry-after", "")
        if told.isascii() and told.isdigit():
            return min(float(told), _LONGEST_PAUSE_SECONDS)
    growing: float = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
    return growing * random.uniform(0.5, 1.0)  # noqa: S311


def answer_of(call: Call[Answer], response: httpx.Response) -> Answer:
    """Read an answer.

    Raises
    ------
    ServiceError
        The service refuses.
    UnreadableError
        It is none of this API's.
    """
    if not response.is_success:
        raise error_of(response)
    try:
        return call.answer.model_validate_json(response.content)
    except ValidationError:
        # Without the cause: it quotes what was answered.
        raise UnreadableError(str(response.url.host)) from None


@contextmanager
def request(client: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> Iterator[httpx.Request]:
    """Build a request; its files are open as long as the block lasts.

    Raises
    ------
    UsageError
        A file cannot be read.
    """
    with ExitStack() as opened:
        files = []
        for path in call.files:
            try:
                handle = opened.enter_context(path.open("rb"))
            except OSError as error:
                raise UsageError(
                    f"the file cannot be read ({error.strerror})",
                    mend="Check its name and permissions",
                    path=path,
                ) from None
            files.append(("files", (path.name, handle)))
        content = call.content
        yield client.build_request(
            call.method,
            call.path,
            params=dict(call.query),
            content=content,
            headers={"Content-Type": "application/json"} if content is not None else None,
            files=files or None,
            data=dict(call.form) or None,
        )
