"""Judges whose answers are scripted, for tests of asking and keeping."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

from tests.raters.server import Asked as Body
from tests.raters.server import Reply, chance, completion

from attunement.raters import Design, Judge, Message, load_items, load_protocol, narrowed
from attunement.raters._chat import Asked, Chat
from attunement.transcripts import Session, Turn

HELLO = (Message("user", "Is anybody there?"),)

_PATIENT = re.compile(r"^\[(\d+)\] Patient: (.*)$", re.MULTILINE)


def patient(url: str, *, model: str = "m", **settings: float) -> Judge:
    """A judge whose numbers are as given."""
    return Judge(
        endpoint=Judge.at(f"{url}#{model}").endpoint,
        temperature=settings.get("temperature", 0.0),
        timeout=settings.get("timeout", 10.0),
        attempts=int(settings.get("attempts", 5)),
        concurrency=int(settings.get("concurrency", 4)),
        per_minute=settings.get("per_minute"),
    )


def ask(judge: Judge, messages: Sequence[Message] = HELLO, *, times: int = 1) -> list[Asked]:
    """Put the same question some times, one after the other, with seeds from 0."""

    async def asking() -> list[Asked]:
        async with Chat(judge) as chat:
            return [await chat.ask(messages, seed=seed) for seed in range(times)]

    return asyncio.run(asking())


def verdict(asked: Body, _: int = 0) -> Reply:
    """Quote the patient's first words, and give a score that only depends on the question."""
    found = _PATIENT.search(asked["messages"][-1]["content"])
    evidence = [{"turn": int(found[1]), "quote": found[2]}] if found else []
    score = 1 + int(chance(asked, 0) * 7)
    return completion(json.dumps({"evidence": evidence, "why": "So it says.", "score": score}))


def sessions(count: int) -> list[Session]:
    """Sessions of two turns."""
    return [
        Session(
            session_id=f"s{number}",
            turns=(
                Turn(0, "therapist", "How was the week?"),
                Turn(1, "patient", f"Better, {number} times over."),
            ),
        )
        for number in range(count)
    ]


def design(*, seeds: tuple[int, ...] = (0,), items: int = 2) -> Design:
    """Our inventory's first items, from the patient's view."""
    whole = load_items()
    names = tuple(item.item for item in whole.items[:items])
    return Design(items=narrowed(whole, only=names), protocol=load_protocol(), seeds=seeds)
