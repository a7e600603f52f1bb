"""An organisation's topics: when they are found anew, and what is kept of them."""

from __future__ import annotations

import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from attunement.embedding import Vectors
from attunement.topics import KnownTopics
from attunement.web.apart import Limits, messages_from

FEWEST_SESSIONS = 10
"""Topics of fewer sessions are those sessions, and not what an organisation speaks of."""

MOST_SESSIONS = 500
"""Topics are learned from so many of the latest sessions, and told in all."""

_GROWN = 1.25
_MODULE = "attunement.web.apart.find_topics"
_LIMITS = Limits(memory_bytes=None, seconds=900.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Topics as they are kept.

    Attributes
    ----------
    name : str
        The job that found them: turns keep numbers of topics, which mean nothing without it.
    learned_from : int
        How many sessions there were then.
    known : KnownTopics
        To tell turns by.
    table : list of dict
        Rows of `TOPICS`.
    """

    name: str
    learned_from: int
    known: KnownTopics
    table: list[dict[str, Any]]

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Take up what `as_json` gives."""
        return cls(
            name=kept["name"],
            learned_from=kept["learned_from"],
            known=KnownTopics(
                vectors=unpacked(kept["vectors"], kept["width"]), words=frozenset(kept["words"])
            ),
            table=list(kept["table"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Give everything as JSON."""
        return {
            "name": self.name,
            "learned_from": self.learned_from,
            "vectors": packed(self.known.vectors),
            "width": self.known.vectors.shape[1],
            "words": sorted(self.known.words),
            "table": self.table,
        }

    def outgrown(self, sessions: int) -> bool:
        """Tell whether there are so many more sessions that topics are to be found anew."""
        return sessions >= _GROWN * self.learned_from

    def of(self, spoken: pl.DataFrame, vectors: Vectors) -> dict[str, Any]:
        """Tell the topics of a session's turns, as they are kept with its language."""
        turns = self.known.turns(spoken, vectors)
        return {
            "of": self.name,
            "turn": turns["turn"].to_list(),
            "role": turns["role"].to_list(),
            "time": turns["time"].to_list(),
            "topic": turns["topic"].to_list(),
        }


def find_topics(
    name: str,
    spoken: pl.DataFrame,
    vectors: Vectors,
    *,
    sessions: int,
    stop: threading.Event,
) -> Topics | None:
    """Find topics in a process of its own; None where there are no words to make them of.

    Parameters
    ----------
    name : str
        What they will be called.
    spoken : DataFrame
        session_id, turn, role, time and text.
    vectors : ndarray of shape (n, d)
        Their embeddings.
    sessions : int
        How many sessions there are.
    stop : threading.Event
        Ends it.

    Raises
    ------
    EndedError
        It took too much.
    """
    request = {
        "spoken": {
            column: spoken[column].to_list()
            for column in ("session_id", "turn", "role", "time", "text")
        },
        "vectors": packed(vectors),
        "width": vectors.shape[1],
    }
    [found] = messages_from(_MODULE, request, limits=_LIMITS, stop=stop)
    if "no_topics" in found:
        return None
    return Topics(
        name=name,
        learned_from=sessions,
        known=KnownTopics(
            vectors=unpacked(found["vectors"], vectors.shape[1]), words=frozenset(found["words"])
        ),
        table=found["table"],
    )


def packed(vectors: Vectors) -> str:
    """Write vectors as text."""
    return b64encode(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).decode()


def unpacked(text: str, width: int) -> Vectors:
    """Read vectors that `packed` wrote."""
    vectors: Vectors = np.frombuffer(b64decode(text), dtype="<f4").reshape(-1, width)
    return vectors


def course(kept: Mapping[str, Any], *, bins: int) -> list[dict[str, Any]]:
    """Give the share of a session's turns that each topic has in each part of its time.

    Parameters
    ----------
    kept : mapping
        What `Topics.of` gives.
    bins : int
        How many parts.
    """
    counted: dict[tuple[int, int], int] = {}
    total: dict[int, int] = {}
    for time, topic in zip(kept["time"], kept["topic"], strict=True):
        part = min(bins - 1, int(time * bins))
        counted[part, topic] = counted.get((part, topic), 0) + 1
        total[part] = total.get(part, 0) + 1
    return [
        {"part": part, "topic": topic, "share": n / total[part]}
        for (part, topic), n in sorted(counted.items())
    ]


def shares(kept: Mapping[str, Any], roles: Sequence[str]) -> dict[tuple[str, int], float]:
    """Give the share of each side's turns that each topic has."""
    of_role = {role: kept["role"].count(role) for role in roles}
    counted: dict[tuple[str, int], int] = {}
    for role, topic in zip(kept["role"], kept["topic"], strict=True):
        counted[role, topic] = counted.get((role, topic), 0) + 1
    return {(role, topic): n / of_role[role] for (role, topic), n in counted.items()}
