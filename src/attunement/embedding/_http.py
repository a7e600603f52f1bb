"""Posting texts to an OpenAI-compatible embeddings endpoint, patiently and nowhere else."""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import cast

import numpy as np

from attunement.embedding._encoder import Vectors
from attunement.embedding._texts import unit
from attunement.errors import ModelError

KEY_VARIABLE = "ATTUNEMENT_EMBEDDINGS_KEY"
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
TIMEOUT_SECONDS = 60
RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where texts are posted.

    Attributes
    ----------
    url : str
        The full URL, ending in /embeddings.
    model : str
        The model asked for.
    local : bool
        Whether it is on this machine; proxies are then not used.
    """

    url: str
    model: str
    local: bool

    def ask(self, texts: list[str]) -> Vectors:
        """Embed one batch; if the endpoint is busy or away, ask again after growing pauses.

        Returns
        -------
        numpy.ndarray
            float32 of shape (texts, the model's dimension), rows of unit norm.

        Raises
        ------
        ModelError
            It does not answer, refuses, or answers with something else than vectors.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._vectors(self._post(texts), count=len(texts))
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in RETRIED or attempt == ATTEMPTS - 1:
                    raise self._refused(error.code) from error
                pause = _stated_pause(error)
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPTS - 1:
                    raise self._away() from error
                pause = None
            growing = FIRST_PAUSE_SECONDS * 2**attempt
            time.sleep(min(LONGEST_PAUSE_SECONDS, growing if pause is None else pause))
        raise self._away()

    def _post(self, texts: list[str]) -> bytes:
        body = {"model": self.model, "input": texts, "encoding_format": "float"}
        headers = {"Content-Type": "application/json"}
        key = os.environ.get(KEY_VARIABLE)
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

    def _vectors(self, answer: bytes, *, count: int) -> Vectors:
        try:
            data = sorted(json.loads(answer)["data"], key=lambda entry: int(entry["index"]))
            vectors = np.array([entry["embedding"] for entry in data], dtype=np.float32)
        except (ValueError, TypeError, KeyError) as error:
            raise self._odd("something that is not a list of embeddings") from error
        if vectors.ndim != 2 or len(vectors) != count:
            raise self._odd(f"{len(vectors)} vectors for {count} texts")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise self._odd("vectors that are zero or not finite")
        return unit(vectors)

    def _odd(self, found: str) -> ModelError:
        return ModelError(
            f"the embeddings endpoint {self.url} gave {found}",
            mend="Check that the URL is an OpenAI-compatible embeddings endpoint and that "
            f"{self.model} is an embedding model",
        )

    def _away(self) -> ModelError:
        return ModelError(
            f"the embeddings endpoint {self.url} does not answer",
            mend="Start it, or mend the URL",
        )

    def _refused(self, code: int) -> ModelError:
        mend = {
            401: f"Set {KEY_VARIABLE} to the endpoint's key",
            403: f"Set {KEY_VARIABLE} to a key that may use this model",
            404: f"Check the URL, and that the endpoint has a model called {self.model}",
        }.get(code, "Look at the endpoint's own log")
        return ModelError(
            f"the embeddings endpoint {self.url} refused with status {code}", mend=mend
        )


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
