"""The calibration gap over all sessions, by condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.dashboard._addresses import SEE_OTHER
from attunement.web.pages import page
from attunement.web.results import compute_conditions, conditions_of

router = APIRouter()

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
        gap=_drawn(found.section) if found.section is not None else None,
    )


@router.post("/conditions")
def compute(caller: _Reader, service: ServiceNow) -> Response:
    """Have the statistics run."""
    compute_conditions(service, caller)
    return RedirectResponse("/conditions", SEE_OTHER)


def _drawn(section: Mapping[str, Any]) -> dict[str, Any]:
    """Take the report's figures for what they are: SVG of ours, sealed since it was drawn."""
    return {
        **section,
        "parts": [
            {
                **part,
                "forest": Markup(part["forest"]),  # noqa: S704 (drawn by the report)
                "courses": [
                    {**row, "panels": [_plot(panel) for panel in row["panels"]]}
                    for row in part["courses"]
                ],
                "plots": [_plot(plot) for plot in part["plots"]],
            }
            for part in section["parts"]
        ],
    }


def _plot(plot: Mapping[str, Any]) -> dict[str, Any]:
    return {**plot, "chart": Markup(plot["chart"])}  # noqa: S704 (drawn by the report)
