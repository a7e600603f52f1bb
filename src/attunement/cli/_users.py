"""`attunement users`: who is let into a server, from the machine it runs on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from attunement.cli._web import needs_web
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.web.storage import Database, Vault

app = typer.Typer(
    help="Let people into a server, from the machine it runs on.", no_args_is_help=True
)

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="The service's folder, as `serve` has it."),
]


@app.command("add")
def add(
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="To log in with.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What others know them by.")],
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Theirs; it is made if there is none.")
    ],
    role: Annotated[
        Literal["admin", "supervisor", "therapist"],
        typer.Option(help="What they may do."),
    ] = "therapist",
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link to set the password with instead.")
    ] = False,
    data: Data = None,
) -> None:
    """Add somebody; the first admin of a server is added like this."""
    with needs_web():
        from pydantic import TypeAdapter, ValidationError

        from attunement.web._problems import Problem
        from attunement.web.accounts import add_person
        from attunement.wire import Email, OneLine

    for kind, value, option in (
        (Email, email, "--email"),
        (OneLine, name, "--name"),
        (OneLine, organisation, "--organisation"),
    ):
        try:
            TypeAdapter(kind).validate_python(value)
        except ValidationError:
            raise UsageError(
                "this is not what is expected",
                mend="Give one line: an address such as kim@example.org, or a name",
                field=option,
            ) from None
    password = None if link else _password(from_stdin=password_stdin)
    with _storage(data) as (database, vault):
        try:
            token = add_person(
                database,
                vault,
                organisation=organisation,
                email=email,
                name=name,
                role="admin" if admin else role,
                password=password,
            )
        except Problem as problem:
            raise UsageError(
                problem.detail.rstrip("."), mend=(problem.mend or "").rstrip("."), field="password"
            ) from None
    if token is not None:
        _print_link(token)
    else:
        typer.echo("Added. They can log in now.")


@app.command("link")
def link(
    email: Annotated[str, typer.Argument(metavar="ADDRESS", help="What they log in with.")],
    data: Data = None,
) -> None:
    """Print a link to set a new password with; the old one opens nothing any more."""
    with needs_web():
        from attunement.web.accounts import link_for_person

    with _storage(data) as (database, vault):
        _print_link(link_for_person(database, vault, email=email))


@app.command("list")
def list_all(data: Data = None) -> None:
    """List everybody who has an account, organisation by organisation."""
    with needs_web():
        from attunement.web.accounts import everybody

    with _storage(data) as (database, _vault):
        for organisation, user in everybody(database):
            state = "" if user.active else "\tnot let in"
            typer.echo(f"{organisation.name}\t{user.role}\t{user.email}\t{user.name}{state}")


@contextmanager
def _storage(data: Path | None) -> Iterator[tuple[Database, Vault]]:
    with needs_web():
        from attunement.web._service import open_storage
        from attunement.web._settings import read_settings

    database, vault = open_storage(read_settings(os.environ, data_folder=data))
    try:
        yield database, vault
    finally:
        database.close()


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(
            "there is nobody to ask for a password",
            mend="Give it on standard input with --password-stdin, or ask for a --link",
            field="--password-stdin",
        )
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _print_link(token: str) -> None:
    typer.echo(
        f"Open this address at the service, within 72 hours; it works once:\n  /links/{token}"
    )
