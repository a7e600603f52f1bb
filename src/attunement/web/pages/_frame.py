"""From a template and what it is about to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from attunement.web.pages._dates import day, moment
from attunement.web.pages._static import static_url

if TYPE_CHECKING:
    from attunement.web.accounts import Caller

_ROOMS = Path(__file__).parent.parent

_TEMPLATES = Environment(
    loader=FileSystemLoader(
        [
            *(_ROOMS / room / "templates" for room in ("pages", "accounts", "dashboard")),
            # What both a report and a page show is drawn by one template.
            _ROOMS.parent / "report/templates",
        ]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["static"] = static_url
_TEMPLATES.filters.update(day=day, moment=moment)


def add_vocabulary(
    *, filters: Mapping[str, Callable[..., object]], names: Mapping[str, object]
) -> None:
    """Let templates use a room's filters and names; each is told once, when it is imported."""
    _TEMPLATES.filters.update(filters)
    _TEMPLATES.globals.update(names)


def page(
    request: Request,
    template: str,
    *,
    caller: Caller | None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **about: Any,  # noqa: ANN401
) -> HTMLResponse:
    """Answer with a whole page.

    Parameters
    ----------
    request : Request
        What was asked; the page's place in the navigation follows from it.
    template : str
        One that extends `base.html`; it may use `caller`, `csrf_token`, `here` and `static`.
    caller : Caller or None
        Who is looking; None on pages for those who are not logged in.
    status : int, default: 200
        HTTP status.
    headers : mapping, optional
        More headers.
    **about
        What the template shows. Everything is escaped.
    """
    html = _TEMPLATES.get_template(template).render(
        caller=caller,
        csrf_token=caller.csrf_token or "" if caller else "",
        here=request.url.path,
        **about,
    )
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))


def fragment(
    template: str,
    *,
    caller: Caller,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **about: Any,  # noqa: ANN401
) -> HTMLResponse:
    """Answer with a part of a page, for a page that is open to put in its place."""
    html = rendered(template, caller=caller, **about)
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))


def rendered(template: str, *, caller: Caller, **about: Any) -> str:  # noqa: ANN401
    """Give a part of a page as text."""
    return _TEMPLATES.get_template(template).render(
        caller=caller, csrf_token=caller.csrf_token or "", **about
    )
