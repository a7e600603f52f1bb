"""`attunement doctor`: what this machine has, and what to do about what is missing."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from attunement.cli._options import Json

LIBRARIES = ("polars", "pyarrow", "numpy", "onnxruntime", "onnx", "tokenizers", "altair", "typer")
FORMATS = {
    "webvtt-py": "WebVTT",
    "srt": "SRT",
    "python-docx": "DOCX",
    "fastexcel": "XLSX",
}


def doctor(as_json: Json = False) -> None:
    """Say what is installed and whether the model is ready. Exit code 1 if something is missing."""
    import os
    import platform

    from attunement import __version__
    from attunement.embedding import cache_folder
    from attunement.embedding.models import verify

    models = verify()
    default = next(state for state in models if state.default)
    formats = {words: _version(name) for name, words in FORMATS.items()}
    cache = cache_folder()
    found: dict[str, object] = {
        "attunement": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        **{name: _version(name) for name in LIBRARIES},
        "default model": "ready" if default.problem is None else "not ready",
        "cache": str(cache),
        "cache size": _size(cache),
        **formats,
    }
    mends = [state.problem for state in models if state.problem is not None]
    missing = [words for words, installed in formats.items() if installed is None]
    if missing:
        mends.append(
            f"To read {', '.join(missing)}: pip install 'attunement[formats]'. "
            "Every other format works without."
        )
    if as_json:
        typer.echo(json.dumps({"found": found, "to do": mends}, indent=2))
    else:
        width = max(map(len, found))
        for name, value in found.items():
            typer.echo(f"{name:<{width}}  {value if value is not None else 'not installed'}")
        typer.echo("\n".join(["", *mends]) if mends else "\nEverything is in place.")
    raise typer.Exit(1 if mends else 0)


def _size(folder: Path) -> str:
    held = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return f"{held / 1e6:,.0f} MB"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
