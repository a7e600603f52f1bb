"""The charts above the sessions: conditions side by side, and each session's small line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
from markupsafe import Markup

from attunement.report._panel import INK, VALUE_LABEL, plain_axis, ticks
from attunement.report._svg import draw, figure
from attunement.report._words import inferred, measure_name, number
from attunement.tables import ROLES, Role

_ROW = 46
_LANE = 0.24
_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 148, 14, 8, 24, 306
_SPARK_WIDTH, _SPARK_HEIGHT = 90, 24
_SHAPE = {"patient": "circle", "therapist": "diamond"}


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition in one chart: its sessions and their means.

    Attributes
    ----------
    label : str
        The condition's name.
    remark : str
        How many sessions, and whether they are few.
    sessions : dict
        For each role, the session means.
    means : dict
        For each role that has any, the mean of the session means.
    """

    label: str
    remark: str
    sessions: dict[Role, list[float]]
    means: dict[Role, float]


def condition_chart(
    rows: Sequence[ConditionRow], *, measure: str, low: float, high: float, key: str
) -> Markup:
    """Draw one scale's means of session means, one row a condition, over its sessions' dots."""
    said = [
        f"{row.label}, {row.remark}: "
        + "; ".join(f"{inferred(role).lower()} {number(mean)}" for role, mean in row.means.items())
        for row in rows
    ]
    drawing = draw(_condition_spec(rows, low=low, high=high))
    return figure(
        drawing,
        key=key,
        title=f"{measure_name(measure)} by condition, inferred from words",
        description=f"Means of session means. {'. '.join(said)}.",
    )


def sparkline(values: Sequence[tuple[float, float]], *, low: float, high: float) -> Markup:
    """Draw a word-sized line of (time, value) pairs, as a bare SVG path."""

    def across(time: float) -> str:
        return f"{round(_SPARK_WIDTH * time, 1):g}"

    def down(value: float) -> str:
        share = (min(max(value, low), high) - low) / (high - low)
        return f"{round(_SPARK_HEIGHT - 2 - (_SPARK_HEIGHT - 4) * share, 1):g}"

    if not values:
        return Markup("")
    path = "M" + "L".join(f"{across(time)},{down(value)}" for time, value in values)
    if len(values) == 1:
        path += "h0"
    zero = f'<path class="zero" d="M0,{down(0)}h{_SPARK_WIDTH}"/>' if low < 0 < high else ""
    return Markup(  # noqa: S704 (numbers only)
        f'<svg class="spark" viewBox="0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}" aria-hidden="true">'
        f'{zero}<path d="{path}"/></svg>'
    )


def _condition_spec(rows: Sequence[ConditionRow], *, low: float, high: float) -> dict[str, Any]:
    """Rows are placed by number, so that a label of any length leaves the plot where it is."""
    x_axis = plain_axis(ticks(low, high, most=6), label=VALUE_LABEL)
    x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=x_axis)
    y = alt.Y("row:Q", scale=alt.Scale(domain=[len(rows), 0], nice=False), axis=None)
    layers: list[alt.Chart] = [
        _text("labels", "var(--ink)", size=13, dy=-8).encode(y=y, text=alt.Text("label:N")),
        _text("labels", "var(--muted)", size=11, dy=8).encode(y=y, text=alt.Text("remark:N")),
    ]
    if low < 0 < high:
        zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
        layers.append(zero.encode(x=x))
    if len(rows) > 1:
        between = alt.Chart(alt.NamedData("between")).mark_rule(color="var(--grid)")
        layers.append(between.encode(y=y))
    for role in ROLES:
        dots = alt.Chart(alt.NamedData(f"{role}_sessions")).mark_line(
            color=INK[role], strokeWidth=5, strokeCap="round", opacity=0.28
        )
        layers.append(dots.encode(x=x, y=y, order=alt.Order("order:Q")))
    bar = alt.Chart(alt.NamedData("bars")).mark_rule(color="var(--muted)", strokeWidth=2)
    layers.append(bar.encode(x=x, x2=alt.X2("to:Q"), y=y))
    for role in ROLES:
        mean = alt.Chart(alt.NamedData(f"{role}_means")).mark_point(
            filled=True,
            opacity=1,
            shape=_SHAPE[role],
            size=130,
            fill=INK[role],
            stroke="var(--card)",
            strokeWidth=1.5,
        )
        layers.append(mean.encode(x=x, y=y))
    spec: dict[str, Any] = (
        alt.layer(*layers)
        .properties(
            width=_PLOT,
            height=_ROW * len(rows),
            autosize=alt.AutoSizeParams(type="none"),
            padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
        )
        .configure(aria=False)
        .configure_view(stroke=None)
        .to_dict()
    )
    return {**spec, "datasets": _condition_data(rows)}


def _text(data: str, color: str, *, size: int, dy: int) -> alt.Chart:
    chart = alt.Chart(alt.NamedData(data))
    text: alt.Chart = chart.mark_text(
        color=color,
        align="left",
        baseline="middle",
        fontSize=size,
        x=-_LEFT + 2,
        dy=dy,
        limit=_LEFT - 34,
    )
    return text


def _condition_data(rows: Sequence[ConditionRow]) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {"labels": [], "bars": [], "zero": [{"value": 0}]}
    data["between"] = [{"row": upper + 1} for upper, _ in pairwise(range(len(rows)))]
    for role, lane in zip(ROLES, (-_LANE, _LANE), strict=True):
        dots: list[dict[str, Any]] = []
        means: list[dict[str, Any]] = []
        for place, row in enumerate(rows):
            middle = place + 0.5
            for value in row.sessions[role]:
                dots.append({"value": value, "row": middle + lane, "order": len(dots)})
                dots.append({"value": None, "row": middle + lane, "order": len(dots)})
            if role in row.means:
                means.append({"value": row.means[role], "row": middle})
        data[f"{role}_sessions"] = dots
        data[f"{role}_means"] = means
    for place, row in enumerate(rows):
        data["labels"].append({"label": row.label, "remark": row.remark, "row": place + 0.5})
        if len(row.means) == len(ROLES):
            value, to = row.means.values()
            data["bars"].append({"value": value, "to": to, "row": place + 0.5})
    return data
