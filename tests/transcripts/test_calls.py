"""Logs of calls: a chat that grows from call to call is one chat."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError
from attunement.transcripts import Corpus, Session, check, sessions_table

Write = Callable[..., Path]

Said = list[dict[str, Any]]


def said(*texts: str) -> Said:
    """The user begins, and the two take turns."""
    return [
        {"role": "assistant" if n % 2 else "user", "content": text} for n, text in enumerate(texts)
    ]


def call(*texts: str, model: str = "x-1", **fields: object) -> dict[str, Any]:
    """The last of the texts is the answer."""
    *sent, answer = said(*texts)
    return {
        "request": {"model": "x", "messages": sent},
        "response": {"id": "chatcmpl-1", "model": model, "choices": [{"message": answer}]},
        **fields,
    }


def log(*calls: object) -> str:
    return "\n".join(json.dumps(one) for one in calls)


def texts(session: Session) -> list[str]:
    return [turn.text for turn in session.turns]


FOUR = ("I can't sleep.", "Since when?", "March.", "What happened in March?")
SIX = (*FOUR, "My father died.", "I am sorry.")


def test_a_call_is_a_chat_with_its_answer_and_its_model(write: Write) -> None:
    (session,) = Corpus([write("log.jsonl", log(call(*FOUR)))])
    assert session.session_id == "log-1"
    assert texts(session) == list(FOUR)
    assert [t.role for t in session.turns] == ["patient", "therapist"] * 2
    assert session.columns == {"model": "x-1"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_chat_that_grows_is_one_whatever_the_order(order: Sequence[int], write: Write) -> None:
    calls = [call(*SIX[:2]), call(*SIX[:4]), call(*SIX)]
    path = write("log.jsonl", log(*(calls[n] for n in order)))
    (session,) = Corpus([path])
    assert texts(session) == list(SIX)
    assert session.line == order.index(2) + 1
    notes = [(i.issue, i.detail) for i in check(Corpus([path]))]
    assert notes == [("calls joined", "3 calls are one chat")]


def test_the_same_words_of_two_users_are_two_chats(write: Write) -> None:
    calls = [call(*SIX[:n]) for n in (2, 4, 6)]
    of_two = [
        one | {"request": one["request"] | {"user": u}} for u in ("u1", "u2") for one in calls
    ]
    sessions = list(Corpus([write("log.jsonl", log(*of_two))]))
    assert [s.patient_id for s in sessions] == ["u1", "u2"]
    assert [texts(s) for s in sessions] == [list(SIX)] * 2


def test_chats_side_by_side_are_kept_apart(write: Write) -> None:
    other = ("Hello.", "Hello! What brings you?", "Work.", "What of it?")
    calls = [call(*SIX[:2]), call(*other[:2]), call(*SIX[:4]), call(*other), call(*SIX)]
    sessions = list(Corpus([write("log.jsonl", log(*calls))]))
    assert [texts(s) for s in sessions] == [list(other), list(SIX)]


def test_the_same_first_words_with_another_answer_are_another_chat(write: Write) -> None:
    calls = [
        call("Hello.", "Hi!"),
        call("Hello.", "Good evening."),
        call("Hello.", "Hi!", "a", "b"),
    ]
    sessions = list(Corpus([write("log.jsonl", log(*calls))]))
    assert [texts(s) for s in sessions] == [
        ["Hello.", "Good evening."],
        ["Hello.", "Hi!", "a", "b"],
    ]


def test_a_call_that_stands_there_twice_is_one_chat(write: Write) -> None:
    path = write("log.jsonl", log(call(*FOUR), call(*FOUR)))
    (session,) = Corpus([path])
    assert session.line == 1
    assert [i.detail for i in check(Corpus([path]))] == ["2 calls are one chat"]


def test_system_messages_that_change_and_blanks_do_not_part_a_chat(write: Write) -> None:
    first, second = call(*FOUR[:2]), call(*FOUR)
    first["request"]["messages"].insert(0, {"role": "system", "content": "It is 9:00."})
    second["request"]["messages"].insert(0, {"role": "system", "content": "It is 9:01."})
    second["request"]["messages"][2]["content"] += " \n"
    (session,) = Corpus([write("log.jsonl", log(first, second))])
    assert texts(session) == list(FOUR)


def test_a_call_of_a_tool_goes_on_with_the_next_call(write: Write) -> None:
    tool = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    first = call("Where am I?", "")
    first["response"]["choices"] = [{"message": tool}]
    second = call("Where am I?", "Here.")
    second["request"]["messages"] += [tool, {"role": "tool", "content": "{}"}]
    (session,) = Corpus([write("log.jsonl", log(first, second))])
    assert texts(session) == ["Where am I?", "Here."]


def test_an_id_joins_calls_whose_answer_was_made_anew(write: Write) -> None:
    calls = [
        call("Hello.", "Hi!", conversation_id="c"),
        call("Hello.", "Good evening.", conversation_id="c"),
        call("Hello.", "Good evening.", "I am sad.", "Why?", conversation_id="c"),
    ]
    path = write("log.jsonl", log(*calls))
    (session,) = Corpus([path])
    assert session.session_id == "c"
    assert texts(session) == ["Hello.", "Good evening.", "I am sad.", "Why?"]
    assert {(i.issue, i.detail) for i in check(Corpus([path]))} == {
        ("calls joined", "3 calls are one chat"),
        ("answers left out", "1 that were made anew"),
    }


@pytest.mark.parametrize("where", ["line", "metadata", "request"])
def test_ids_keep_equal_words_of_two_people_apart(where: str, write: Write) -> None:
    calls = [call(*FOUR), call(*FOUR)]
    for name, one in zip("ab", calls, strict=True):
        place: dict[str, Any] = {
            "line": one,
            "metadata": one.setdefault("metadata", {}),
            "request": one["request"].setdefault("metadata", {}),
        }[where]
        place["session_id"] = name
    sessions = list(Corpus([write("log.jsonl", log(*calls))]))
    assert [s.session_id for s in sessions] == ["a", "b"]
    assert [texts(s) for s in sessions] == [list(FOUR)] * 2


def test_a_history_that_was_cut_is_told_with_its_line(write: Write) -> None:
    calls = [
        call(*SIX, conversation_id="c"),
        call(*SIX[2:4], conversation_id="c"),
    ]
    with pytest.raises(DataError, match="line 2, messages: what was sent is not the beginning"):
        list(Corpus([write("log.jsonl", log(*calls))]))


def test_several_models_in_one_chat_are_all_named(write: Write) -> None:
    calls = [call(*FOUR[:2], model="x-1"), call(*FOUR, model="y-2")]
    (session,) = Corpus([write("log.jsonl", log(*calls))])
    assert session.columns["model"] == "x-1 + y-2"


def test_the_model_is_a_column_of_sessions_and_the_user_is_the_patient(write: Write) -> None:
    asked = call(*FOUR)
    asked["request"]["user"] = "p7"
    del asked["response"]["model"]
    lines = log(asked, call("Hello.", "Hi!", release="r-2", usage={"total_tokens": 5}))
    table = sessions_table(Corpus([write("log.jsonl", lines)]))
    assert table["model"].to_list() == ["x", "x-1"]
    assert table["patient_id"].to_list() == ["p7", None]
    assert table["release"].to_list() == [None, "r-2"]
    assert "usage" not in table.columns


@pytest.mark.parametrize(
    "value",
    [
        {"model": "x-1", "messages": said("a"), "choices": [{"message": said("a", "b")[1]}]},
        {
            "model": "x",
            "messages": said("a"),
            "response": {"model": "x-1", "choices": [{"message": said("a", "b")[1]}]},
        },
        {
            "request": {"url": "/v1/chat/completions", "body": {"messages": said("a")}},
            "response": {"body": {"model": "x-1", "choices": [{"message": said("a", "b")[1]}]}},
        },
    ],
)
@pytest.mark.parametrize("name", ["log.json", "log.jsonl"])
def test_other_ways_to_write_a_call_down(value: dict[str, object], name: str, write: Write) -> None:
    (session,) = Corpus([write(name, json.dumps(value))])
    assert texts(session) == ["a", "b"]
    assert session.columns == {"model": "x-1"}


def test_a_json_list_of_calls_is_joined_as_lines_are(write: Write) -> None:
    (session,) = Corpus([write("log.json", json.dumps([call(*FOUR[:2]), call(*FOUR)]))])
    assert (session.session_id, texts(session)) == ("log-2", list(FOUR))


def request(name: str, *sent: str) -> dict[str, object]:
    body = {"model": "x", "messages": said(*sent)}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def output(name: str, answer: str) -> dict[str, object]:
    choices = [{"message": {"role": "assistant", "content": answer}}]
    body = {"id": "chatcmpl-2", "model": "x-1", "choices": choices}
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": name, "response": response, "error": None}


@pytest.mark.parametrize("outputs_first", [True, False])
def test_a_batchs_requests_find_their_answers_in_the_same_file(
    outputs_first: bool, write: Write
) -> None:
    requests = [request("q1", "a"), request("q2", "a"), request("q3", "c")]
    failed = {"custom_id": "q3", "response": None, "error": {"code": "batch_expired"}}
    outputs = [output("q2", "b2"), output("q1", "b1"), failed]
    lines = [*outputs, *requests] if outputs_first else [*requests, *outputs]
    path = write("batch.jsonl", log(*lines))
    sessions = {s.session_id: s for s in Corpus([path])}
    assert {name: texts(s) for name, s in sessions.items()} == {
        "q1": ["a", "b1"],
        "q2": ["a", "b2"],
        "q3": ["c"],
    }
    assert sessions["q1"].columns == {"model": "x-1"}
    assert sessions["q3"].columns == {"model": "x"}
    issues = [(i.session_id, i.issue) for i in check(Corpus([path]))]
    assert issues == [("q3", "no answer"), ("q3", "one role only")]


def test_a_batchs_output_without_its_requests_says_what_is_missing(write: Write) -> None:
    path = write("output.jsonl", log(output("q1", "b")))
    with pytest.raises(DataError, match=r"line 1, request: .*same file, with the same custom_id"):
        list(Corpus([path]))


def test_an_answer_without_its_request_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="an answer without the messages that were sent"):
        list(Corpus([write("log.jsonl", log(call("a", "b")["response"]))]))


@pytest.mark.parametrize(
    ("change", "field", "found"),
    [
        ({"request": 5}, "request", "a number"),
        ({"request": {}}, "request.messages", "null"),
        ({"request": {"messages": {}}}, "request.messages", "an object"),
        ({"request": {"body": []}}, "request.body", "a list"),
        ({"request": {"messages": ["a"]}}, "request.messages[0]", "text"),
        ({"response": "b"}, "response", "text"),
        ({"response": {"choices": {}}}, "response.choices", "an object"),
        ({"response": {"choices": [{"delta": {}}]}}, "response.choices[0].message", "null"),
        (
            {"response": {"choices": [{"message": {"role": "assistant"}}]}},
            "response.choices[0].message.content",
            "null",
        ),
    ],
)
def test_a_wrong_field_is_named_with_line_and_what_was_found(
    change: dict[str, object], field: str, found: str, write: Write
) -> None:
    path = write("log.jsonl", log(call("a", "b"), {**call("c", "d"), **change}))
    problems: list[DataError] = []
    sessions = list(Corpus([path]).sessions(problems.append))
    assert [texts(s) for s in sessions] == [["a", "b"]]
    (problem,) = problems
    assert (problem.line, problem.field) == (2, field)
    assert problem.problem.startswith(f"found {found},")


def test_errors_quote_nothing_of_what_was_said(write: Write) -> None:
    calls = [call("my secret", "b", conversation_id="c"), call("other", "b", conversation_id="c")]
    with pytest.raises(DataError) as error:
        list(Corpus([write("log.jsonl", log(*calls))]))
    assert "secret" not in str(error.value)


@given(
    chats=st.lists(
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=6), min_size=1, max_size=4
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_no_words_are_lost_and_no_chat_is_part_of_another(
    chats: list[list[str]], shuffled: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Chats that end with an answer are logged call by call, in any order."""
    whole = [chat[: len(chat) // 2 * 2] for chat in chats]
    calls = [call(*chat[:n]) for chat in whole for n in range(2, len(chat) + 1, 2)]
    shuffled.shuffle(calls)
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_text(log(*calls), encoding="utf-8")
    read = {tuple(texts(session)) for session in Corpus([path])}
    expected = {
        tuple(chat)
        for chat in whole
        if not any(o != chat and o[: len(chat)] == chat for o in whole)
    }
    assert read == expected
