"""What an estimator makes of a turn's signal, with the offsets of forms and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
from benchmarks._simulated._population import Array
from benchmarks._simulated._speech import PATIENT, THERAPIST, Turns

from attunement.tables import ALLIANCE, ROLES, SCALES

COLUMNS = (*SCALES, ALLIANCE)

WAI_36 = {
    "task": (2, 4, -7, -11, 13, -15, 16, 18, 24, -31, 33, -35),
    "bond": (-1, 5, 8, 17, 19, -20, 21, 23, 26, 28, -29, 36),
    "goal": (-3, 6, -9, -10, -12, 14, 22, 25, -27, 30, 32, -34),
}
"""The WAI-36's scoring key: the numbers of a scale's items, negative where they are reversed."""
N_ITEMS = 36


def wai_key() -> Array:
    """Give the key as a matrix (36, 3): +1 or -1 on an item's scale, 0 elsewhere."""
    key = np.zeros((N_ITEMS, len(SCALES)))
    for place, scale in enumerate(SCALES):
        for item in WAI_36[scale]:
            key[abs(item) - 1, place] = np.sign(item)
    return key


@dataclass(frozen=True, slots=True)
class Measured:
    """What an estimator says of each turn in standard units, shape (n, scales and whole)."""

    own: Array
    swapped: Array
    offset: Array


class EstimatorLike(Protocol):
    """What turns a turn's signal into scores."""

    @property
    def name(self) -> str:
        """The estimator's name in the scores."""
        ...

    def weights(self) -> Array:
        """Give how a score follows the signal: (scales, scales and whole)."""
        ...

    def constant(self, *, therapist: bool) -> Array:
        """Give a role's score in its own form where the signal is 0: (scales and whole,)."""
        ...

    def measure(self, turns: Turns, rng: np.random.Generator) -> Measured:
        """Score every turn."""
        ...


Constants: TypeAlias = Mapping[tuple[str, str], float]
"""Per role that speaks and form it is held against; 0 where there is none."""


def owned_by(owner: Literal["form", "role", "pair"], size: float) -> dict[tuple[str, str], float]:
    """Give constants of the therapist's form, of the therapist's turns, or of both together."""
    return {
        (role, form): size
        for role in ROLES
        for form in ROLES
        if {
            "form": form == "therapist",
            "role": role == "therapist",
            "pair": role == form == "therapist",
        }[owner]
    }


