"""How satisfied the user sounds with the AI, how clear about things, and where the two part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

import numpy as np
import polars as pl
import yaml

from attunement.alliance import Vectors, axis_between, load_reference, project
from attunement.embedding import Encoder

AXES = ("satisfaction", "clarity")

SATISFIED, CLEAR = "satisfied, not clear", "clear, not satisfied"
"""The two ways in which the axes part."""

_APART = 1.0
"""How far from the reference's mean both axes must lie, in its standard deviations, to part."""


@dataclass(frozen=True, slots=True)
class AxisLines:
    """What axes.yaml holds: the lines at both ends of each axis, and those at neither."""

    strong: dict[str, tuple[str, ...]]
    weak: dict[str, tuple[str, ...]]
    neutral: tuple[str, ...]


class Axes:
    """Two axes in the embedding space: expressed satisfaction, and clarity.

    Each is the direction of `attunement.alliance.axis_between` on which the strong lines of
    data/axes.yaml lie at +1, the weak at -1, and the neutral ones *and both ends of the other axis*
    at 0. A turn's score is its projection, in standard deviations of the user side of the reference
    turns from their mean.

    Parameters
    ----------
    lines : AxisLines, optional
        Other lines than the shipped ones.

    Attributes
    ----------
    axes_ : ndarray of shape (d, 2)
        The unit axes of satisfaction and clarity.
    mean_, sd_ : ndarray of shape (2,)
        Of the reference's patient turns.

    Notes
    -----
    What is expressed, not what is felt; what sounds clear, not whether it is right. The lines are
    English: how far they reach into other languages is the encoder's doing, and unmeasured. Whether
    these are two axes, and what they go with: benchmarks/axes.py and docs/audit-definitions.md.
    """

    def __init__(self, lines: AxisLines | None = None) -> None:
        self.lines = lines

    def fit(self, encoder: Encoder) -> Self:
        """Learn the axes, and how the reference's patient turns lie on them."""
        lines = self.lines or axis_lines()
        strong = {name: encoder.encode(lines.strong[name]) for name in AXES}
        weak = {name: encoder.encode(lines.weak[name]) for name in AXES}
        neutral = encoder.encode(lines.neutral)
        directions = []
        for name, other in zip(AXES, reversed(AXES), strict=True):
            at_neither = np.vstack([neutral, strong[other], weak[other]])
            directions.append(axis_between(strong[name], weak[name], at_neither))
        self.axes_ = np.stack(directions, axis=1).astype(np.float32)
        reference = load_reference()
        told = zip(reference.roles, reference.texts, strict=True)
        users = encoder.encode([text for role, text in told if role == "patient"])
        scores = project(users, self.axes_).astype(np.float64)
        self.mean_, self.sd_ = scores.mean(axis=0), scores.std(axis=0)
        return self

    def score(self, spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        """Place the user's turns on the axes.

        Parameters
        ----------
        spoken : DataFrame
            session_id, turn, role; one row a vector.
        vectors : ndarray of shape (n, d)
            The turns' embeddings, of unit norm, by the encoder given to `fit`.

        Returns
        -------
        DataFrame
            session_id, turn, satisfaction, clarity: the rows with role patient, as in `spoken`.
            A turn's place depends on its own words alone.
        """
        (rows,) = (spoken["role"] == "patient").to_numpy().nonzero()
        scores = (project(vectors[rows], self.axes_).astype(np.float64) - self.mean_) / self.sd_
        return spoken[rows].select(
            "session_id",
            "turn",
            satisfaction=pl.Series(scores[:, 0], dtype=pl.Float64),
            clarity=pl.Series(scores[:, 1], dtype=pl.Float64),
        )


def parting(scored: pl.DataFrame, *, apart: float = _APART) -> pl.DataFrame:
    """Find the turns where the user sounds satisfied and not clear, or clear and not satisfied.

    Parameters
    ----------
    scored : DataFrame
        What `Axes.score` gives.
    apart : float
        How far above its mean the one must lie, and the other below, in standard deviations of the
        reference.

    Returns
    -------
    DataFrame
        session_id, turn, parts ("satisfied, not clear" or "clear, not satisfied"), satisfaction,
        clarity; per chat in the order of `scored`, widest apart first.
    """
    satisfied = (pl.col("satisfaction") >= apart) & (pl.col("clarity") <= -apart)
    clear = (pl.col("clarity") >= apart) & (pl.col("satisfaction") <= -apart)
    return (
        scored.with_row_index("row")
        .with_columns(place=pl.col("row").min().over("session_id"))
        .filter(satisfied | clear)
        .with_columns(parts=pl.when(satisfied).then(pl.lit(SATISFIED)).otherwise(pl.lit(CLEAR)))
        .sort(
            "place",
            (pl.col("satisfaction") - pl.col("clarity")).abs(),
            descending=[False, True],
            maintain_order=True,
        )
        .select("session_id", "turn", "parts", *AXES)
    )


@cache
def axis_lines() -> AxisLines:
    """Read axes.yaml."""
    text = (files("attunement.audit") / "data" / "axes.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return AxisLines(
        strong={name: tuple(pair[0] for pair in data["axes"][name]) for name in AXES},
        weak={name: tuple(pair[1] for pair in data["axes"][name]) for name in AXES},
        neutral=tuple(data["neutral"]),
    )
