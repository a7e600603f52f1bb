"""What an audit is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.errors import UsageError

FEWEST_DRAWS = 199

FOLDER = "folder"
"""What `by` may say instead of a column: the folder a chat's file lies in names its model."""

ALL_CHATS = "all chats"
"""The model's name where nothing tells models apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """How an audit is run.

    Attributes
    ----------
    by : str, optional
        The column of the sessions that names the model, or "folder". Without it `model`, else
        `condition`, and where neither is there all chats are of one model.
    pair : str, optional
        The column whose value is shared by chats that are to be compared with one another: the
        user, persona or prompt that several models met. Without it `patient_id`, where patients
        met several models.
    draws : int
        Bootstrap and permutation draws.
    seed : int
        Where the random numbers start.
    counterfactual_turns : int
        How many turns of the AI are rewritten, five times each, to test our own measure; 0 leaves
        the test out. Each rewriting is embedded, which takes time.
    own_range : tuple of float, optional
        The lowest and the highest answer the AI's own rating allows. With it, own ratings that are
        all near the highest are told.

    Raises
    ------
    UsageError
        Too few draws, fewer than no turns, or a range without extent.
    """

    by: str | None = None
    pair: str | None = None
    draws: int = 1_000
    seed: int = 20251
    counterfactual_turns: int = 30
    own_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.draws < FEWEST_DRAWS:
            raise UsageError(
                f"{self.draws} draws are too few",
                mend=f"Give at least {FEWEST_DRAWS}; 1000 are usual",
                field="--draws",
            )
        if self.counterfactual_turns < 0:
            raise UsageError(
                f"{self.counterfactual_turns} turns cannot be rewritten",
                mend="Give 0 to leave the test out, or how many turns",
                field="counterfactual_turns",
            )
        if self.own_range is not None and not self.own_range[0] < self.own_range[1]:
            raise UsageError(
                f"a rating cannot run from {self.own_range[0]:g} to {self.own_range[1]:g}",
                mend="Give the lowest answer first, then the highest",
                field="own_range",
            )
