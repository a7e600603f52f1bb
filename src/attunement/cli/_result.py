"""What a command prints on standard output when it is done: plain words, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

import typer


def print_result(result: Mapping[str, object], *, as_json: bool) -> None:
    """Print a flat result: `name: value` lines, or one JSON object."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    width = max(map(len, result))
    for name, value in result.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        for line in shown if isinstance(shown, list) else [shown]:
            typer.echo(f"{name:<{width}}  {line}")
            name = ""
