"""Turns over the wire: ordered, once each, on disk before they are acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from tests.web.serving import Program, Served, serving
from tests.web.sessions.talk import LINES, begin, post, turn

from attunement.live import Listener
from attunement.transcripts import Session, Turn
from attunement.web._settings import Settings
from attunement.web.sessions import STATE

TURNS = 5


@pytest.fixture
def http(served: Served, program: Program) -> Iterator[httpx.Client]:
    with program.http(served.address) as client:
        yield client


def stored(client: httpx.Client, session_id: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    after: int | None = -1
    while after is not None:
        page = client.get(f"/api/v1/sessions/{session_id}/turns", params={"after": after}).json()
        turns += page["turns"]
        after = page["next_after"]
    return turns


def whole(listener: Listener, session_id: str, turns: list[dict[str, Any]]) -> list[Any]:
    """The states of the session heard as a whole, as JSON."""
    spoken = tuple(Turn(turn=one["number"], role=one["role"], text=one["text"]) for one in turns)
    states = listener.batch(Session(session_id=session_id, turns=spoken))
    return [STATE.dump_python(one, mode="json") for one in states]


def alike(found: Any, expected: Any) -> None:
    """Equal, floats to 1e-5: the encoder rounds alone and among others a little differently."""
    match expected:
        case dict():
            assert found.keys() == expected.keys()
            for name in expected:
                alike(found[name], expected[name])
        case list() | tuple():
            assert len(found) == len(expected)
            for one, other in zip(found, expected, strict=True):
                alike(one, other)
        case float():
            assert found == pytest.approx(expected, abs=1e-5)
        case _:
            assert found == expected


def test_posted_states_are_those_of_the_session_heard_as_a_whole(
    http: httpx.Client, listener: Listener
) -> None:
    session = begin(http)
    states = [post(http, session, turn(number)) for number in range(24)]
    assert [one.status_code for one in states] == [201] * 24
    turns = stored(http, session)
    expected = whole(listener, session, turns)
    alike([one.json() for one in states], expected)
    alike([one["state"] for one in turns], expected)
    assert any(state["alarms"] for state in expected), "the talk is to raise an alarm"


def test_a_turn_posted_again_is_one_turn_with_one_state(http: httpx.Client) -> None:
    session = begin(http)
    first = post(http, session, turn(0))
    post(http, session, turn(1))
    again = post(http, session, turn(0))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    http.post(f"/api/v1/sessions/{session}/close")
    assert post(http, session, turn(1)).status_code == 200
    assert [one["number"] for one in stored(http, session)] == [0, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Something else"},
        {"role": "other"},
        {"number": 1},
        {"speaker": "A"},
        {"start": 1.0},
    ],
)
def test_a_turn_that_was_acknowledged_cannot_be_changed(
    http: httpx.Client, changes: dict[str, Any]
) -> None:
    session = begin(http)
    post(http, session, turn(0))
    refused = post(http, session, turn(0, **changes))
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert [one["text"] for one in stored(http, session)] == [LINES[0]]


@pytest.mark.parametrize("number", [0, 2, 7, 1_000_000])
def test_another_number_is_refused_with_the_expected_one(http: httpx.Client, number: int) -> None:
    session = begin(http)
    post(http, session, turn(0))
    refused = post(http, session, turn(number, turn_id="new"))
    assert refused.status_code == 409
    assert refused.json()["expected"] == 1


def test_a_closed_session_takes_no_turn(http: httpx.Client) -> None:
    session = begin(http)
    assert http.post(f"/api/v1/sessions/{session}/close").json()["status"] == "closed"
    closed_at = http.get(f"/api/v1/sessions/{session}").json()["closed_at"]
    assert http.post(f"/api/v1/sessions/{session}/close").json()["closed_at"] == closed_at
    assert post(http, session, turn(0)).status_code == 409


def test_turns_without_words_and_of_others_are_kept_and_not_scored(http: httpx.Client) -> None:
    session = begin(http)
    for number, changes in enumerate(
        [{"text": ""}, {"text": " \n\t"}, {"role": "other"}, {"text": "…"}]
    ):
        answer = post(http, session, turn(number, **changes))
        assert answer.status_code == 201, answer.text
        assert answer.json()["scored"] is False or changes == {"text": "…"}
    assert len(stored(http, session)) == 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<script>alert(1)</script><img src=x onerror=alert(1)>", None),
        ("'; DROP TABLE turns; --", None),
        ('" OR 1=1 --\\', None),
        ("🫶🏽 ज़िंदगी 東京 مرحبا עברית", None),
        ("a\u0000b\u0007c\u2028d\ufeff", "abc\nd"),
        ("e\u0301te\u0301", "été"),
        ("\u202egnirts desrever", None),
        ("x" * 20_000, None),
    ],
)
def test_what_was_said_comes_back_as_it_was(
    http: httpx.Client, text: str, kept: str | None
) -> None:
    session = begin(http, patient="O'Hara; --", label='<b>"quoted"</b>', condition="');--")
    assert post(http, session, turn(0, role="other", text=text, speaker="<i>")).status_code == 201
    (found,) = stored(http, session)
    assert found["text"] == (text if kept is None else kept)
    assert http.get(f"/api/v1/sessions/{session}").json()["patient"] == "O'Hara; --"


@pytest.mark.parametrize(
    "body",
    [
        turn(0, text="x" * 20_001),
        turn(0, text=None),
        turn(0, text=7),
        turn(0, role="nurse"),
        turn(0, number=-1),
        turn(0, number="0x"),
        turn(0, number=10**30),
        turn(0, turn_id=""),
        turn(0, turn_id="two words"),
        turn(0, turn_id="x" * 101),
        turn(0, turn_id="a\u0000"),
        turn(0, start=2.0, end=1.0),
        turn(0, start=-1.0),
        turn(0, speaker="two\nlines"),
        turn(0, txet="misspelt"),
        {},
        [],
    ],
)
def test_what_is_no_turn_is_refused_without_being_quoted(http: httpx.Client, body: Any) -> None:
    session = begin(http)
    refused = post(http, session, body)
    assert refused.status_code == 422
    assert LINES[0] not in refused.text
    assert "xxxx" not in refused.text
    assert stored(http, session) == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"turn_id":"a","number":0,"role":"patient","text":"\\ud800"}',
        b'{"turn_id":"a","number":0,"role":"patient","text":"x","start":NaN}',
        b'{"turn_id":"a","number":0,"role":"patient","text":"x","start":1e999}',
        b'{"turn_id":"a","number":0,"role":"patient","text":"\xff"}',
        b'{"turn_id":"a"',
        b"",
        b"null",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(http: httpx.Client, content: bytes) -> None:
    session = begin(http)
    refused = http.post(
        f"/api/v1/sessions/{session}/turns",
        content=content,
        headers={"content-type": "application/json"},
    )
    assert refused.status_code in (400, 422), refused.text


def test_twenty_sessions_at_once_lose_and_double_nothing(
    http: httpx.Client, listener: Listener
) -> None:
    def talk(which: int) -> str:
        session = begin(http, patient=f"P-{which:03d}")
        for number in range(TURNS):
            body = turn(number, text=LINES[(number + which) % len(LINES)])
            assert post(http, session, body).status_code == 201
            if number == which % TURNS:
                assert post(http, session, body).status_code == 200
                assert post(http, session, turn(number + 2, turn_id="ahead")).status_code == 409
        return session

    with ThreadPoolExecutor(20) as pool:
        sessions = list(pool.map(talk, range(20)))
    for session in sessions:
        turns = stored(http, session)
        assert [one["number"] for one in turns] == list(range(TURNS))
        alike([one["state"] for one in turns], whole(listener, session, turns))


def test_of_senders_racing_with_one_turn_all_are_told_the_same_and_one_is_first(
    http: httpx.Client,
) -> None:
    session = begin(http)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(http, session, turn(0)), range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert len({one.text for one in answers}) == 1


def test_of_senders_racing_for_one_number_one_has_it_and_others_are_told_the_next(
    http: httpx.Client,
) -> None:
    session = begin(http)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda which: post(http, session, turn(0, turn_id=f"t{which}")), range(8))
        )
    assert sorted(one.status_code for one in answers) == [201] + [409] * 7
    assert {one.json()["expected"] for one in answers if one.status_code == 409} == {1}


def test_two_services_on_one_database_hear_one_session(
    anywhere: Settings, listener: Listener
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(serving(anywhere, listener=listener))
        second = stack.enter_context(serving(replace(anywhere), listener=listener))
        program = first.program()
        one = stack.enter_context(program.http(first.address))
        other = stack.enter_context(program.http(second.address))
        session = begin(one)
        for number in range(6):
            assert post((one, other)[number % 2], session, turn(number)).status_code == 201

        def race(client: httpx.Client) -> list[int]:
            found = []
            for number in range(6, 12):
                answer = post(client, session, turn(number))
                found.append(answer.status_code)
            return found

        with ThreadPoolExecutor(2) as pool:
            raced = list(pool.map(race, (one, other)))
        # Each number is taken once; whoever comes second with the same turn is told so.
        assert all(sorted(pair)[0] in (200, 201) for pair in zip(*raced, strict=True))
        assert sum(status == 201 for pair in raced for status in pair) == 6
        turns = stored(one, session)
        assert [found["number"] for found in turns] == list(range(12))
        alike([found["state"] for found in turns], whole(listener, session, turns))


def test_a_service_that_starts_again_goes_on_where_it_was(
    anywhere: Settings, listener: Listener
) -> None:
    with serving(anywhere, listener=listener) as before:
        program = before.program()
        with program.http(before.address) as http:
            session = begin(http)
            for number in range(5):
                post(http, session, turn(number))
    with (
        serving(anywhere, listener=listener) as after,
        program.http(after.address) as http,
    ):
        assert post(http, session, turn(4)).status_code == 200
        assert post(http, session, turn(5)).status_code == 201
        turns = stored(http, session)
    alike([one["state"] for one in turns], whole(listener, session, turns))


@contextmanager
def no_commit(served: Served) -> Iterator[None]:
    def fail(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the disk is gone"))

    event.listen(served.service.database.engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(served.service.database.engine, "commit", fail)


def test_a_turn_that_was_not_kept_was_not_heard(
    served: Served, http: httpx.Client, listener: Listener
) -> None:
    session = begin(http)
    post(http, session, turn(0))
    with no_commit(served):
        assert post(http, session, turn(1)).status_code == 503
    with no_commit(served):
        assert post(http, session, turn(1, text="Something else")).status_code == 503
    assert post(http, session, turn(1)).status_code == 201
    turns = stored(http, session)
    alike([one["state"] for one in turns], whole(listener, session, turns))


def test_monitors_that_were_let_go_are_made_again(
    served: Served, http: httpx.Client, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.service.listening, "_keep", 1)
    sessions = [begin(http, patient=f"P-{n}") for n in range(3)]
    for number in range(4):
        for session in sessions:
            assert post(http, session, turn(number)).status_code == 201
    assert served.service.listening.monitors <= 1
    for session in sessions:
        turns = stored(http, session)
        alike([one["state"] for one in turns], whole(listener, session, turns))


def test_a_session_begun_with_another_model_takes_no_turns(
    served: Served, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begin(http)
    monkeypatch.setattr(served.service.listening, "estimator", "fitted:other")
    assert post(http, session, turn(0)).status_code == 409
