"""What `attunement validate` works on: a scored corpus and its ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.alliance import Compass, Estimator, Scorer
from attunement.cli._corpus_run import embedded_stream
from attunement.cli._gap_ratings import read_ratings
from attunement.cli._rated import (
    checked_ratings,
    of_instrument,
    rated_elsewhere,
    without_transcript,
)
from attunement.cli._validate_fitted import Learning
from attunement.cli._validate_sentiment import SentimentReading
from attunement.errors import DataError
from attunement.instruments import Inventory
from attunement.instruments.questionnaires import Instrument
from attunement.tables import MEASURES
from attunement.transcripts import Corpus

_KEPT = ("session_id", "turn", "role", "time", "estimator", *MEASURES, "words")


@dataclass(frozen=True, slots=True)
class RatedCorpus:
    """A corpus without its words.

    Attributes
    ----------
    scores : DataFrame
        Turn scores of every estimator, with how many words each turn has.
    sessions : DataFrame
        One row a session, with the user's own columns.
    ratings : DataFrame
        With the columns of `attunement.tables.RATINGS`.
    warnings : list of str
        What looks wrong in the ratings, and what was left out of them; no session is named.
    which : list of str
        The sessions concerned, for the person at the terminal alone.
    """

    scores: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    warnings: list[str]
    which: list[str]

    def with_closing(self, closing: pl.DataFrame | None) -> pl.DataFrame:
        """Give the scores, and what cross-fitted heads say before the closing.

        Not where single turns are rated: these rows are estimates of sessions, and would be held
        against the ratings of the turns they stand at.
        """
        if closing is None or self.ratings["turn"].count():
            return self.scores
        return pl.concat([self.scores, closing.select(_KEPT)], how="vertical_relaxed")


def with_baseline(estimators: Sequence[Estimator], *, inventory: Inventory) -> list[Estimator]:
    """Add the published estimator, which every other is compared with, if it is not there."""
    if any(isinstance(one, Compass) for one in estimators):
        return list(estimators)
    return [*estimators, Compass(inventory=inventory)]


def rated_corpus(
    scorer: Scorer,
    corpus: Corpus,
    *,
    ratings: Path | None,
    instrument: str | None,
    own: Instrument | None,
    learning: Learning,
    sentiment: SentimentReading,
) -> RatedCorpus:
    """Score a corpus and gather its ratings.

    Parameters
    ----------
    scorer : Scorer
        Not fitted yet.
    corpus : Corpus
        The transcripts.
    ratings : Path, optional
        A table of ratings of sessions, in the place of those that stand with the transcripts;
        ratings of single turns are taken from the transcripts in any case.
    instrument : str, optional
        The questionnaire to keep of those that rate whole sessions.
    own : Instrument, optional
        Its description, where the user gave a file.
    learning : Learning
        Takes in the sessions as well, for the fitted estimator; its running estimates join the
        scores.
    sentiment : SentimentReading
        Takes in the sessions too, and joins the scores.

    Raises
    ------
    DataError
        No session was read, a file does not hold what it should, or a rating is outside its
        questionnaire's range.
    UsageError
        Nothing is rated with the instrument.
    """
    given = read_ratings(ratings) if ratings is not None else None
    scores: list[pl.DataFrame] = []
    sessions: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    scorer.fit()
    for embedded in embedded_stream(corpus, scorer.encoder):
        chunk = scorer.score_embedded(embedded)
        scores.append(chunk.scores.select(_KEPT))
        scores += [one.select(_KEPT) for one in learning.take(embedded)]
        sentiment.take(embedded.spoken)
        sessions.append(chunk.sessions)
        found.append(chunk.ratings)
    if not sessions:
        raise DataError(
            "no session was read from these paths",
            mend="Run `attunement check` on the same paths to see what was found",
        )
    beside = pl.concat(found)
    of_turn = pl.col("turn").is_not_null()
    whole = of_instrument(
        beside.filter(~of_turn) if given is None else given.ratings, instrument, own=own
    )
    rated = pl.concat([whole, beside.filter(of_turn)])
    tone = sentiment.scores().select(_KEPT).cast(scores[0].schema)
    described = pl.concat(sessions, how="diagonal_relaxed")

    def told(*, name_sessions: bool) -> list[str]:
        left_empty = given.notes(name_sessions=name_sessions) if given is not None else []
        looks_wrong = checked_ratings(rated, path=ratings, own=own, name_sessions=name_sessions)
        return [*left_empty, *looks_wrong]

    warnings = told(name_sessions=False)
    which = [one for one in told(name_sessions=True) if one not in warnings]
    return RatedCorpus(
        scores=pl.concat([*scores, tone]),
        sessions=described,
        ratings=rated,
        warnings=warnings,
        which=[*which, *rated_elsewhere(without_transcript(rated, described))],
    )
