"""How associations are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.errors import UsageError

FEWEST_DRAWS = 199


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationOptions:
    """How the statistics are run.

    Attributes
    ----------
    by : str
        The column of the sessions that names the groups.
    draws : int
        Bootstrap draws, and permutations in small groups.
    exchanges : int
        How often sessions exchange their features.
    seed : int
        Where the random numbers start.

    Raises
    ------
    UsageError
        Fewer draws or exchanges than a p below .05 needs.
    """

    by: str = "condition"
    draws: int = 500
    exchanges: int = 199
    seed: int = 20251

    def __post_init__(self) -> None:
        for name, value in (("draws", self.draws), ("exchanges", self.exchanges)):
            if value < FEWEST_DRAWS:
                raise UsageError(
                    f"{value} {name} are too few",
                    mend=f"Give at least {FEWEST_DRAWS}",
                    field=f"--{name}",
                )
