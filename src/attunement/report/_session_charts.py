"""A session's charts: both sides' lines over time, the whole with its moments marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, NamedTuple

import altair as alt
import polars as pl
from markupsafe import Markup

from attunement.report._panel import (
    INK,
    Panel,
    RoleLine,
    draw_lines,
    frame,
    lines_template,
    template,
)
from attunement.report._smooth import smoothed, thinned
from attunement.report._svg import Drawing, Spec, draw, figure
from attunement.report._words import course, measure_name
from attunement.tables import ALLIANCE, MEASURES, ROLES

_BADGE = 9
_STEM = 16
_OFF_TURN = 13
_OFF_BADGE = 21


class Point(NamedTuple):
    """A place in a panel's plot, in user units from its lower left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the chart of the whole.

    Attributes
    ----------
    number : int
        What the badge says, and what stands beside the words below.
    kind : {"lowest", "highest"}
        A lowest moment's badge is filled and hangs below; a highest one's is open and stands above.
    time, value : float
        Where the turn is.
    """

    number: int
    kind: str
    time: float
    value: float


@dataclass(frozen=True, slots=True)
class SessionCharts:
    """Frames and specifications shared by every session, so that sessions compare at a glance.

    Attributes
    ----------
    whole, part : Panel
        The large panel for the whole, the small one for task, bond and goal.
    """

    whole: Panel
    part: Panel
    whole_frame: Drawing
    part_frame: Drawing
    whole_lines: Spec
    part_lines: Spec
    marks: Spec

    @classmethod
    def between(cls, low: float, high: float) -> SessionCharts:
        """Prepare charts whose values run from `low` to `high`."""
        whole = Panel(width=470, height=262, low=low, high=high, left=34, right=70)
        part = Panel(width=340, height=200, low=low, high=high)
        return cls(
            whole=whole,
            part=part,
            whole_frame=frame(whole),
            part_frame=frame(part),
            whole_lines=lines_template(whole, point_size=4.5, point_opacity=0.4),
            part_lines=lines_template(part, point_size=3.5, point_opacity=0.36),
            marks=_marks_template(whole),
        )

    def draw(
        self, scores: pl.DataFrame, marks: Sequence[Mark], *, key: str, name: str
    ) -> dict[str, Markup]:
        """Draw one session.

        Parameters
        ----------
        scores : DataFrame
            The session's scores.
        marks : sequence of Mark
            Its moments.
        key : str
            The session's id in the page.
        name : str
            What to call the session in the charts' titles.

        Returns
        -------
        dict
            For alliance, task, bond and goal, an SVG.
        """
        spoken = {role: scores.filter(pl.col("role") == role) for role in ROLES}
        smooth = {role: smoothed(turns) for role, turns in spoken.items()}
        points = {role: thinned(turns) for role, turns in spoken.items()}
        charts = {}
        for measure in MEASURES:
            lines = [
                RoleLine(
                    role=role,
                    points=_pairs(points[role], measure),
                    line=_pairs(smooth[role], measure),
                )
                for role in ROLES
            ]
            charts[measure] = self._figure(measure, lines, marks, key=key, name=name)
        return charts

    def _figure(
        self,
        measure: str,
        lines: Sequence[RoleLine],
        marks: Sequence[Mark],
        *,
        key: str,
        name: str,
    ) -> Markup:
        if measure == ALLIANCE:
            drawings = [self.whole_frame, draw_lines(self.whole, self.whole_lines, lines)]
            if marks:
                drawings.append(draw({**self.marks, "datasets": _placed(self.whole, marks)}))
        else:
            drawings = [self.part_frame, draw_lines(self.part, self.part_lines, lines)]
        return figure(
            *drawings,
            key=f"{key}-{measure}",
            title=f"{measure_name(measure)} over {name}, inferred from words",
            description=course({line.role: [value for _, value in line.line] for line in lines}),
        )


def _pairs(turns: pl.DataFrame, measure: str) -> list[tuple[float, float]]:
    return turns.select("time", measure).drop_nulls().rows()


def _marks_template(panel: Panel) -> Spec:
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[panel.low, panel.high], nice=False), axis=None)
    patient = INK["patient"]
    turns = alt.Chart(alt.NamedData("turns")).mark_point(
        filled=True, opacity=1, size=34, color=patient, stroke="var(--card)", strokeWidth=1
    )
    stems = alt.Chart(alt.NamedData("stems")).mark_rule(color=patient, strokeWidth=1)
    layers = [
        stems.encode(x=x, y=y, x2=alt.X2("to_time:Q"), y2=alt.Y2("to_value:Q")),
        turns.encode(x=x, y=y),
    ]
    for kind, fill, ink in (
        ("lowest", patient, "var(--card)"),
        ("highest", "var(--card)", patient),
    ):
        area = 3.1416 * _BADGE**2
        badge = alt.Chart(alt.NamedData(kind)).mark_point(
            filled=True, opacity=1, size=area, fill=fill, stroke=patient, strokeWidth=1.5
        )
        number = alt.Chart(alt.NamedData(kind)).mark_text(
            color=ink, fontSize=12, fontWeight=600, baseline="middle", dy=0.5
        )
        layers += [badge.encode(x=x, y=y), number.encode(x=x, y=y, text=alt.Text("number:N"))]
    return template(panel, layers, {})


def _placed(panel: Panel, marks: Sequence[Mark]) -> Mapping[str, list[dict[str, Any]]]:
    """Set each badge off its turn, clear of the other badges and turns, with a stem between."""
    datasets: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("turns", "stems", "lowest", "highest")
    }
    turns = {
        mark: Point(
            mark.time * panel.plot_width, (panel.clamp(mark.value) - panel.low) / panel.unit
        )
        for mark in marks
    }
    taken = [(turn, _OFF_TURN) for turn in turns.values()]
    for mark in sorted(marks, key=lambda mark: mark.time):
        outward = -_STEM if mark.kind == "lowest" else _STEM
        badge = _free(turns[mark], outward, taken, panel=panel)
        taken.append((badge, _OFF_BADGE))
        turn = {"time": mark.time, "value": panel.clamp(mark.value)}
        place = {
            "time": badge.x / panel.plot_width,
            "value": panel.low + badge.y * panel.unit,
        }
        datasets["turns"].append(turn)
        datasets["stems"].append({**turn, "to_time": place["time"], "to_value": place["value"]})
        datasets[mark.kind].append({**place, "number": str(mark.number)})
    return datasets


def _free(
    turn: Point, outward: float, taken: Sequence[tuple[Point, float]], *, panel: Panel
) -> Point:
    """Find the place nearest to a turn, outward first, where a badge covers nothing."""
    places = [
        Point(turn.x + aside, turn.y + up)
        for up in (outward, 1.5 * outward, 0.0, 2.5 * outward, -outward)
        for aside in (0.0, _STEM, -_STEM, 2 * _STEM, -2 * _STEM)
        if -2 <= turn.y + up <= panel.plot_height + 2 and 0 <= turn.x + aside <= panel.plot_width
    ]
    for place in places:
        if all(hypot(place.x - at.x, place.y - at.y) >= apart for at, apart in taken):
            return place
    return places[0]
