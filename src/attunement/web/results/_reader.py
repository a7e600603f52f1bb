"""Reading a session's language: its markers, and its turns' scores with what the controls need."""

from __future__ import annotations

import math
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import polars as pl

from attunement.alliance import Contrast, EmbeddedChunk, Scorer, embed
from attunement.embedding import CachedEncoder, Encoder, VectorCache
from attunement.instruments import load_anchors, load_inventory
from attunement.markers import ActClassifier, every_marker, session_markers, session_semantics
from attunement.tables import MARKER_SESSIONS, SCORES
from attunement.transcripts import Session

VERSION = 1
"""Of what is kept of a session's language; kept values of another are read anew."""

_DIGITS = 7
_LEARNING = threading.Lock()
_OF_SESSION = "session_id"
_LEFT_OUT = frozenset({_OF_SESSION, "items", "estimator"})


@dataclass(frozen=True, slots=True)
class Learned:
    """What is learned once: anchors and axes, and what a therapist's turns do."""

    scorer: Scorer
    acts: ActClassifier


_LEARNED: dict[str, Learned] = {}
"""By the encoder's fingerprint."""


class Reader:
    """Reads the language of sessions; what must be learned first is learned once a process.

    Parameters
    ----------
    encoder : Encoder
        Embeds turns; nothing that is said is kept in a cache.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    @property
    def name(self) -> str:
        """What is read depends on: the encoder, and how it is read."""
        return f"{self.encoder.fingerprint}:{VERSION}"

    def embedded(self, session: Session) -> EmbeddedChunk:
        """Embed a session's turns."""
        return embed([session], self.encoder)

    def language(self, chunk: EmbeddedChunk) -> dict[str, Any]:
        """Read the language of one session.

        Parameters
        ----------
        chunk : EmbeddedChunk
            Of the session alone.

        Returns
        -------
        dict
            JSON: `version`, `encoder`; `session`, rows of role, marker, value and n; `turns`,
            columns of `MARKERS`; `scores`, columns of `SCORES`; `topics`, None.
        """
        learned = _learned(self.encoder)
        turns = every_marker(chunk.spoken, chunk.vectors, acts=learned.acts)
        by_session = pl.concat(
            [
                session_markers(turns),
                session_semantics(chunk.spoken, chunk.vectors).select(
                    pl.col(name).cast(dtype) for name, dtype in MARKER_SESSIONS.columns.items()
                ),
            ]
        )
        scores = learned.scorer.score_embedded(chunk).scores
        return {
            "version": VERSION,
            "encoder": self.encoder.fingerprint,
            "session": [
                [role, marker, _number(value), n]
                for role, marker, value, n in by_session.select(
                    "role", "marker", "value", "n"
                ).iter_rows()
            ],
            "turns": _columns(turns),
            "scores": _columns(scores),
            "topics": None,
        }

    def is_current(self, language: dict[str, Any]) -> bool:
        """Tell whether what is kept was read as it would be now."""
        return (
            language.get("version") == VERSION
            and language.get("encoder") == self.encoder.fingerprint
        )


def _learned(encoder: Encoder) -> Learned:
    """Give what is learned in an encoder's space."""
    with _LEARNING:
        if encoder.fingerprint not in _LEARNED:
            _LEARNED[encoder.fingerprint] = _learn(encoder)
        return _LEARNED[encoder.fingerprint]


def _learn(encoder: Encoder) -> Learned:
    """Learn; our own lines alone are kept in a cache on disk."""
    estimator = Contrast(bank=load_anchors(), inventory=load_inventory())
    with closing(VectorCache()) as cache:
        own = CachedEncoder(encoder, cache)
        return Learned(
            scorer=Scorer(estimators=[estimator], encoder=own).fit(),
            acts=ActClassifier().fit(own),
        )


def scores_of(language: dict[str, Any], session_id: str) -> pl.DataFrame:
    """Give a session's `SCORES` again, of the default estimator."""
    columns: dict[str, list[Any]] = language["scores"]
    return pl.DataFrame(
        columns, schema={name: SCORES.columns[name] for name in columns}
    ).with_columns(pl.lit(session_id).alias(_OF_SESSION), pl.lit(Contrast.name).alias("estimator"))


def _columns(table: pl.DataFrame) -> dict[str, list[Any]]:
    kept = [name for name in table.columns if name not in _LEFT_OUT]
    return {name: [_number(value) for value in table[name].to_list()] for name in kept}


def _number(value: Any) -> Any:  # noqa: ANN401 (cells of tables)
    """Round a number to what it can bear; what is none is left out."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
