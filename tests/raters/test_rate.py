"""Everything is asked once and answered or unscored with a reason, whatever befalls."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.raters.scripted import design, patient, sessions, verdict
from tests.raters.server import (
    MALFORMED,
    Asked,
    ChatServer,
    Reply,
    Script,
    completion,
    error,
    faulty,
)

from attunement.errors import DataError, ModelError, UsageError
from attunement.raters import Judge, Reason, Store, plan, rate
from attunement.tables import VERDICTS
from attunement.transcripts import Session, Turn

ROOT = Path(__file__).parents[2]
KEY = ["session_id", "window", "item", "perspective", "framing", "variant", "judge", "seed"]
_SPENT = ["attempts", "prompt_tokens", "completion_tokens", "seconds"]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.raters._chat.FIRST_PAUSE_SECONDS", 0.0)


def slowly(seconds: float) -> Script:
    return lambda asked, before: replace(verdict(asked, before), wait=seconds)


def test_every_question_judge_and_seed_has_its_row_in_order_with_its_own_answer() -> None:
    with ChatServer(verdict) as server:
        judges = [patient(server.url, model="a"), patient(server.url, model="b")]
        found = rate(sessions(3), design=design(seeds=(0, 1)), judges=judges)
    assert found.schema == VERDICTS.schema
    first, second = (item.item for item in design().items.items)
    expected = [
        (f"s{number}", item, judge, seed)
        for number in range(3)
        for item in (first, second)
        for judge in ("a", "b")
        for seed in (0, 1)
    ]
    assert found.select("session_id", "item", "judge", "seed").rows() == expected
    assert set(found["status"]) == {"scored"}
    quotes = [f"Better, {number} times over" for number in range(3) for _ in range(8)]
    assert found["quotes"].explode().to_list() == quotes
    assert len(server.requests) == 24
    # Each row's score is that of the request with its own model, seed, item and session.
    answers = {
        (one["model"], one["seed"], one["messages"][-1]["content"]): json.loads(
            json.loads(verdict(one).body)["choices"][0]["message"]["content"]
        )["score"]
        for one in server.requests
    }
    asked = {
        (session.session_id, question.item.item): question.messages[-1].content
        for session in sessions(3)
        for question in design().questions(session)
    }
    for row in found.iter_rows(named=True):
        key = (row["judge"], row["seed"], asked[row["session_id"], row["item"]])
        assert row["score"] == answers[key]


def test_no_more_questions_than_allowed_are_with_an_endpoint_at_once() -> None:
    with ChatServer(slowly(0.02)) as server:
        rate(sessions(10), design=design(), judges=[patient(server.url, concurrency=3)])
    assert server.most_at_once == 3


def test_sessions_are_read_as_questions_are_asked_and_not_before() -> None:
    ahead: list[int] = []

    def read(server: ChatServer) -> Iterator[Session]:
        for number, session in enumerate(sessions(20)):
            ahead.append(2 * number - len(server.requests))
            yield session

    with ChatServer(verdict) as server:
        rate(read(server), design=design(), judges=[patient(server.url, concurrency=2)])
    assert max(ahead) <= 4


def test_what_is_kept_is_not_asked_again_and_a_second_run_gives_the_same_rows(
    tmp_path: Path,
) -> None:
    with ChatServer(verdict) as server, Store(tmp_path / "v.sqlite") as store:
        judges = [patient(server.url)]
        first = rate(sessions(3), design=design(), judges=judges, store=store)
        asked = len(server.requests)
        again = rate(sessions(3), design=design(), judges=judges, store=store)
        assert len(server.requests) == asked == 6
        assert_frame_equal(again, first)
        more = rate(sessions(4), design=design(seeds=(0, 1)), judges=judges, store=store)
        assert len(server.requests) == 16
        assert_frame_equal(more.filter(pl.col("seed") == 0, pl.col("session_id") != "s3"), first)


def test_another_temperature_or_length_of_answer_is_another_question(tmp_path: Path) -> None:
    with ChatServer(verdict) as server, Store(tmp_path / "v.sqlite") as store:
        for judge in (
            patient(server.url),
            patient(server.url, temperature=0.7),
            replace(patient(server.url), most_tokens=50),
            replace(patient(server.url), json_only=True),
        ):
            rate(sessions(1), design=design(items=1), judges=[judge], store=store)
        assert len(server.requests) == 4
        hurried = replace(patient(server.url), timeout=3.0, concurrency=1, attempts=1)
        rate(sessions(1), design=design(items=1), judges=[hurried], store=store)
        assert len(server.requests) == 4


def test_what_failed_for_a_passing_reason_is_asked_at_the_next_run_and_only_that(
    tmp_path: Path,
) -> None:
    broken = True

    def script(asked: Asked, before: int) -> Reply:
        if broken and "3 times over" in asked["messages"][-1]["content"]:
            return error(500)
        if "2 times over" in asked["messages"][-1]["content"]:
            return error(400, "maximum context length is 8 tokens")
        return verdict(asked, before)

    with ChatServer(script) as server, Store(tmp_path / "v.sqlite") as store:
        judges = [patient(server.url, attempts=2)]
        first = rate(sessions(4), design=design(items=1), judges=judges, store=store)
        assert first["reason"].to_list() == [
            None,
            None,
            str(Reason.CONTEXT_TOO_LONG),
            str(Reason.SERVER_ERROR),
        ]
        assert first["attempts"].to_list() == [1, 1, 1, 2]
        broken = False
        second = rate(sessions(4), design=design(items=1), judges=judges, store=store)
        assert second["reason"].to_list() == [None, None, str(Reason.CONTEXT_TOO_LONG), None]
        assert second["attempts"].to_list() == [1, 1, 1, 3]
        assert len(server.requests) == 6


def test_of_a_tenth_of_faults_every_verdict_is_scored_or_has_a_reason_and_none_is_doubled() -> None:
    with ChatServer(faulty(verdict, share=0.1, wait=1.0)) as server:
        judge = patient(server.url, timeout=0.5, concurrency=8, attempts=3)
        found = rate(sessions(75), design=design(), judges=[judge])
    assert found.height == 150
    assert found.select(KEY).is_unique().all()
    assert found["attempts"].sum() == len(server.requests)
    assert len(server.requests) > 150, "no fault was drawn"
    unscored = found.filter(status="unscored")
    assert unscored["reason"].is_in([str(one) for one in Reason if one.transient]).all()
    assert found.filter(status="scored")["quotes"].list.len().min() == 1
    assert found.filter(pl.col("score").is_null() != (pl.col("status") == "unscored")).is_empty()


def test_killed_in_the_middle_it_goes_on_and_nothing_is_lost_or_asked_twice(
    tmp_path: Path,
) -> None:
    path = tmp_path / "v.sqlite"
    with ChatServer(slowly(0.01)) as server:
        script = (
            "import sys; sys.path.insert(0, '.')\n"
            "from pathlib import Path\n"
            "from tests.raters.scripted import design, patient, sessions\n"
            "from attunement.raters import Store, rate\n"
            f"with Store(Path({str(path)!r})) as store:\n"
            f"    rate(sessions(60), design=design(), judges=[patient({server.url!r})],"
            " store=store, progress=lambda n: print('.' * n, flush=True))\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        told = 0
        while told < 40:
            told += len(child.stdout.readline().strip())
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        time.sleep(0.1)
        before = len(server.requests)
        judge = patient(server.url)
        with Store(path) as store:
            kept = store.last()
            found = rate(sessions(60), design=design(), judges=[judge], store=store)
            assert store.last() == 120, "a verdict was doubled or lost"
        assert kept >= 40
        assert before < 120, "it was not killed in the middle"
        assert len(server.requests) == before + 120 - kept
        whole = rate(sessions(60), design=design(), judges=[judge])
    assert_frame_equal(found.drop(_SPENT), whole.drop(_SPENT))


def test_an_endpoint_that_goes_down_stops_the_run_with_what_is_done_kept(tmp_path: Path) -> None:
    up = 10

    def script(asked: Asked, before: int) -> Reply:
        return verdict(asked, before) if len(server.requests) <= up else error(503)

    path = tmp_path / "v.sqlite"
    with ChatServer(script) as server, Store(path) as store:
        judges = [patient(server.url, attempts=1, concurrency=2)]
        with pytest.raises(ModelError) as caught:
            rate(sessions(50), design=design(), judges=judges, store=store)
        assert "questions in a row" in str(caught.value)
        assert f"{up} verdicts are kept" in str(caught.value)  # what failed is asked again
        assert "the same command goes on from there" in str(caught.value)
        up = 10_000
        found = rate(sessions(50), design=design(), judges=judges, store=store)
    assert found.filter(status="scored").height == 100


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_stops_at_once(status: int) -> None:
    with ChatServer(lambda *_: error(status)) as server, pytest.raises(ModelError) as caught:
        rate(sessions(50), design=design(), judges=[patient(server.url)])
    assert str(status) in str(caught.value)
    assert len(server.requests) <= 4


def test_a_model_that_answers_nonsense_has_no_score() -> None:
    texts = iter(
        [
            "Seven out of seven!",
            '{"evidence": [{"turn": 1, "quote": "I adore you"}], "score": 7}',
            '{"evidence": [{"turn": 1, "quote": "Better"}], "score": 12}',
            '{"evidence": [], "score": 4}',
        ]
    )
    with ChatServer(lambda *_: completion(next(texts))) as server:
        judge = patient(server.url, concurrency=1)
        found = rate(sessions(4), design=design(items=1), judges=[judge])
    assert found["score"].null_count() == 4
    assert found["reason"].to_list() == [
        str(Reason.NO_JSON),
        str(Reason.QUOTE_NOT_THERE),
        str(Reason.OFF_THE_SCALE),
        str(Reason.NO_QUOTE),
    ]


def test_where_a_side_says_nothing_nobody_is_asked() -> None:
    empty = Session("empty", ())
    alone = Session("alone", (Turn(0, "therapist", "Hello?"), Turn(1, "therapist", "Hello?")))
    with ChatServer(verdict) as server:
        judges = [patient(server.url)]
        found = rate([empty, alone], design=design(items=1), judges=judges)
        counted = plan([empty, alone], design=design(items=1), judges=judges)
    assert server.requests == []
    assert found["reason"].to_list() == [str(Reason.EMPTY_WINDOW), str(Reason.ONE_SIDED)]
    assert found["attempts"].to_list() == [0, 0]
    assert (counted.verdicts, counted.unasked, counted.calls) == (2, 2, 0)


def test_a_plan_counts_what_would_be_asked_and_asks_nothing(tmp_path: Path) -> None:
    with ChatServer(verdict) as server, Store(tmp_path / "v.sqlite") as store:
        judges = [patient(server.url)]
        rate(sessions(2), design=design(), judges=judges, store=store)
        before = len(server.requests)
        counted = plan(sessions(5), design=design(seeds=(0, 1)), judges=judges, store=store)
        assert len(server.requests) == before
        assert (counted.verdicts, counted.kept, counted.calls) == (20, 4, 16)
        rate(sessions(5), design=design(seeds=(0, 1)), judges=judges, store=store)
    new = server.requests[before:]
    assert len(new) == counted.calls
    characters = sum(len(m["content"]) for one in new for m in one["messages"])
    assert counted.characters == characters
    assert counted.prompt_tokens == -(-characters // 4)


def test_a_judge_known_to_be_one_may_stumble() -> None:
    def stumbling(asked: Asked, before: int) -> Reply:
        return verdict(asked) if before else MALFORMED

    with ChatServer(stumbling) as server:
        found = rate(sessions(2), design=design(), judges=[patient(server.url)])
    assert set(found["status"]) == {"scored"}
    assert set(found["attempts"]) == {2}


def test_it_can_be_called_where_a_loop_runs_already() -> None:
    async def notebook(judge: Judge) -> pl.DataFrame:
        return rate(sessions(1), design=design(), judges=[judge])

    with ChatServer(verdict) as server:
        found = asyncio.run(notebook(patient(server.url)))
    assert set(found["status"]) == {"scored"}


def test_two_sessions_of_one_name_and_two_judges_of_one_name_are_told_apart_by_the_user() -> None:
    judge = patient("http://127.0.0.1:1/v1")
    with pytest.raises(DataError, match="two sessions are called s0"):
        plan([*sessions(1), *sessions(1)], design=design(), judges=[judge])
    with pytest.raises(UsageError, match="two judges are both called m"):
        rate(sessions(1), design=design(), judges=[judge, judge])
    with pytest.raises(UsageError, match="no judge"):
        rate(sessions(1), design=design(), judges=[])


def test_progress_counts_every_row_once() -> None:
    told: list[int] = []
    with ChatServer(verdict) as server:
        rate(sessions(5), design=design(), judges=[patient(server.url)], progress=told.append)
    assert sum(told) == 10
