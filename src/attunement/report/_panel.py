"""The panel every chart over session time is drawn in: its frame once, then only the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import altair as alt
import polars as pl

from attunement.report._layers import layered
from attunement.report._svg import Drawing, Spec, draw
from attunement.tables import ROLES, Role

INK = {"patient": "var(--patient)", "therapist": "var(--therapist)"}
"""A role's colour: the style sheet's, one for each theme."""

DASH: Mapping[str, list[int]] = {"patient": [1, 0], "therapist": [6, 3]}
"""The second sign of a role, for those who see no colour difference and for print."""

LABEL_SIZE = 11
VALUE_LABEL = "datum.value == 0 ? '0' : format(datum.value, '+')"
_TIME_LABEL = "{'0': 'start', '0.5': 'half-way', '1': 'end'}[datum.value] || ''"
_LABEL_GAP = 15
_TICK_ROOM = 32
_FINE = 0.3


@dataclass(frozen=True, slots=True)
class Panel:
    """Size and value range of a chart over session time, in user units.

    Attributes
    ----------
    width, height : int
        The whole drawing.
    low, high : float
        The values at the bottom and the top.
    left, right, top, bottom : int
        Margins; the right one holds the lines' names.
    """

    width: int
    height: int
    low: float
    high: float
    left: int = 32
    right: int = 62
    top: int = 10
    bottom: int = 24

    @property
    def plot_width(self) -> int:
        """Width between the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """Height between the margins."""
        return self.height - self.top - self.bottom

    @property
    def unit(self) -> float:
        """How much value one unit of height is."""
        return (self.high - self.low) / self.plot_height

    def clamp(self, value: float) -> float:
        """Hold a value inside the panel: what lies beyond is drawn at the edge."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role's marks in a panel, as (time, value) pairs.

    Attributes
    ----------
    role : {"patient", "therapist"}
        Whose.
    points : sequence of (float, float)
        Where the data stand.
    line : sequence of (float, float)
        The line through them.
    band : sequence of (float, float, float)
        The line's interval: (time, low, high).
    name : str
        What stands at the line's end; the role where nothing is given.
    """

    role: Role
    points: Sequence[tuple[float, float]]
    line: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()
    name: str = ""


def value_range(
    values: pl.Series, *, around_zero: bool, least: float, share: float
) -> tuple[float, float]:
    """Choose the values at the bottom and top of a set of panels.

    Parameters
    ----------
    values : Series
        What will be drawn.
    around_zero : bool
        The range reaches at least from -`least` to `least`.
    least : float
        The least half-width, so that a constant score is not blown up.
    share : float
        How much of the values the range holds; the rest, half on each side, lies beyond it.

    Returns
    -------
    tuple of float
        Multiples of `least` / 2.
    """
    low, high = values.quantile((1 - share) / 2), values.quantile((1 + share) / 2)
    low, high = (0.0, 0.0) if low is None or high is None else (low, high)
    if around_zero:
        low, high = min(low, -least), max(high, least)
    step = least / 2
    bottom, top = floor(low / step) * step, ceil(high / step) * step
    return (bottom, top) if top - bottom >= 2 * least else (bottom - least, top + least)


def ticks(low: float, high: float, *, most: int) -> list[float]:
    """Round values between `low` and `high`, about `most` of them or fewer.

    Steps under 0.1 are taken only where that would leave hardly a value.
    """
    fine = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05) if high - low < _FINE else ()
    for step in (*fine, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0):
        if (high - low) / step <= most:
            break
    return [step * place for place in range(ceil(low / step), floor(high / step) + 1)]


def frame(panel: Panel, *, name_times: bool = True, tick_room: int = _TICK_ROOM) -> Drawing:
    """Draw a panel's axes and grid: start and end named below or not, ticks so far apart."""
    label = _TIME_LABEL if name_times else "''"
    time = plain_axis([0, 0.25, 0.5, 0.75, 1], label=label, flush=True)
    value = plain_axis(
        ticks(panel.low, panel.high, most=panel.plot_height // tick_room), label=VALUE_LABEL
    )
    empty = alt.Chart(alt.NamedData("frame")).mark_point(opacity=0)
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
    y = alt.Y("value:Q", scale=_scale(panel), axis=value)
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=time)
    layers = [empty.encode(x=x, y=y), zero.encode(y=y)]
    inside = panel.low <= 0 <= panel.high
    return draw(template(panel, layers, {"frame": [], "zero": [{"value": 0}] if inside else []}))


