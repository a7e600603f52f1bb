"""When topics are spoken of: both sides' shares over session time, a small panel a topic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import polars as pl

from attunement.report._panel import (
    Panel,
    RoleLine,
    draw_lines,
    lines_template,
    plain_axis,
    template,
)
from attunement.report._svg import Drawing, Spec, draw
from attunement.report.topics._list import percent
from attunement.tables import ROLES

_TIME_LABEL = "{'0': 'start', '0.5': 'half-way', '1': 'end'}[datum.value] || ''"
_TOPS = (0.02, 0.04, 0.06, 0.1, 0.16, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


class TopicCharts:
    """One topic's panel, which several groups may share.

    Parameters
    ----------
    courses : DataFrame
        The topic's rows of `TOPIC_COURSES`, those that are drawn.
    """

    def __init__(self, courses: pl.DataFrame) -> None:
        most = courses["share"].max()
        # Bands of few sessions run far out; what lies beyond is drawn at the edge.
        top = 1.2 * most if isinstance(most, float) else 0.0
        high = next((one for one in _TOPS if one >= top), 1.0)
        self._panel = Panel(width=262, height=124, low=0.0, high=high, left=34, right=62, top=8)

    def draw(self, rows: pl.DataFrame) -> Drawing:
        """Draw one group's rows: a line and its band for each side."""
        lines = []
        for role in ROLES:
            own = rows.filter(pl.col("role") == role).drop_nulls("share").sort("bin")
            points: list[tuple[float, float]] = own.select("time", "share").rows()
            banded = own.drop_nulls(["low", "high"])
            band: list[tuple[float, float, float]] = banded.select("time", "low", "high").rows()
            lines.append(RoleLine(role=role, points=points, line=points, band=band))
        front = draw_lines(self._panel, _lines(self._panel), lines)
        return Drawing(front.width, front.height, _frame(self._panel).content + front.content)


def described(rows: pl.DataFrame) -> str:
    """Say a topic's course in words."""
    said = []
    for role in ROLES:
        own = rows.filter(pl.col("role") == role).drop_nulls("share").sort("bin")
        values: Sequence[float] = own["share"].to_list()
        if values:
            said.append(
                f"{percent(values[0])} of the {role}’s turns at first, {percent(values[-1])} at "
                f"last, between {percent(min(values))} and {percent(max(values))}"
            )
    return f"{'; '.join(said)}." if said else "No turn."


@cache
def _lines(panel: Panel) -> Spec:
    return lines_template(panel, point_size=4, point_opacity=1)


@cache
def _frame(panel: Panel) -> Drawing:
    """Draw a panel's axes; many topics share a height."""
    times = plain_axis([0, 0.5, 1], label=_TIME_LABEL, flush=True)
    shares = plain_axis([0, panel.high / 2, panel.high], label="format(datum.value, '.2~%')")
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=times)
    scale = alt.Scale(domain=[panel.low, panel.high], nice=False, zero=False)
    y = alt.Y("value:Q", scale=scale, axis=shares)
    empty = alt.Chart(alt.NamedData("frame")).mark_point(opacity=0)
    return draw(template(panel, [empty.encode(x=x, y=y)], {"frame": []}))
