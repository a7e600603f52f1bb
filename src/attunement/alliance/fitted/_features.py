"""From turns to one row of numbers a session, or a session so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._contract import COLUMNS
from attunement.alliance.fitted._signals import SHORT, SpokenTurns
from attunement.tables import ROLES, Role

Numbers = NDArray[np.float64]

_MEASURES = len(COLUMNS)
_POWERS = np.array([0, 1, 2, 3, 10])

WEIGHTINGS = ("all", "late", "last", "early")
"""With u the turn's place from 0 to 1 in the session so far: 1, u^3, u^10, (1 - u)^3."""

BLOCK_WEIGHTS = {"meaning": 0.1, "contrast": 2.0, "length": 1.0}
"""What each block of features counts for before any rating is seen; its columns share it. There
are eight blocks of meaning. With few rated sessions it pays to trust the other two first; with
thousands it makes no difference (docs/validity.md)."""

FEATURES_VERSION = 1
"""Raised whenever a feature changes: a model fitted on others must not be applied to these."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what, for embeddings of a length.

    Attributes
    ----------
    dimension : int
        Length of an embedding.
    """

    dimension: int

    @property
    def names(self) -> tuple[str, ...]:
        """Name the blocks in order."""
        return tuple(name for name, _, _ in self._blocks())

    @property
    def width(self) -> int:
        """Count the columns."""
        return sum(width for _, _, width in self._blocks())

    def column_weights(self, kinds: Collection[str] = tuple(BLOCK_WEIGHTS)) -> Numbers:
        """Give each column its weight: its block's, divided by the block's width.

        Parameters
        ----------
        kinds : collection of {"meaning", "contrast", "length"}
            Which kinds of block count; columns of the others weigh nothing.
        """
        parts = [
            np.full(width, BLOCK_WEIGHTS[kind] / width if kind in kinds else 0.0)
            for _, kind, width in self._blocks()
        ]
        return np.concatenate(parts)

    def contrast_column(self, role: Role, measure: str) -> int:
        """Find the mean zero-shot score of a side on a measure, late turns counting most."""
        before = len(ROLES) * len(WEIGHTINGS) * self.dimension
        of_role = ROLES.index(role) * _MEASURES * (len(WEIGHTINGS) + 3)
        return before + of_role + WEIGHTINGS.index("late") * _MEASURES + COLUMNS.index(measure)

    def _blocks(self) -> list[tuple[str, str, int]]:
        blocks = [
            (f"{role}.{weighting}.meaning", "meaning", self.dimension)
            for role in ROLES
            for weighting in WEIGHTINGS
        ]
        # Four weighted means, a spread and two extremes of each measure, per role.
        blocks.append(("contrast", "contrast", len(ROLES) * _MEASURES * (len(WEIGHTINGS) + 3)))
        # Four weighted means of log words, their spread, turns, words and short turns; the share.
        blocks.append(("length", "length", len(ROLES) * (len(WEIGHTINGS) + 4) + 1))
        return blocks


