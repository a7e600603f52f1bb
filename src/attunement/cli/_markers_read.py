"""Markers of a corpus, gathered chunk by chunk, and how they go with the alliance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from attunement.alliance import EmbeddedChunk
from attunement.associations import (
    AssociationOptions,
    Associations,
    associate_sessions,
    associate_turns,
)
from attunement.embedding import Encoder
from attunement.markers import (
    NON_FLUENCIES,
    ActClassifier,
    answers,
    definitions,
    every_marker,
    session_markers,
    session_semantics,
)
from attunement.report import MarkersShown
from attunement.tablefiles import write_table
from attunement.tables import ACTS, ALLIANCE, MARKER_SESSIONS, MARKERS, ROLES
from attunement.validity import POOLINGS, SESSION_POOLING, session_means

TURN_RATES = ("i", "we", "you", "they", "hedges", "negations")
"""Counts that enter what is asked of turns, as shares of the turn's words."""

TURN_VALUES = ("positive", "negative", "overlap", "shared_words", "response_time")
"""Markers that enter it as they are."""

SESSION_MARKERS = (
    *("i", "we", "you", "they", "non_fluencies", *NON_FLUENCIES, "hedges", "negations"),
    *("turn_length", "response_time", "positive", "negative", "overlap", "shared_words"),
    *ACTS,
    *("style_match", "alignment", "alignment_trend", "lead_lag"),
)
"""What is asked of sessions. The kinds of function words serve style matching and are left out, so
that the family of tests holds what the literature asks about."""

OF_PAIRS = ("overlap", "shared_words", "response_time")
"""Markers of a side that are of what the other side said, too."""

_PER_100_WORDS = "per 100 words"


class MarkersRead:
    """The markers of the chunks taken so far.

    Parameters
    ----------
    encoder : Encoder
        The encoder of the turns; the kinds of therapist turns are learned in its space.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._acts = ActClassifier().fit(encoder)
        self._turns: list[pl.DataFrame] = []
        self._pairs: list[pl.DataFrame] = []
        self._answers: list[pl.DataFrame] = []

    def take(self, chunk: EmbeddedChunk) -> None:
        """Read the markers of a chunk's turns."""
        if not chunk.spoken.height:
            return
        self._turns.append(every_marker(chunk.spoken, chunk.vectors, acts=self._acts))
        self._answers.append(answers(chunk.spoken))
        self._pairs.append(session_semantics(chunk.spoken, chunk.vectors))

    def turns(self) -> pl.DataFrame:
        """Give `MARKERS`."""
        return pl.concat([pl.DataFrame(schema=MARKERS.schema), *self._turns])

    def answers(self) -> pl.DataFrame:
        """Give how the patient's turns open."""
        return pl.concat(self._answers)

    def sessions(self) -> pl.DataFrame:
        """Give `MARKER_SESSIONS`."""
        turns = self.turns()
        if not turns.height:
            return pl.DataFrame(schema=MARKER_SESSIONS.schema)
        order = turns.select(pl.col("session_id").unique(maintain_order=True))
        rows = pl.concat([session_markers(turns), *self._pairs])
        return order.join(rows, on="session_id", how="left", maintain_order="left").select(
            pl.col(name).cast(dtype) for name, dtype in MARKER_SESSIONS.columns.items()
        )


@dataclass(frozen=True, slots=True)
class MarkersFound:
    """The markers and what they go with.

    Attributes
    ----------
    shown : MarkersShown
        Everything the report draws.
    """

    shown: MarkersShown

    @classmethod
    def of(
        cls,
        read: MarkersRead,
        *,
        scores: pl.DataFrame,
        sessions: pl.DataFrame,
        ratings: pl.DataFrame,
        options: AssociationOptions,
    ) -> MarkersFound:
        """Ask how the markers go with inferred and rated alliance.

        Parameters
        ----------
        read : MarkersRead
            The corpus's markers.
        scores : DataFrame
            `SCORES` of one zero-shot estimator.
        sessions, ratings : DataFrame
            `SESSIONS` and `RATINGS`.
        options : AssociationOptions
            How to run the statistics.
        """
        turns, by_session = read.turns(), read.sessions()
        described = pl.DataFrame([asdict(one) for one in definitions()])
        rates = described.filter(pl.col("unit") == _PER_100_WORDS)["name"].to_list()
        targets = pl.concat([_rated(ratings), _inferred(scores)])
        found = Associations.joined(
            associate_sessions(
                by_session.filter(pl.col("marker").is_in(SESSION_MARKERS)),
                targets,
                sessions,
                covariates=_lengths(turns, sessions),
                logged=rates,
                of_pairs=OF_PAIRS,
                options=options,
            ),
            associate_turns(
                scores, turn_features(turns), sessions, answers=read.answers(), options=options
            ),
        )
        return cls(
            MarkersShown(
                markers=turns,
                sessions=by_session,
                corpus_sessions=sessions,
                associations=found.effects,
                controls=found.controls,
                definitions=described,
                by=options.by,
            )
        )

    def write(self, folder: Path) -> None:
        """Write the tables that have rows."""
        shown = self.shown
        write_table(folder / "markers.parquet", shown.markers)
        for name, table in (
            ("marker_sessions", shown.sessions),
            ("marker_associations", shown.associations),
            ("marker_association_controls", shown.controls),
        ):
            if table.height:
                write_table(folder / f"{name}.csv", table)


def turn_features(markers: pl.DataFrame) -> pl.DataFrame:
    """Make of markers what is asked of turns: shares of words, values, and acts as 0 and 1."""
    share = 1 / pl.col("words")
    return markers.select(
        "session_id",
        "turn",
        "role",
        *((pl.col(name) * share).alias(name) for name in TURN_RATES),
        (pl.sum_horizontal(NON_FLUENCIES, ignore_nulls=False) * share).alias("non_fluencies"),
        *TURN_VALUES,
        *((pl.col("act") == act).cast(pl.Float64).alias(act) for act in ACTS),
    )


def _rated(ratings: pl.DataFrame) -> pl.DataFrame:
    """Give what either side rated of whole sessions; several answers count as their mean."""
    return (
        ratings.filter(pl.col("turn").is_null(), pl.col("rater").is_in(ROLES))
        .group_by("session_id", "rater", "instrument", "scale", maintain_order=True)
        .agg(pl.col("value").mean())
        .select(
            "session_id",
            (pl.col("rater") + "_rated").alias("target"),
            "instrument",
            "scale",
            "value",
        )
    )


def _inferred(scores: pl.DataFrame) -> pl.DataFrame:
    """Give what is inferred of whole sessions, of each side, by the usual weighting of turns."""
    pooling = POOLINGS[SESSION_POOLING]
    return pl.concat(
        session_means(
            scores.filter(pl.col("role") == role, pl.col(ALLIANCE).is_not_null()),
            [ALLIANCE],
            pooling,
        ).select(
            "session_id",
            pl.lit(f"inferred_{role}").alias("target"),
            pl.lit(None, pl.String).alias("instrument"),
            pl.lit(ALLIANCE).alias("scale"),
            pl.col(ALLIANCE).alias("value"),
        )
        for role in ROLES
    )


def _lengths(turns: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Give the logarithm of a session's words, and its number in the treatment where all have."""
    spoken = turns.group_by("session_id").agg(pl.col("words").sum().log1p().alias("log_words"))
    numbered = sessions["number"].is_not_null().all() and sessions["number"].n_unique() > 1
    return spoken.join(
        sessions.select("session_id", *(["number"] if numbered else [])),
        on="session_id",
        how="inner",
    )
