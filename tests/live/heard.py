"""Sessions to be heard, and how states are held against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.embedding import Encoder
from attunement.live import Monitor, State
from attunement.transcripts import Session, Turn


class Remembered:
    """Another encoder that embeds each text once in a run."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self.encoder.encode(new), strict=True))
        rows = [self._known[text] for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)


SPOKEN = (
    "I don't really see where this is going.",
    "It helped to talk about it last week, thank you.",
    "I trust you with this.",
    "Okay.",
    "Fine. Whatever you think is best.",
    "You're not listening to me, and these exercises are a waste of time.",
    "I want to be able to sleep through, and that is what we said we'd do.",
    "What would you like to work on today?",
    "Tell me more about that.",
    "We agreed that you would keep the log; did you?",
    "J'ai peur que ça ne serve à rien, à vrai dire.",
    "आज मन हल्का है।",
    "我不知道该说什么。",
    "Ⓐ ½ ٣ _ — 👍🏽",
)
NOT_SPOKEN = ("", "  ", "\n\t", "\u2003", "\x1f \x00", "\ufeff")
ODD = ("…", "--- ***", "\u200b", "e\u0301te\u0301", "a\x00b\ud800c", "?!", "😭 " * 40, "so " * 700)

roles = st.sampled_from(("patient", "therapist", "patient", "therapist", "other"))
texts = st.one_of(st.sampled_from(SPOKEN), st.sampled_from(SPOKEN + NOT_SPOKEN + ODD))


def turns_of(spoken: Sequence[tuple[str, str]]) -> tuple[Turn, ...]:
    return tuple(Turn(n, role, text) for n, (role, text) in enumerate(spoken))  # type: ignore[arg-type]


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Any order of sides, third speakers among them, any of these texts, up to forty turns."""
    count = draw(st.integers(0, 40))
    said = st.tuples(roles, texts)
    return Session("s", turns_of(draw(st.lists(said, min_size=count, max_size=count))))


def heard(monitor: Monitor, turns: Sequence[Turn]) -> list[State]:
    return [monitor.step(turn) for turn in turns]


def alike(one: Sequence[State], other: Sequence[State], *, tolerance: float = 1e-9) -> None:
    """Hold that states are equal, and their numbers to so many places."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        pairs = zip(_leaves(left), _leaves(right), strict=True)
        for (name, expected), (_, found) in pairs:
            if isinstance(expected, float):
                close = pytest.approx(expected, rel=tolerance, abs=tolerance)
                assert found == close, (left.turn, name)
            else:
                assert found == expected, (left.turn, name)


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    if is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), f"{name}.{field.name}")
    elif isinstance(value, tuple):
        yield name, len(value)
        for place, one in enumerate(value):
            yield from _leaves(one, f"{name}[{place}]")
    elif isinstance(value, dict):
        yield name, sorted(value)
        for key in sorted(value):
            yield from _leaves(value[key], f"{name}.{key}")
    else:
        yield name, value
