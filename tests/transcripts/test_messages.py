"""Chats as lists of messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, check

Write = Callable[..., Path]

CHAT = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "I can't sleep."},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
    {"role": "tool", "content": "{}"},
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "That is hard."},
            {"type": "image_url", "image_url": {"url": "x"}},
            {"type": "text", "text": "Since when?"},
        ],
    },
]
TURNS = [("patient", "I can't sleep."), ("therapist", "That is hard.\nSince when?")]


def test_a_null_says_nothing_and_spoils_no_chat(write: Write) -> None:
    spoken = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello!"}]
    silent = [*spoken, {"role": "user", "content": None}]
    (session,) = Corpus([write("a.json", json.dumps(silent))])
    assert len(session.turns) == 2
    lacking = [*spoken, {"role": "user"}]
    with pytest.raises(DataError, match=r"messages\[2\].content"):
        list(Corpus([write("b.json", json.dumps(lacking))]))


def test_a_bare_list_is_a_session_named_by_its_file(write: Write) -> None:
    (session,) = Corpus([write("night.json", json.dumps(CHAT))])
    assert session.session_id == "night"
    assert [(t.role, t.text) for t in session.turns] == TURNS


def test_an_objects_id_names_the_session_and_its_other_fields_are_columns(write: Write) -> None:
    chat = {"id": "c-1", "messages": CHAT, "model": "x-1", "temperature": 0.5}
    (session,) = Corpus([write("a.json", json.dumps(chat))])
    assert session.session_id == "c-1"
    assert session.columns == {"model": "x-1", "temperature": 0.5}


def test_lines_of_chats_are_numbered_where_they_have_no_id(write: Write) -> None:
    lines = [
        json.dumps({"messages": CHAT}),
        json.dumps(CHAT),
        json.dumps({"id": 9, "messages": []}),
    ]
    sessions = list(Corpus([write("a.jsonl", "\n".join(lines))]))
    assert [s.session_id for s in sessions] == ["a-1", "a-2", "9"]
    assert [len(s.turns) for s in sessions] == [2, 2, 0]


def test_a_json_list_may_hold_several_chats(write: Write) -> None:
    path = write("a.json", json.dumps([{"messages": CHAT}, {"messages": CHAT}]))
    assert [s.session_id for s in Corpus([path])] == ["a-1", "a-2"]


def test_a_refusal_is_something_said(write: Write) -> None:
    chat = [*CHAT[:2], {"role": "assistant", "content": None, "refusal": "I cannot."}]
    (session,) = Corpus([write("a.json", json.dumps(chat))])
    assert session.turns[-1].text == "I cannot."


def test_messages_left_out_are_reported(write: Write) -> None:
    issues = list(check(Corpus([write("a.json", json.dumps(CHAT))])))
    assert [(i.issue, i.detail) for i in issues] == [
        (
            "messages left out",
            "3 of system, tools or without words; "
            "1 part without words of messages that are kept, such as pictures",
        )
    ]


@pytest.mark.parametrize("form", ["messages", "log"])
def test_pictures_beside_words_and_without_them_leave_a_trace(form: str, write: Write) -> None:
    picture = {"type": "image_url", "image_url": {"url": "x"}}
    words = {"type": "text", "text": "Look."}
    sent = [
        {"role": "user", "content": [words, picture]},
        {"role": "assistant", "content": "I see."},
        {"role": "user", "content": [picture]},
    ]
    answer = {"role": "assistant", "content": [words, {"type": "audio", "audio": {}}]}
    value: object = {"messages": [*sent, answer]}
    if form == "log":
        value = {"request": {"messages": sent}, "response": {"choices": [{"message": answer}]}}
    path = write("a.jsonl", json.dumps(value) + "\n")
    (session,) = Corpus([path])
    assert [t.text for t in session.turns] == ["Look.", "I see.", "", "Look."]
    assert [(i.issue, i.detail[:7]) for i in check(Corpus([path]))] == [
        ("messages left out", "3 parts"),
        ("empty turn", "turn 2 "),
    ]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"role": "user"}, "messages[1].content"),
        ({"role": 5, "content": "x"}, "messages[1].role"),
        ({"role": "user", "content": 5}, "messages[1].content"),
        ({"role": "user", "content": ["a", 5]}, "messages[1].content[1]"),
        ("hello", "messages[1]"),
    ],
)
def test_a_wrong_message_is_named(message: object, field: str, write: Write) -> None:
    chat = {"messages": [CHAT[1], message]}
    with pytest.raises(DataError) as error:
        list(Corpus([write("a.json", json.dumps(chat))]))
    assert error.value.field == field


@pytest.mark.parametrize("content", ["5", "[]", "[5]", '{"a": 1}', "{", '[{"role": "user"}]'])
def test_json_of_another_kind_is_refused(content: str, write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.json"):
        list(Corpus([write("a.json", content)]))
