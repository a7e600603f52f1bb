"""How the psychometrics of raters are computed, and from how many sessions on."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.errors import UsageError

FEWEST_SESSIONS = 5
"""Under so many sessions there is no figure."""

FEWEST_PATIENTS = 10
"""Under so many patients there is no interval: drawing them again says little about others."""

FEWEST_DRAWS = 199


@dataclass(frozen=True, slots=True, kw_only=True)
class PsychometricsOptions:
    """How the statistics are run.

    Attributes
    ----------
    draws : int
        Bootstrap draws, at least 199.
    seed : int
        Where the random numbers start.
    folds : int
        Parts that the patients are dealt into when short forms are tried on unseen ones.
    sizes : tuple of int
        How many items a short form may have.

    Raises
    ------
    UsageError
        A number outside its range.
    """

    draws: int = 1_000
    seed: int = 0
    folds: int = 5
    sizes: tuple[int, ...] = (1, 2, 3, 4, 6, 8)

    def __post_init__(self) -> None:
        for name, right, expected in (
            ("draws", self.draws >= FEWEST_DRAWS, f"at least {FEWEST_DRAWS}"),
            ("seed", self.seed >= 0, "0 or more"),
            ("folds", self.folds >= 2, "2 or more"),
            ("sizes", bool(self.sizes) and min(self.sizes) >= 1, "of items, 1 or more"),
        ):
            if not right:
                raise UsageError(
                    f"found {getattr(self, name)}, expected a number {expected}",
                    mend="Give another number",
                    field=name,
                )
