"""Ratings for commands that hold language against them: where from, and what found no session."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.alliance.fitted import FittedModel, Material, Rated, rated_sessions
from attunement.cli._gap_ratings import RatingsIn, few_sessions
from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires import (
    Instrument,
    check_ratings,
    load_instrument,
    same_name,
    shipped_instruments,
)


@dataclass(frozen=True, slots=True)
class JoinedRatings:
    """Ratings of whole sessions that the corpus holds.

    Attributes
    ----------
    ratings : DataFrame
        With the columns of RATINGS.
    sessions_rated : int
        Sessions with a rating.
    elsewhere : list of str
        Rated sessions that have no transcript.
    notes : list of str
        What found no session, which sessions have no rating, and what looks wrong.
    """

    ratings: pl.DataFrame
    sessions_rated: int
    elsewhere: list[str]
    notes: list[str]


def joined_ratings(
    beside: pl.DataFrame,
    *,
    given: RatingsIn | None,
    sessions: pl.DataFrame,
    own: Instrument | None = None,
) -> JoinedRatings:
    """Take ratings from a file, or those that stand with the transcripts, and count what fits.

    Parameters
    ----------
    beside : DataFrame
        Ratings that stand with the transcripts.
    given : RatingsIn, optional
        Those of a file, which take their place.
    sessions : DataFrame
        The sessions that were read.
    own : Instrument, optional
        A questionnaire of the user's own, whose range is known beside those that ship.

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
    notes = given.notes() if given is not None else []
    notes += checked_ratings(here, path=file, own=own) if here.height else []
    elsewhere = without_transcript(ratings, sessions)
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
    notes += rated_elsewhere(elsewhere)
    if unrated:
        notes.append(f"without a rating: {counted(unrated)}{few_sessions(unrated)}")
    return JoinedRatings(here, here["session_id"].n_unique(), elsewhere, notes)


def learnable(
    material: Material,
    ratings: pl.DataFrame,
    *,
    elsewhere: list[str],
    own: Instrument | None = None,
) -> list[Rated]:
    """Find what can be learned; where it is too little, say that more was rated than was read.

    Raises
    ------
    DataError
        See `rated_sessions`.
    """
    try:
        return rated_sessions(material, ratings, instruments=_known(own))
    except DataError as error:
        if not elsewhere or error.field != "ratings":
            raise
        raise DataError(
            f"{error.problem}; {counted(elsewhere)} more {'is' if len(elsewhere) == 1 else 'are'} "
            f"rated but without a transcript{few_sessions(elsewhere)}",
            mend="Give ratings and transcripts the same session ids",
            field=error.field,
        ) from error


def own_instrument(instrument: str | None) -> Instrument | None:
    """Read the file that describes a questionnaire, if --instrument gives one and no name.

    Raises
    ------
    UsageError
        There is no such file.
    DataError
        The file does not hold what it should.
    """
    if instrument is None or not (
        Path(instrument).suffix in (".yaml", ".yml") or Path(instrument).is_file()
    ):
        return None
    return load_instrument(instrument)


def of_instrument(
    ratings: pl.DataFrame, instrument: str | None, *, own: Instrument | None = None
) -> pl.DataFrame:
    """Keep the ratings of one questionnaire, if one is named.

    Parameters
    ----------
    ratings : DataFrame
        Ratings of whole sessions.
    instrument : str, optional
        What --instrument gives.
    own : Instrument, optional
        What `own_instrument` made of it; the ratings may spell its name another way.

    Raises
    ------
    UsageError
        There are none of it.
    """
    if instrument is None:
        return ratings
    there = ratings["instrument"].unique(maintain_order=True).to_list()
    named = (
        [instrument]
        if own is None
        else [one for one in there if same_name(one) == same_name(own.name)]
    )
    chosen = ratings.filter(pl.col("instrument").is_in(named))
    if chosen.is_empty():
        raise UsageError(
            f'no session is rated with "{own.name if own is not None else instrument}"; there is '
            f"{', '.join(there) or 'no rating at all'}",
            mend="Name what is there, spelled alike" if there else "Give ratings with --ratings",
            field="--instrument",
        )
    return chosen


def checked_ratings(
    ratings: pl.DataFrame,
    *,
    path: Path | None,
    own: Instrument | None = None,
    name_sessions: bool = True,
) -> list[str]:
    """Say what looks wrong in ratings; where one cannot be, name the file it comes from as well.

    Parameters
    ----------
    ratings : DataFrame
        With the columns of RATINGS.
    path : Path, optional
        The file.
    own : Instrument, optional
        A questionnaire of the user's own, whose range is known beside those that ship.
    name_sessions : bool
        Whether sessions may be named: where a page will show it, they may not.

    Raises
    ------
    DataError
        A rating is out of its questionnaire's range.
    """
    try:
        return check_ratings(
            ratings,
            instruments=_known(own),
            name_sessions=name_sessions,
        )
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


def without_transcript(ratings: pl.DataFrame, sessions: pl.DataFrame) -> list[str]:
    """Give the ids of rated sessions that were not read."""
    return _ids(ratings.join(sessions, on="session_id", how="anti"))


def rated_elsewhere(ids: list[str]) -> list[str]:
    """Name rated sessions that were not read, if there are any."""
    if not ids:
        return []
    return [f"rated, but without a transcript: {counted(ids)}{few_sessions(ids)}"]


def counted(sessions: Sized) -> str:
    """Say how many sessions."""
    count = len(sessions)
    return f"{count:,} session{'' if count == 1 else 's'}"


def seen_before(count: int) -> str:
    """Say that a model is applied to sessions it was fitted on."""
    return (
        f"the model was fitted on {count:,} of these sessions: on them it looks better than it is"
    )


def met_before(count: int) -> str:
    """Say that a model is applied to other sessions of patients it was fitted on."""
    said = "session is of a patient" if count == 1 else "sessions are of patients"
    return (
        f"{count:,} {said} that the model was fitted on: it may do better there than on patients "
        "it has not met"
    )


def _known(own: Instrument | None) -> list[Instrument]:
    return [*shipped_instruments(), *([own] if own else [])]


def _ids(rows: pl.DataFrame) -> list[str]:
    return rows["session_id"].unique(maintain_order=True).to_list()
