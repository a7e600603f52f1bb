"""The inside of a process apart: a request comes in, messages go out, a line each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attunement.web.apart._limits import Limits, set_limits


def answer(work: Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]]) -> None:
    """Set the limits, read the request, and say what the work gives.

    Parameters
    ----------
    work : callable
        From the request to messages.
    """
    said = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Nothing that a library prints may be taken for a message.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = json.loads(sys.stdin.buffer.read())
    set_limits(Limits(**request["limits"]))
    try:
        for message in work(request):
            _say(said, message)
        _say(said, {"finished": True})
    except Exception as error:
        _say(said, {"fault": type(error).__name__})


def _say(said: Any, message: Mapping[str, Any]) -> None:  # noqa: ANN401 (a binary stream)
    said.write(json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
    said.flush()