def lines_template(panel: Panel, *, point_size: float, point_opacity: float) -> Spec:
    """Write, once a panel, the specification that `draw_lines` fills with data."""
    layers: list[alt.Chart] = []
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    y = alt.Y("value:Q", scale=_scale(panel), axis=None)
    for role in ROLES:
        band = alt.Chart(alt.NamedData(f"{role}_band")).mark_area(color=INK[role], fillOpacity=0.15)
        layers.append(band.encode(x=x, y=y, y2=alt.Y2("high:Q")))
    for role in ROLES:
        # Points are one path of zero-length strokes: a tenth of the size of one path each.
        points = alt.Chart(alt.NamedData(f"{role}_points")).mark_line(
            color=INK[role], strokeWidth=point_size, strokeCap="round", opacity=point_opacity
        )
        layers.append(points.encode(x=x, y=y))
    for role in reversed(ROLES):
        line = alt.Chart(alt.NamedData(f"{role}_line")).mark_line(
            color=INK[role], strokeWidth=2, strokeDash=DASH[role], strokeCap="butt"
        )
        label = alt.Chart(alt.NamedData(f"{role}_label")).mark_text(
            color=INK[role], align="left", baseline="middle", dx=7, fontSize=LABEL_SIZE
        )
        layers.append(line.encode(x=x, y=y))
        layers.append(label.encode(x=x, y=y, text=alt.Text("label:N")))
    return template(panel, layers, {})


def draw_lines(panel: Panel, spec: Spec, lines: Sequence[RoleLine]) -> Drawing:
    """Fill a `lines_template` with up to two roles' marks and their names at the right."""
    datasets: dict[str, list[dict[str, Any]]] = {}
    by_role = {line.role: line for line in lines}
    heights = _label_heights(panel, {line.role: line.line[-1][1] for line in lines if line.line})
    for role in ROLES:
        marks = by_role.get(role, RoleLine(role=role, points=(), line=()))
        datasets[f"{role}_points"] = [
            record
            for time, value in marks.points
            for record in (
                {"time": time, "value": panel.clamp(value)},
                {"time": time, "value": None},
            )
        ]
        datasets[f"{role}_band"] = [
            {"time": time, "value": panel.clamp(low), "high": panel.clamp(high)}
            for time, low, high in marks.band
        ]
        datasets[f"{role}_line"] = [
            {"time": time, "value": panel.clamp(value)} for time, value in marks.line
        ]
        datasets[f"{role}_label"] = (
            [{"time": 1, "value": heights[role], "label": marks.name or role.capitalize()}]
            if role in heights
            else []
        )
    return draw({**spec, "datasets": datasets})


def template(
    panel: Panel, layers: Sequence[alt.Chart], datasets: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """Set layers on the panel's canvas, whose size and margins no label can move."""
    spec = layered(
        layers,
        width=panel.plot_width,
        height=panel.plot_height,
        padding={
            "left": panel.left,
            "right": panel.right,
            "top": panel.top,
            "bottom": panel.bottom,
        },
    )
    return {**spec, "datasets": dict(datasets)}


def _scale(panel: Panel) -> alt.Scale:
    return alt.Scale(domain=[panel.low, panel.high], nice=False, zero=False)


def plain_axis(
    values: Sequence[float], *, label: str, flush: bool = False, title: str | None = None
) -> alt.Axis:
    """Make an axis of grid lines and small labels; `flush` keeps the outer ones inside."""
    return alt.Axis(
        values=list(values),
        labelExpr=label,
        title=title,
        titleColor="var(--muted)",
        titleFontSize=LABEL_SIZE,
        titleFontWeight=400,
        titlePadding=5,
        domain=False,
        ticks=False,
        gridColor="var(--grid)",
        labelColor="var(--muted)",
        labelFontSize=LABEL_SIZE,
        labelPadding=6,
        labelOverlap=False,
        labelFlush=flush,
    )


def _label_heights(panel: Panel, ends: Mapping[Role, float]) -> dict[Role, float]:
    """Set the lines' names beside their ends, at least a line of text apart."""
    heights = {role: panel.clamp(value) for role, value in ends.items()}
    if len(heights) < 2:
        return heights
    below, above = sorted(heights, key=lambda role: heights[role])
    gap = _LABEL_GAP * panel.unit
    missing = gap - (heights[above] - heights[below])
    if missing > 0:
        middle = (heights[above] + heights[below]) / 2
        middle = min(max(middle, panel.low + gap / 2), panel.high - gap / 2)
        heights = {above: middle + gap / 2, below: middle - gap / 2}
    return heights
