"""What the endpoints of the API say of themselves in its description."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query

from attunement.wire import Problem

Answers: TypeAlias = dict[int | str, dict[str, Any]]

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

_EVERYWHERE: Answers = {
    400: {"model": Problem, "description": "The request is not what the service is reached by."},
    401: {"model": Problem, "description": "You are not logged in, or the key is not valid."},
    403: {"model": Problem, "description": "Your role does not allow this, or another site asks."},
    422: {"model": Problem, "description": "A field is not valid; `detail` names it."},
    429: {"model": Problem, "description": "Too many requests; see Retry-After (seconds)."},
    503: {
        "model": Problem,
        "description": "The database cannot be used just now; see Retry-After (seconds). Nothing "
        "that was acknowledged is lost; the same may be sent again.",
    },
}
_NOT_FOUND = {"model": Problem, "description": "There is none, or none that you may see."}
_TOO_LARGE = {"model": Problem, "description": "More was sent than a request may hold."}


def problems(*, not_found: bool = True, conflict: str | None = None, body: bool = False) -> Answers:
    """Give the refusals that an endpoint may answer with.

    Parameters
    ----------
    not_found : bool
        Whether it is about one thing, which may not be there.
    conflict : str, optional
        When it answers 409.
    body : bool
        Whether something is sent to it.
    """
    answers = dict(_EVERYWHERE)
    if not_found:
        answers[404] = _NOT_FOUND
    if conflict is not None:
        answers[409] = {"model": Problem, "description": conflict}
    if body:
        answers[413] = _TOO_LARGE
    return dict(sorted(answers.items(), key=lambda item: str(item[0])))
