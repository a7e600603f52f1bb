"""The reference distribution that scores are standardised against: stated, shipped, ours."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import StringIO
from typing import cast

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._contract import Estimator, Vectors
from attunement.embedding import Encoder
from attunement.tables import ROLES, Role

REFERENCE_NAME = "attunement-reference 1"


@dataclass(frozen=True, slots=True)
class ReferenceTurns:
    """The turns of the reference set and who spoke each."""

    roles: tuple[Role, ...]
    texts: tuple[str, ...]

    @property
    def description(self) -> str:
        """One sentence for reports: how the reference was made and on what."""
        counts = " and ".join(f"{self.roles.count(role)} {role}" for role in ROLES)
        return (
            f"{REFERENCE_NAME}: {counts} turns of Attunement's own fictional sample sessions; "
            "one mean and one standard deviation a scale for both roles, each role counting half"
        )


@lru_cache(maxsize=1)
def load_reference() -> ReferenceTurns:
    """Read the shipped reference set (alliance/data/reference.csv)."""
    source = files("attunement.alliance").joinpath("data/reference.csv")
    rows = list(csv.DictReader(StringIO(source.read_text(encoding="utf-8"), newline="")))
    return ReferenceTurns(
        roles=tuple(cast(Role, row["role"]) for row in rows),
        texts=tuple(row["text"] for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Standard:
    """How an estimator's raw scores lie over the reference turns.

    Attributes
    ----------
    mean, sd : ndarray of shape (4,)
        task, bond, goal, alliance; on the estimator's raw scale.
    offset_mean : ndarray of shape (4,)
        The mean of `Estimator.offset`, likewise.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    offset_mean: NDArray[np.float64]

    def apply(self, raw: Vectors) -> NDArray[np.float64]:
        """Raw scores (n, 4) in standard deviations of the reference from its mean."""
        return (raw - self.mean) / self.sd

    def apply_to_offset(self, offset: Vectors) -> NDArray[np.float64]:
        """Offsets (n, 4) beyond the reference's mean offset, in the unit of `apply`."""
        return (offset - self.offset_mean) / self.sd


def reference_standard(estimator: Estimator, encoder: Encoder) -> Standard:
    """Score the reference turns and summarise them.

    One mean and one standard deviation serve both roles: one pair a role would set the mean role
    difference to zero. Each role counts half, so that the standard does not hang on who spoke
    more turns in the reference. It is always learned on the speaker's own form, so that scores
    on one role's wording (the form swap of METHOD.md section 5) come in the same unit.

    Parameters
    ----------
    estimator : Estimator
        Already fitted with `encoder`.
    encoder : Encoder
        Embeds the reference turns.

    Returns
    -------
    Standard
    """
    reference = load_reference()
    vectors = encoder.encode(reference.texts)
    raw = estimator.raw(vectors, reference.roles).astype(np.float64)
    offset = estimator.offset(vectors, reference.roles).astype(np.float64)
    roles = np.asarray(reference.roles)
    weights = np.zeros(len(roles))
    for role in ROLES:
        weights[roles == role] = 0.5 / np.count_nonzero(roles == role)
    mean = weights @ raw
    sd = np.sqrt(weights @ (raw - mean) ** 2)
    return Standard(mean=mean, sd=sd, offset_mean=weights @ offset)
