"""What the AI answered about a chat, and what the user did, on which questionnaire."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.audit._ranges import Range, why_apart
from attunement.tables import ALLIANCE

_SIDES = {"own_rating": "therapist", "patient_rating": "patient"}


@dataclass(frozen=True, slots=True)
class Rated:
    """The ratings that an audit reads, one scale a side.

    Attributes
    ----------
    own, patient : tuple of (str, str) or None
        The instrument and scale that the AI's own rating, and the user's, are taken from; equal
        wherever there is an instrument that both answered.
    values : DataFrame
        session_id, own_rating, patient_rating, rated_gap; the gap is missing where the two are not
        on one scale of one instrument, or not on one range of it.
    apart : str or None
        Why the two are not subtracted although both answered one scale.
    """

    own: tuple[str, str] | None
    patient: tuple[str, str] | None
    values: pl.DataFrame
    apart: str | None = None

    @classmethod
    def of(cls, ratings: pl.DataFrame, *, own_range: Range | None = None) -> Rated:
        """Choose what the two sides answered most often, together if they ever did.

        Parameters
        ----------
        ratings : DataFrame
            RATINGS of the chats. Ratings of single turns, and of observers, are left out; of one
            scale answered twice the mean is taken.
        own_range : tuple of float, optional
            The lowest and highest whole score the AI could answer, where that is known.
        """
        whole = ratings.filter(pl.col("turn").is_null(), pl.col("value").is_finite())
        sides = {
            figure: whole.filter(pl.col("rater") == rater)
            .group_by("session_id", "instrument", "scale")
            .agg(pl.col("value").mean().alias(figure))
            for figure, rater in _SIDES.items()
        }
        together = sides["own_rating"].join(
            sides["patient_rating"], on=["session_id", "instrument", "scale"]
        )
        shared = _most_frequent(together)
        own = shared or _most_frequent(sides["own_rating"])
        patient = shared or _most_frequent(sides["patient_rating"])
        values = _only(sides["own_rating"], own).join(
            _only(sides["patient_rating"], patient), on="session_id", how="full", coalesce=True
        )
        apart = None
        if shared:
            both = _only(together, shared)
            apart = why_apart(
                both["own_rating"], both["patient_rating"], chosen=shared, own_range=own_range
            )
        taken = shared and not apart
        gap = pl.col("own_rating") - pl.col("patient_rating") if taken else pl.lit(None)
        return cls(own, patient, values.with_columns(rated_gap=gap.cast(pl.Float64)), apart)

    @property
    def on_one_scale(self) -> bool:
        """Whether both sides answered one scale, on one range, after some chat."""
        return self.own is not None and self.values["rated_gap"].is_not_null().any()

    def to_be_compared(self, ratings: pl.DataFrame) -> pl.DataFrame:
        """Leave out the questionnaire whose two sides are not on one range."""
        if self.apart is None or self.own is None:
            return ratings
        return ratings.filter(pl.col("instrument") != self.own[0])

    def named(self, figure: str) -> tuple[str | None, str | None]:
        """Give the scale and the instrument of a figure of ratings."""
        chosen = self.patient if figure == "patient_rating" else self.own
        if chosen is None or (figure == "rated_gap" and not self.on_one_scale):
            return None, None
        instrument, scale = chosen
        return scale, instrument


def _most_frequent(ratings: pl.DataFrame) -> tuple[str, str] | None:
    """Choose the scale with the most chats; the whole before its parts."""
    if ratings.is_empty():
        return None
    counts = ratings.group_by("instrument", "scale").agg(pl.col("session_id").n_unique().alias("n"))
    best = counts.sort(
        pl.col("scale") != ALLIANCE, -pl.col("n").cast(pl.Int64), "instrument", "scale"
    ).row(0, named=True)
    return best["instrument"], best["scale"]


def _only(ratings: pl.DataFrame, chosen: tuple[str, str] | None) -> pl.DataFrame:
    instrument, scale = chosen or ("", "")
    return ratings.filter(pl.col("instrument") == instrument, pl.col("scale") == scale).drop(
        "instrument", "scale"
    )
