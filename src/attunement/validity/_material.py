"""The tables a validation rests on, joined and counted: nothing is left out without being told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from attunement.errors import DataError
from attunement.tables import ALLIANCE, MEASURES, ROLES, Role

Frame: TypeAlias = pl.DataFrame

CLUSTER = "cluster"
"""What is drawn again: the patient, or the session where the patient is unknown."""

SENTIMENT = "sentiment"
"""The estimator whose scores are how good or bad a turn's words are, by a word list. Alliance is
told in good words: what an estimator is worth is what it says beyond them."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A rated scale, and the inferred measure that should agree with it.

    Attributes
    ----------
    rater : str
        Whose rating.
    instrument, scale : str
        As the ratings name them.
    key : str
        What the scale is called in the result: its name, with the instrument where two
        instruments have a scale of that name.
    measure : str
        The inferred scale of the same name; the whole alliance where there is none.
    """

    rater: str
    instrument: str
    scale: str
    key: str
    measure: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What was joined and what was not.

    Attributes
    ----------
    sessions, sessions_scored : int
        Sessions of the corpus, and those with a score or an estimate.
    sessions_rated, sessions_unrated : int
        Those that the rater in question rated as a whole, and the others.
    ratings, turn_ratings : int
        That rater's ratings of whole sessions and of single turns, joined to the corpus.
    ratings_unmatched, turn_ratings_unmatched : int
        Those of sessions, or turns of that side, that the corpus does not hold.
    patients : int or None
        Patients of sessions that were rated, as a whole or in turns; None where none is known.
    sessions_without_patient : int
        Such sessions whose patient is unknown; each counts as a patient of its own.
    """

    sessions: int
    sessions_scored: int
    sessions_rated: int
    sessions_unrated: int
    ratings: int
    turn_ratings: int
    ratings_unmatched: int
    turn_ratings_unmatched: int
    patients: int | None
    sessions_without_patient: int


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the figures are computed from.

    Attributes
    ----------
    sessions : DataFrame
        The user's table, with `cluster`.
    whole : DataFrame
        Ratings of whole sessions that the corpus holds: rater, instrument, scale, value.
    of_turns : DataFrame
        Ratings of single turns that the corpus holds.
    turns : DataFrame
        session_id, turn, role, time, words.
    scores : DataFrame
        `attunement.tables.SCORES`, with `words`.
    estimates : DataFrame
        `attunement.tables.ESTIMATES`; may be empty.
    lengths : DataFrame
        session_id and, for each role, <role>_words and <role>_turns.
    unmatched : DataFrame
        Ratings that name no session of the corpus.
    judged : Mapping of str to str
        Estimators that are language models' judgements, to the instrument each filled in.
    """

    sessions: Frame
    whole: Frame
    of_turns: Frame
    turns: Frame
    scores: Frame
    estimates: Frame
    lengths: Frame
    unmatched: Frame
    judged: Mapping[str, str]

    def targets(self, rater: str) -> list[Target]:
        """List the scales a rater rated, the whole alliance first, then in our order."""
        found = (
            self.whole.filter(pl.col("rater") == rater)
            .select("instrument", "scale")
            .unique(maintain_order=True)
        )
        often = found["scale"].value_counts()
        twice = set(often.filter(pl.col("count") > 1)["scale"])
        targets = [
            Target(
                rater=rater,
                instrument=instrument,
                scale=scale,
                key=f"{scale} ({instrument})" if scale in twice else scale,
                measure=measure_of(scale),
            )
            for instrument, scale in found.iter_rows()
        ]
        known = {measure: place for place, measure in enumerate(MEASURES)}
        return sorted(targets, key=lambda one: known.get(one.scale.casefold(), len(known)))

    def rated(self, target: Target) -> Frame:
        """Give one scale's ratings: session_id, rating."""
        return self.whole.filter(
            rater=target.rater, instrument=target.instrument, scale=target.scale
        ).select("session_id", rating="value")

    def of_role(self, estimator: str, role: Role) -> Frame:
        """Give the scored turns of one estimator and side."""
        return self.scores.filter(pl.col("estimator") == estimator, pl.col("role") == role)


def measure_of(scale: str) -> str:
    """Name the inferred measure that a rated scale is held against."""
    named = scale.casefold()
    return named if named in MEASURES else ALLIANCE


def material_of(
    *,
    scores: Frame,
    sessions: Frame,
    ratings: Frame,
    turns: Frame | None,
    estimates: Frame | None,
    judged: Mapping[str, str],
) -> Material:
    """Join the tables and see that they can be worked with.

    Raises
    ------
    DataError
        Two rows rate the same, a rating is no number, or no rating names a session of the corpus.
    """
    _check_ratings(ratings)
    scores = (
        scores if "words" in scores.columns else scores.with_columns(words=pl.lit(None, pl.Int32))
    )
    turns = _turns_of(scores) if turns is None else turns
    ids = sessions["session_id"].implode()
    held = ratings.filter(pl.col("session_id").is_in(ids))
    if held.is_empty():
        raise _nothing_matches(ratings, sessions)
    return Material(
        sessions=_with_clusters(sessions),
        whole=held.filter(pl.col("turn").is_null()),
        of_turns=held.filter(pl.col("turn").is_not_null()),
        turns=turns,
        scores=scores,
        estimates=estimates if estimates is not None else pl.DataFrame(schema=_NO_ESTIMATES),
        lengths=_lengths(turns),
        unmatched=ratings.filter(~pl.col("session_id").is_in(ids)),
        judged=judged,
    )


