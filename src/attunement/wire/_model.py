"""What every request and answer of the API has in common."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Role: TypeAlias = Literal["patient", "therapist", "other"]
Rater: TypeAlias = Literal["patient", "therapist"]
Status: TypeAlias = Literal["live", "closed"]
AlarmKind: TypeAlias = Literal["falling", "widening", "withdrawal", "confrontation", "low"]
Direction: TypeAlias = Literal["rising", "steady", "falling"]

MOST_CHARACTERS = 100_000
"""Of one turn; a service may allow fewer."""

MOST_NUMBER = 1_000_000

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""An identifier that the service made: 32 hexadecimal digits that say nothing."""

Moment = AwareDatetime
"""A time with its zone; answers have UTC."""

OneLine = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+$"
    ),
]
"""A name or label: one line without control characters."""

ShortName = Annotated[OneLine, StringConstraints(max_length=80)]

TurnId = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._:@/+=~-]+$")
]
"""The sender's own name for a turn."""

Seconds = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]


class Asked(BaseModel):
    """A request: fields that it does not know are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Told(BaseModel):
    """An answer: a client ignores fields that a later version of the service adds."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, from_attributes=True, hide_input_in_errors=True
    )
