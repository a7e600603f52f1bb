"""What is asked of a validation, and how it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attunement.errors import UsageError
from attunement.validity._pooling import SESSION_POOLING, PoolingName

FEWEST_SESSIONS = 5
"""Under so many sessions no agreement is computed."""

SMALL_SAMPLE = 20
"""Under so many sessions nothing is headlined."""

FEW_CLUSTERS = 10
"""Under so many patients an interval from drawing them again is too narrow to be trusted."""

RARE_GROUP = 10
"""A known group of fewer sessions is called rare."""

_FEWEST_DRAWS = 199


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """A group of sessions to be told from the rest.

    Attributes
    ----------
    column : str
        A column of sessions.
    value : str, optional
        The value that marks the group; the rest is every session with another value. Without it
        the column holds two values, and the group is the one that is true, or the rarer one.
    """

    column: str
    value: str | None = None

    @classmethod
    def parse(cls, text: str) -> GroupQuestion:
        """Read COLUMN or COLUMN=VALUE.

        Raises
        ------
        UsageError
            The column, or the value after "=", is empty.
        """
        column, equals, value = text.partition("=")
        if not column.strip() or (equals and not value.strip()):
            raise UsageError(
                f"{text!r} is not of the form COLUMN or COLUMN=VALUE",
                mend="Write for example --groups dropped_out or --groups condition=anxiety",
                field="--groups",
            )
        return cls(column.strip(), value.strip() if equals else None)


@dataclass(frozen=True, slots=True)
class ValidityOptions:
    """How agreement is computed.

    Attributes
    ----------
    draws : int
        Bootstrap draws, at least 199.
    seed : int
        Where the random numbers start.
    confidence : float
        The level of every interval, between 0 and 1.
    closing_turns : int
        How many of the patient's last turns are the closing.
    pooling : str
        How turns become the session's score: a name of `POOLINGS`.
    groups : sequence of GroupQuestion
        Groups of sessions to be told from the rest.
    interval_level : float
        What share of ratings the estimates' own intervals claim to hold.
    notable_difference : float, optional
        How far apart two ratings are that differ notably, on the questionnaire's scale; half the
        standard deviation of the patients' ratings if none is given.

    Raises
    ------
    UsageError
        A number outside its range.
    """

    draws: int = 1_000
    seed: int = 0
    confidence: float = 0.95
    closing_turns: int = 3
    pooling: PoolingName = SESSION_POOLING
    groups: Sequence[GroupQuestion] = ()
    interval_level: float = 0.9
    notable_difference: float | None = None

    def __post_init__(self) -> None:
        for name, right, expected in (
            ("draws", self.draws >= _FEWEST_DRAWS, f"at least {_FEWEST_DRAWS}"),
            ("seed", self.seed >= 0, "0 or more"),
            ("confidence", 0 < self.confidence < 1, "between 0 and 1"),
            ("closing_turns", self.closing_turns >= 1, "1 or more"),
            ("interval_level", 0 < self.interval_level < 1, "between 0 and 1"),
            (
                "notable_difference",
                self.notable_difference is None or self.notable_difference > 0,
                "above 0",
            ),
        ):
            if not right:
                raise UsageError(
                    f"found {getattr(self, name)}, expected a number {expected}",
                    mend="Give another number",
                    field=name,
                )
