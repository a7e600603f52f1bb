"""What the endpoints of the API say of themselves in its description."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

SessionId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{32}$",
        description="The session, as `POST /api/v1/sessions` named it.",
        examples=["0f8fad5bd9cb469fa16570867728950e"],
    ),
]
AlarmId = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="The alarm, as the list of alarms names it.")
]
After = Annotated[
    int,
    Query(
        ge=-1,
        le=1_000_000,
        description="Give the turns with numbers above this one; -1 gives all.",
    ),
]
Before = Annotated[
    str | None,
    Query(
        pattern=r"^-?\d{1,17}-[0-9a-f]{32}$",
        description="Go on after the end of a list: what `next` said there.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
