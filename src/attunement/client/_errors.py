"""What the service refuses, as exceptions that say how to mend it."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from attunement.errors import AttunementError
from attunement.wire import Problem


class ServiceError(AttunementError):
    """The service has refused, or failed.

    Parameters
    ----------
    problem : Problem
        What it said.

    Attributes
    ----------
    status : int
        The HTTP status.
    told : Problem
        What it said, whole.
    """

    def __init__(self, problem: Problem) -> None:
        self.status = problem.status
        self.told = problem
        super().__init__(
            problem.detail.rstrip("."),
            mend=(problem.mend or "See what the service's journal says of it").rstrip("."),
            field=problem.field,
        )


class NotAllowedError(ServiceError):
    """The key is not valid, or its role may not do this (401, 403)."""


class NotFoundError(ServiceError):
    """There is none, or none that may be seen (404)."""


class ConflictError(ServiceError):
    """It goes against what the service has already (409).

    Attributes
    ----------
    expected : int or None
        The number that the next turn must have, where that was amiss.
    """

    def __init__(self, problem: Problem) -> None:
        self.expected = problem.expected
        super().__init__(problem)


class InvalidError(ServiceError):
    """What was sent is not what the service takes (other 4xx)."""


class BusyError(ServiceError):
    """Too much was asked, or the service cannot work just now (429, 503), again and again."""


class UnreachableError(AttunementError):
    """The service did not answer, again and again."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the service at {address} does not answer",
            mend="Start it with `attunement serve`, or mend the address; a turn that was not "
            "acknowledged can be posted again with the same turn_id",
        )


class UnreadableError(AttunementError):
    """The service answered something that this client does not know."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"what {address} answered is not what this API answers",
            mend="Check the address, and that client and service are of one version",
        )


_BY_STATUS: dict[int, type[ServiceError]] = {
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    429: BusyError,
    502: BusyError,
    503: BusyError,
    504: BusyError,
}


def error_of(response: httpx.Response) -> ServiceError:
    """Make the exception of an answer that refuses; its body was read."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(
            title=response.reason_phrase or "Problem",
            status=response.status_code,
            detail=f"The service answered {response.status_code} without saying why",
        )
    kind = _BY_STATUS.get(response.status_code)
    if kind is None:
        kind = InvalidError if response.is_client_error else ServiceError
    return kind(problem)
