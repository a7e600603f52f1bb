"""The `attunement` command: its subcommands, and how every failure is told."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from attunement import __version__
from attunement.cli import (
    _analyze,
    _audit,
    _check,
    _data,
    _demo,
    _doctor,
    _estimate,
    _fit,
    _gap,
    _markers,
    _models,
    _questionnaires,
    _rate,
    _score,
    _serve,
    _topics,
    _users,
    _validate,
    _watch,
)
from attunement.cli._stopping import STOPPED, cleaning_up_when_stopped
from attunement.errors import AttunementError

SERVICE = "serve"
"""It is told to stop in ways of its own: it finishes what it has begun."""

app = typer.Typer(
    name="attunement",
    help="Turn-level working alliance from psychotherapy transcripts, and the gap between the "
    "two sides' views of it. Everything runs on this machine.",
    epilog="A supervision and research aid: not a diagnostic device, not a suicide-risk "
    "assessment. Exit codes: 0 fine, 1 problems in the data, 2 wrong use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo")(_demo.demo)
app.command("analyze")(_analyze.analyze)
app.command("score")(_score.score)
app.command("gap")(_gap.gap)
app.command("markers")(_markers.markers)
app.command("topics")(_topics.topics)
app.command("rate")(_rate.rate)
app.command("validate")(_validate.validate)
app.command("fit")(_fit.fit)
app.command("estimate")(_estimate.estimate)
app.command("audit")(_audit.audit)
app.command("watch")(_watch.watch)
app.command(SERVICE)(_serve.serve)
app.add_typer(_users.app, name="users")
app.add_typer(_data.app, name="data")
app.command("questionnaires")(_questionnaires.questionnaires)
app.command("check")(_check.check)
app.add_typer(_models.app, name="models")
app.command("doctor")(_doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"attunement {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""
    if context.invoked_subcommand != SERVICE:
        context.with_resource(cleaning_up_when_stopped())


def main() -> None:
    """Run the command line; tell every failure in one message and the right exit code."""
    try:
        app()
    except AttunementError as error:
        typer.echo(f"attunement: {error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as exit_:
        if exit_.code in STOPPED:
            typer.echo(
                "attunement: stopped. Nothing was half-written, and what was embedded or answered "
                "is kept: run the command again to go on.",
                err=True,
            )
        raise