class SessionSoFar:
    """Sums over the turns of one session, from which its features come at any moment.

    Adding a turn costs the same however long the session is, so a running estimate after each
    turn and the estimate of the whole session are made by the same arithmetic.

    Parameters
    ----------
    dimension : int
        Length of an embedding.
    """

    def __init__(self, dimension: int) -> None:
        self.layout = Layout(dimension)
        width = dimension + 2 * _MEASURES + 2
        self._turns = 0
        self._sums = np.zeros((len(ROLES), len(_POWERS), width))
        self._weights = np.zeros((len(ROLES), len(_POWERS)))
        self._extremes = np.full((len(ROLES), 2, _MEASURES), np.nan)
        self._words = np.zeros(len(ROLES))
        self._short = np.zeros(len(ROLES))

    @property
    def turns(self) -> int:
        """How many were taken in."""
        return self._turns

    def copy(self) -> SessionSoFar:
        """Give one that goes on from here by itself."""
        return deepcopy(self)

    def add(self, turns: SpokenTurns, start: int, stop: int) -> None:
        """Take in the turns from `start` up to `stop`, which follow those taken in before."""
        places = np.arange(self._turns + 1, self._turns + stop - start + 1, dtype=np.float64)
        self._turns += stop - start
        powers = places[None, :] ** _POWERS[:, None]
        contrast = slice(self.layout.dimension, self.layout.dimension + _MEASURES)
        for side, spoke in enumerate((turns.of_patient, ~turns.of_patient)):
            mine = spoke[start:stop]
            if not mine.any():
                continue
            signals = turns.signals[start:stop][mine].astype(np.float64)
            weights = powers[:, mine]
            self._sums[side] += weights @ signals
            self._weights[side] += weights.sum(axis=1)
            scores = signals[:, contrast]
            low, high = self._extremes[side]
            self._extremes[side] = (
                np.fmin(low, scores.min(axis=0)),
                np.fmax(high, scores.max(axis=0)),
            )
            words = turns.words[start:stop][mine]
            self._words[side] += words.sum()
            self._short[side] += np.count_nonzero(words <= SHORT)

    def features(self) -> Numbers:
        """Give the features of the turns so far, shape (width,); NaN for a side not yet heard."""
        means = [self._means(side) for side in range(len(ROLES))]
        d = self.layout.dimension
        meaning = [one[:, :d].ravel() for one in means]
        return np.concatenate(
            [
                *meaning,
                *(self._contrast(side, means[side]) for side in range(2)),
                self._length(means),
            ]
        )

    def _means(self, side: int) -> Numbers:
        """Weighted means of the signals under each of `WEIGHTINGS`: (4, width)."""
        combine = _combination(self._turns)
        weights = combine @ self._weights[side]
        if self._weights[side, 0] == 0:
            return np.full((len(WEIGHTINGS), self._sums.shape[2]), np.nan)
        return np.asarray((combine @ self._sums[side]) / weights[:, None])

    def _contrast(self, side: int, means: Numbers) -> Numbers:
        d = self.layout.dimension
        scores = means[:, d : d + _MEASURES]
        squares = means[0, d + _MEASURES : d + 2 * _MEASURES]
        spread = np.sqrt(np.maximum(squares - scores[0] ** 2, 0.0))
        return np.concatenate([scores.ravel(), spread, self._extremes[side].ravel()])

    def _length(self, means: Sequence[Numbers]) -> Numbers:
        parts = []
        for side, one in enumerate(means):
            turns = self._weights[side, 0]
            spread = np.sqrt(np.maximum(one[0, -1] - one[0, -2] ** 2, 0.0))
            short = self._short[side] / turns if turns else np.nan
            parts += [*one[:, -2], spread, np.log1p(turns), np.log1p(self._words[side]), short]
        parts.append(np.log1p(self._words[0]) - np.log1p(self._words[1]))
        return np.asarray(parts)


def session_features(turns: SpokenTurns, *, at: Sequence[int] | None = None) -> Numbers:
    """Give a session's features after some of its turns.

    Parameters
    ----------
    turns : SpokenTurns
        The session.
    at : sequence of int, optional
        After how many turns, rising; all of them if not given.

    Returns
    -------
    ndarray of shape (len(at), width)
    """
    moments = [len(turns)] if at is None else list(at)
    dimension = turns.signals.shape[1] - 2 * _MEASURES - 2
    so_far = SessionSoFar(dimension)
    rows = np.empty((len(moments), so_far.layout.width))
    start = 0
    for row, stop in enumerate(moments):
        so_far.add(turns, start, stop)
        rows[row] = so_far.features()
        start = stop
    return rows


def _combination(turns: int) -> Numbers:
    """How the weightings arise from sums of powers of the turn's number q = 1..m: (4, 5).

    With u = q / m: u^3 and u^10 directly, and (1 - (q - 1) / m)^3 by expanding in q.
    """
    m, rest = float(turns), float(turns + 1)
    return np.array(
        [
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, m**-3, 0.0],
            [0.0, 0.0, 0.0, 0.0, m**-10],
            [rest**3 / m**3, -3.0 * rest**2 / m**3, 3.0 * rest / m**3, -(m**-3), 0.0],
        ]
    )
