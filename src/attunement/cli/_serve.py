"""`attunement serve`: the dashboard and the API, on this machine or for an organisation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement.cli._web import needs_web


def serve(
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where to listen; 127.0.0.1 unless given."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="8000 unless given; 0 takes a free one."),
    ] = None,
    public: Annotated[
        bool | None,
        typer.Option(
            "--public",
            help="For an organisation, behind TLS: needs a master key and the names it is "
            "reached by (see docs/settings.md).",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to keep database, key and uploads."),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the link in a browser.")
    ] = True,
) -> None:
    """Serve the dashboard and the API; for you alone on this machine unless --public."""
    import os

    with needs_web():
        from attunement.web._serving import run
        from attunement.web._settings import read_settings

    settings = read_settings(os.environ, public=public, host=host, port=port, data_folder=data)
    run(settings, say=lambda words: typer.echo(words, err=True), open_browser=open_browser)
