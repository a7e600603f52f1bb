"""A short invented session, and the parts that most tests of raters need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from attunement.raters import ItemSet, RatedItem, Window, load_items
from attunement.transcripts import Session, SpeakerRole, Turn

Write: TypeAlias = Callable[[str, str], Path]

SPOKEN: tuple[tuple[SpeakerRole, str], ...] = (
    ("therapist", "How did the week with the diary go?"),
    ("patient", "I kept it for three days. Then I… well, I don’t see what it’s for."),
    ("therapist", "Thank you for telling me. Shall we look at it together — or drop it?"),
    ("patient", "Drop it."),
    ("other", "The interpreter asks for a short break."),
    ("patient", "No."),
)


def spoken(*turns: tuple[SpeakerRole, str], session_id: str = "s1") -> Session:
    return Session(session_id, tuple(Turn(at, role, text) for at, (role, text) in enumerate(turns)))


def whole(session: Session) -> Window:
    return Window(session.session_id, 0, 0, max(len(session.turns) - 1, 0), session.turns)


def item_set(*, low: float = 1, high: float = 7, whole: bool = True) -> ItemSet:
    item = RatedItem("1", "bond", 1, "I trust.", "They trust.", None, "Trust", "all", "none")
    return ItemSet("trust", "1", "ours", low, high, whole, (item,), "0" * 64)


@pytest.fixture
def session() -> Session:
    return spoken(*SPOKEN)


@pytest.fixture
def window(session: Session) -> Window:
    return whole(session)


@pytest.fixture(scope="session")
def inventory() -> ItemSet:
    return load_items()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return _write
