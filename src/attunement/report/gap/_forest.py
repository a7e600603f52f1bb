"""The forest plot: every estimate with its interval, scale by scale, one row a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

import altair as alt

from attunement.report._layers import layered
from attunement.report._panel import plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report._words import number, short_name
from attunement.report.gap._rows import ALL_SESSIONS, EffectRows, Row, group_name

TICK_LABEL = "datum.value == 0 ? '0' : format(datum.value, '+.3~f')"

_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 140, 14, 2, 36, 306
_HEAD, _ROW, _GAP = 16, 15, 3
_LABEL_LIMIT = 112


@dataclass(frozen=True, slots=True)
class Mark:
    """One estimate and its place down the plot, in user units."""

    value: float
    low: float | None
    high: float | None
    small: bool
    whole: bool
    at: float


def forest(rows: EffectRows) -> Drawing:
    """Draw the estimates of one family and instrument.

    Small groups are hollow, all sessions together a diamond. An interval that reaches beyond the
    plot ends in an arrow: a group of few sessions must not flatten the others.
    """
    heads: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    marks: list[Mark] = []
    y = 0.0
    for scale in rows.scales():
        heads.append({"at": y + _HEAD / 2, "label": short_name(scale)})
        y += _HEAD
        for row in rows.where(scale=scale).rows:
            labels.append({"at": y + _ROW / 2, "label": group_name(row["group"])})
            if row["estimate"] is not None:
                marks.append(_mark(row, at=y + _ROW / 2))
            y += _ROW
        y += _GAP
    return draw(_spec({"heads": heads, "labels": labels}, marks, height=y))


def described(rows: EffectRows) -> str:
    """Say every estimate and interval, for those who cannot see them."""
    said = []
    for scale in rows.scales():
        groups = []
        for row in rows.where(scale=scale).rows:
            one = f"{group_name(row['group'])} {number(row['estimate'], signed=True)}"
            if row["ci_low"] is not None:
                low, high = (number(row[end], signed=True) for end in ("ci_low", "ci_high"))
                one += f" ({low} to {high})"
            groups.append(f"{one}, small" if row["small"] else one)
        said.append(f"{short_name(scale)}: {'; '.join(groups)}")
    return f"Estimates with 95% confidence intervals. {'. '.join(said)}."


def shown_range(marks: Sequence[Mark]) -> tuple[float, float]:
    """Choose the plot's ends: zero, every estimate, and intervals that are not far wider."""
    values = [0.0, *(mark.value for mark in marks)]
    known = [(mark.low, mark.high) for mark in marks if mark.low is not None]
    bounds = [(low, high) for low, high in known if low is not None and high is not None]
    room = 2.5 * median([(high - low) / 2 for low, high in bounds]) if bounds else 0.25
    low = max(min([*values, *(low for low, _ in bounds)]), min(values) - room)
    high = min(max([*values, *(high for _, high in bounds)]), max(values) + room)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _mark(row: Row, *, at: float) -> Mark:
    return Mark(
        value=row["estimate"],
        low=row["ci_low"],
        high=row["ci_high"],
        small=bool(row["small"]),
        whole=row["group"] == ALL_SESSIONS,
        at=at,
    )


def _spec(
    names: Mapping[str, list[dict[str, Any]]], marks: Sequence[Mark], *, height: float
) -> dict[str, Any]:
    low, high = shown_range(marks)
    axis = plain_axis(ticks(low, high, most=6), label=TICK_LABEL, title="therapist minus patient")
    x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
    layers: list[alt.Chart] = [
        _text("heads", size=12, weight=600, indent=0).encode(y=y, text=alt.Text("label:N")),
        _text("labels", size=11.5, weight=400, indent=10).encode(y=y, text=alt.Text("label:N")),
        zero.encode(x=x),
    ]
    for size in ("small", "large"):
        rule = alt.Chart(alt.NamedData(f"{size}_intervals")).mark_rule(
            color="var(--ink)", strokeWidth=1.1 if size == "small" else 2.2
        )
        layers.append(rule.encode(x=x, x2=alt.X2("to:Q"), y=y))
    for side, shape in (("low", "triangle-left"), ("high", "triangle-right")):
        arrow = alt.Chart(alt.NamedData(f"beyond_{side}")).mark_point(
            shape=shape, size=30, filled=True, fill="var(--ink)", opacity=1
        )
        layers.append(arrow.encode(x=x, y=y))
    for size in ("small", "large"):
        for shape in ("circle", "diamond"):
            point = alt.Chart(alt.NamedData(f"{size}_{shape}")).mark_point(
                filled=True,
                opacity=1,
                shape=shape,
                size=78 if shape == "diamond" else 58,
                fill="var(--card)" if size == "small" else "var(--ink)",
                stroke="var(--ink)",
                strokeWidth=1.4,
            )
            layers.append(point.encode(x=x, y=y))
    spec = layered(
        layers,
        width=_PLOT,
        height=height,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    data = {**names, "zero": [{"value": 0}]}
    return {**spec, "datasets": data | _points(marks) | _intervals(marks, low=low, high=high)}


def _text(data: str, *, size: float, weight: Literal[400, 600], indent: int) -> alt.Chart:
    chart = alt.Chart(alt.NamedData(data))
    text: alt.Chart = chart.mark_text(
        color="var(--ink)",
        align="left",
        baseline="middle",
        fontSize=size,
        fontWeight=weight,
        x=-_LEFT + 2 + indent,
        limit=_LABEL_LIMIT,
    )
    return text


def _points(marks: Sequence[Mark]) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {
        f"{size}_{shape}": [] for size in ("small", "large") for shape in ("circle", "diamond")
    }
    for mark in marks:
        size = "small" if mark.small else "large"
        shape = "diamond" if mark.whole else "circle"
        data[f"{size}_{shape}"].append({"at": mark.at, "value": mark.value})
    return data


def _intervals(
    marks: Sequence[Mark], *, low: float, high: float
) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("small_intervals", "large_intervals", "beyond_low", "beyond_high")
    }
    for mark in marks:
        if mark.low is None or mark.high is None:
            continue
        size = "small" if mark.small else "large"
        ends = {"value": max(mark.low, low), "to": min(mark.high, high)}
        data[f"{size}_intervals"].append({"at": mark.at, **ends})
        if mark.low < low:
            data["beyond_low"].append({"at": mark.at, "value": low})
        if mark.high > high:
            data["beyond_high"].append({"at": mark.at, "value": high})
    return data
