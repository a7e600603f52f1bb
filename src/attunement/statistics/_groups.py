"""Group means of one value a session, their contrasts, and the checks that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.statistics._design import ALL_SESSIONS, THE_REST, Codes, Design
from attunement.statistics._estimate import Estimate
from attunement.statistics._mixed import MixedFit, fit_mixed

Array = NDArray[np.float64]

SMALL_GROUP = 20
"""A group of fewer sessions is marked small and carries no headline (METHOD.md section 6)."""

OWN_VARIANCE = 5
"""A group of at least so many sessions has a residual variance of its own; smaller ones share."""


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """One value a session, modelled as its group's mean plus patient, therapist and residual.

    Attributes
    ----------
    design : Design
        All sessions.
    labels : tuple of str
        The groups in the model, in the order of its coefficients.
    places : dict of str to ndarray
        Every group's sessions that have a value, those of groups outside the model too.
    values : ndarray of shape (n_sessions,)
        The value of every session; NaN where there is none.
    inside : ndarray of int
        The sessions in the model.
    fit : MixedFit or None
        None where no group can be modelled.
    """

    design: Design
    labels: tuple[str, ...]
    places: dict[str, Codes]
    values: Array
    inside: Codes
    fit: MixedFit | None

    @classmethod
    def of(cls, values: Array, design: Design, *, groups: dict[str, Codes]) -> GroupMeans:
        """Fit the model.

        Parameters
        ----------
        values : ndarray of shape (n_sessions,)
            NaN where a session has none.
        design : Design
            The sessions.
        groups : dict of str to ndarray of int
            Each group's sessions; no session in two.

        Returns
        -------
        GroupMeans
            A group of one session, or in which no two sessions differ, stays outside the model:
            it has a mean and no interval.
        """
        known = np.isfinite(values)
        places = {label: where[known[where]] for label, where in groups.items()}
        labels = tuple(label for label, where in places.items() if _varies(values[where]))
        if not labels:
            return cls(design, (), places, values, np.zeros(0, dtype=np.intp), None)
        inside = np.concatenate([places[label] for label in labels])
        codes = np.repeat(np.arange(len(labels)), [len(places[label]) for label in labels])
        fit = fit_mixed(
            values[inside],
            np.eye(len(labels))[codes],
            factors=design.factors(inside),
            strata=_strata(codes),
        )
        return cls(design, labels, places, values, inside, fit)

    def reason(self, label: str) -> str | None:
        """Say why a group has no interval; None if it has one."""
        n = len(self.places[label])
        if n == 0:
            return "no session has a value"
        if n == 1:
            return "one session: no interval"
        return None if label in self.labels else "every session has the same value"

    def coefficients_of(self, label: str, reference: str | None = None) -> Array:
        """Give the combination of coefficients for a mean, a pair, or a group against the rest.

        The rest is the mean over the other groups' sessions.
        """
        weights = np.zeros(len(self.labels))
        weights[self.labels.index(label)] = 1
        if reference == THE_REST:
            others = [other for other in self.labels if other != label]
            sizes = np.array([len(self.places[other]) for other in others], dtype=float)
            for other, share in zip(others, sizes / sizes.sum(), strict=True):
                weights[self.labels.index(other)] -= share
        elif reference is not None:
            weights[self.labels.index(reference)] -= 1
        return weights

    def estimate(self, label: str, reference: str | None = None) -> Estimate:
        """Estimate a group's mean, or its difference from another's or the rest's."""
        if self.fit is None:
            raise ValueError(f"no model holds {label}")
        return self.fit.contrast(self.coefficients_of(label, reference))

    def mean(self, label: str) -> float | None:
        """Give a group's mean, modelled where it can be."""
        if self.fit is not None and label in self.labels:
            return float(self.fit.coefficients[self.labels.index(label)])
        where = self.places[label]
        return float(self.values[where].mean()) if len(where) else None

    def session_weights(self, label: str) -> tuple[Codes, Array]:
        """Give a group's sessions and what each counts for in its mean; weights sum to one."""
        where = self.places[label]
        if self.fit is None or label not in self.labels:
            return where, np.full(len(where), 1 / max(len(where), 1))
        row = self.fit.weights[self.labels.index(label)]
        own = row[np.isin(self.inside, where)]
        return self.inside[np.isin(self.inside, where)], own / own.sum()


def groups_of(design: Design) -> dict[str, Codes]:
    """Give each group's sessions."""
    return {label: design.code(label) for label in design.labels}


def everything(design: Design) -> dict[str, Codes]:
    """Give one group of all sessions."""
    return {ALL_SESSIONS: np.arange(len(design.session_ids))}


def _varies(values: Array) -> bool:
    return len(values) > 1 and bool(np.ptp(values) > 1e-9 * max(1.0, float(np.abs(values).max())))


def _strata(codes: Codes) -> Codes:
    """Give large groups a stratum each, and the small ones one together."""
    counts = np.bincount(codes)
    large = np.flatnonzero(counts >= OWN_VARIANCE)
    stratum = np.full(len(counts), len(large))
    stratum[large] = np.arange(len(large))
    return np.unique(stratum[codes], return_inverse=True)[1].astype(np.intp)


def references(labels: Sequence[str]) -> list[tuple[str, str]]:
    """List what is contrasted: every pair, and every group against the rest if there are three."""
    pairs = [(one, other) for at, one in enumerate(labels) for other in labels[at + 1 :]]
    return pairs + ([(label, THE_REST) for label in labels] if len(labels) > 2 else [])
