"""A command that is told to end removes what it was writing, as after Ctrl-C."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What a scheduler, a container, a machine going down or a terminal that closes sends."""

_AT_ONCE_SECONDS = 5.0

STOPPED = {130, *(128 + number for number in _ENDING)}
"""Exit codes of a command that was told to end; 130 is typer's after Ctrl-C, as shells have it."""


@contextmanager
def cleaning_up_when_stopped() -> Iterator[None]:
    """Let the signals that end a process unwind it while the block runs.

    A signal that is ignored, as `nohup` has it, stays ignored. One that follows another at once, as
    some schedulers send them, does not disturb the cleaning up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = [one for one in _ENDING if signal.getsignal(one) is signal.SIG_DFL]
    told = -math.inf

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal told
        before, told = told, monotonic()
        if told - before > _AT_ONCE_SECONDS:
            raise SystemExit(128 + number)

    for one in caught:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in caught:
            signal.signal(one, signal.SIG_DFL)
