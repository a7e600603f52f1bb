"""How far each scale's axis is drawn to the whole's, and what that does to the three scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks._ablation._axes import Matrix
from benchmarks._ablation._figures import HALVES, Figure
from benchmarks._ablation._readings import Reading, fitted, score
from benchmarks.validity import (
    Column,
    Scored,
    in_half,
    numbers,
    own_and_other,
    print_table,
    rated_sessions,
)

from attunement.alliance import Contrast, EmbeddedChunk
from attunement.embedding import Encoder
from attunement.markers import sentiment
from attunement.tables import SCALES, Role
from attunement.validity import POOLINGS, SESSION_POOLING, session_means, spearman

PATIENT: Role = "patient"
SENTIMENT = "VADER sentiment"
SHARES = {"0": 0.0, "1/4": 1 / 4, "1/3": 1 / 3, "1/2": 1 / 2, "3/4": 3 / 4, "1": 1.0}
PAIRS = {f"{one}-{other}": (one, other) for one, other in combinations(SCALES, 2)}


class Sentiment:
    """VADER's compound score of the patient's turns, where a fitted reading could stand."""

    def scores(self, chunk: EmbeddedChunk) -> Matrix:
        of_patient = (chunk.spoken["role"] == PATIENT).to_numpy()
        found = np.full(len(of_patient), np.nan)
        found[of_patient] = sentiment(chunk.spoken["text"].filter(of_patient))["compound"]
        return found


def scales(path: Path, encoder: Encoder) -> tuple[list[Figure], Figure]:
    """Give a row a share, the sentiment's, and how the rated scales correlate with each other."""
    shared = {
        f"{scale}, {share}": Reading(Contrast(shared=value), measure=scale)
        for share, value in SHARES.items()
        for scale in SCALES
    }
    corpus = score(path, {**fitted(shared, encoder), SENTIMENT: Sentiment()}, encoder)
    sessions = of_sessions(corpus, [*shared, SENTIMENT])
    columns = {named(share): [f"{scale}, {share}" for scale in SCALES] for share in SHARES}
    columns[SENTIMENT] = [SENTIMENT]
    rows = [{"drawn": name} | scale_figures(sessions, own) for name, own in columns.items()]
    return rows, among(sessions, rated_columns())


def named(share: str) -> str:
    return f"{share} (default)" if SHARES[share] == Contrast().shared else share


def rated_columns() -> list[str]:
    return [f"rated {scale}" for scale in SCALES]


def of_sessions(corpus: Scored, measures: Sequence[str]) -> pl.DataFrame:
    """The sessions in which every scale is rated, with their mean scores."""
    rated = [
        rated_sessions(corpus, scale=scale).select(
            "session_id", "patient_id", pl.col("rating").alias(name)
        )
        for scale, name in zip(SCALES, rated_columns(), strict=True)
    ]
    both = reduce(lambda one, other: one.join(other, on=["session_id", "patient_id"]), rated)
    turns = corpus.scores.filter(pl.col("role") == PATIENT)
    means = session_means(turns, measures, POOLINGS[SESSION_POOLING])
    return both.join(means, on="session_id").sort("session_id")


def scale_figures(sessions: pl.DataFrame, inferred: Sequence[str]) -> Figure:
    """Hold three inferred scales against the rated ones, or one score against all three.

    `own` and `other` are means over a scale with its own rating, and with another's, the mean of
    the rated scales partialled out.
    """
    figures: Figure = {}
    for half, short in HALVES.items():
        rows = sessions.filter(in_half(half))
        ratings = [numbers(rows, one) for one in rated_columns()]
        scores = [numbers(rows, one) for one in inferred]
        each = scores if len(scores) > 1 else scores * len(ratings)
        for scale, one, rating in zip(SCALES, each, ratings, strict=True):
            figures[f"{short} {scale}"] = spearman(one, rating)
        if len(scores) > 1:
            whole = np.mean(ratings, axis=0)
            left = np.array([[spearman(one, two, whole) for two in ratings] for one in scores])
            figures[f"{short} own"], figures[f"{short} other"] = own_and_other(left)
    return figures | (among(sessions, inferred) if len(inferred) > 1 else {})


def among(sessions: pl.DataFrame, columns: Sequence[str]) -> Figure:
    """Correlate three scales with each other, over both halves."""
    of_scale = dict(zip(SCALES, columns, strict=True))
    return {
        name: spearman(*(numbers(sessions, of_scale[scale]) for scale in pair))
        for name, pair in PAIRS.items()
    }


# --- printing --------------------------------------------------------------------------------

MEASURED = (*SCALES, "own", "other")
COLUMNS = (
    Column("drawn", "", -18),
    *(Column(f"{half} {key}", half, 7) for key in MEASURED for half in HALVES.values()),
    *(Column(pair, pair, 11) for pair in PAIRS),
)
LEGEND = f"""
How far each scale's axis is drawn to the whole's: from 0, its own, to 1, the whole's for all three.
task, bond, goal: Spearman of the inferred scale with the patient's rating of it. own, other: means
over a scale with its own rating, and with the other two, the mean of the rated scales partialled
out: what there is of one scale and not of the others is their difference. Right: Spearman of the
inferred scales with each other. {SENTIMENT}: its one score against each rated scale. Patients'
turns, default pooling."""


def print_scales(rows: Sequence[Figure], rated: Mapping[str, object]) -> None:
    above = "".join(f"{heading:>14}" for heading in MEASURED)
    print_table(f"Scales\n{'':18}{above}", COLUMNS, rows)
    print(LEGEND)
    print("Rated scales with each other: " + ", ".join(f"{k} {v:.3f}" for k, v in rated.items()))
