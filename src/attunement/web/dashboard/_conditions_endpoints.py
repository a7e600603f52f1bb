"""The calibration gap over all sessions, by condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.dashboard._addresses import SEE_OTHER
from attunement.web.pages import page
from attunement.web.results import compute_conditions, conditions_of
from attunement.web.uploads import jobs_of, result_of

router = APIRouter()

_KIND = "conditions"
_FIGURES = frozenset({"forest", "chart"})
_LONG = 20
"""Rows of a table that is better read in a window of its own."""

_Reader = Annotated[Caller, requires("conditions.read")]


@router.get("/conditions")
def read_conditions(request: Request, caller: _Reader, service: ServiceNow) -> Response:
    """Show what was found over all sessions, and whether it still is of those there are."""
    found = conditions_of(service, caller)
    return page(
        request,
        "conditions.html",
        caller=caller,
        found=found,
        failed=_failure(service, caller),
        gap=_drawn(found.section) if found.section is not None else None,
    )


@router.post("/conditions")
def compute(caller: _Reader, service: ServiceNow) -> Response:
    """Have the statistics run."""
    compute_conditions(service, caller)
    return RedirectResponse("/conditions", SEE_OTHER)


def _failure(service: Service, caller: Caller) -> str | None:
    """Say what was wrong with the last attempt, if it failed."""
    latest = next(iter(jobs_of(service, caller, kind=_KIND)), None)
    if latest is None or latest.status != "failed":
        return None
    problems = (result_of(service, caller, latest.id) or {}).get("problems", [])
    return " ".join(f"{one['problem']}. {one['mend']}." for one in problems) or latest.message


def _drawn(section: Mapping[str, Any]) -> dict[str, Any]:
    """Take the report's section as its templates need it.

    Its figures are SVG of ours, sealed since they were drawn.
    """
    return {name: _shown(name, value) for name, value in section.items()}


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str) and name in _FIGURES:
        return Markup(value)  # noqa: S704 (drawn by the report)
    if isinstance(value, list):
        return [_shown(name, one) for one in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _shown(key, one) for key, one in value.items()}
    if "bodies" in shown:
        shown["long"] = sum(len(body["rows"]) for body in shown["bodies"]) > _LONG
    return shown
