"""Ratings for commands that hold language against them: where from, and what found no session."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.alliance.fitted import FittedModel
from attunement.cli._gap_ratings import RatingsIn
from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires import check_ratings

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class JoinedRatings:
    """Ratings of whole sessions that the corpus holds.

    Attributes
    ----------
    ratings : DataFrame
        With the columns of RATINGS.
    sessions_rated : int
        Sessions with a rating.
    notes : list of str
        What found no session, which sessions have no rating, and what looks wrong.
    """

    ratings: pl.DataFrame
    sessions_rated: int
    notes: list[str]


def joined_ratings(
    beside: pl.DataFrame, *, given: RatingsIn | None, sessions: pl.DataFrame
) -> JoinedRatings:
    """Take ratings from a file, or those that stand with the transcripts, and count what fits.

    Raises
    ------
    DataError
        No rating belongs to a session of the corpus, or one is out of its questionnaire's range.
    """
    file = given.path if given is not None else None
    ratings = beside if given is None else given.ratings
    ratings = ratings.filter(pl.col("turn").is_null())
    if ratings.is_empty():
        raise DataError(
            "no session of these transcripts is rated as a whole",
            mend="Give the questionnaires with --ratings FILE, or name the folder that holds the "
            "transcripts and their ratings.csv",
        )
    here = ratings.join(sessions.select("session_id"), on="session_id", how="semi")
    notes = checked_ratings(here, path=file) if here.height else []
    elsewhere = _ids(ratings.join(sessions, on="session_id", how="anti"))
    if here.is_empty():
        raise DataError(
            f"none of the {len(elsewhere)} rated sessions is among the {sessions.height} that were "
            f'read: the ratings have ids such as "{elsewhere[0][:60]}", the transcripts such as '
            f'"{sessions["session_id"][0][:60]}"',
            mend="Give both the same ids, or let `attunement questionnaires` find the sessions by "
            "patient and day",
            path=file,
            field="session_id",
        )
    unrated = _ids(sessions.join(here, on="session_id", how="anti"))
    if elsewhere:
        notes.append(f"rated, but without a transcript: {counted(elsewhere)}{_few(elsewhere)}")
    if unrated:
        notes.append(f"without a rating: {counted(unrated)}{_few(unrated)}")
    return JoinedRatings(here, here["session_id"].n_unique(), notes)


def of_instrument(ratings: pl.DataFrame, instrument: str | None) -> pl.DataFrame:
    """Keep the ratings of one questionnaire, if one is named.

    Raises
    ------
    UsageError
        There are none of it.
    """
    if instrument is None:
        return ratings
    chosen = ratings.filter(pl.col("instrument") == instrument)
    if chosen.is_empty():
        there = ", ".join(ratings["instrument"].unique(maintain_order=True))
        raise UsageError(
            f'no session is rated with "{instrument}"; there is {there or "no rating at all"}',
            mend="Name what is there, spelled alike" if there else "Give ratings with --ratings",
            field="--instrument",
        )
    return chosen


def checked_ratings(ratings: pl.DataFrame, *, path: Path | None) -> list[str]:
    """Say what looks wrong in ratings; where one cannot be, name the file it comes from as well.

    Raises
    ------
    DataError
        A rating is out of its questionnaire's range.
    """
    try:
        return check_ratings(ratings)
    except DataError as error:
        raise DataError(error.problem, mend=error.mend, path=path, field=error.field) from error


def no_better_than_mean(model: FittedModel) -> list[str]:
    """Name the scales on which a model did no better than giving everybody the mean rating."""
    return [
        f"{one.perspective}-rated {one.scale}: on patients left out the estimates were no better "
        "than giving everybody the mean; do not rely on them"
        for one in model.scales
        if one.held_out.rmse >= one.held_out.rmse_of_mean
    ]


def counted(sessions: Sized) -> str:
    """Say how many sessions."""
    count = len(sessions)
    return f"{count:,} session{'' if count == 1 else 's'}"


def seen_before(count: int) -> str:
    """Say that a model is applied to sessions it was fitted on."""
    return (
        f"the model was fitted on {count:,} of these sessions: on them it looks better than it is"
    )


def _ids(rows: pl.DataFrame) -> list[str]:
    return rows["session_id"].unique(maintain_order=True).to_list()


def _few(ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f" ({', '.join(one[:60] for one in ids[:_SHOWN])}{more})"
