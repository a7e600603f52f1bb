"""The headline scale's figures drawn: a point and its interval a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from attunement.report._layers import layered
from attunement.report._panel import plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report._words import printable
from attunement.report.validity._names import (
    baseline_name,
    between,
    coefficient,
    session_figures,
    turn_figures,
)
from attunement.validity import Interval, ValidityResult

_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 132, 12, 2, 36, 300
_HEAD, _ROW, _GAP = 20, 19, 5
_LABEL = "datum.value == 0 ? '0' : replace(format(datum.value, '.2~f'), '0.', '.')"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the plot: a heading where there is no figure."""

    label: str
    figure: Interval | None = None


def lines(result: ValidityResult) -> list[Line]:
    """Choose what is drawn: the first scale over sessions, or within them if only turns are rated.

    A figure that cannot be had is not drawn.
    """
    found = list(_session_lines(result) if result.scales else _turn_lines(result))
    return [one for one in found if one.figure is None or one.figure.value is not None]


def forest(rows: Sequence[Line], *, axis: str = "correlation with the rating") -> Drawing:
    """Draw figures with their intervals under each other, above the name of the axis."""
    heads: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    y = 0.0
    for row in rows:
        if row.figure is None:
            y += _GAP if y else 0
            heads.append({"at": y + _HEAD / 2, "label": row.label})
            y += _HEAD
            continue
        at = y + _ROW / 2
        labels.append({"at": at, "label": row.label})
        low, high = row.figure.low, row.figure.high
        marks.append({"at": at, "value": row.figure.value, "low": low, "high": high})
        y += _ROW
    return draw(_spec(heads, labels, marks, height=y + _GAP, title=axis))


def described(rows: Sequence[Line]) -> str:
    """Say every figure and interval, for those who cannot see them."""
    said = []
    for row in rows:
        if row.figure is None:
            said.append(f"{row.label}:")
        else:
            bounds = between(row.figure.low, row.figure.high)
            said.append(f"{row.label} {coefficient(row.figure.value)} {bounds};")
    return " ".join(said)


def _session_lines(result: ValidityResult) -> Iterator[Line]:
    scale = result.scales[0]
    yield Line(printable(result.main.estimator))
    for name, (label, _) in session_figures(result.main).items():
        # Every session spans all positions, so taking position out of sessions shows nothing.
        if name != "session_position_out":
            yield Line(label, getattr(result.main, name)[scale].spearman)
    yield Line("Baselines")
    for name, by_scale in result.main.baselines.items():
        if scale in by_scale:
            yield Line(baseline_name(name), by_scale[scale].baseline.spearman)


def _turn_lines(result: ValidityResult) -> Iterator[Line]:
    for one in (result.main, *result.others):
        yield Line(printable(one.estimator))
        for name, (label, _) in turn_figures(one).items():
            if one is result.main or not name.endswith("_alone"):
                for found in list(getattr(one.turn, name).values())[:1]:
                    yield Line(label, found.pearson)


def _spec(
    heads: list[dict[str, Any]],
    labels: list[dict[str, Any]],
    marks: list[dict[str, Any]],
    *,
    height: float,
    title: str,
) -> dict[str, Any]:
    drawn = [v for mark in marks for v in (mark["value"], mark["low"], mark["high"])]
    values = [0.0, *(value for value in drawn if value is not None)]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5
    domain = [low - margin, high + margin]
    axis = plain_axis(ticks(*domain, most=10), label=_LABEL, title=title)
    x = alt.X("value:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    layers: list[alt.Chart] = [
        alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1).encode(x=x)
    ]
    for data, weight, indent in (("heads", 600, 0), ("labels", 400, 8)):
        text = alt.Chart(alt.NamedData(data)).mark_text(
            color="var(--ink)",
            align="left",
            baseline="middle",
            fontSize=12,
            fontWeight=600 if weight == 600 else 400,
            x=-_LEFT + 2 + indent,
            limit=_LEFT - 8 - indent if data == "labels" else _LEFT + _PLOT,
        )
        layers.append(text.encode(y=y, text=alt.Text("label:N")))
    rule = alt.Chart(alt.NamedData("intervals")).mark_rule(color="var(--ink)", strokeWidth=2.2)
    layers.append(rule.encode(x=x, x2=alt.X2("high:Q"), y=y))
    point = alt.Chart(alt.NamedData("points")).mark_point(
        filled=True, opacity=1, shape="circle", size=58, fill="var(--ink)", stroke="var(--ink)"
    )
    layers.append(point.encode(x=x, y=y))
    spec = layered(
        layers,
        width=_PLOT,
        height=height,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    bounded = [mark | {"value": mark["low"]} for mark in marks if mark["low"] is not None]
    datasets = {"heads": heads, "labels": labels, "points": marks, "intervals": bounded}
    return {**spec, "datasets": datasets | {"zero": [{"value": 0}]}}
