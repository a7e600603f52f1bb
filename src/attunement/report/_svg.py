"""From a Vega-Lite specification to a small inline SVG that the page's style sheet can theme."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.etree import ElementTree

import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup, escape

Spec: TypeAlias = Mapping[str, Any]
"""A Vega-Lite specification, as Altair writes it."""

_KEPT = frozenset(
    {"d", "transform", "x", "y", "x1", "y1", "x2", "y2", "width", "height"}
    | {"fill", "fill-opacity", "stroke", "stroke-opacity", "opacity"}
    | {"stroke-width", "stroke-dasharray", "stroke-linecap"}
    | {"text-anchor", "font-size", "font-weight"}
)
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_LONE_POINT = re.compile(r"(M[-\d.,]+)Z")
_NOTHING = frozenset({"", "M0,0h0v0h0Z"})


unchecked = debug_mode(False)
"""For whatever draws much: a chart is held against Vega-Lite's schema when it is whole, and each of
its parts is not besides, which takes a quarter of the time of a page."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What Vega drew, cleaned: fragments of SVG on a canvas of a known size.

    Attributes
    ----------
    width, height : float
        Size of the canvas in user units.
    content : str
        SVG markup; colours are CSS custom properties, fonts are the page's.
    """

    width: float
    height: float
    content: str


def draw(spec: Spec) -> Drawing:
    """Draw a specification and keep what a theme needs: shapes and text, no fonts, no roles."""
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(dict(spec)))  # noqa: S314 (Vega's own)
    canvas = [child for child in root if _name(child) != "rect"]
    return Drawing(
        width=float(root.get("width", "0")),
        height=float(root.get("height", "0")),
        content="".join(_clean(child) for child in canvas),
    )


def figure(*drawings: Drawing, key: str, title: str, description: str) -> Markup:
    """Lay drawings of one size over each other in an SVG with a name and a description.

    Parameters
    ----------
    *drawings : Drawing
        From back to front.
    key : str
        Unique in the page; made by us, never from data.
    title, description : str
        What a screen reader says.
    """
    canvas = drawings[0]
    return Markup(  # noqa: S704 (every piece is escaped or cleaned)
        f'<svg viewBox="0 0 {canvas.width:g} {canvas.height:g}" role="img" '
        f'aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>'
        f"{''.join(drawing.content for drawing in drawings)}</svg>"
    )


def placed(drawing: Drawing, *, x: float, y: float) -> str:
    """Move a drawing's content."""
    return f'<g transform="translate({x:g},{y:g})">{drawing.content}</g>'


def stacked(*drawings: Drawing) -> Drawing:
    """Set drawings under each other on one canvas."""
    content, y = [], 0.0
    for drawing in drawings:
        content.append(placed(drawing, x=0, y=y))
        y += drawing.height
    return Drawing(max(drawing.width for drawing in drawings), y, "".join(content))


def tiled(drawings: Sequence[Drawing], *, columns: int, gap: float = 14) -> Drawing:
    """Set drawings of one size in rows."""
    width, height = drawings[0].width + gap, drawings[0].height + gap
    if columns == 1:
        return stacked(*drawings)
    content = [
        placed(drawing, x=place % columns * width, y=place // columns * height)
        for place, drawing in enumerate(drawings)
    ]
    rows = -(-len(drawings) // columns)
    return Drawing(min(columns, len(drawings)) * width - gap, rows * height - gap, "".join(content))


def words(
    text: str, *, width: float, height: float, size: float, weight: int = 400, x: float = 2
) -> Drawing:
    """Set a line of text on a canvas of its own, its end left out where there is no room."""
    room = int((width - x) / (0.56 * size))
    shown = text if len(text) <= room else f"{text[: max(room - 1, 1)]}…"
    return Drawing(
        width,
        height,
        f'<text x="{x:g}" y="{height - 0.4 * size:g}" font-size="{size:g}" font-weight="{weight}" '
        f'fill="var(--ink)">{escape(shown)}</text>',
    )


def _clean(element: ElementTree.Element) -> str:
    name = _name(element)
    attributes = {
        attribute: _rounded(value)
        for attribute, value in element.attrib.items()
        if attribute in _KEPT and value not in ("translate(0,0)", "transparent")
    }
    if name == "path":
        if element.get("display") == "none" or attributes.get("d", "") in _NOTHING:
            return ""
        if not {"fill", "stroke"} & attributes.keys():
            return ""
        # Every renderer strokes "h0" with a round cap; a lone "Z" only some do.
        attributes["d"] = _LONE_POINT.sub(r"\1h0", attributes["d"])
    inside = str(escape(element.text or "")) + "".join(_clean(child) for child in element)
    if name == "g":
        if not inside or not attributes:
            return inside
    elif name == "text" and not inside:
        return ""
    written = "".join(f' {attribute}="{escape(value)}"' for attribute, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _rounded(value: str) -> str:
    return _NUMBER.sub(lambda number: f"{round(float(number[0]), 1):g}", value)