def _table(constants: Constants) -> Array:
    """Constants by role and form: (2, 2)."""
    return np.array([[constants.get((r, f), 0.0) for f in ROLES] for r in ROLES])


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastLike:
    """An estimator for which equal offsets cancel and each form's axis has a constant of its own.

    `constants` are added to every scale. `axis_noise`: what a turn's score on one form's
    axis has to itself.
    """

    name: str = "contrast"
    constants: Constants = field(default_factory=dict)
    axis_noise: float = 0.3

    def weights(self) -> Array:
        whole_sd = 0.82  # of the mean of three scales that correlate at .5
        return np.column_stack([np.eye(3), np.full(3, 1 / (3 * whole_sd))])

    def constant(self, *, therapist: bool) -> Array:
        role = THERAPIST if therapist else PATIENT
        return np.asarray(np.full(3, _table(self.constants)[role, role]) @ self.weights())

    def measure(self, turns: Turns, rng: np.random.Generator) -> Measured:
        axis = _table(self.constants)
        own, swapped = (
            turns.signal
            + axis[turns.role, form][:, None]
            + self.axis_noise * rng.standard_normal(turns.signal.shape)
            for form in (turns.role, 1 - turns.role)
        )
        weights = self.weights()
        return Measured(own @ weights, swapped @ weights, np.zeros((len(own), len(COLUMNS))))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompassLike:
    """Keyed sums of cosines to 36 statements a form, under the WAI-36's key.

    cosine of item k = loading * key_k * signal of its scale + offset(role, form) + offset of the
    turn + noise. `items=True` draws all 72 cosines of a turn; otherwise their sums are drawn
    from the same distribution. `constants` are the offsets of every cosine.
    """

    name: str = "compass"
    constants: Constants = field(default_factory=dict)
    loading: float = 0.05
    item_noise: float = 0.06
    turn_offset: float = 0.02
    form_agreement: float = 0.7
    """How the noise of an item in the one form correlates with that in the other."""
    items: bool = False

    def weights(self) -> Array:
        signal = self.loading * np.abs(wai_key()).T @ np.abs(wai_key())
        return np.asarray(np.column_stack([signal, signal.sum(axis=1)]) / self.sd())

    def sd(self) -> Array:
        """Give the standard deviations the scores are in: of a reference with signals of SD 1."""
        key = self._key()
        signal = self.loading * np.abs(wai_key()).T @ np.abs(key)
        return np.asarray(
            np.sqrt(
                np.einsum("sm,st,tm->m", signal, np.full((3, 3), 0.5) + 0.5 * np.eye(3), signal)
                + self.item_noise**2 * (key**2).sum(axis=0)
                + (self.turn_offset * key.sum(axis=0)) ** 2
            )
        )

    def constant(self, *, therapist: bool) -> Array:
        role = THERAPIST if therapist else PATIENT
        return np.asarray(_table(self.constants)[role, role] * self._key().sum(axis=0) / self.sd())

    def measure(self, turns: Turns, rng: np.random.Generator) -> Measured:
        """Score turns from cosines, or from the sums of cosines."""
        offset = _table(self.constants)
        of_turn = self.turn_offset * rng.standard_normal(len(turns.role))
        sums, means = (
            self._of_items(turns, offset, of_turn, rng)
            if self.items
            else self._of_sums(turns, offset, of_turn, rng)
        )
        sd = self.sd()
        moved = np.outer(means, self._key().sum(axis=0)) / sd
        return Measured(sums[0] / sd, sums[1] / sd, moved)

    def _key(self) -> Array:
        """The key of the scales and of the whole, which is their sum: (36, 4)."""
        key = wai_key()
        return np.column_stack([key, key.sum(axis=1)])

    def _of_items(
        self, turns: Turns, offset: Array, of_turn: Array, rng: np.random.Generator
    ) -> tuple[tuple[Array, Array], Array]:
        n = len(turns.role)
        agreed = self.form_agreement
        shared = rng.standard_normal((n, N_ITEMS))
        cosines = [
            self.loading * turns.signal @ wai_key().T
            + (offset[turns.role, form] + of_turn)[:, None]
            + self.item_noise
            * (np.sqrt(agreed) * shared + np.sqrt(1 - agreed) * rng.standard_normal((n, N_ITEMS)))
            for form in (turns.role, 1 - turns.role)
        ]
        return (cosines[0] @ self._key(), cosines[1] @ self._key()), cosines[0].mean(axis=1)

    def _of_sums(
        self, turns: Turns, offset: Array, of_turn: Array, rng: np.random.Generator
    ) -> tuple[tuple[Array, Array], Array]:
        """Draw the keyed sums of the scales in both forms, and the own form's mean cosine."""
        key = wai_key()
        summed = np.column_stack([key, np.full(N_ITEMS, 1 / N_ITEMS)])
        own = self.item_noise**2 * summed.T @ summed
        both = np.block([[own, self.form_agreement * own], [self.form_agreement * own, own]])
        values, vectors = np.linalg.eigh(both)
        root = vectors * np.sqrt(np.maximum(values, 0))
        noise = rng.standard_normal((len(turns.role), len(both))) @ root.T
        sums = []
        for place, form in enumerate((turns.role, 1 - turns.role)):
            equal = offset[turns.role, form] + of_turn
            scales = (
                self.loading * turns.signal @ (key.T @ key)
                + np.outer(equal, key.sum(axis=0))
                + noise[:, 4 * place : 4 * place + 3]
            )
            sums.append(np.column_stack([scales, scales.sum(axis=1)]))
        equal = offset[turns.role, turns.role] + of_turn
        means = self.loading * turns.signal @ key.mean(axis=0) + equal + noise[:, 3]
        return (sums[0], sums[1]), means
