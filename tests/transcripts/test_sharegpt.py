"""Chats in ShareGPT's form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions, check

Write = Callable[..., Path]

CHAT = [
    {"from": "system", "value": "Be kind."},
    {"from": "human", "value": "I can't sleep."},
    {"from": "function_call", "value": "{}"},
    {"from": "observation", "value": "{}"},
    {"from": "gpt", "value": "Since when?"},
]
TURNS = [("patient", "I can't sleep."), ("therapist", "Since when?")]


@pytest.mark.parametrize(
    ("name", "content", "ids"),
    [
        ("a.json", {"conversations": CHAT}, ["a"]),
        ("a.json", CHAT, ["a"]),
        ("a.json", [{"conversations": CHAT}, {"id": "x", "conversations": CHAT}], ["a-1", "x"]),
        ("a.jsonl", {"id": 7, "conversations": CHAT}, ["7"]),
        ("a.jsonl", CHAT, ["a-1"]),
    ],
)
def test_an_object_a_list_and_lines_are_read(
    name: str, content: object, ids: list[str], write: Write
) -> None:
    sessions = list(Corpus([write(name, json.dumps(content))]))
    assert [s.session_id for s in sessions] == ids
    for session in sessions:
        assert [(t.role, t.text) for t in session.turns] == TURNS


def test_system_and_tools_are_left_out_and_counted(write: Write) -> None:
    (issue,) = check(Corpus([write("a.json", json.dumps({"conversations": CHAT}))]))
    assert (issue.issue, issue.detail[:1]) == ("messages left out", "3")


def test_messages_of_the_other_shape_in_the_field_are_read(write: Write) -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    (session,) = Corpus([write("a.json", json.dumps({"conversations": messages}))])
    assert [t.role for t in session.turns] == ["patient", "therapist"]


def test_who_is_who_can_be_said_and_fields_beside_become_columns(write: Write) -> None:
    chat = {"conversations": CHAT, "patient_id": "p1", "condition": "new", "model": "x-1"}
    options = ReadOptions(patient=("gpt",), therapist=("human",))
    (session,) = Corpus([write("a.json", json.dumps(chat))], options)
    assert [t.role for t in session.turns] == ["therapist", "patient"]
    assert (session.patient_id, session.condition) == ("p1", "new")
    assert session.columns == {"model": "x-1"}


@pytest.mark.parametrize(
    ("message", "field", "found"),
    [
        ({"from": "human"}, "conversations[1].value", "null"),
        ({"from": 5, "value": "x"}, "conversations[1].from", "a number"),
        ({"value": "x"}, "conversations[1].from", "null"),
        ({"from": "human", "value": 5}, "conversations[1].value", "a number"),
        ("hello", "conversations[1]", "text"),
    ],
)
def test_a_wrong_message_is_named(message: object, field: str, found: str, write: Write) -> None:
    path = write("a.jsonl", json.dumps({"conversations": [CHAT[1], message]}))
    with pytest.raises(DataError, match=r'Write conversations as \{"from": "human"') as error:
        list(Corpus([path]))
    assert (error.value.line, error.value.field) == (1, field)
    assert error.value.problem.startswith(f"found {found},")


def test_conversations_that_are_no_list_are_refused(write: Write) -> None:
    with pytest.raises(DataError, match="line 1, conversations: found an object, expected a list"):
        list(Corpus([write("a.jsonl", '{"conversations": {}}')]))
