"""One marker, both sides, group by group: means over sessions with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from attunement.report._layers import layered
from attunement.report._panel import INK, plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report.gap._rows import ALL_SESSIONS
from attunement.report.markers._means import Mean
from attunement.report.markers._names import Named
from attunement.statistics import SMALL_GROUP

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
    """Draw a panel: a row a group, a mark and an interval a side; it holds zero.

    Marks of small groups are hollow. Where a small group's interval runs far beyond the others it
    ends in an arrow: few sessions must not flatten the rest.
    """
    low, high = shown_range(rows)
    height = _ROW * len(rows)
    axis = plain_axis(ticks(low, high, most=5), label=_PERCENT if named.is_share else _PLAIN)
    x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)
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
        layers.append(labels.encode(y=y, text=alt.Text("label:N")))
    for role in _LOOK:
        layers += [layer.encode(y=y) for layer in _side_layers(role, x)]
    spec = layered(
        layers,
        width=_PLOT,
        height=height,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    return draw({**spec, "datasets": _data(rows, low=low, high=high)})


def shown_range(rows: Sequence[SideRow]) -> tuple[float, float]:
    """Choose a panel's ends: zero, every mean, and the intervals of groups that are not small.

    Of small groups, intervals are held as far as they reach beyond the rest by a third of it.
    """
    means = [mean for row in rows for mean in row.means.values()]
    firm = [bound for mean in means if not _small(mean) for bound in (mean.low, mean.high)]
    held = [0.0, *(mean.mean for mean in means), *(bound for bound in firm if bound is not None)]
    low, high = min(held), max(held)
    room = (high - low) / 3
    loose = [
        bound
        for mean in means
        if _small(mean)
        for bound in (mean.low, mean.high)
        if bound is not None
    ]
    if loose:
        low, high = max(min(low, *loose), low - room), min(max(high, *loose), high + room)
    margin = 0.05 * (high - low) or 0.5
    return (low - margin if low < 0 else 0.0), (high + margin if high > 0 else 0.0)


def _small(mean: Mean) -> bool:
    return mean.n_sessions < SMALL_GROUP


def _side_layers(role: str, x: alt.X) -> list[alt.Chart]:
    """Make one side's layers: intervals, arrows where they run out, and marks, hollow or filled."""
    ink, shape, size = _LOOK[role]
    rule = alt.Chart(alt.NamedData(f"{role}_interval")).mark_rule(color=ink, strokeWidth=2)
    layers = [rule.encode(x=x, x2=alt.X2("to:Q"))]
    for end, arrow in (("low", "triangle-left"), ("high", "triangle-right")):
        beyond = alt.Chart(alt.NamedData(f"{role}_beyond_{end}")).mark_point(
            shape=arrow, size=22, filled=True, fill=ink, opacity=1
        )
        layers.append(beyond.encode(x=x))
    for filled in (True, False):
        point = alt.Chart(alt.NamedData(f"{role}_{'large' if filled else 'small'}")).mark_point(
            filled=True,
            opacity=1,
            shape=shape,
            size=size if filled else 0.75 * size,
            fill=ink if filled else "var(--card)",
            stroke="var(--card)" if filled else ink,
            strokeWidth=1 if filled else 1.4,
        )
        layers.append(point.encode(x=x))
    return layers


def _data(rows: Sequence[SideRow], *, low: float, high: float) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {
        "whole": [],
        "labels": [],
        "between": [{"at": place * _ROW} for place in range(1, len(rows))],
        "zero": [{"value": 0}],
    }
    for role in _LOOK:
        kinds = ("interval", "beyond_low", "beyond_high", "large", "small")
        data |= {f"{role}_{kind}": [] for kind in kinds}
    for place, row in enumerate(rows):
        middle = place * _ROW + _ROW / 2
        whole = row.group == ALL_SESSIONS
        label = {"at": middle, "label": "All sessions" if whole else row.group}
        data["whole" if whole else "labels"].append(label)
        alone = len(row.means) == 1
        for role, mean in row.means.items():
            at = middle if alone else middle + (_LANE if role == "therapist" else -_LANE)
            kind = "small" if _small(mean) else "large"
            data[f"{role}_{kind}"].append({"at": at, "value": mean.mean})
            if mean.low is None or mean.high is None:
                continue
            ends = {"value": max(mean.low, low), "to": min(mean.high, high)}
            data[f"{role}_interval"].append({"at": at, **ends})
            if mean.low < low:
                data[f"{role}_beyond_low"].append({"at": at, "value": low})
            if mean.high > high:
                data[f"{role}_beyond_high"].append({"at": at, "value": high})
    return data


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
