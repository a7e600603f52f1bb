"""The page's templates, and the policy under which its own style and script may run."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def environment() -> Environment:
    """Open the templates; whatever is data is escaped."""
    return Environment(
        loader=PackageLoader("attunement.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def whole_page(template: str, context: dict[str, Any]) -> str:
    """Render a page that allows its own style sheet and script by their hashes, and nothing else.

    Parameters
    ----------
    template : str
        A template that extends `frame.html.j2`.
    context : dict
        What it shows.
    """
    templates = environment()
    style, script = style_sheet(templates), _source(templates, "report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return templates.get_template(template).render(
        context, policy=policy, style=style, script=script
    )


def style_sheet(templates: Environment) -> Markup:
    """Read the style sheet as it stands between its tags."""
    return _source(templates, "report.css")


def _source(templates: Environment, name: str) -> Markup:
    return Markup(templates.get_template(name).render())  # noqa: S704 (our own file, no data)


def _digest(source: str) -> str:
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"
