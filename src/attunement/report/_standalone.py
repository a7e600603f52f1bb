"""Drawings as files of their own: the light theme's colours, a white ground, a common font."""

from __future__ import annotations

import re
from functools import cache

import vl_convert
from markupsafe import escape

from attunement.report._svg import Drawing
from attunement.report._templates import environment, style_sheet

_SCALE = 3
"""Pixels a user unit: a figure of 460 units prints at 300 dots an inch and 117 mm."""

_MARGIN = 10
_PROPERTY = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
_USED = re.compile(r"var\(--([\w-]+)\)")


def standalone_svg(drawing: Drawing, *, title: str) -> str:
    """Write a drawing as an SVG file that needs no style sheet."""
    theme = _light_theme() | {"paper": "#ffffff", "card": "#ffffff"}
    content = _USED.sub(lambda used: theme[used[1]], drawing.content)
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:g} {height:g}" role="img" '
        'font-family="Helvetica, Arial, Liberation Sans, sans-serif">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{width:g}" height="{height:g}" '
        f'fill="#ffffff"/>\n{content}\n</svg>\n'
    )


def standalone_png(svg: str) -> bytes:
    """Draw an SVG file as a PNG image."""
    drawn: bytes = vl_convert.svg_to_png(svg, scale=_SCALE)
    return drawn


@cache
def _light_theme() -> dict[str, str]:
    """Read the light theme from the style sheet, where it stands first."""
    style = str(style_sheet(environment()))
    root = style[style.index(":root {") :]
    return dict(_PROPERTY.findall(root[: root.index("}")]))
