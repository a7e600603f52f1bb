"""Who sits with whom in a session, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attunement.tables import SCALES

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.intp]
Triple: TypeAlias = tuple[float, float, float]

NOTHING: Triple = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A condition: how many sessions it has and what is true of them, per scale."""

    name: str
    sessions: int
    gap: Triple = NOTHING
    slope: Triple = NOTHING
    level: Triple = NOTHING
    session_sd: float = 0.25
    turns: tuple[int, int] = (20, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A population of sessions and the variances around its means.

    `crossed`: every session has a therapist of its own choosing, instead of every patient.
    `shared_therapists`: therapists see patients of every condition, instead of one.
    Standard deviations of the gap: `therapist_sd`, `patient_sd`, and each group's `session_sd`.
    """

    groups: tuple[Group, ...]
    sessions_per_patient: float = 3.0
    patients_per_therapist: float = 5.0
    crossed: bool = False
    shared_therapists: bool = True
    therapist_sd: float = 0.15
    patient_sd: float = 0.15
    level_patient_sd: float = 0.3
    level_session_sd: float = 0.3
    truth_force: Triple = (1.0, 1.0, 1.0)
    slope_sd: float = 0.3
    autocorrelation: float = 0.3
    noise_in_common: float = 0.3
    between_scales: float = 0.5
    length_effect: float = 0.0
    words: tuple[float, float] = (12.0, 20.0)
    """The median words of a patient's and of a therapist's turn."""

    def with_sessions(self, factor: int) -> Design:
        """Give the same design with so many times the sessions, for values in the limit."""
        larger = tuple(replace(group, sessions=group.sessions * factor) for group in self.groups)
        return replace(self, groups=larger)

    def of_group(self, what: Literal["gap", "slope", "level"]) -> Array:
        """Give a parameter of every group, shape (groups, scales)."""
        return np.array([getattr(group, what) for group in self.groups])


@dataclass(frozen=True, slots=True)
class Layout:
    """Who sat in which session: codes of shape (sessions,)."""

    group: Codes
    patient: Codes
    therapist: Codes


@dataclass(frozen=True, slots=True)
class Latent:
    """What is true of each session, shape (sessions, scales)."""

    truth: Array
    gap: Array
    slope: Array


def lay_out(design: Design, rng: np.random.Generator) -> Layout:
    """Deal sessions to patients, of 1 + Poisson sessions each, and patients to therapists."""
    sizes = [group.sessions for group in design.groups]
    group = np.repeat(np.arange(len(sizes)), sizes)
    patient = np.empty(len(group), dtype=np.intp)
    first, patients = 0, 0
    condition_of: list[int] = []
    for place, size in enumerate(sizes):
        drawn = 1 + rng.poisson(design.sessions_per_patient - 1, size)
        count = int(np.searchsorted(np.cumsum(drawn), size)) + 1
        patient[first : first + size] = patients + np.repeat(np.arange(count), drawn[:count])[:size]
        condition_of += [place] * count
        first, patients = first + size, patients + count
    units = group if design.crossed else np.asarray(condition_of)
    mean_size = design.patients_per_therapist
    if design.crossed:
        mean_size *= design.sessions_per_patient
    pools = np.zeros_like(units) if design.shared_therapists else units
    therapist_of = np.empty(len(units), dtype=np.intp)
    therapists = 0
    for pool in range(int(pools.max()) + 1):
        inside = np.flatnonzero(pools == pool)
        count = max(1, round(len(inside) / mean_size))
        therapist_of[rng.permutation(inside)] = therapists + np.arange(len(inside)) % count
        therapists += count
    therapist = therapist_of if design.crossed else therapist_of[patient]
    return Layout(group=group, patient=patient, therapist=therapist)


def draw_latent(design: Design, layout: Layout, rng: np.random.Generator) -> Latent:
    n = len(layout.group)
    patients, therapists = layout.patient.max() + 1, layout.therapist.max() + 1

    def effects(count: int, sd: float | Array) -> Array:
        return np.asarray(correlated(rng, count, design.between_scales) * sd)

    moved = effects(patients, design.level_patient_sd)[layout.patient] + effects(
        n, design.level_session_sd
    )
    session_sd = np.array([group.session_sd for group in design.groups])[layout.group]
    gap = (
        design.of_group("gap")[layout.group]
        + (np.array(design.truth_force) - 1) * moved
        + effects(therapists, design.therapist_sd)[layout.therapist]
        + effects(patients, design.patient_sd)[layout.patient]
        + effects(n, session_sd[:, None])
    )
    slope = design.of_group("slope")[layout.group] + effects(n, design.slope_sd)
    return Latent(truth=design.of_group("level")[layout.group] + moved, gap=gap, slope=slope)


def correlated(rng: np.random.Generator, count: int, correlation: float) -> Array:
    """Draw standard normals for the three scales, equally correlated: (count, scales)."""
    own = rng.standard_normal((count, len(SCALES)))
    shared = rng.standard_normal((count, 1))
    return np.asarray(np.sqrt(1 - correlation) * own + np.sqrt(correlation) * shared)
