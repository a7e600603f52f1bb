"""How both sides, and the gap between them, run over a session: mean courses with their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from attunement.gap import SMALL_GROUP
from attunement.report._panel import (
    LABEL_SIZE,
    Panel,
    RoleLine,
    draw_lines,
    frame,
    lines_template,
    template,
    value_range,
)
from attunement.report._svg import Drawing, Spec, draw, stacked
from attunement.report._words import course, number
from attunement.tables import ROLES, Role

SIDES = {role: f"inferred_{role}" for role in ROLES}
SPEAKERS: Mapping[Role, str] = {role: role.capitalize() for role in ROLES}
GAP = "gap"

_TICK_ROOM = 20

Line = list[tuple[float, float]]
Band = list[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class CourseCharts:
    """The frames and specifications every course shares, so that courses compare at a glance.

    Attributes
    ----------
    sides, gap : Panel
        The upper panel for both sides, the lower one for the gap.
    """

    sides: Panel
    gap: Panel
    name: str
    speakers: Mapping[Role, str]
    _frames: tuple[Drawing, Drawing]
    _lines: Spec
    _line: Spec

    @classmethod
    def of(
        cls, trajectories: pl.DataFrame, *, name: str, speakers: Mapping[Role, str] = SPEAKERS
    ) -> CourseCharts:
        """Prepare charts for a trajectories table; `name` is what the gap is called."""
        both = trajectories.filter(pl.col("quantity") != GAP)
        low, high = _range(both)
        sides = Panel(width=274, height=150, low=low, high=high, right=66, bottom=8)
        low, high = _range(trajectories.filter(pl.col("quantity") == GAP))
        gap = Panel(width=274, height=118, low=low, high=high, right=66)
        return cls(
            sides=sides,
            gap=gap,
            name=name.split()[-1].capitalize(),
            speakers=speakers,
            _frames=(
                frame(sides, name_times=False, tick_room=_TICK_ROOM),
                frame(gap, tick_room=_TICK_ROOM),
            ),
            _lines=lines_template(sides, point_size=4.5, point_opacity=1),
            _line=_gap_template(gap),
        )

    def draw(self, means: pl.DataFrame) -> Drawing:
        """Draw one group's rows for one scale: both sides above, the gap below."""
        lines = [
            RoleLine(
                role=role,
                points=line,
                line=line,
                band=_band(means, quantity),
                name=self.speakers[role],
            )
            for role, quantity in SIDES.items()
            for line in [_line(means, quantity)]
        ]
        above = stacked_over(self._frames[0], draw_lines(self.sides, self._lines, lines))
        below = stacked_over(self._frames[1], self._draw_gap(means))
        return stacked(above, below)

    def _draw_gap(self, means: pl.DataFrame) -> Drawing:
        line = [(time, self.gap.clamp(value)) for time, value in _line(means, GAP)]
        data: dict[str, list[dict[str, Any]]] = {
            "line": [{"time": time, "value": value} for time, value in line],
            "band": [
                {"time": time, "value": self.gap.clamp(low), "high": self.gap.clamp(high)}
                for time, low, high in _band(means, GAP)
            ],
            "label": [{"time": 1, "value": line[-1][1], "label": self.name}] if line else [],
        }
        return draw({**self._line, "datasets": data})


def stacked_over(back: Drawing, front: Drawing) -> Drawing:
    """Lay one drawing over another of the same size."""
    return Drawing(back.width, back.height, back.content + front.content)


def described(means: pl.DataFrame, *, name: str) -> str:
    """Say a group's courses in words."""
    both = course({role: [value for _, value in _line(means, SIDES[role])] for role in ROLES})
    gap = [value for _, value in _line(means, GAP)]
    if not gap:
        return both
    ends = f"from {number(gap[0], signed=True)} to {number(gap[-1], signed=True)}"
    return f"{both} The {name} goes {ends}."


def _line(means: pl.DataFrame, quantity: str) -> Line:
    here = means.filter(pl.col("quantity") == quantity).drop_nulls("mean")
    return here.select("time", "mean").rows()


def _band(means: pl.DataFrame, quantity: str) -> Band:
    here = means.filter(pl.col("quantity") == quantity).drop_nulls(["low", "high"])
    return here.select("time", "low", "high").rows()


def _range(rows: pl.DataFrame) -> tuple[float, float]:
    """Hold every mean, and the bands of groups that are not small: few sessions run far out."""
    bands = rows.filter(pl.col("n_sessions") >= SMALL_GROUP)
    drawn = pl.concat([rows["mean"], bands["low"], bands["high"]]).drop_nulls()
    return value_range(drawn, around_zero=False, least=0.25, share=1.0)


def _gap_template(panel: Panel) -> dict[str, Any]:
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    scale = alt.Scale(domain=[panel.low, panel.high], nice=False, zero=False)
    y = alt.Y("value:Q", scale=scale, axis=None)
    band = alt.Chart(alt.NamedData("band")).mark_area(color="var(--ink)", fillOpacity=0.13)
    line = alt.Chart(alt.NamedData("line")).mark_line(color="var(--ink)", strokeWidth=2)
    label = alt.Chart(alt.NamedData("label")).mark_text(
        color="var(--ink)", align="left", baseline="middle", dx=7, fontSize=LABEL_SIZE
    )
    layers = [
        band.encode(x=x, y=y, y2=alt.Y2("high:Q")),
        line.encode(x=x, y=y),
        label.encode(x=x, y=y, text=alt.Text("label:N")),
    ]
    return template(panel, layers, {})
