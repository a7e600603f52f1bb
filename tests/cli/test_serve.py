"""`attunement serve` and `attunement users`, as somebody runs them."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from tests.cli.conftest import Tell

PASSWORD = "slow green tram"
KIM = ("--email", "kim@example.org", "--name", "Kim Example", "--organisation", "Elm Street")


Typed: TypeAlias = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Have a line stand on standard input."""

    @contextmanager
    def line(text: str) -> Iterator[None]:
        path = tmp_path / "typed"
        path.write_text(f"{text}\n")
        with path.open() as stdin, monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stdin)
            yield

    return line


@contextmanager
def serving(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the service on a free port, and give what it said until it was ready."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "attunement.cli", "serve"),
            *("--no-open", "--port", "0", "--data", str(data), *options),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if "/links/" in line:
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


def test_one_user_on_this_machine_gets_in_at_once_by_a_link_that_works_once(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as (process, said):
        link = re.search(r"http://127\.0\.0\.1:\d+/links/\S+", said)
        assert link is not None, said
        with httpx.Client(follow_redirects=True) as you:
            first = you.get(link[0])
            assert first.status_code == 200
            me = you.get(str(first.url.join("/api/v1/me"))).json()
            assert (me["role"], me["name"]) == ("admin", "You")
            assert you.get(link[0]).status_code == 404
            rebound = you.get(str(first.url), headers={"Host": "evil.example"})
            assert rebound.status_code == 400
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        rest = process.stderr.read()
        assert "Traceback" not in rest
        assert "service.stopped" in rest
        assert link[0].rpartition("/")[2] not in rest, "the journal has no addresses"
        assert process.wait(30) == 0
    folder = tmp_path / "data"
    assert folder.stat().st_mode & 0o077 == 0
    for name in ("master.key", "attunement.db"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_a_public_service_does_not_start_without_a_key_or_a_name(tell: Tell) -> None:
    tell("serve", "--public").is_one_line("ATTUNEMENT_KEY_FILE", code=2)


def test_it_is_open_to_a_network_in_public_only(tell: Tell) -> None:
    tell("serve", "--host", "0.0.0.0").is_one_line("--public", "ATTUNEMENT_HOST", code=2)


def test_a_port_that_is_taken_is_one_clear_line(tell: Tell, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = tell("serve", "--port", port, "--data", tmp_path, "--no-open")
        told.is_one_line(port, "--port", code=2)


def test_the_first_admin_is_added_with_a_password_from_standard_input(
    tell: Tell, tmp_path: Path, typed: Typed
) -> None:
    with typed(PASSWORD):
        added = tell("users", "add", "--data", tmp_path, *KIM, "--admin", "--password-stdin")
    assert added.code == 0, added.err
    rows = rows_of(tmp_path)
    assert [(row["email"], row["role"]) for row in rows] == [("kim@example.org", "admin")]
    assert str(rows[0]["password_hash"]).startswith("$argon2id$")
    assert PASSWORD.encode() not in (tmp_path / "attunement.db").read_bytes()

    with typed(PASSWORD):
        again = tell("users", "add", "--data", tmp_path, *KIM, "--password-stdin")
    again.is_one_line("there is an account with this address", code=2)
    assert len(rows_of(tmp_path)) == 1


@pytest.mark.parametrize(
    ("options", "password", "named"),
    [
        (("--password-stdin",), "password1234", "guessed"),
        (("--password-stdin",), "", "12 characters"),
        ((), "", "--password-stdin"),
    ],
)
def test_a_password_that_will_not_do_adds_nobody(
    tell: Tell,
    tmp_path: Path,
    typed: Typed,
    options: tuple[str, ...],
    password: str,
    named: str,
) -> None:
    with typed(password):
        told = tell("users", "add", "--data", tmp_path, *KIM, *options)
    told.is_one_line(named, code=2)
    assert password == "" or password not in told.err
    assert not (tmp_path / "attunement.db").exists() or rows_of(tmp_path) == []


def test_a_link_is_printed_for_who_forgot_and_the_old_password_is_gone(
    tell: Tell, tmp_path: Path, typed: Typed
) -> None:
    with typed(PASSWORD):
        assert tell("users", "add", "--data", tmp_path, *KIM, "--password-stdin").code == 0
    told = tell("users", "link", "Kim@example.org", "--data", tmp_path)
    assert told.code == 0
    assert re.search(r"/links/[\w-]{43}$", told.out, re.M)
    assert rows_of(tmp_path)[0]["password_hash"] is None
    listed = tell("users", "list", "--data", tmp_path)
    assert listed.out == "Elm Street\ttherapist\tkim@example.org\tKim Example\n"
    tell("users", "link", "nobody@example.org", "--data", tmp_path).is_one_line("users add", code=2)


@pytest.mark.parametrize(
    ("option", "value"), [("--email", "no address"), ("--name", "two\nlines"), ("--name", "")]
)
def test_what_is_no_name_or_address_adds_nobody(
    tell: Tell, tmp_path: Path, option: str, value: str
) -> None:
    told = tell("users", "add", "--data", tmp_path, *KIM, "--link", option, value)
    told.is_one_line(option, code=2)


def rows_of(data: Path) -> list[sqlite3.Row]:
    with sqlite3.connect(data / "attunement.db") as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM users").fetchall()
    connection.close()
    return found
