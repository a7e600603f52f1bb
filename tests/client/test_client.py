"""The client against the real service, and against connections that break."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.web.serving import Program, Served
from tests.web.sessions.talk import LINES

from attunement.client import (
    AsyncAttunement,
    Attunement,
    ConflictError,
    InvalidError,
    LiveSession,
    NotAllowedError,
    NotFoundError,
    UnreachableError,
    UnreadableError,
)
from attunement.client import _sending as sending
from attunement.errors import UsageError
from attunement.wire import NewTurn, SessionClosed, TurnHeard

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "companion.py"


@pytest.fixture
def service(served: Served, program: Program) -> Iterator[Attunement]:
    with Attunement(served.address, key=program.key) as client:
        yield client


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_FIRST_PAUSE_SECONDS", 0.01)


def test_turns_are_numbered_and_states_come_back(service: Attunement) -> None:
    session = service.create_session("P-017", label="first", condition="anxiety", number=3)
    states = [session.post_turn("therapist", LINES[0]), session.post_turn("patient", LINES[1])]
    assert [one.turn for one in states] == [0, 1]
    assert states[1].patient.alliance is not None
    assert session.next_number == 2
    now = session.state()
    assert now.state == states[1]
    assert [one.text for one in session.turns()] == list(LINES[:2])
    assert (session.told.label, session.told.condition, session.told.number) == (
        "first",
        "anxiety",
        3,
    )
    assert session.close().status == "closed"
    assert [one.id for one in service.sessions()] == [session.id]
    assert service.session(session.id).next_number == 2


def test_more_turns_than_a_page_holds_are_read(service: Attunement) -> None:
    session = service.create_session("P-017")
    for number in range(105):
        session.post_turn("other", f"line {number}")
    assert [one.number for one in session.turns()] == list(range(105))
    assert [one.number for one in session.turns(after=98)] == list(range(99, 105))


def test_a_stream_gives_turns_and_the_end(service: Attunement, served: Served) -> None:
    session = service.create_session("P-017")
    session.post_turn("therapist", LINES[0])
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(list, session.stream())
        session.post_turn("patient", 'Two\nlines, \u2028a "separator" and 🫶')
        session.close()
        messages = told.result(timeout=20)
    heard = [one.turn.number for one in messages if isinstance(one, TurnHeard)]
    assert heard == [0, 1]
    assert isinstance(messages[-1], SessionClosed)


def test_alarms_ratings_and_comparison(service: Attunement) -> None:
    session = service.create_session("P-017")
    for number in range(10):
        session.post_turn(("therapist", "patient")[number % 2], LINES[number])
    (alarm,) = service.alarms(session_id=session.id)
    assert alarm.turn == 9
    assert session.state().signal.about == alarm.kind
    assert service.see_alarm(alarm.id).seen_at is not None
    assert list(service.alarms(session_id=session.id)) == []
    session.rate("therapist", "WAI-SR", {"task": 4.0})
    assert [one.value for one in session.ratings().ratings] == [4.0]
    assert session.comparison().missing is not None


def test_uploads_are_read(service: Attunement, tmp_path: Path) -> None:
    transcript = tmp_path / "session.txt"
    transcript.write_text("\n".join(f"{'TP'[n % 2]}: {LINES[n]}" for n in range(6)))
    job = service.wait(service.upload([transcript], patient_code="P-050").id, seconds=60)
    assert (job.status, job.kind) == ("done", "upload"), job.message
    (session,) = service.sessions()
    assert (session.patient, session.n_turns) == ("P-050", 6)


def test_the_asynchronous_client_does_the_same(
    served: Served, program: Program, tmp_path: Path
) -> None:
    async def talk() -> None:
        async with AsyncAttunement(served.address, key=program.key) as service:
            session = await service.create_session(
                "P-017", held_at=datetime(2026, 3, 1, 10, tzinfo=UTC)
            )
            following = asyncio.create_task(_all(session.stream()))
            for number in range(10):
                role = "patient" if number % 2 else "therapist"
                state = await session.post_turn(role, LINES[number])  # type: ignore[arg-type]
                assert state.turn == number
            assert (await session.state()).signal.about == "confrontation"
            assert len([one async for one in session.turns()]) == 10
            (alarm,) = [one async for one in service.alarms()]
            assert (await service.see_alarm(alarm.id)).seen_at is not None
            await session.rate("patient", "SRS", {"alliance": 30})
            assert len((await session.ratings()).ratings) == 1
            assert (await session.comparison()).missing is not None
            assert (await session.refresh()).n_turns == 10
            await session.close()
            assert len(await asyncio.wait_for(following, 20)) == 11
            assert [one.id async for one in service.sessions(status="closed")] == [session.id]
            with pytest.raises(NotFoundError):
                await service.session("0" * 32)
            with pytest.raises(ConflictError):
                await session.post_turn("patient", "too late")
            transcript = tmp_path / "session.txt"
            transcript.write_text("T: Hello.\nP: Hello.\nT: So.\nP: Yes.\n")
            job = await service.upload([transcript])
            assert (await service.wait(job.id, seconds=60)).status == "done"

    asyncio.run(talk())


async def _all(stream: object) -> list[object]:
    return [one async for one in stream]  # type: ignore[attr-defined]


def test_refusals_say_what_is_wrong_and_how_to_mend_it(service: Attunement, served: Served) -> None:
    session = service.create_session("P-017")
    session.post_turn("patient", LINES[1])
    with pytest.raises(ConflictError) as conflict:
        session.post(NewTurn(turn_id="x", number=7, role="patient", text="secret words"))
    assert (conflict.value.expected, conflict.value.status) == (1, 409)
    assert "Post turn 1 next" in str(conflict.value)
    assert "secret" not in str(conflict.value)
    with pytest.raises(InvalidError, match="20001 characters"):
        session.post_turn("patient", "x" * 20_001)
    assert session.post_turn("therapist", LINES[2]).turn == 1
    with pytest.raises(NotFoundError):
        service.session("0" * 32)
    with (
        Attunement(served.address, key="attn_wrong") as stranger,
        pytest.raises(NotAllowedError, match="key is not valid"),
    ):
        list(stranger.sessions())


def test_a_sender_who_was_overtaken_goes_on_after_asking(service: Attunement) -> None:
    session = service.create_session("P-017")
    other = service.session(session.id)
    other.post_turn("therapist", LINES[0])
    with pytest.raises(ConflictError):
        session.post_turn("therapist", LINES[0])
    assert session.refresh().n_turns == 1
    assert session.post_turn("patient", LINES[1]).turn == 1


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:8000/", True),
        ("https://attunement.example.org", True),
        ("http://attunement.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://10.0.0.7:8000", False),
        ("ftp://127.0.0.1", False),
        ("127.0.0.1:8000", False),
        ("", False),
    ],
)
def test_what_patients_say_does_not_travel_in_the_clear(address: str, allowed: bool) -> None:
    if allowed:
        Attunement(address, key="k").close()
    else:
        with pytest.raises(UsageError):
            Attunement(address, key="k")
        with pytest.raises(UsageError):
            AsyncAttunement(address, key="k")
    Attunement("http://attunement.example.org", key="k", allow_http=True).close()


def test_the_key_comes_from_the_environment_and_is_not_shown(
    served: Served, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNEMENT_SERVICE_KEY", program.key)
    with Attunement(served.address) as service:
        assert list(service.sessions()) == []
        assert program.key not in repr(vars(service))


def test_a_service_that_is_not_there_is_one_clear_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        Attunement(f"http://127.0.0.1:{port}", key="k") as service,
        pytest.raises(UnreachableError, match="attunement serve"),
    ):
        service.create_session("P")


def test_something_else_that_answers_is_one_clear_error() -> None:
    with (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") as address,
        Attunement(address, key="k") as service,
        pytest.raises(UnreadableError),
    ):
        service.session("0" * 32)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that says one thing to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def breaking(to: str, bytes_back: list[int]) -> Iterator[tuple[str, list[int]]]:
    """A line to the service that breaks: before the answer comes, or in the middle of it.

    Parameters
    ----------
    to : str
        The service's address.
    bytes_back : list of int
        How many bytes of the answers each connection lets through before it breaks; later
        connections do not break.

    Yields
    ------
    str
        The line's address.
    list of int
        What each connection let through.
    """
    limits = iter(bytes_back)
    through: list[int] = []
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    through.append(0)
                    threads.append(
                        threading.Thread(
                            target=connect, args=(near, next(limits, None), len(through) - 1)
                        )
                    )
                    threads[-1].start()

        def connect(near: socket.socket, limit: int | None, which: int) -> None:
            far = socket.create_connection(("127.0.0.1", int(to.rpartition(":")[2])))
            with near, far:
                there = threading.Thread(target=carry, args=(near, far, None, None))
                there.start()
                carry(far, near, limit, which)
                there.join()

        def carry(
            source: socket.socket, sink: socket.socket, most: int | None, which: int | None
        ) -> None:
            passed = 0
            with suppress(OSError):
                while data := source.recv(4096):
                    data = data if most is None else data[: most - passed]
                    sink.sendall(data)
                    passed += len(data)
                    if which is not None:
                        through[which] = passed
                    if passed == most:
                        break
            for one in (source, sink):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

        accepting = threading.Thread(target=serve)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", through
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join(timeout=10)
            for thread in threads:
                thread.join(timeout=10)


@pytest.mark.parametrize("bytes_back", [0, 100])
def test_a_turn_whose_answer_was_lost_is_sent_again_and_is_one_turn(
    service: Attunement, served: Served, program: Program, bytes_back: int
) -> None:
    session = service.create_session("P-017")
    with breaking(served.address, [bytes_back] * 3) as (address, through):
        with Attunement(address, key=program.key) as unlucky:
            again = LiveSession(unlucky, session.told)
            assert again.post_turn("patient", LINES[1]).turn == 0
            assert again.post_turn("therapist", LINES[2]).turn == 1
        assert through[:3] == [bytes_back] * 3
    assert len(through) == 4
    assert [one.text for one in session.turns()] == [LINES[1], LINES[2]]


def test_a_session_is_not_begun_twice_when_the_answer_was_lost(
    service: Attunement, served: Served, program: Program
) -> None:
    with (
        breaking(served.address, [0]) as (address, _),
        Attunement(address, key=program.key) as unlucky,
        pytest.raises(UnreachableError),
    ):
        unlucky.create_session("P-017")
    assert len(list(service.sessions())) == 1


@pytest.mark.parametrize("bytes_back", [200, 2000, 3500])
def test_a_stream_that_breaks_is_taken_up_without_hole_or_repeat(
    service: Attunement, served: Served, program: Program, bytes_back: int
) -> None:
    session = service.create_session("P-017")
    for number in range(12):
        session.post_turn("other", f"line {number}")
    session.close()
    with breaking(served.address, [bytes_back] * 2) as (address, through):
        with Attunement(address, key=program.key) as unlucky:
            messages = list(unlucky.follow(session.id))
        assert through[:2] == [bytes_back] * 2
    assert [one.turn.number for one in messages if isinstance(one, TurnHeard)] == list(range(12))
    assert isinstance(messages[-1], SessionClosed)
    assert len(through) == 3


def test_the_example_companion_hears_the_signal_and_checks_in(
    served: Served, program: Program
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--scripted", "--address", served.address],
        env={**os.environ, "ATTUNEMENT_SERVICE_KEY": program.key},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    complaint = said.index("> You are not listening to me. This is not helping me at all.")
    assert said[complaint + 1].startswith("  [At turn 8 the patient's words speak of something")
    assert said[complaint + 2].startswith("Let me stop for a moment.")
    assert not any(line.startswith("  [") for line in said[:complaint])
    with Attunement(served.address, key=program.key) as service:
        (session,) = service.sessions()
        assert (session.n_turns, session.status) == (14, "closed")


def test_the_example_hands_words_about_not_wanting_to_live_over_and_goes_on(
    served: Served, program: Program
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--address", served.address],
        input="The walk was nice.\nThere is no point in going on living any more.\nYes.\n",
        env={**os.environ, "ATTUNEMENT_SERVICE_KEY": program.key},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("What you just wrote matters") == 1
    assert "Read that turn itself" in done.stdout
    assert "Let me stop for a moment" not in done.stdout


def test_the_example_without_key_is_one_clear_error(served: Served) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name != "ATTUNEMENT_SERVICE_KEY"
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--scripted", "--address", served.address],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: You are not logged in, or the key is not valid")
    assert "Traceback" not in done.stderr
