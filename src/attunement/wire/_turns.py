"""Turns, as they are posted and as they are read."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from attunement.wire._model import (
    MOST_CHARACTERS,
    MOST_NUMBER,
    Asked,
    Moment,
    OneLine,
    Role,
    Seconds,
    Told,
    TurnId,
)
from attunement.wire._state import State


class NewTurn(Asked):
    """One turn of a session, to be heard."""

    turn_id: TurnId = Field(
        description="Your own name for the turn. The same one with the same content again is one "
        "turn, so a post whose answer was lost can be repeated.",
        examples=["chat-17-turn-4"],
    )
    number: int = Field(
        ge=0,
        le=MOST_NUMBER,
        description="Its place in the session, from 0 without a hole.",
        examples=[4],
    )
    role: Role = Field(
        description="Whose words they are; an AI in the therapist's chair is the therapist. Turns "
        'of "other" are kept and not scored.',
        examples=["patient"],
    )
    text: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)] = Field(
        description="The words; empty where nothing was said. Kept in Unicode NFC without control "
        "characters.",
        examples=["I tried the walk we talked about. It was easier than I thought."],
    )
    speaker: OneLine | None = Field(
        default=None,
        description="What the speaker is called, if that is to be kept.",
        examples=["P"],
    )
    start: Seconds | None = Field(
        default=None,
        description="When it began, in seconds from the session's beginning.",
        examples=[61.5],
    )
    end: Seconds | None = Field(
        default=None,
        description="When it ended, in seconds from the session's beginning; not before `start`.",
        examples=[66.0],
    )

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("the turn ends before it begins; give seconds with end >= start")
        return self


class Turn(Told):
    """One turn that was heard, and what is known after it."""

    number: int = Field(description="Its place in the session, from 0.")
    turn_id: str = Field(description="The sender's own name for it.")
    role: Role = Field(description="Whose words they are.")
    text: str = Field(description="The words.")
    speaker: str | None = Field(description="What the speaker is called, if that was told.")
    start: float | None = Field(description="When it began, in seconds from the beginning.")
    end: float | None = Field(description="When it ended, in seconds from the beginning.")
    received_at: Moment = Field(description="When the service had it. Numbers order turns, not it.")
    state: State = Field(description="What is known after it.")


class Turns(Told):
    """Some of a session's turns, in order."""

    turns: tuple[Turn, ...] = Field(description="At most `limit` of them.")
    next_after: int | None = Field(
        description="Ask again with `after` set to this for the turns that follow; null at the end."
    )
