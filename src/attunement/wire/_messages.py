"""What a stream tells, and how a request is refused."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from attunement.wire._model import Asked, Moment, Told
from attunement.wire._turns import NewTurn, Turn


class Problem(Told):
    """Why a request was refused (RFC 9457). It never quotes a transcript."""

    type: str = Field(default="about:blank", description="Names the kind of problem.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was found and what was expected.")
    mend: str | None = Field(default=None, description="What to do about it.")
    field: str | None = Field(default=None, description="The field concerned.")
    expected: int | None = Field(
        default=None, description="The number that the next turn must have, where that is amiss."
    )


class TurnHeard(Told):
    """A turn was heard; its number is the message's id."""

    type: Literal["turn"] = "turn"
    turn: Turn = Field(description="The turn, with the state after it.")


class SessionClosed(Told):
    """The session takes no more turns; the stream ends."""

    type: Literal["closed"] = "closed"
    session_id: str = Field(description="The session.")
    n_turns: int = Field(description="How many turns it has.")
    closed_at: Moment | None = Field(description="When it was closed, UTC.")


class Heartbeat(Told):
    """Nothing happened; the connection stands."""

    type: Literal["heartbeat"] = "heartbeat"


class Stopping(Told):
    """The service stops, and the stream with it; connect again, and go on where it broke off."""

    type: Literal["stopping"] = "stopping"


class Accepted(Told):
    """A posted turn is kept (WebSocket only)."""

    type: Literal["accepted"] = "accepted"
    turn_id: str = Field(description="The turn.")
    number: int = Field(description="Its place in the session.")
    created: bool = Field(description="False where it was there already.")


class Refused(Told):
    """A posted turn was not taken (WebSocket only); the connection stands."""

    type: Literal["refused"] = "refused"
    turn_id: str | None = Field(description="The turn, where it could be read.")
    problem: Problem = Field(description="Why.")


class PostTurn(Asked):
    """A turn to be heard (WebSocket only)."""

    type: Literal["turn"]
    turn: NewTurn = Field(description="The turn.")


Message: TypeAlias = Annotated[
    TurnHeard | SessionClosed | Heartbeat | Stopping | Accepted | Refused,
    Field(discriminator="type"),
]
"""What a stream tells. Server-Sent Events have comments as heartbeats, and take no turns."""

MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
