"""From sessions to estimates of their ratings, and to running estimates turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.alliance._embedded import EmbeddedChunk, chunks, embed
from attunement.alliance.fitted._material import mark, session_turns
from attunement.alliance.fitted._model import FittedModel, ScaleModel
from attunement.alliance.fitted._signals import SpokenTurns
from attunement.embedding import Encoder
from attunement.tables import ALLIANCE, ESTIMATES, SCALES, SCORES, Role
from attunement.transcripts import Session

_MEASURES = (*SCALES, ALLIANCE)
_OPTIONAL = ("words",)
RUNNING_SCHEMA = pl.Schema(
    {
        name: kind
        for name, kind in SCORES.columns.items()
        if name not in SCORES.optional or name in _OPTIONAL
    }
)
"""The columns of the scores table that a fitted model fills."""


@dataclass(frozen=True, slots=True)
class EstimatedChunk:
    """Some consecutive sessions.

    Attributes
    ----------
    turns, sessions, ratings : DataFrame
        Their tables.
    estimates : DataFrame
        With the schema of ESTIMATES: one row a session with scored turns, side and scale.
    scores : DataFrame or None
        Running estimates, if asked for: a row a turn, on the scale of the side that spoke.
    seen : tuple of str
        Which of the sessions the model was fitted on.
    of_known_patients : tuple of str
        Which others are of patients that the model was fitted on, as far as patients are known.
    """

    turns: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    estimates: pl.DataFrame
    scores: pl.DataFrame | None
    seen: tuple[str, ...]
    of_known_patients: tuple[str, ...]


class FittedScorer:
    """Applies a fitted model.

    Parameters
    ----------
    model : FittedModel
        The model.
    encoder : Encoder
        The encoder it was fitted with.
    running : bool
        Whether chunks carry running estimates.

    Raises
    ------
    ModelError
        Another encoder.
    """

    def __init__(self, *, model: FittedModel, encoder: Encoder, running: bool = False) -> None:
        model.need(encoder)
        self.model = model
        self.encoder = encoder
        self.running = running

    def stream(
        self, sessions: Iterable[Session], *, on_turns: Callable[[int], None] | None = None
    ) -> Iterator[EstimatedChunk]:
        """Estimate sessions as they come; see `Scorer.stream`."""
        for some in chunks(sessions):
            yield self.estimate(embed(some, self.encoder, on_turns=on_turns))

    def estimate(self, chunk: EmbeddedChunk) -> EstimatedChunk:
        """Estimate the sessions of a chunk."""
        estimates: list[tuple[object, ...]] = []
        running: list[pl.DataFrame] = []
        seen: list[str] = []
        rows = dict(chunk.of_sessions())
        for session_id, turns in session_turns(chunk, self.model.hearing):
            if mark(turns) in self.model.learned_from:
                seen.append(session_id)
            for scale, found in zip(self.model.scales, self.model.estimate(turns), strict=True):
                estimates.append(
                    (
                        session_id,
                        self.model.name,
                        scale.perspective,
                        scale.scale,
                        float(found.estimate[0]),
                        float(found.low[0]),
                        float(found.high[0]),
                    )
                )
            if self.running:
                running.append(self._running(chunk.spoken[rows[session_id]], turns))
        return EstimatedChunk(
            turns=chunk.turns,
            sessions=chunk.sessions,
            ratings=chunk.ratings,
            estimates=pl.DataFrame(estimates, schema=ESTIMATES.schema, orient="row"),
            scores=_joined(running) if self.running else None,
            seen=tuple(seen),
            of_known_patients=self._of_known_patients(chunk.sessions, besides=seen),
        )

    def _of_known_patients(
        self, sessions: pl.DataFrame, *, besides: Sequence[str]
    ) -> tuple[str, ...]:
        known = self.model.knows(sessions["patient_id"].to_list())
        found = sessions.filter(pl.Series(known, dtype=pl.Boolean))["session_id"]
        return tuple(one for one in found if one not in besides)

    def _running(self, spoken: pl.DataFrame, turns: SpokenTurns) -> pl.DataFrame:
        """Give, for each turn, the estimate of its speaker's rating after it."""
        found = self.model.after_each_turn(turns)
        columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        for measure in _MEASURES:
            values = np.full(len(turns), np.nan)
            for role, mine in (("patient", turns.of_patient), ("therapist", ~turns.of_patient)):
                place = place_of(
                    self.model.scales, "patient" if role == "patient" else "therapist", measure
                )
                if place is not None:
                    values[mine] = found[place].estimate[mine]
            columns[measure] = values
        rated = {scale.perspective for scale in self.model.scales}
        return (
            spoken.select("session_id", "turn", "role", "time", "words")
            .with_columns(
                pl.lit(self.model.name).alias("estimator"),
                *(pl.Series(name, values).fill_nan(None) for name, values in columns.items()),
                *(
                    pl.Series(f"{name}_raw", values).fill_nan(None)
                    for name, values in columns.items()
                ),
            )
            .filter(pl.col("role").is_in(sorted(rated)))
            .select(RUNNING_SCHEMA.names())
        )


def place_of(scales: tuple[ScaleModel, ...], role: Role, measure: str) -> int | None:
    """Find the scale that stands for a measure; a side's only scale stands for the alliance."""
    mine = [place for place, one in enumerate(scales) if one.perspective == role]
    for place in mine:
        if scales[place].scale == measure:
            return place
    return mine[0] if measure == ALLIANCE and len(mine) == 1 else None


def _joined(running: list[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(running).cast(RUNNING_SCHEMA) if running else pl.DataFrame(schema=RUNNING_SCHEMA)
    )
