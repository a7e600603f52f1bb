"""What the psychometrics of raters rest on: verdicts, scores, ratings and lengths, joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.psychometrics._options import PsychometricsOptions
from attunement.psychometrics._rows import ASKED, Asked
from attunement.psychometrics._sample import Sample
from attunement.tables import (
    ALLIANCE,
    MEASURES,
    RATER_SCORES,
    RATINGS,
    ROLES,
    VERDICTS,
    Table,
)

AS_IT_IS = "as it is"
"""The variant of a transcript that is the transcript."""

LENGTHS = tuple(f"{role}_{what}" for role in ROLES for what in ("words", "turns"))
"""What is taken out with the length of a session: a judge reads both sides."""


@dataclass(frozen=True, slots=True)
class Human:
    """What people rated on one scale.

    Attributes
    ----------
    rater, instrument, scale : str
        As the ratings name them.
    table : DataFrame
        session_id, rating.
    """

    rater: str
    instrument: str
    scale: str
    table: pl.DataFrame

    @property
    def name(self) -> str:
        """Name it as the rows do: patient-rated alliance (WAI-SR)."""
        return f"{self.rater}-rated {self.scale} ({self.instrument})"


@dataclass(frozen=True, slots=True)
class Scored:
    """A judge's scores of one scale: the transcripts as they are, over all repeats.

    Attributes
    ----------
    asked : Asked
        Who was asked, and how.
    scale : str
        The scale.
    items : int
        How many items the scale has.
    table : DataFrame
        session_id, value; only sessions with a score.
    """

    asked: Asked
    scale: str
    items: int
    table: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Material:
    """The tables, ready to be asked.

    Attributes
    ----------
    verdicts : DataFrame
        VERDICTS of sessions that the table of sessions holds.
    scores : DataFrame
        RATER_SCORES of the same.
    humans : tuple of Human
        Ratings of whole sessions.
    sessions : DataFrame
        session_id, patient_id, cluster, number, and the words and turns of either side.
    turn_words : DataFrame
        session_id, turn, words.
    options : PsychometricsOptions
        How.
    left_out : int
        Sessions with verdicts that the table of sessions does not hold.
    """

    verdicts: pl.DataFrame
    scores: pl.DataFrame
    humans: tuple[Human, ...]
    sessions: pl.DataFrame
    turn_words: pl.DataFrame
    options: PsychometricsOptions
    left_out: int

    @classmethod
    def of(
        cls,
        verdicts: pl.DataFrame,
        rater_scores: pl.DataFrame,
        *,
        ratings: pl.DataFrame | None,
        sessions: pl.DataFrame,
        turns: pl.DataFrame,
        options: PsychometricsOptions,
    ) -> Material:
        """Join the tables.

        Raises
        ------
        UsageError
            A table lacks a column.
        """
        _require(verdicts, VERDICTS)
        _require(rater_scores, RATER_SCORES)
        if ratings is not None:
            _require(ratings, RATINGS)
        spoken = _with_words(turns)
        known = _clustered(sessions).join(_lengths(spoken), on="session_id", how="left")
        ids = known.select("session_id")
        return cls(
            verdicts=verdicts.join(ids, on="session_id", how="semi"),
            scores=rater_scores.join(ids, on="session_id", how="semi"),
            humans=() if ratings is None else tuple(_humans(ratings)),
            sessions=known,
            turn_words=spoken.select("session_id", "turn", "words"),
            options=options,
            left_out=verdicts.join(ids, on="session_id", how="anti")["session_id"].n_unique(),
        )

    def asked(self) -> list[Asked]:
        """List who was asked, and how."""
        rows = self.verdicts.select(ASKED).unique().iter_rows()
        return sorted(Asked(*one) for one in rows)

    def verdicts_of(self, asked: Asked) -> pl.DataFrame:
        """Give one judge's verdicts on the transcripts as they are."""
        return self.verdicts.filter(_is(asked), pl.col("variant") == AS_IT_IS)

    def scored(self) -> Iterator[Scored]:
        """Go through the judges' scales, the whole alliance first."""
        whole = self.scores.filter(pl.col("variant") == AS_IT_IS, pl.col("seed").is_null())
        for asked in self.asked():
            own = whole.filter(_is(asked))
            for scale in in_order(own["scale"].unique(maintain_order=True).to_list()):
                table = own.filter(pl.col("scale") == scale)
                yield Scored(
                    asked,
                    scale,
                    items=int(table["items"].max() or 0),  # type: ignore[arg-type]
                    table=table.drop_nulls("value").select("session_id", "value"),
                )

    def scales_of(self, asked: Asked) -> list[str]:
        """List the scales of one judge."""
        found = self.scores.filter(_is(asked))["scale"].unique(maintain_order=True)
        return in_order(found.to_list())

    def humans_beside(self, asked: Asked, scale: str, *, rater: str | None = None) -> list[Human]:
        """List the rated scales that a judged one is held against.

        The one of the same name; the whole alliance is held against rated scales that the judge has
        none of, as well.
        """
        own = {one.casefold() for one in self.scales_of(asked)}
        return [
            one
            for one in self.humans
            if (rater is None or one.rater == rater)
            and (
                one.scale.casefold() == scale.casefold()
                or (scale == ALLIANCE and one.scale.casefold() not in own)
            )
        ]

    def sample(self, session_ids: pl.Series) -> Sample:
        """Gather the patients of some sessions, in their order."""
        known = (
            session_ids.alias("session_id")
            .to_frame()
            .join(self.sessions, on="session_id", how="left", maintain_order="left")
        )
        return Sample(known["patient_id"], known["cluster"], self.options)


