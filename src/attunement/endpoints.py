"""OpenAI-compatible endpoints: which may be used, and posting to them patiently, nowhere else."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import SplitResult, urlsplit

from attunement.errors import ModelError, UsageError

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
TIMEOUT_SECONDS = 60
RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of endpoint.

    Attributes
    ----------
    name : str
        What it is called in messages: "embeddings".
    path : str
        What its URLs end in: "/embeddings".
    key_variable : str
        The environment variable that holds its key.
    option : str
        The command's option that names it.
    example : str
        An address, for messages.
    allow_variable : str, optional
        The environment variable that allows endpoints off this machine; None where nothing does.
    sent : str
        What travels to it, for the message that refuses.
    """

    name: str
    path: str
    key_variable: str
    option: str
    example: str
    sent: str
    allow_variable: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where bodies are posted.

    Attributes
    ----------
    service : Service
        What is asked of it.
    url : str
        The full URL.
    model : str
        The model asked for.
    local : bool
        Whether it is on this machine; proxies are then not used.
    """

    service: Service
    url: str
    model: str
    local: bool

    @classmethod
    def at(cls, address: str, service: Service) -> Endpoint:
        """Read an address, and check that it may be used.

        Parameters
        ----------
        address : str
            `URL#model-name`; the URL's path may end in the service's or be what comes before it.
        service : Service
            What is asked of it.

        Raises
        ------
        UsageError
            No model is named, or the URL leads off this machine and that was not allowed.
        """
        parts = urlsplit(address)
        if not parts.fragment or not parts.hostname or parts.scheme not in ("http", "https"):
            raise UsageError(
                "an endpoint is given as URL#model-name",
                mend=f"Write for example {service.example}",
                field=service.option,
            )
        local = _is_loopback(parts.hostname)
        if not local:
            _check_remote(parts, service)
        path = parts.path.rstrip("/").removesuffix(service.path) + service.path
        url = parts._replace(path=path, fragment="").geturl()
        return cls(service=service, url=url, model=parts.fragment, local=local)

    def post(self, body: Mapping[str, object]) -> bytes:
        """Post `body` as JSON; if the endpoint is busy or away, again after growing pauses.

        Parameters
        ----------
        body : mapping
            What to post; the model's name is added.

        Returns
        -------
        bytes
            The answer.

        Raises
        ------
        ModelError
            It does not answer, or refuses.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._posted({"model": self.model, **body})
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in RETRIED or attempt == ATTEMPTS - 1:
                    raise self.refused(error.code) from error
                pause = _stated_pause(error)
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPTS - 1:
                    raise self.away() from error
                pause = None
            growing = FIRST_PAUSE_SECONDS * 2**attempt
            time.sleep(min(LONGEST_PAUSE_SECONDS, growing if pause is None else pause))
        raise self.away()

    def odd(self, found: str, *, kind: str) -> ModelError:
        """Say that the answer was not of the kind asked for.

        Parameters
        ----------
        found : str
            What the answer was instead.
        kind : str
            What the model should be: "an embedding model".
        """
        return ModelError(
            f"the {self.service.name} endpoint {self.url} gave {found}",
            mend=f"Check that the URL is an OpenAI-compatible {self.service.name} endpoint and "
            f"that {self.model} is {kind}",
        )

    def _posted(self, body: Mapping[str, object]) -> bytes:
        headers = {"Content-Type": "application/json"}
        key = os.environ.get(self.service.key_variable)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(  # noqa: S310 - only http and https URLs come here
            self.url, data=json.dumps(body).encode(), headers=headers, method="POST"
        )
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if self.local:
            handlers.append(urllib.request.ProxyHandler({}))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return cast(bytes, answer.read())

    def away(self) -> ModelError:
        """Say that the endpoint does not answer."""
        return ModelError(
            f"the {self.service.name} endpoint {self.url} does not answer",
            mend="Start it, or mend the URL",
        )

    def refused(self, code: int) -> ModelError:
        """Say that the endpoint refused, and what to do about this status."""
        variable = self.service.key_variable
        mend = {
            401: f"Set {variable} to the endpoint's key",
            403: f"Set {variable} to a key that may use this model",
            404: f"Check the URL, and that the endpoint has a model called {self.model}",
        }.get(code, "Look at the endpoint's own log")
        return ModelError(
            f"the {self.service.name} endpoint {self.url} refused with status {code}", mend=mend
        )


def _check_remote(parts: SplitResult, service: Service) -> None:
    variable = service.allow_variable
    if variable is None or os.environ.get(variable) != "1":
        allowed = (
            f", or set {variable}=1 if your patients' consent and your contract with the provider "
            f"allow sending {service.sent} there"
            if variable is not None
            else ""
        )
        raise UsageError(
            f"{parts.hostname} is not this machine, and transcripts are health data",
            mend=f"Use an endpoint on this machine{allowed}",
            field=service.option,
        )
    if parts.scheme != "https":
        raise UsageError(
            "texts would travel unencrypted",
            mend="Use an https URL for an endpoint that is not on this machine",
            field=service.option,
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _stated_pause(error: urllib.error.HTTPError) -> float | None:
    """Read how many seconds the endpoint asks to wait."""
    try:
        return max(0.0, float(error.headers.get("Retry-After", "")))
    except ValueError:
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: an endpoint on this machine must not send texts elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None