def joined(material: Material, *, rater: str, side: Role) -> Joined:
    """Count what the figures of one rater rest on."""
    own = pl.col("rater") == rater
    whole, of_turns = material.whole.filter(own), material.of_turns.filter(own)
    unmatched = material.unmatched.filter(own)
    rated = material.sessions.join(whole, on="session_id", how="semi")
    touched = material.sessions.join(pl.concat([whole, of_turns]), on="session_id", how="semi")
    scored = set(material.scores["session_id"]) | set(material.estimates["session_id"])
    spoken = material.turns.filter(pl.col("role") == side)
    found = of_turns.join(spoken, on=["session_id", "turn"], how="semi")
    known = touched["patient_id"].drop_nulls()
    return Joined(
        sessions=material.sessions.height,
        sessions_scored=len(scored & set(material.sessions["session_id"])),
        sessions_rated=rated.height,
        sessions_unrated=material.sessions.height - rated.height,
        ratings=whole.height,
        turn_ratings=found.height,
        ratings_unmatched=unmatched.filter(pl.col("turn").is_null()).height,
        turn_ratings_unmatched=of_turns.height
        - found.height
        + unmatched.filter(pl.col("turn").is_not_null()).height,
        patients=known.n_unique() or None,
        sessions_without_patient=touched.height - known.len(),
    )


_NO_ESTIMATES = {
    **dict.fromkeys(("session_id", "estimator", "perspective", "scale"), pl.String),
    **dict.fromkeys(("estimate", "low", "high"), pl.Float64),
}


def _check_ratings(ratings: Frame) -> None:
    wrong = ratings.filter(~pl.col("value").is_finite().fill_null(False))
    if wrong.height:
        raise DataError(
            f'the rating of session "{wrong["session_id"][0]}" is no finite number'
            f" ({wrong.height} such in all)",
            mend="Leave out ratings that were not given",
            field="value",
        )
    keys = ["session_id", "turn", "rater", "instrument", "scale"]
    sides = ratings.filter(pl.col("rater").is_in(ROLES))
    twice = sides.filter(sides.select(keys).is_duplicated())
    if twice.height:
        raise DataError(
            f'session "{twice["session_id"][0]}" has two ratings of {twice["scale"][0]} by the '
            f"{twice['rater'][0]} ({twice.height} rows repeat in all)",
            mend="Keep one rating of a scale, rater and session",
            field="session_id, rater, instrument, scale",
        )


def _nothing_matches(ratings: Frame, sessions: Frame) -> DataError:
    if ratings.is_empty():
        return DataError(
            "there are no ratings, so there is nothing to hold the scores against",
            mend="Give questionnaires with --ratings FILE, or put a ratings.csv beside the "
            "transcripts",
        )
    return DataError(
        "no rating names a session of the corpus: the ratings name "
        f"{_some(ratings['session_id'])}, the corpus has {_some(sessions['session_id'])}",
        mend="Give the ratings the session ids of the transcripts",
        field="session_id",
    )


def _some(ids: pl.Series) -> str:
    first: Sequence[str] = ids.unique(maintain_order=True).to_list()
    named = ", ".join(f'"{one[:60]}"' for one in first[:_SHOWN])
    return f"{named} and {len(first) - _SHOWN:,} more" if len(first) > _SHOWN else named or "none"


def _with_clusters(sessions: Frame) -> Frame:
    """Name what is drawn; patients keep their names, so that equal tables give equal draws."""
    known = pl.col("patient_id")
    if sessions["patient_id"].null_count() in (0, sessions.height):
        return sessions.with_columns(pl.coalesce(known, "session_id").alias(CLUSTER))
    return sessions.with_columns(
        pl.coalesce("patient " + known, "session " + pl.col("session_id")).alias(CLUSTER)
    )


def _turns_of(scores: Frame) -> Frame:
    keys = ("session_id", "turn")
    return scores.select(*keys, "role", "time", "words").unique(keys, maintain_order=True)


def _lengths(turns: Frame) -> Frame:
    of = {role: pl.col("role") == role for role in ROLES}
    return turns.group_by("session_id", maintain_order=True).agg(
        *(pl.col("words").filter(of[role]).sum().alias(f"{role}_words") for role in ROLES),
        *(of[role].sum().alias(f"{role}_turns") for role in ROLES),
    )
