"""A judge is asked patiently and privately, and what cannot be answered says why."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from tests.raters.scripted import HELLO, ask, patient
from tests.raters.server import (
    HANG_UP,
    MALFORMED,
    Asked,
    ChatServer,
    Reply,
    Script,
    completion,
    error,
)

from attunement.errors import ModelError, UsageError
from attunement.raters import Judge, Message, Reason
from attunement.raters._chat import PATIENCE, Chat

SECRET = "I never told anybody about the lake"
OPENAI = {
    "OPENAI_API_KEY": "sk-theirs",
    "OPENAI_ADMIN_KEY": "sk-admin",
    "OPENAI_ORG_ID": "org-theirs",
    "OPENAI_PROJECT_ID": "proj-theirs",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/elsewhere",
    "OPENAI_CUSTOM_HEADERS": "X-Clinic: Elm Street",
    "OPENAI_LOG": "debug",
    "OPENAI_WEBHOOK_SECRET": "whsec-theirs",
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.raters._chat.FIRST_PAUSE_SECONDS", 0.0)


def always(reply: Reply) -> Script:
    return lambda _asked, _before: reply


def at_first(*replies: Reply) -> Script:
    """Give these one after the other, then a good answer."""
    return lambda _asked, before: replies[before] if before < len(replies) else completion("good")


def test_the_question_travels_as_it_was_put_and_the_answer_comes_back_with_its_tokens() -> None:
    with ChatServer(always(completion("Yes.", finish_reason="length"))) as server:
        (asked,) = ask(patient(server.url, model="qwen", temperature=0.5))
    assert (asked.text, asked.finish_reason, asked.reason) == ("Yes.", "length", None)
    assert (asked.attempts, asked.prompt_tokens, asked.completion_tokens) == (1, 100, 20)
    assert server.requests == [
        {
            "model": "qwen",
            "messages": [{"role": "user", "content": HELLO[0].content}],
            "temperature": 0.5,
            "max_tokens": 1024,
            "seed": 0,
        }
    ]
    assert server.paths == ["/v1/chat/completions"]


def test_json_alone_is_asked_for_only_where_the_user_asks_for_it() -> None:
    with ChatServer(always(completion("{}"))) as server:
        ask(Judge.at(f"{server.url}#m", json_only=True))
    assert server.requests[0]["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/v1/chat/completions/#m", "http://127.0.0.1:1/v1#m"]
)
def test_the_full_path_may_be_given(address: str) -> None:
    assert Judge.at(address).endpoint.url == "http://127.0.0.1:1/v1/chat/completions"


def test_a_query_in_the_url_goes_with_the_question() -> None:
    with ChatServer(always(completion("x"))) as server:
        ask(Judge.at(f"{server.url}?api-version=2#m"))
    assert server.paths == ["/v1/chat/completions?api-version=2"]


# Privacy


def test_no_header_tells_of_the_machine_its_python_or_an_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in OPENAI.items():
        monkeypatch.setenv(name, value)
    with ChatServer(always(completion("x"))) as server:
        ask(patient(server.url))
    (headers,) = server.headers
    assert {name.lower() for name in headers} == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-type",
        "content-length",
        "user-agent",
    }
    assert headers["User-Agent"] == "attunement"
    assert "Python" not in str(headers)


def test_only_our_own_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OPENAI.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ATTUNEMENT_RATERS_KEY", "sesame")
    with ChatServer(always(completion("x"))) as server:
        ask(patient(server.url))
    assert server.headers[0]["Authorization"] == "Bearer sesame"
    assert "theirs" not in str(server.headers)
    assert "Elm Street" not in str(server.headers)


def test_nothing_that_was_said_is_logged_whatever_the_environment_and_the_log_level(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in OPENAI.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ATTUNEMENT_RATERS_KEY", "sesame")
    script = at_first(error(500, SECRET), error(400, f"bad: {SECRET}"))
    with ChatServer(script) as server:
        ask(patient(server.url), (Message("user", SECRET),))
    for record in caplog.records:
        assert SECRET not in record.getMessage()
        assert "sesame" not in record.getMessage()
        assert record.name.split(".")[0] != "openai"


def test_proxies_do_not_see_what_goes_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with ChatServer(always(completion("x"))) as server:
        (asked,) = ask(patient(server.url))
    assert asked.text == "x"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_carries_no_text_anywhere(status: int) -> None:
    with ChatServer(always(completion("stolen"))) as elsewhere:
        away = Reply(status=status, headers={"Location": f"{elsewhere.url}/chat/completions"})
        with ChatServer(always(away)) as server, pytest.raises(ModelError, match="another address"):
            ask(patient(server.url))
    assert elsewhere.requests == []
    assert len(server.requests) == 1


def test_an_address_off_this_machine_is_refused_unless_allowed_and_then_only_with_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ATTUNEMENT_ALLOW_REMOTE_RATERS", raising=False)
    with pytest.raises(UsageError, match="ATTUNEMENT_ALLOW_REMOTE_RATERS=1"):
        Judge.at("https://api.example.org/v1#m")
    monkeypatch.setenv("ATTUNEMENT_ALLOW_REMOTE_EMBEDDINGS", "1")
    with pytest.raises(UsageError, match="whole transcripts"):
        Judge.at("https://api.example.org/v1#m")
    monkeypatch.setenv("ATTUNEMENT_ALLOW_REMOTE_RATERS", "1")
    with pytest.raises(UsageError, match="unencrypted"):
        Judge.at("http://api.example.org/v1#m")
    assert Judge.at("https://api.example.org/v1#m").name == "m"


# Patience


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (error(429), Reason.RATE_LIMITED),
        (error(429, "too many tokens in this minute"), Reason.RATE_LIMITED),
        (error(500), Reason.SERVER_ERROR),
        (error(503), Reason.SERVER_ERROR),
        (HANG_UP, Reason.NO_ANSWER),
        (Reply(body=completion("good").body, cut=True), Reason.NO_ANSWER),
        (Reply(body=completion("late").body, wait=2.0), Reason.TIMED_OUT),
    ],
)
def test_a_passing_fault_is_sat_out_and_a_lasting_one_is_a_reason(
    fault: Reply, reason: Reason
) -> None:
    # Short enough to wait for, and long enough for a busy machine to answer in.
    timeout = 0.8 if reason is Reason.TIMED_OUT else 10.0
    with ChatServer(at_first(fault, fault)) as server:
        (asked,) = ask(patient(server.url, timeout=timeout))
        assert (asked.text, asked.reason, asked.attempts) == ("good", None, 3)
        assert len(server.requests) == 3
    with ChatServer(always(fault)) as server:
        (asked,) = ask(patient(server.url, timeout=timeout, attempts=2))
        assert (asked.text, asked.reason, asked.attempts) == (None, reason, 2)
        assert len(server.requests) == 2


def test_an_endpoint_that_drips_is_timed_out_as_a_whole() -> None:
    """A time-out between two bytes alone would never end this."""
    stop = False

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)
        writer.close()

    async def dripping() -> Reason | None:
        nonlocal stop
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        judge = patient(f"http://127.0.0.1:{port}/v1", timeout=0.2, attempts=1)
        async with Chat(judge) as chat:
            asked = await chat.ask(HELLO, seed=0)
        stop = True
        server.close()
        await asyncio.sleep(0.05)
        return asked.reason

    assert asyncio.run(dripping()) is Reason.TIMED_OUT


def test_malformed_answers_are_asked_again_once_the_endpoint_is_known_to_be_one() -> None:
    with ChatServer(at_first(MALFORMED)) as server:
        (asked,) = ask(patient(server.url))
    assert (asked.text, asked.attempts) == ("good", 2)

    def later(asked: Asked, _: int) -> Reply:
        return completion("good") if asked["seed"] == 0 else MALFORMED

    with ChatServer(later) as server:
        first, second = ask(patient(server.url, attempts=2), times=2)
    assert first.reason is None
    assert (second.reason, second.attempts) == (Reason.SERVER_ERROR, 2)


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.raters._chat.FIRST_PAUSE_SECONDS", 0.05)
    with ChatServer(always(Reply(status=500))) as server:
        ask(patient(server.url, attempts=4))
    pauses = [after - before for before, after in zip(server.times, server.times[1:], strict=False)]
    assert pauses[0] >= 0.05
    assert pauses[1] >= 0.1
    assert pauses[2] >= 0.2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_endpoint_says_how_long_to_wait(form: str) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    stated = "0.3" if form == "seconds" else soon
    busy = Reply(status=429, headers={"Retry-After": stated})
    with ChatServer(at_first(busy)) as server:
        (asked,) = ask(patient(server.url))
    assert asked.text == "good"
    assert server.times[1] - server.times[0] >= 0.3


def test_a_wait_of_an_hour_is_left_for_another_run() -> None:
    busy = Reply(status=429, headers={"Retry-After": "3600"})
    with ChatServer(always(busy)) as server:
        begun = time.monotonic()
        (asked,) = ask(patient(server.url))
    assert (asked.reason, asked.attempts) == (Reason.RATE_LIMITED, 1)
    assert time.monotonic() - begun < 5


def test_requests_a_minute_are_spaced_attempts_included() -> None:
    with ChatServer(at_first(error(500))) as server:
        ask(patient(server.url, per_minute=600), times=3)
    spaces = [after - before for before, after in zip(server.times, server.times[1:], strict=False)]
    assert len(spaces) == 5
    assert sum(spaces[1:]) >= 0.35


def test_an_endpoint_that_stays_silent_is_given_up_and_one_answer_gives_it_another_chance() -> None:
    def script(asked: Asked, _: int) -> Reply:
        return completion("here") if asked["seed"] == PATIENCE - 1 else error(503)

    async def asking(server: ChatServer) -> None:
        async with Chat(patient(server.url, attempts=1)) as chat:
            for seed in range(2 * PATIENCE - 1):
                await chat.ask(HELLO, seed=seed)
                chat.check()
            await chat.ask(HELLO, seed=2 * PATIENCE)
            with pytest.raises(ModelError, match=f"{PATIENCE} questions in a row"):
                chat.check()

    with ChatServer(script) as server:
        asyncio.run(asking(server))


# What stops everything


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(401, f"no: {SECRET}"), "ATTUNEMENT_RATERS_KEY to the endpoint's key"),
        (error(403), "may use this model"),
        (error(404, "model 'qwen' not found, try pulling it first"), "a model called qwen"),
        (error(400, "The model `qwen` does not exist."), "a model called qwen"),
        (error(400, "", code="model_not_found"), "a model called qwen"),
        (error(400, "Unsupported parameter", param="max_tokens"), "naming max_tokens"),
        (error(422, "'response_format' is not known"), "naming response_format"),
        (Reply(body="<html>Welcome</html>"), "no chat completion"),
        (Reply(body='{"object": "list", "data": []}'), "no chat completion"),
        (Reply(body='{"choices": [{"message": {"content": 3}}]}'), "no chat completion"),
        (Reply(body="[]"), "no chat completion"),
    ],
)
def test_what_no_question_can_pass_is_one_message_without_what_was_said(
    reply: Reply, words: str
) -> None:
    with ChatServer(always(reply)) as server, pytest.raises(ModelError) as caught:
        ask(patient(server.url, model="qwen"), (Message("user", SECRET),))
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


# What is a reason


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "This model's maximum context length is 4096 tokens.", code="x"),
        error(400, "", code="context_length_exceeded"),
        error(400, "request (9031 tokens) exceeds the available context size (2048 tokens)"),
        error(400, "The decoder prompt (length 9) is longer than the maximum model length of 8"),
        error(500, "the input length exceeds the context length"),
        error(422, "Input validation error: `inputs` tokens must be <= 4096, too many tokens"),
        Reply(status=413, body="Payload Too Large"),
    ],
)
def test_a_question_too_long_for_the_model_is_that_question_s_own(reply: Reply) -> None:
    with ChatServer(always(reply)) as server:
        (asked,) = ask(patient(server.url))
    assert (asked.reason, asked.attempts) == (Reason.CONTEXT_TOO_LONG, 1)


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "The response was filtered", code="content_filter"),
        completion(None, refusal="I cannot help with that."),
    ],
)
def test_a_refusal_is_a_reason(reply: Reply) -> None:
    with ChatServer(always(reply)) as server:
        (asked,) = ask(patient(server.url))
    assert (asked.text, asked.reason) == (None, Reason.REFUSED)


def test_words_of_a_transcript_that_an_error_repeats_are_not_taken_for_its_reason() -> None:
    padding = "x" * 500
    body = f"unprocessable {padding} no such model, content_filter, maximum context length"
    with ChatServer(always(error(422, body))) as server:
        (asked,) = ask(patient(server.url))
    assert asked.reason is Reason.NOT_TAKEN


def test_a_closed_port_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (asked,) = ask(patient(f"http://127.0.0.1:{port}/v1", attempts=2))
    assert (asked.reason, asked.attempts) == (Reason.NO_ANSWER, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 3), ("timeout", 0), ("concurrency", 0), ("attempts", 0), ("per_minute", 0)],
)
def test_settings_that_cannot_be_are_named(field: str, value: float) -> None:
    setting: dict[str, Any] = {field: value}
    with pytest.raises(UsageError, match=field):
        patient("http://127.0.0.1:1", **setting)