def in_order(scales: list[str]) -> list[str]:
    """Order scales: the whole, then ours, then others by name."""
    places = {measure: place for place, measure in enumerate(MEASURES)}
    return sorted(scales, key=lambda one: (places.get(one, len(places)), one))


def _is(asked: Asked) -> pl.Expr:
    return pl.all_horizontal(pl.col(name) == getattr(asked, name) for name in ASKED)


def _require(table: pl.DataFrame, expected: Table) -> None:
    for column in expected.required_schema:
        if column not in table.columns:
            raise UsageError(
                f"the table {expected.name} has no column {column}",
                mend="Give the tables as attunement.tables describes them",
                field=column,
            )


def _with_words(turns: pl.DataFrame) -> pl.DataFrame:
    if "words" in turns.columns:
        return turns.select("session_id", "turn", "role", "words")
    return turns.select(
        "session_id", "turn", "role", words=pl.col("text").str.count_matches(r"\S*\pL\S*")
    )


def _lengths(spoken: pl.DataFrame) -> pl.DataFrame:
    of = {role: pl.col("role") == role for role in ROLES}
    return spoken.group_by("session_id").agg(
        *(pl.col("words").filter(of[role]).sum().alias(f"{role}_words") for role in ROLES),
        *(of[role].sum().alias(f"{role}_turns") for role in ROLES),
    )


def _clustered(sessions: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("number") if "number" in sessions.columns else pl.lit(None, pl.Int32)
    return sessions.select(
        "session_id",
        "patient_id",
        number=number,
        cluster=pl.coalesce("patient " + pl.col("patient_id"), "session " + pl.col("session_id")),
    )


def _humans(ratings: pl.DataFrame) -> Iterator[Human]:
    whole = ratings.filter(pl.col("turn").is_null(), pl.col("value").is_finite())
    keys = ["rater", "instrument", "scale"]
    for (rater, instrument, scale), own in whole.group_by(keys, maintain_order=True):
        table = own.group_by("session_id", maintain_order=True).agg(rating=pl.col("value").mean())
        yield Human(str(rater), str(instrument), str(scale), table)
