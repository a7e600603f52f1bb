"""One marker, both sides, group by group: means over sessions with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from attunement.report._panel import INK, plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report.gap._rows import ALL_SESSIONS
from attunement.report.markers._means import Mean
from attunement.report.markers._names import Named

DYAD = "dyad"
_LOOK = {
    "patient": (INK["patient"], "circle", 62),
    "therapist": (INK["therapist"], "diamond", 74),
    DYAD: ("var(--ink)", "square", 52),
}
"""A side's colour and shape: the shape says it to those who see no difference of colour."""

_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 92, 10, 2, 22, 158
_ROW, _LANE = 30, 6
_SIZE = 12
_PERCENT = "format(datum.value, '.3~%')"
_PLAIN = "datum.value == 0 ? '0' : format(datum.value, '.3~f')"


@dataclass(frozen=True, slots=True)
class SideRow:
    """One group in a panel: its name, and each side's mean."""

    group: str
    means: Mapping[str, Mean]


def side_chart(rows: Sequence[SideRow], named: Named) -> Drawing:
    """Draw a panel: a row a group, a mark and an interval a side; it holds zero."""
    height = _ROW * len(rows)
    data: dict[str, list[dict[str, Any]]] = {
        "whole": [],
        "labels": [],
        "between": [{"at": place * _ROW} for place in range(1, len(rows))],
        "zero": [{"value": 0}],
    }
    for role in _LOOK:
        data[role] = []
        data[f"{role}_interval"] = []
    values = [0.0]
    for place, row in enumerate(rows):
        middle = place * _ROW + _ROW / 2
        whole = row.group == ALL_SESSIONS
        label = {"at": middle, "label": "All sessions" if whole else row.group}
        data["whole" if whole else "labels"].append(label)
        alone = len(row.means) == 1
        for role, mean in row.means.items():
            at = middle if alone else middle + (_LANE if role == "therapist" else -_LANE)
            data[role].append({"at": at, "value": mean.mean})
            values.append(mean.mean)
            if mean.low is not None and mean.high is not None:
                data[f"{role}_interval"].append({"at": at, "value": mean.low, "to": mean.high})
                values += [mean.low, mean.high]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5
    domain = [low - margin if low < 0 else 0.0, high + margin if high > 0 else 0.0]
    axis = plain_axis(ticks(*domain, most=5), label=_PERCENT if named.is_share else _PLAIN)
    x = alt.X("value:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    between = alt.Chart(alt.NamedData("between")).mark_rule(color="var(--grid)")
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
    layers: list[alt.Chart] = [between.encode(y=y), zero.encode(x=x)]
    for names, bold in (("whole", True), ("labels", False)):
        labels = alt.Chart(alt.NamedData(names)).mark_text(
            color="var(--ink)",
            align="left",
            baseline="middle",
            fontSize=_SIZE,
            fontWeight=600 if bold else 400,
            x=2 - _LEFT,
            limit=_LEFT - 8,
        )
        layers.append(labels.encode(y=y, text="label:N"))
    for role, (ink, shape, size) in _LOOK.items():
        rule = alt.Chart(alt.NamedData(f"{role}_interval")).mark_rule(color=ink, strokeWidth=2)
        point = alt.Chart(alt.NamedData(role)).mark_point(
            filled=True,
            opacity=1,
            shape=shape,
            size=size,
            fill=ink,
            stroke="var(--card)",
            strokeWidth=1,
        )
        layers += [rule.encode(x=x, x2="to:Q", y=y), point.encode(x=x, y=y)]
    spec: dict[str, Any] = (
        alt.layer(*layers)
        .properties(
            width=_PLOT,
            height=height,
            autosize=alt.AutoSizeParams(type="none"),
            padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
        )
        .configure(aria=False)
        .configure_view(stroke=None)
        .to_dict()
    )
    return draw({**spec, "datasets": data})


def described(rows: Sequence[SideRow], named: Named) -> str:
    """Say a panel's means and intervals, for those who cannot see them."""
    said = []
    for row in rows:
        sides = [
            " ".join(
                filter(
                    None,
                    [
                        "" if role == DYAD else role,
                        named.value(mean.mean),
                        named.bounds(mean.low, mean.high),
                    ],
                )
            )
            for role, mean in row.means.items()
        ]
        said.append(f"{row.group}: {', '.join(sides)}")
    unit = f", {named.unit}" if named.unit else ""
    return f"{named.label}{unit}. {'; '.join(said)}."
