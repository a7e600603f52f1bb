"""Names of topics: unique, from words, or from a language model that sees words only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.topics import name_topics, name_topics_with

WORDS = [["job", "jobs", "boss", "salary"], ["pillow", "dream", "nap"], ["mother", "father"]]
PLAIN = ["job, boss, salary", "pillow, dream, nap", "mother, father"]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.endpoints.FIRST_PAUSE_SECONDS", 0.0)


class Chat:
    """A real HTTP server that answers like an OpenAI-compatible chat endpoint."""

    def __init__(self, answers: list[str | int | bytes]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1#namer"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(chat: Chat) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the outer self
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                chat.asked.append(json.loads(self.rfile.read(length)))
                chat.paths.append(self.path)
                answer = chat.answers.pop(0) if chat.answers else 500
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Retry-After", "0")
                self.end_headers()
                if isinstance(answer, str):
                    said = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
                    answer = json.dumps(said).encode()
                self.wfile.write(answer if isinstance(answer, bytes) else b"{}")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def named(answers: list[str | int | bytes]) -> tuple[Chat, list[str], list[str | None]]:
    chat = Chat(answers)
    with chat.serving() as url:
        found = name_topics_with(url, WORDS)
    return chat, [one.name for one in found], [one.reason for one in found]


def test_names_are_the_first_words_without_mere_plurals() -> None:
    assert name_topics(WORDS) == PLAIN
    assert name_topics([["families", "family", "son", "sons", "aunt"]]) == ["families, son, aunt"]


def test_equal_names_grow_by_words_and_then_by_numbers() -> None:
    same = ["a", "b", "c", "d"]
    assert name_topics([same, same, same, []]) == [
        "a, b, c",
        "a, b, c, d",
        "a, b, c (2)",
        "topic 3",
    ]


@given(st.lists(st.lists(st.sampled_from("abcs"), max_size=6), max_size=8))
def test_names_are_always_unique(words: list[list[str]]) -> None:
    names = name_topics(words)
    assert len(set(names)) == len(names) == len(words)


def test_a_language_model_names_topics_and_sees_their_words_only() -> None:
    chat, names, reasons = named(["Work", '"Sleep and dreams."', "<think>hm</think>\nParents"])
    assert names == ["Work", "Sleep and dreams", "Parents"]
    assert reasons == [None, None, None]
    assert chat.paths == ["/v1/chat/completions"] * 3
    for asked, words in zip(chat.asked, WORDS, strict=True):
        assert asked["model"] == "namer"
        assert asked["temperature"] == 0
        assert [message["role"] for message in asked["messages"]] == ["user"]
        assert ", ".join(words) in asked["messages"][0]["content"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "no name"),
        ("...", "no name"),
        ("Certainly! This topic is about work and its many troubles", "more than a name"),
        ("Work\nSleep", "more than a name"),
        ("Work", "that another topic has"),
        ("pillow, dream, nap", "that another topic has"),
        ("We\u202ework", "cannot be shown"),
    ],
)
def test_an_unusable_answer_leaves_the_name_from_words_with_a_reason(
    answer: str, reason: str
) -> None:
    _, names, reasons = named(["Work", answer, "Parents"])
    assert names == ["Work", PLAIN[1], "Parents"]
    assert reasons[0] is None
    assert reasons[2] is None
    assert reasons[1] is not None
    assert reason in reasons[1]
    assert "Certainly" not in reasons[1]


def test_an_endpoint_that_fails_half_way_leaves_the_rest_to_words() -> None:
    chat, names, reasons = named(["Work", 400])
    assert names == ["Work", PLAIN[1], PLAIN[2]]
    assert reasons[1] == reasons[2]
    assert "refused with status 400" in (reasons[1] or "")
    assert len(chat.asked) == 2


def test_an_answer_that_is_no_chat_leaves_words() -> None:
    _, names, reasons = named([b"<html>"])
    assert names == PLAIN
    assert "not a chat answer" in (reasons[0] or "")


def test_a_busy_endpoint_is_asked_again() -> None:
    assert named([503, 429, "Work", "Sleep", "Parents"])[1] == ["Work", "Sleep", "Parents"]


@pytest.mark.parametrize("address", ["https://names.example/v1#m", "http://192.168.1.2/v1#m"])
def test_nothing_is_sent_off_this_machine(address: str) -> None:
    with pytest.raises(UsageError, match="is not this machine"):
        name_topics_with(address, WORDS)


@pytest.mark.parametrize("address", ["http://127.0.0.1/v1", "ftp://127.0.0.1/#m", "m"])
def test_an_address_without_url_or_model_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="URL#model-name"):
        name_topics_with(address, WORDS)
