"""What the AI answered about a chat, and what the user did, on which questionnaire."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

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
        on one scale of one instrument.
    """

    own: tuple[str, str] | None
    patient: tuple[str, str] | None
    values: pl.DataFrame

    @classmethod
    def of(cls, ratings: pl.DataFrame) -> Rated:
        """Choose what the two sides answered most often, together if they ever did.

        Parameters
        ----------
        ratings : DataFrame
            RATINGS of the chats. Ratings of single turns, and of observers, are left out; of one
            scale answered twice the mean is taken.
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
        gap = pl.col("own_rating") - pl.col("patient_rating") if shared else pl.lit(None)
        return cls(own, patient, values.with_columns(rated_gap=gap.cast(pl.Float64)))

    @property
    def on_one_scale(self) -> bool:
        """Whether both sides answered one scale of one questionnaire after some chat."""
        return self.own is not None and self.values["rated_gap"].is_not_null().any()

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
