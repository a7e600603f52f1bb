"""Who the sessions belong to: groups, patients and therapists as integer codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import DataError, UsageError

Codes = NDArray[np.intp]

_NAMED = ("patient_id", "therapist_id")

FEWEST_THERAPISTS = 6
"""With fewer, what differs between therapists at large cannot be estimated: they are taken as
given, and intervals speak of these therapists."""

ALL_SESSIONS = "all sessions"
THE_REST = "the rest"
RESERVED = frozenset({ALL_SESSIONS, THE_REST})
"""What groups may not be called."""

MOST_GROUPS = 30
"""A column of more values names no groups; every pair of them is contrasted."""


@dataclass(frozen=True, slots=True)
class Design:
    """Sessions in rows, and what they are nested in.

    Attributes
    ----------
    session_ids : list of str
        In the order of the sessions table.
    groups : list of str or None
        Each session's group.
    labels : tuple of str
        The groups there are, by name; sessions without one belong to none.
    patients, therapists : ndarray of int
        Codes; a session whose patient (therapist) is unknown counts as one of its own.
    patient_known, therapist_known : ndarray of bool
        Whether the table names them.
    notes : tuple of str
        What a reader must know of the ids.
    """

    session_ids: list[str]
    groups: list[str | None]
    labels: tuple[str, ...]
    patients: Codes
    therapists: Codes
    patient_known: NDArray[np.bool_]
    therapist_known: NDArray[np.bool_]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, sessions: pl.DataFrame, *, by: str = "condition") -> Design:
        """Read a sessions table.

        Raises
        ------
        UsageError
            The table lacks session_id, or the column that names the groups, or that column names
            more than `MOST_GROUPS`, or one by a reserved name.
        DataError
            A session stands in it twice.
        """
        if "session_id" not in sessions.columns:
            raise UsageError(
                "the sessions table has no column session_id",
                mend="Give one row a session, named in session_id",
                field="session_id",
            )
        if by not in sessions.columns and by != "condition":
            others = ", ".join(name for name in sessions.columns if name != "session_id")
            raise UsageError(
                f"the sessions have no column {by!r} to group by",
                mend=f"Choose one of: {others}",
                field="--by",
            )
        sessions = sessions.with_columns(pl.col("session_id").cast(pl.String))
        twice = sessions.filter(pl.col("session_id").is_duplicated())["session_id"]
        if twice.len():
            raise DataError(
                f"the session {twice[0]!r} stands in the sessions table more than once",
                mend="Keep one row a session",
                field="session_id",
            )
        height = sessions.height
        empty = pl.Series([None] * height, dtype=pl.String)
        named = {
            name: sessions[name].cast(pl.String) if name in sessions.columns else empty
            for name in _NAMED
        }
        groups = (
            sessions[by].cast(pl.String).to_list() if by in sessions.columns else [None] * height
        )
        labels = tuple(sorted({group for group in groups if group is not None}))
        if taken := sorted(RESERVED.intersection(labels)):
            raise UsageError(
                f"a group is called {taken[0]!r}, which has a meaning of its own here",
                mend=f"Give it another name in the column {by!r}",
                field="--by",
            )
        if len(labels) > MOST_GROUPS:
            raise UsageError(
                f"the column {by!r} has {len(labels)} values, and at most {MOST_GROUPS} groups can "
                "be contrasted",
                mend="Choose another column with --by, or put values together",
                field="--by",
            )
        return cls(
            session_ids=sessions["session_id"].to_list(),
            groups=groups,
            labels=labels,
            patients=_codes(named["patient_id"]),
            therapists=_codes(named["therapist_id"]),
            patient_known=named["patient_id"].is_not_null().to_numpy(),
            therapist_known=named["therapist_id"].is_not_null().to_numpy(),
            notes=tuple(_notes(named["patient_id"], named["therapist_id"])),
        )

    @property
    def n_therapists(self) -> int:
        """How many therapists are named."""
        return len(np.unique(self.therapists[self.therapist_known]))

    @property
    def therapists_vary(self) -> bool:
        """Whether there are enough therapists to speak of therapists at large."""
        return self.n_therapists >= FEWEST_THERAPISTS

    def confounded(self, places: Codes, both: Codes) -> bool:
        """Whether few named therapists each see only one side of a contrast."""
        if self.therapists_vary or not self.therapist_known[both].any():
            return False
        rest = np.setdiff1d(both, places)
        return not np.intersect1d(self.therapists[places], self.therapists[rest]).size

    def code(self, label: str) -> Codes:
        """Give the places of a group's sessions."""
        return np.flatnonzero(np.array([group == label for group in self.groups]))

    def count(self, places: Codes) -> tuple[int | None, int | None]:
        """Count distinct known patients and therapists; None where none is named."""
        counts = []
        for codes, known in (
            (self.patients, self.patient_known),
            (self.therapists, self.therapist_known),
        ):
            inside = places[known[places]]
            counts.append(len(np.unique(codes[inside])) if len(inside) else None)
        return counts[0], counts[1]

    def factors(self, places: Codes) -> dict[str, Codes]:
        """Give the random factors of some sessions, coded from 0."""
        factors = {}
        for name, codes, known in (
            ("patient", self.patients, self.patient_known),
            ("therapist", self.therapists, self.therapist_known),
        ):
            if known[places].any() and (name == "patient" or self.therapists_vary):
                factors[name] = _recoded(codes[places])
        if len(factors) == 2 and _same_partition(*factors.values()):
            # One patient a therapist: the two cannot be told apart.
            del factors["therapist"]
        return factors


def _codes(names: pl.Series) -> Codes:
    alone = pl.Series(range(names.len()), dtype=pl.Int64).cast(pl.String)
    filled = pl.DataFrame({"name": names, "alone": alone}).select(
        pl.when(pl.col("name").is_null())
        .then(pl.concat_str(pl.lit("?"), "alone"))
        .otherwise(pl.concat_str(pl.lit("="), "name"))
        .rank("dense")
        .alias("code")
    )
    return np.asarray(filled["code"].to_numpy() - 1, dtype=np.intp)


def _recoded(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1].astype(np.intp)


def _same_partition(one: Codes, other: Codes) -> bool:
    joint = len(np.unique(np.stack([one, other]), axis=1).T)
    return joint == len(np.unique(one)) == len(np.unique(other))


def _notes(patients: pl.Series, therapists: pl.Series) -> list[str]:
    notes = []
    if patients.is_null().all():
        notes.append(
            "No patient is named, so every session counts as a patient of its own; if patients "
            "come more than once, intervals are too narrow."
        )
    elif patients.is_null().any():
        notes.append(
            f"{patients.null_count()} sessions name no patient and count as patients of their own."
        )
    pairs = pl.DataFrame({"patient": patients, "therapist": therapists}).drop_nulls().unique()
    named = therapists.drop_nulls().n_unique()
    if 0 < named < FEWEST_THERAPISTS:
        notes.append(
            f"Only {named} therapist{'s are' if named > 1 else ' is'} named: intervals speak of "
            f"{'these therapists' if named > 1 else 'this therapist'} and other patients, not of "
            "therapists at large."
        )
    several = int((pairs.group_by("patient").len()["len"] > 1).sum())
    if several:
        notes.append(
            f"{several} patient ids occur under more than one therapist and are taken as the same "
            "patient; if ids start again with each therapist, make them unique first."
        )
    return notes
