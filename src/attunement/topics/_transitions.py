"""What follows what: from one turn's topic to the next turn's, against chance within sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betainc, gammainc, gammaincc
from scipy.stats import false_discovery_control

from attunement.tables import TOPIC_TRANSITIONS
from attunement.topics._checked import checked

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

STEPS = (("patient", "therapist"), ("therapist", "patient"), ("patient", "patient"))
"""Whose turn, and whose next one. Between two turns of the patient the therapist may speak."""

_EQUAL = 1e-9
_POISSON = 1e-6
"""Mean and variance this close, relative to the mean, are those of a Poisson count."""


def topic_transitions(turns: pl.DataFrame) -> pl.DataFrame:
    """Count which topic follows which, and hold the counts against chance within sessions.

    Sessions have subjects, so that over a corpus every topic seems to lead to itself. Chance here
    keeps to each session: the same turns of the same side in another order.

    Parameters
    ----------
    turns : DataFrame
        `TOPIC_TURNS`.

    Returns
    -------
    DataFrame
        `TOPIC_TRANSITIONS`: from a patient's turn to the therapist's turn right after it, from a
        therapist's to the patient's right after it, and from a patient's to the patient's next.
        Every topic that follows any in a session stands beside every topic it could have
        followed, with n = 0 where it never does; expected is the share that chance gives, ratio
        and p are null where chance gives none. p is two-sided, p_fdr over the whole table;
        n_sessions counts the sessions in which the transition occurs.

    Raises
    ------
    UsageError
        A column is missing.
    DataError
        A turn has no topic, or another role than patient or therapist, or stands there twice.

    Notes
    -----
    Chance puts the exchanges of a session in another order: whatever a turn itself followed on
    stays with it, and what it leads to is any of the session's turns that were led to, but for
    the one it followed on. (Were the two sides put in any order apart, a therapist who takes up
    the patient's topic would seem to lead away from it, since one turn of that topic is used up.)
    Mean and variance of a count are exact, as sums over sessions; the tails are those of the
    binomial or negative binomial distribution with that mean and variance above the least
    possible count, which the tests hold against permutations. Chance keeps to sessions, not to
    stretches of them: two topics of the opening follow each other also because both are early.
    """
    spoken = checked(turns)
    topics = spoken["topic"].unique().sort().to_list()
    tables = [
        table
        for step in STEPS
        if (pairs := _pairs(spoken, topics, step)).height
        for table in [_step(pairs, topics, step)]
    ]
    if not tables:
        return TOPIC_TRANSITIONS.schema.to_frame()
    rows = pl.concat(tables)
    tested = rows["p_val"].is_not_null()
    adjusted = np.full(rows.height, np.nan)
    adjusted[tested.to_numpy()] = false_discovery_control(rows["p_val"].drop_nulls().to_numpy())
    return rows.with_columns(pl.Series("p_fdr", adjusted).fill_nan(None)).select(
        pl.col(name).cast(dtype) for name, dtype in TOPIC_TRANSITIONS.columns.items()
    )


def _pairs(spoken: pl.DataFrame, topics: list[int], step: tuple[str, str]) -> pl.DataFrame:
    """Give each step once: its session, and the places of its two topics in `topics`."""
    before, after = step
    if before == after:
        spoken = spoken.filter(pl.col("role") == before)
    places = {topic: place for place, topic in enumerate(topics)}
    following = spoken.select(
        pl.col("session_id").rank("dense").cast(pl.Int64).alias("session") - 1,
        pl.col("role").alias("before"),
        pl.col("role").shift(-1).over("session_id").alias("after"),
        pl.col("topic").replace_strict(places, return_dtype=pl.Int64).alias("from"),
    ).with_columns(pl.col("from").shift(-1).over("session").alias("to"))
    return following.filter(before=before, after=after).select("session", "from", "to")


@dataclass(frozen=True, slots=True)
class _Chance:
    """What chance within sessions makes of the counts, from topic by to topic.

    `least` is what the counts cannot be below.
    """

    mean: Array
    variance: Array
    least: Array

    @classmethod
    def of(cls, pairs: pl.DataFrame, k: int) -> _Chance:
        """Put the exchanges of each session in any order.

        The turns between two steps are an exchange: it is entered by the topic the step before
        led to, and left by the topic the next step starts from. The session's beginning and end
        stay where they are, so that its n steps are n exchanges in a ring, the last step entering
        the one that the first step leaves. With x exchanges left by a, y entered by b, and z of
        both kinds, a leads to b in (x y - z) / (n - 1) places on average.
        """
        entered = pl.col("to").shift(1).fill_null(pl.col("to").last()).over("session")
        leaving = pairs["from"].to_numpy()
        entering = pairs.select(entered).to_series().to_numpy()
        session = pairs["session"].to_numpy()
        x, y = _counts(session, leaving, k), _counts(session, entering, k)
        n = x.sum(axis=1, keepdims=True)
        means, variances, least = [], [], []
        for topic in range(k):
            left = leaving == topic
            both = _counts(session[left], entering[left], k, n_sessions=len(x))
            mean, variance = _ring(n, x[:, topic, None], y, both)
            means.append(mean.sum(axis=0))
            variances.append(variance.sum(axis=0))
            least.append((x[:, topic, None] + y - n).clip(0).sum(axis=0))
        return cls(mean=np.stack(means), variance=np.stack(variances), least=np.stack(least))

    def p_values(self, observed: Array) -> Array:
        """Give two-sided p-values: twice the smaller tail; 1 where chance leaves no choice."""
        at_most, at_least = _tails(
            observed - self.least,
            (self.mean - self.least).clip(_EQUAL),
            self.variance.clip(_EQUAL),
        )
        p = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
        return np.where(self.variance > _EQUAL, p, 1.0)


def _step(pairs: pl.DataFrame, topics: list[int], step: tuple[str, str]) -> pl.DataFrame:
    """Set one kind of step as rows, from each topic that is left to each that can follow."""
    k = len(topics)
    observed = np.zeros((k, k))
    np.add.at(observed, (pairs["from"].to_numpy(), pairs["to"].to_numpy()), 1)
    sessions = pairs.group_by("from", "to").agg(pl.col("session").n_unique())
    heard = np.zeros((k, k), dtype=np.int64)
    heard[sessions["from"].to_numpy(), sessions["to"].to_numpy()] = sessions["session"].to_numpy()
    chance = _Chance.of(pairs, k)
    leaving = observed.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        share, expected = observed / leaving, chance.mean / leaving
        ratio = share / expected
    table = pl.DataFrame(
        {
            "from_role": [step[0]] * (k * k),
            "from_topic": np.repeat(topics, k),
            "to_role": [step[1]] * (k * k),
            "to_topic": np.tile(topics, k),
            "n": observed.ravel(),
            "share": share.ravel(),
            "expected": expected.ravel(),
            "ratio": ratio.ravel(),
            "p_val": np.where(expected > 0, chance.p_values(observed), np.nan).ravel(),
            "n_sessions": heard.ravel(),
        }
    )
    reached = np.broadcast_to(observed.sum(axis=0) > 0, (k, k))
    kept = pl.Series(((leaving > 0) & reached).ravel())
    return table.filter(kept).with_columns(pl.col("ratio", "p_val").fill_nan(None))


def _counts(session: Whole, topic: Whole, k: int, *, n_sessions: int | None = None) -> Array:
    """Count topics a session; sessions are numbered from 0."""
    n = int(session.max()) + 1 if n_sessions is None else n_sessions
    counts = np.bincount(session * k + topic, minlength=n * k)
    return counts.reshape(n, k).astype(np.float64)


def _ring(n: Array, x: Array, y: Array, both: Array) -> tuple[Array, Array]:
    """Give mean and variance of the places on a ring of n where an x is followed by a y.

    Every order of the n is as likely; `both` are x and y at once. The square of the count sums
    over pairs of places: the same one, neighbours, and places apart.
    """
    others = x - both
    one = x * y - both
    neighbours = both * ((x - 1) * (y - 1) - (both - 1))
    apart = (
        others * (others - 1) * y * (y - 1)
        + 2 * others * both * (y - 1) * (y - 2)
        + both * (both - 1) * (y - 2) * (y - 3)
    )
    # A ring of one leads to itself; one of two has a single order.
    mean = np.where(n > 1, one / (n - 1).clip(1), both)
    square = mean + (2 * neighbours + apart) / ((n - 1) * (n - 2)).clip(1)
    return mean, np.where(n > 2, square - mean**2, 0.0)


def _tails(k: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """Give P(X <= k) and P(X >= k) of a count with this mean and variance, both above zero.

    Binomial where it varies less than a Poisson count, negative binomial where it varies more;
    neither needs a whole number of trials.
    """
    apart = variance - mean
    close = np.abs(apart) <= _POISSON * mean
    less = apart < 0
    # The binomial's success, or the negative binomial's failure.
    chance = np.where(less, 1 - variance / mean, 1 - mean / variance)
    size = mean**2 / np.abs(np.where(close, 1.0, apart))
    at_most = np.where(
        close,
        gammaincc(k + 1, mean),
        betainc(np.where(less, (size - k).clip(_EQUAL), size), k + 1, 1 - chance),
    )
    least = k.clip(_EQUAL)
    at_least = np.where(
        close,
        gammainc(least, mean),
        betainc(least, np.where(less, (size - k + 1).clip(_EQUAL), size), chance),
    )
    return at_most, np.where(k > 0, at_least, 1.0)
