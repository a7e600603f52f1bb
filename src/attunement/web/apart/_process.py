"""Starting a process, hearing what it says, and ending it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, Literal, TypeAlias

from attunement.web.apart._limits import Limits

Ending: TypeAlias = Literal["memory", "time", "fault"]
"""Why a process ended before it was done."""

_LOOK_SECONDS = 0.2
_HELD = 4
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "XDG_CACHE_HOME", "SYSTEMROOT")


class EndedError(Exception):
    """A process ended before it was done.

    Parameters
    ----------
    ending : {"memory", "time", "fault"}
        Why.
    kind : str, optional
        The type of the error it ended with.
    """

    def __init__(self, ending: Ending, kind: str = "") -> None:
        super().__init__(f"a process apart ended: {ending} {kind}".rstrip())
        self.ending = ending


class StoppedError(Exception):
    """The work was asked to stop."""


def messages_from(
    module: str,
    request: Mapping[str, Any],
    *,
    limits: Limits,
    stop: threading.Event | None = None,
) -> Iterator[dict[str, Any]]:
    """Run a module of this package in a process of its own and give what it says.

    The process inherits no key and no secret: its environment is a few names. It is ended when
    the iteration is left, however that happens.

    Parameters
    ----------
    module : str
        Run with ``python -m``; see `_child.answer`.
    request : mapping
        JSON, given on standard input.
    limits : Limits
        What it may take.
    stop : threading.Event, optional
        Ends it when set.

    Yields
    ------
    dict
        One a line.

    Raises
    ------
    EndedError
        It took too much, or failed.
    StoppedError
        `stop` was set.
    """
    process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
        [sys.executable, "-I", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        close_fds=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=_HELD)
    leave = threading.Event()
    threads = [
        threading.Thread(
            target=_ask, args=(process.stdin, {"limits": asdict(limits), **request}), daemon=True
        ),
        threading.Thread(
            target=_listen, args=(process.stdout, lines, limits.message_bytes, leave), daemon=True
        ),
    ]
    try:
        for thread in threads:
            thread.start()
        finished = False
        left = limits.seconds
        while True:
            line, left = _next(lines, left=left, stop=stop)
            if line is None:
                break
            message = _read(line)
            if "fault" in message:
                kind = message["fault"]
                raise EndedError("memory" if kind == "MemoryError" else "fault", kind)
            if message.get("finished"):
                finished = True
                break
            yield message
        if not finished:
            raise EndedError(_ending(process))
    finally:
        leave.set()
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        process.stdout.close()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # More threads would not help, and each takes address space.
    single = dict.fromkeys(("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    return {**kept, **single, "PYTHONHASHSEED": "0"}


def _ask(stream: IO[bytes], request: Mapping[str, Any]) -> None:
    with suppress(OSError, ValueError), stream:
        stream.write(json.dumps(request, ensure_ascii=True).encode())


def _listen(
    stream: IO[bytes], lines: queue.Queue[bytes | None], most: int, leave: threading.Event
) -> None:
    """Put each whole line where it is waited for, and None at the end or behind a line too long."""
    line: bytes | None = b""
    while line is not None:
        try:
            read = stream.readline(most + 1)
        except (OSError, ValueError):
            read = b""
        line = read if read.endswith(b"\n") else None
        while not leave.is_set():
            with suppress(queue.Full):
                lines.put(line, timeout=_LOOK_SECONDS)
                break
        if leave.is_set():
            return


def _next(
    lines: queue.Queue[bytes | None], *, left: float, stop: threading.Event | None
) -> tuple[bytes | None, float]:
    """Wait for a line, and give how long may still be waited: what is done between is not it."""
    began = time.monotonic()
    while True:
        if stop is not None and stop.is_set():
            raise StoppedError
        waited = time.monotonic() - began
        if waited > left:
            raise EndedError("time")
        with suppress(queue.Empty):
            return lines.get(timeout=_LOOK_SECONDS), left - waited


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise EndedError("fault") from error
    if not isinstance(message, dict):
        raise EndedError("fault")
    return message


def _ending(process: subprocess.Popen[bytes]) -> Ending:
    """Tell why a process said no more."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "fault"
    if sys.platform != "win32" and code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "time" if code == -signal.SIGXCPU else "memory"
    # Libraries in Rust and C++ abort when they are refused memory.
    return "memory" if sys.platform != "win32" and code == -signal.SIGABRT else "fault"
