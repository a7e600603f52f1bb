"""Chats as tests have them become sessions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.companions.invented import AGREEABLE, STEADY, USERS, chats, talk

from attunement.companions import Chats
from attunement.companions._chats import sessions_of
from attunement.errors import DataError, UsageError
from attunement.transcripts import ReadOptions, chat_session

TALK = talk(USERS["job"], STEADY)


def test_messages_become_sessions_numbered_from_one() -> None:
    sessions = list(sessions_of([TALK, TALK]))
    assert [s.session_id for s in sessions] == ["chat-1", "chat-2"]
    assert [(t.role, t.text) for t in sessions[0].turns[:2]] == [
        ("patient", TALK[0]["content"]),
        ("therapist", TALK[1]["content"]),
    ]
    assert sessions[0].path is None


def test_an_object_names_its_chat_its_user_and_anything_else() -> None:
    (session,) = sessions_of([{"id": "a.1", "patient_id": "p", "model": "m", "messages": TALK}])
    assert (session.session_id, session.patient_id) == ("a.1", "p")
    assert session.columns == {"model": "m"}


def test_a_dict_of_models_names_each_chats_model() -> None:
    sessions = list(sessions_of({"new": chats(AGREEABLE)[:2], "old": [{"messages": TALK}]}))
    assert [(s.session_id, s.columns["model"]) for s in sessions] == [
        ("new-1", "new"),
        ("new-2", "new"),
        ("old-1", "old"),
    ]


@pytest.mark.parametrize("several", [True, False])
def test_files_are_read_as_the_command_reads_them(several: bool, tmp_path: Path) -> None:
    path = tmp_path / "night.json"
    path.write_text(json.dumps(TALK), encoding="utf-8")
    given: Chats = [path] if several else str(path)
    (session,) = sessions_of(given)
    assert (session.session_id, len(session.turns)) == ("night", 6)


def test_paths_among_messages_are_refused() -> None:
    with pytest.raises(UsageError, match="paths among lists of messages"):
        list(sessions_of([TALK, "a.json"]))  # type: ignore[arg-type]


def test_a_chat_that_cannot_be_read_is_named_by_its_place_with_field_and_mend() -> None:
    broken = [{"role": "user"}]
    with pytest.raises(DataError, match=r"chat-2, messages\[0\]\.content: found null") as error:
        list(sessions_of([TALK, broken]))
    assert "Write messages as" in error.value.mend


def test_who_is_who_can_be_said_and_turns_left_unmerged() -> None:
    messages = [{"role": "user", "content": "a"}, *TALK]
    options = ReadOptions(patient=("assistant",), therapist=("user",), merge=False)
    session = chat_session(messages, session_id="x", options=options)
    assert [t.role for t in session.turns[:3]] == ["therapist", "therapist", "patient"]
    assert len(chat_session(messages, session_id="x").turns) == 6
