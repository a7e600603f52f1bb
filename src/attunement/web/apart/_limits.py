"""How much a process may take."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass

_NICE = 10
_PARENT_DEATH = 1
_KILL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a process may take before it is ended.

    Attributes
    ----------
    memory_bytes : int or None
        Of address space; None for our own statistics, whose drawing reserves far more than it
        uses.
    seconds : float
        Of the processor, and that are waited for it.
    written_bytes : int
        The largest file it may write.
    message_bytes : int
        The longest line it may say.
    """

    memory_bytes: int | None = 2 * 2**30
    seconds: float = 600.0
    written_bytes: int = 512 * 2**20
    message_bytes: int = 128 * 2**20


def set_limits(limits: Limits) -> None:
    """Put this process under its limits, behind the service, and end it with its parent."""
    with suppress(OSError):
        os.nice(_NICE)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH, _KILL, 0, 0, 0)
    if sys.platform == "win32":
        return
    import resource

    seconds = max(1, int(limits.seconds))
    for which, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.written_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        if most is None:
            continue
        _, allowed = resource.getrlimit(which)
        bounded = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (bounded, bounded))
