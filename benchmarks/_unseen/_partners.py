"""What each partner's words, and the other's, tell of how they liked the other and the deal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from benchmarks._ablation import Figure
from benchmarks._unseen._banks import SHIPPED
from benchmarks._unseen._casino import TARGETS
from benchmarks.validity import DRAWS, numbers

from attunement.statistics import Array, Resampling, Statistic, spearmans, together
from attunement.tables import ALLIANCE, ROLES, SCALES, Role
from attunement.validity import POOLINGS, SESSION_POOLING, session_means

OTHER: dict[Role, Role] = {"patient": "therapist", "therapist": "patient"}
EVENLY = ", all turns"
OF_PARTNER = " of the partner"
WORDS = "words"
BOTH_WORDS = (WORDS, WORDS + OF_PARTNER)

OURS = f"{SHIPPED} {ALLIANCE}"
SENTIMENT = "sentiment"
COMPASS = "compass"
APART = "axes apart"
"""The shipped bank's scales, none drawn to the whole."""


def pairs(turns: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Give each partner a row: their own scores, those of the other, and their two ratings.

    Parameters
    ----------
    turns : DataFrame
        As `told` gives it: any columns of scores beside session_id, turn, role, time and words.
    ratings : DataFrame
        Those of `attunement.tables.RATINGS`; each chair rated for itself.

    Returns
    -------
    DataFrame
        session_id, role, words and the scores (by the default pooling, and of all turns), the same
        of the partner, the ratings. A partner is left out where either of the two said nothing
        that counts.
    """
    measures = turns.drop("session_id", "turn", "role", "time", WORDS).columns
    own = pl.concat(_of_chair(turns, measures, role) for role in ROLES)
    partner = own.with_columns(pl.col("role").replace_strict(OTHER))
    rated = ratings.pivot("scale", index=["session_id", "rater"], values="value")
    return (
        own.join(partner, on=["session_id", "role"], suffix=OF_PARTNER)
        .join(rated.rename({"rater": "role"}), on=["session_id", "role"])
        .sort("session_id", "role")
    )


def _of_chair(turns: pl.DataFrame, measures: Sequence[str], role: Role) -> pl.DataFrame:
    said = turns.filter(pl.col("role") == role)
    words = said.group_by("session_id").agg(pl.col(WORDS).sum())
    late = session_means(said, measures, POOLINGS[SESSION_POOLING])
    evenly = session_means(said, measures, POOLINGS["all_turns"])
    evenly = evenly.rename({name: name + EVENLY for name in measures})
    found = words.join(late, on="session_id").join(evenly, on="session_id")
    return found.with_columns(role=pl.lit(role))


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the table.

    Attributes
    ----------
    name, group : str
        What it is, and what it stands under.
    column : str
        What is held against the ratings.
    given : tuple of str
        What is partialled out of both.
    less : str, optional
        Another column, whose agreement is taken from this one's.
    """

    name: str
    group: str
    column: str
    given: tuple[str, ...] = ()
    less: str | None = None


def questions() -> Iterator[Question]:
    """Every row of the table."""
    own = "OWN WORDS"
    yield Question("ours, default pooling", own, OURS)
    yield Question("ours, all turns", own, OURS + EVENLY)
    for scale in SCALES:
        yield Question(f"ours, {scale} alone", own, f"{SHIPPED} {scale}")
    yield Question("sentiment, default pooling", own, SENTIMENT)
    yield Question("sentiment, all turns", own, SENTIMENT + EVENLY)
    yield Question("compass", own, f"{COMPASS} {ALLIANCE}")
    yield Question("words spoken", own, WORDS)
    partner = "THE PARTNER'S WORDS"
    yield Question("ours", partner, OURS + OF_PARTNER)
    yield Question("sentiment", partner, SENTIMENT + OF_PARTNER)
    given = "ONE GIVEN ANOTHER"
    yield Question("ours, own words given the partner's", given, OURS, (OURS + OF_PARTNER,))
    yield Question("ours, the partner's words given own", given, OURS + OF_PARTNER, (OURS,))
    yield Question("ours given sentiment", given, OURS, (SENTIMENT,))
    yield Question("sentiment given ours", given, SENTIMENT, (OURS,))
    less = "ONE LESS ANOTHER"
    yield Question("ours less sentiment", less, OURS, less=SENTIMENT)
    yield Question("bond less task", less, f"{SHIPPED} bond", less=f"{SHIPPED} task")
    yield Question("bond less goal", less, f"{SHIPPED} bond", less=f"{SHIPPED} goal")
    yield Question("bond less task, axes apart", less, f"{APART} bond", less=f"{APART} task")
    yield Question("bond less goal, axes apart", less, f"{APART} bond", less=f"{APART} goal")


def figures(partners: pl.DataFrame, asked: Sequence[Question]) -> list[Figure]:
    """Answer the questions with Spearman's correlations, dialogues drawn again for all at once.

    Each answer has, for liking and for satisfaction, the figure with its interval, and with both
    partners' numbers of words partialled out; a figure that is undefined is left out.
    """
    resampling = Resampling.of(partners["session_id"], draws=DRAWS, seed=0)
    found: list[Figure] = [{"question": one.name, "group": one.group} for one in asked]
    for target in TARGETS:
        for key, given in ((target, ()), (f"{target} words out", BOTH_WORDS)):
            statistics = [_statistic(partners, one, target, given) for one in asked]
            intervals = resampling.intervals(together(*statistics))
            for figure, interval in zip(found, intervals, strict=True):
                if interval.value is not None:
                    figure |= {
                        key: interval.value,
                        f"{key} low": interval.low,
                        f"{key} high": interval.high,
                    }
    return found


def _statistic(
    partners: pl.DataFrame, question: Question, target: str, given: tuple[str, ...]
) -> Statistic:
    def agreement(column: str) -> Statistic:
        names = (column, target, *question.given, *given)
        return spearmans(*(numbers(partners, name) for name in names))

    own = agreement(question.column)
    if question.less is None:
        return own
    other = agreement(question.less)

    def difference(weights: Array) -> Array:
        return own(weights) - other(weights)

    return difference
