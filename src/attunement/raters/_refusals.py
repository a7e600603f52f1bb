"""What an endpoint's refusal of a question means, read from its status and its own words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time

from attunement.endpoints import RETRIED, Endpoint
from attunement.errors import ModelError
from attunement.raters._reasons import Reason

_WORDS = 500
"""Characters of an error that are read: what comes after is what was sent."""

_TOO_LONG = re.compile(
    r"context[ _-](?:length|size|window)|maximum (?:model|context|input) length"
    r"|longer than the maximum|(?:prompt|input) is too long|too many (?:input )?tokens"
    r"|exceeds? .{0,40}\b(?:tokens|context)",
    re.IGNORECASE,
)
"""As OpenAI, llama.cpp, vLLM, Ollama and TGI put it."""

_FILTERED = re.compile(
    r"content[ _-](?:filter|policy|management policy)|safety system|responsible ?ai", re.IGNORECASE
)
_NO_SUCH_MODEL = re.compile(
    r"model_not_found"
    r"|\bmodel\b.{0,200}?(?:not found|does not exist|not exist|unknown|not available|not supported)"
    r"|(?:unknown|invalid|no such|not a valid) model",
    re.IGNORECASE | re.DOTALL,
)
_OURS = ("model", "messages", "temperature", "max_tokens", "seed", "response_format")
_NAMED_SETTING = re.compile(rf"\b({'|'.join(_OURS[2:])})\b")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one attempt gave no answer.

    Attributes
    ----------
    reason : Reason
        What the verdict says if no later attempt succeeds.
    again : bool
        Whether the question should be put again.
    pause : float, optional
        Seconds that the endpoint asks to wait before.
    """

    reason: Reason
    again: bool
    pause: float | None = None


def refusal(endpoint: Endpoint, *, status: int, words: str, retry_after: str | None) -> Refusal:
    """Say what a status that is no success means for the question.

    Parameters
    ----------
    endpoint : Endpoint
        Who answered.
    status : int
        With which status.
    words : str
        With which words; see `said`.
    retry_after : str, optional
        The header of that name.

    Raises
    ------
    ModelError
        No question can be answered: the key, the model, the URL or a setting is wrong.
    """
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise endpoint.refused(status)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise ModelError(
            f"the {endpoint.service.name} endpoint {endpoint.url} points to another address "
            f"(status {status}), and transcripts are not sent on",
            mend="Give the address where the endpoint really is",
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Refusal(Reason.RATE_LIMITED, again=True, pause=_seconds(retry_after))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or _TOO_LONG.search(words):
        return Refusal(Reason.CONTEXT_TOO_LONG, again=False)
    if _FILTERED.search(words):
        return Refusal(Reason.REFUSED, again=False)
    if status in RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refusal(Reason.SERVER_ERROR, again=True, pause=_seconds(retry_after))
    if status == HTTPStatus.NOT_FOUND or _NO_SUCH_MODEL.search(words):
        raise endpoint.refused(HTTPStatus.NOT_FOUND)
    named = _NAMED_SETTING.search(words)
    if named:
        raise ModelError(
            f"the {endpoint.service.name} endpoint {endpoint.url} refused with status {status}, "
            f"naming {named[1]}",
            mend=f"Choose another {named[1]}, or a model that takes it",
        )
    return Refusal(Reason.NOT_TAKEN, again=False)


def said(body: str) -> str:
    """Take out of an error's body what the endpoint itself says, as far as it can be told apart.

    Endpoints repeat what they were sent, which is a transcript: what is given is read for why the
    question was refused, and goes no further.
    """
    try:
        found = json.loads(body)
    except ValueError:
        return body[:_WORDS]
    error = found.get("error", found) if isinstance(found, dict) else found
    if not isinstance(error, dict):
        return str(error)[:_WORDS]
    parts = [error.get(name) for name in ("code", "type", "param", "message", "detail")]
    return " ".join(str(part)[:_WORDS] for part in parts if part is not None)


def _seconds(stated: str | None) -> float | None:
    """Read a Retry-After header: seconds, or a date."""
    if stated is None:
        return None
    try:
        return max(0.0, float(stated))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(stated).timestamp() - time())
    except ValueError:
        return None
