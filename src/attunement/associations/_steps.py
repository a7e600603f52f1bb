"""What comes before each of the patient's turns, and how they speak then: a regression's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import UsageError
from attunement.statistics import Design
from attunement.tables import MEASURES, ROLES

Array = NDArray[np.float64]

AS_SCORED = ""
SWAPPED = "_swapped"
WITHOUT_OFFSET = "_without_offset"

CLOSING_TURNS = 3
"""The patient's last turns, in which thanks and goodbyes are said."""

_NEEDED = ("session_id", "turn", "role", "time", "words", *MEASURES)


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps from one turn to the patient's next, sorted by session and turn.

    A step needs two patient turns in a row: the earlier tells how the patient's alliance stood, the
    later is what the step leads to. The feature is of the therapist's turn between them (side
    therapist), or of the earlier turn itself (side patient).

    Attributes
    ----------
    side : str
        Whose turn the features are of.
    frame : DataFrame
        session (place in the design), time and words of the later turn, `feature_words`,
        `earlier_words`, `closing` (among the patient's last turns), `answer_...` (what kind of
        answer the later turn is, if that is known), and for each measure, and each
        of its variants that the scores hold, `next_...`, `earlier_...` and, for side patient,
        `before_...` (the patient's turn before the earlier one; missing at the start).
    features : ndarray of shape (n, k)
        NaN where a feature is not known.
    names : tuple of str
        The k features.
    """

    side: str
    frame: pl.DataFrame
    features: Array
    names: tuple[str, ...]

    def has(self, variant: str) -> bool:
        """Whether the scores were also given in a variant."""
        return f"next_{MEASURES[0]}{variant}" in self.frame.columns


def steps(
    scores: pl.DataFrame,
    features: pl.DataFrame,
    design: Design,
    *,
    side: str,
    answers: pl.DataFrame | None = None,
) -> Steps:
    """Line up features with the patient's next turn.

    Parameters
    ----------
    scores : DataFrame
        `SCORES` of one estimator, with `words`.
    features : DataFrame
        session_id, turn, and a numeric column a feature.
    design : Design
        The sessions; scores of others are left out.
    side : str
        Whose features: patient or therapist.
    answers : DataFrame, optional
        session_id, turn, and columns of 0 and 1: how the patient's turns open, so that answers of
        one kind can be compared.

    Returns
    -------
    Steps

    Raises
    ------
    UsageError
        The scores lack a column, or no side of that name.
    """
    for name in _NEEDED:
        if name not in scores.columns:
            raise UsageError(
                f"the scores have no column {name}",
                mend="Give a table that `attunement score` wrote",
                field=name,
            )
    if side not in ROLES:
        raise UsageError(f"there is no side {side!r}", mend="Choose patient or therapist")
    names = tuple(name for name in features.columns if name not in ("session_id", "turn"))
    places = pl.DataFrame(
        {"session_id": design.session_ids},
        schema={"session_id": pl.String},
    ).with_row_index("session")
    turns = (
        scores.join(places, on="session_id")
        .with_columns(
            pl.col("session").cast(pl.Int64),
            pl.col("turn").cast(pl.Int64),
            *(
                (pl.col(measure) - pl.col(f"{measure}_offset")).alias(measure + WITHOUT_OFFSET)
                for measure in MEASURES
                if f"{measure}_offset" in scores.columns
            ),
        )
        .sort("session", "turn")
    )
    columns = [
        measure + variant
        for variant in (AS_SCORED, SWAPPED, WITHOUT_OFFSET)
        for measure in MEASURES
        if measure + variant in turns.columns
    ]
    later = _patient_steps(turns, columns)
    if side == "therapist":
        later = _with_therapist_between(later, turns)
    else:
        later = later.with_columns(feature_turn="earlier_turn", feature_words="earlier_words")
    later = later.drop_nulls(
        [f"{when}_{column}" for when in ("next", "earlier") for column in columns]
    )
    if answers is not None:
        kinds = [name for name in answers.columns if name not in ("session_id", "turn")]
        later = later.join(
            answers.join(places, on="session_id").select(
                pl.col("session").cast(pl.Int64),
                pl.col("turn").cast(pl.Int64),
                *(pl.col(name).cast(pl.Float64).alias(f"answer_{name}") for name in kinds),
            ),
            on=["session", "turn"],
            how="left",
            maintain_order="left",
        ).with_columns(pl.col(f"answer_{name}").fill_null(0.0) for name in kinds)
    valued = later.select("session", "feature_turn").join(
        features.join(places, on="session_id").select(
            pl.col("session").cast(pl.Int64),
            pl.col("turn").cast(pl.Int64).alias("feature_turn"),
            *(pl.col(name).cast(pl.Float64) for name in names),
        ),
        on=["session", "feature_turn"],
        how="left",
        maintain_order="left",
    )
    return Steps(
        side=side,
        frame=later,
        features=np.column_stack(
            [valued[name].fill_null(float("nan")).to_numpy() for name in names]
        ).astype(np.float64)
        if names
        else np.zeros((later.height, 0)),
        names=names,
    )


def _patient_steps(turns: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    own = turns.filter(pl.col("role") == "patient")

    def back(name: str, by: int) -> pl.Expr:
        return pl.col(name).shift(by).over("session")

    return own.select(
        "session",
        "turn",
        "time",
        "words",
        back("turn", 1).alias("earlier_turn"),
        back("words", 1).alias("earlier_words"),
        (pl.int_range(pl.len()).reverse().over("session") < CLOSING_TURNS).alias("closing"),
        *(pl.col(column).alias(f"next_{column}") for column in columns),
        *(back(column, 1).alias(f"earlier_{column}") for column in columns),
        *(back(column, 2).alias(f"before_{column}") for column in columns),
    ).drop_nulls("earlier_turn")


def _with_therapist_between(later: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Find the therapist's last turn between the two of the patient; steps without one go."""
    said = turns.filter(pl.col("role") == "therapist").select(
        "session", pl.col("turn").alias("feature_turn"), pl.col("words").alias("feature_words")
    )
    return (
        later.sort("turn")
        .join_asof(
            said.sort("feature_turn"),
            left_on="turn",
            right_on="feature_turn",
            by="session",
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("feature_turn") > pl.col("earlier_turn"))
        .sort("session", "turn")
    )
