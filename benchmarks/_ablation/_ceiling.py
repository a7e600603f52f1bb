"""What an axis learned from the ratings themselves reaches with the same vectors and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from benchmarks._ablation._axes import Matrix
from benchmarks._ablation._figures import HALVES, Figure, Variant, auc, pooled, rho
from benchmarks.validity import Column, Scored, in_half, numbers, print_table, rated_sessions
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold

from attunement.alliance import Vectors, chunks, embed
from attunement.embedding import Encoder
from attunement.tables import ALLIANCE
from attunement.transcripts import Corpus, ReadOptions
from attunement.validity import POOLINGS, SESSION_POOLING, Pooling, session_means

Patients: TypeAlias = NDArray[np.object_]

PARTS = 5
PENALTIES = np.geomspace(0.01, 100, 9)
BOTH_HALVES = {**HALVES, "all": "all"}


def ceiling(kokoro: Scored, default: Variant, path: Path, encoder: Encoder) -> list[Figure]:
    """Give the anchors' row, that of the mean vectors, and one with those of all turns beside."""
    late, even = mean_vectors(path, encoder, [POOLINGS[SESSION_POOLING], POOLINGS["all_turns"]])
    truth = rated_sessions(kokoro, scale=ALLIANCE)
    estimates = {
        "the anchors' axis": pooled(kokoro, default),
        "ridge on mean vectors": learned(truth, late),
        "the mean of all turns beside them": learned(
            truth, late.join(even, on="session_id", suffix=" of all")
        ),
    }
    return [{"axis": name} | held(truth, one) for name, one in estimates.items()]


def mean_vectors(path: Path, encoder: Encoder, poolings: Sequence[Pooling]) -> list[pl.DataFrame]:
    """Average the vectors of each session's patient turns: session_id and a column a dimension."""
    found: list[list[pl.DataFrame]] = [[] for _ in poolings]
    for batch in chunks(Corpus([path], ReadOptions())):
        chunk = embed(batch, encoder)
        of_patient = chunk.spoken["role"] == "patient"
        turns = with_vectors(chunk.spoken.filter(of_patient), chunk.vectors[of_patient.to_numpy()])
        dimensions = turns.columns[-encoder.dimension :]
        for means, pooling in zip(found, poolings, strict=True):
            means.append(session_means(turns, dimensions, pooling))
    return [pl.concat(means) for means in found]


def with_vectors(turns: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
    dimensions = [f"dimension {number}" for number in range(vectors.shape[1])]
    keys = turns.select("session_id", "time", "words")
    return keys.hstack(pl.from_numpy(vectors.astype(np.float64), schema=dimensions))


def learned(truth: pl.DataFrame, vectors: pl.DataFrame) -> pl.DataFrame:
    """Estimate each session by what was learned from other patients: session_id, score."""
    rows = truth.join(vectors, on="session_id", maintain_order="left")
    estimates = of_other_patients(
        rows.select(vectors.drop("session_id").columns).to_numpy(),
        numbers(rows, "rating"),
        rows["patient_id"].to_numpy(),
    )
    return rows.select("session_id", score=pl.Series(estimates))


def held(truth: pl.DataFrame, estimates: pl.DataFrame) -> Figure:
    rows = truth.join(estimates, on="session_id", maintain_order="left")
    figures: Figure = {}
    for half, short in BOTH_HALVES.items():
        own = rows.filter(in_half(half))
        figures |= {
            f"{short} main": rho(own),
            f"{short} length out": rho(own, "patient_words", "patient_turns"),
        }
        figures |= auc(own, short)
    return figures


def of_other_patients(vectors: Matrix, ratings: Matrix, patients: Patients) -> Matrix:
    """Estimate ratings by ridges that saw nothing of the patient; nor did the penalty's choice."""
    found = np.empty(len(ratings))
    parts = GroupKFold(PARTS)
    for others, own in parts.split(vectors, ratings, patients):
        x, y = vectors[others], ratings[others]
        inside = list(parts.split(x, y, patients[others]))
        found[own] = RidgeCV(PENALTIES, cv=inside).fit(x, y).predict(vectors[own])
    return found


# --- printing --------------------------------------------------------------------------------

MEASURED = (("main", "Spearman"), ("length out", "length out"), ("AUC", "AUC unwilling"))
COLUMNS = (
    Column("axis", "", -42),
    *(Column(f"{half} {key}", half, 7) for key, _ in MEASURED for half in BOTH_HALVES.values()),
)
LEGEND = f"""
Fitted to KokoroChat, unlike all above. First row: the default, nothing fitted. Second: ridge of the
patient's rating on the session's mean vector (patients' turns, {POOLINGS[SESSION_POOLING].title}),
one axis learned from the ratings of other patients ({PARTS} parts; the penalty chosen inside the
other {PARTS - 1}): about the most that a single axis could be expected to reach with these vectors
and this pooling. Last: the mean of all turns beside it, an axis for either."""


def print_ceiling(rows: Sequence[Figure]) -> None:
    above = "".join(f"{heading:>21}" for _, heading in MEASURED)
    print_table(f"The ceiling\n{'':42}{above}", COLUMNS, rows)
    print(LEGEND)
