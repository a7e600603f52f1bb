"""Inferred against rated, a session a dot; counted in squares where the dots would run together."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import polars as pl

from attunement.report._layers import layered
from attunement.report._panel import plain_axis
from attunement.report._svg import Drawing, draw

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 8, 38
_WIDTH, _HEIGHT = 300, 236
_MOST_DOTS = 400
_ACROSS, _DOWN = 26, 20
_FAINTEST = 0.12


def points_plot(points: pl.DataFrame, *, inferred: str, rated: str) -> Drawing:
    """Draw inferred and rated values.

    Parameters
    ----------
    points : DataFrame
        inferred, rated: one row a session.
    inferred, rated : str
        What the axes are called.
    """
    across, down = _ends(points["inferred"]), _ends(points["rated"])
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=list(across), nice=False, zero=False),
        axis=plain_axis(_round(*across), label="format(datum.value, '~g')", title=inferred),
    )
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=list(down), nice=False, zero=False),
        axis=plain_axis(_round(*down), label="format(datum.value, '~g')", title=rated),
    )
    dots = alt.Chart(alt.NamedData("dots")).mark_line(
        color="var(--patient)", strokeWidth=5.5, strokeCap="round", opacity=0.55
    )
    squares = alt.Chart(alt.NamedData("squares")).mark_rect(fill="var(--patient)")
    line = alt.Chart(alt.NamedData("line")).mark_line(color="var(--ink)", strokeWidth=1.8)
    opacity = alt.FillOpacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None)
    layers: list[alt.Chart] = [
        squares.encode(x=x, x2="x2:Q", y=y, y2="y2:Q", fillOpacity=opacity),
        dots.encode(x=x, y=y, order=alt.Order("order:Q")),
        line.encode(x=x, y=y),
    ]
    spec = layered(
        layers,
        width=_WIDTH,
        height=_HEIGHT,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    few = points.height <= _MOST_DOTS
    data = {
        "dots": _dots(points) if few else [],
        "squares": [] if few else squares_of(points, across=across, down=down),
        "line": _line(points, across, down),
    }
    return draw({**spec, "datasets": data})


def squares_of(
    points: pl.DataFrame, *, across: tuple[float, float], down: tuple[float, float]
) -> list[dict[str, Any]]:
    """Count the sessions in each square of a grid; the fullest is darkest, by square root."""
    counts, x_edges, y_edges = np.histogram2d(
        points["inferred"].to_numpy(),
        points["rated"].to_numpy(),
        bins=(_ACROSS, _DOWN),
        range=(across, down),
    )
    most = counts.max()
    return [
        {
            "x": float(x_edges[i]),
            "x2": float(x_edges[i + 1]),
            "y": float(y_edges[j]),
            "y2": float(y_edges[j + 1]),
            "share": _FAINTEST + (1 - _FAINTEST) * float(np.sqrt(counts[i, j] / most)),
        }
        for i, j in zip(*np.nonzero(counts), strict=True)
    ]


def _dots(points: pl.DataFrame) -> list[dict[str, Any]]:
    dots: list[dict[str, Any]] = []
    for x, y in points.iter_rows():
        # One path of zero-length strokes: a tenth of the size of one path each.
        dots.append({"x": x, "y": y, "order": len(dots)})
        dots.append({"x": x, "y": None, "order": len(dots)})
    return dots


def _line(
    points: pl.DataFrame, across: tuple[float, float], down: tuple[float, float]
) -> list[dict[str, Any]]:
    """Give the least-squares line, as far as it lies in the plot."""
    x, y = (points[name].to_numpy() for name in ("inferred", "rated"))
    spread = float(np.var(x))
    if spread == 0:
        return []
    slope = float(np.cov(x, y, bias=True)[0, 1]) / spread
    middle_x, middle_y = float(x.mean()), float(y.mean())
    ends = np.linspace(*across, 60)
    heights = middle_y + slope * (ends - middle_x)
    inside = (heights >= down[0]) & (heights <= down[1])
    return [
        {"x": float(a), "y": float(b)} for a, b in zip(ends[inside], heights[inside], strict=True)
    ]


def _ends(values: pl.Series) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _round(low: float, high: float) -> list[float]:
    """Give about five round values between two ends, whatever the questionnaire's range."""
    rough = (high - low) / 5
    power = 10 ** np.floor(np.log10(rough))
    step = float(power * min((one for one in (1, 2, 5, 10) if one * power >= rough), default=10))
    first = np.ceil(low / step)
    return [float(round(step * k, 10)) for k in np.arange(first, np.floor(high / step) + 1)]
