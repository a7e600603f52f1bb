"""One figure, model by model: a mark and an interval each, on an axis that holds zero."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from attunement.report._layers import layered
from attunement.report._panel import LABEL_SIZE, ticks
from attunement.report._svg import Drawing, draw
from attunement.report.audit._names import Named
from attunement.report.audit._rows import Row

_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 104, 12, 4, 22, 190
_ROW = 30
_NAME_SIZE = 12
_LINE = 13
_FITS, _TAIL = 14, 6
"""So many letters of a name have room in a line, and so many of them are its end."""

_BETWEEN = re.compile(r"[-_./ ]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One model's figure."""

    model: str
    value: float
    low: float | None
    high: float | None
    small: bool

    @classmethod
    def of(cls, model: str, row: Row) -> Mark:
        """Read a row of the figures that has an estimate."""
        return cls(model, row["estimate"], row["ci_low"], row["ci_high"], bool(row["small"]))


class FigureCharts:
    """The specification all panels share: what differs between them is data.

    Values are placed in user units before they are drawn, so that Altair checks one chart and not
    one for every figure.

    Parameters
    ----------
    models : sequence of str
        The rows, from the top; every panel has them all.
    """

    def __init__(self, models: Sequence[str]) -> None:
        self.models = models
        self._height = _ROW * len(models)
        self._spec = _spec(self._height)

    def draw(self, marks: Sequence[Mark], named: Named) -> Drawing:
        """Draw one figure. Marks of small samples are hollow; long intervals end in arrows."""
        low, high = shown_range(marks)

        def at(value: float) -> float:
            return _PLOT * (min(max(value, low), high) - low) / (high - low)

        rows = {model: _ROW * (place + 0.5) for place, model in enumerate(self.models)}
        data: dict[str, list[dict[str, Any]]] = {
            "names": [one for model, y in rows.items() for one in _placed(model, y)],
            "zero": [{"x": at(0)}] if low <= 0 <= high else [],
            "grid": [],
            "ticks": [],
            **{f"{size}_{what}": [] for size in ("small", "large") for what in ("points", "ends")},
            "beyond_low": [],
            "beyond_high": [],
        }
        for value in ticks(low, high, most=5):
            label = "0" if abs(value) < 1e-9 else _tick(value, named)
            data["grid"].append({"x": at(value)})
            data["ticks"].append({"x": at(value), "y": self._height + 13, "label": label})
        for mark in marks:
            y, size = rows[mark.model], "small" if mark.small else "large"
            data[f"{size}_points"].append({"x": at(mark.value), "y": y})
            if mark.low is None or mark.high is None:
                continue
            data[f"{size}_ends"].append({"x": at(mark.low), "to": at(mark.high), "y": y})
            if mark.low < low:
                data["beyond_low"].append({"x": 0, "y": y})
            if mark.high > high:
                data["beyond_high"].append({"x": _PLOT, "y": y})
        return draw({**self._spec, "datasets": data})


def fitted(name: str) -> tuple[str, ...]:
    """Fit a model's name into its row: a long one stands in two lines, parted between its words."""
    if len(name) <= _FITS:
        return (name,)
    ends = [one.end() for one in _BETWEEN.finditer(name, 0, _FITS + 1)]
    end = ends[-1] if ends else _FITS
    rest = name[end:]
    cut = rest if len(rest) <= _FITS else f"{rest[: _FITS - _TAIL - 1]}…{rest[-_TAIL:]}"
    return (name[:end].rstrip("-_./ ") or name[:end], cut)


def _placed(model: str, y: float) -> list[dict[str, Any]]:
    lines = fitted(model)
    top = y - _LINE * (len(lines) - 1) / 2
    return [{"y": top + _LINE * place, "label": line} for place, line in enumerate(lines)]


def described(marks: Sequence[Mark], named: Named) -> str:
    """Say every figure and interval, for those who cannot see them."""
    said = []
    for mark in marks:
        one = f"{mark.model} {named.value(mark.value)}"
        if mark.low is not None:
            one += f" {named.bounds(mark.low, mark.high)}"
        said.append(f"{one}, small sample" if mark.small else one)
    return f"{named.label}, {named.unit}. {'; '.join(said) or 'No figure'}."


def shown_range(marks: Sequence[Mark]) -> tuple[float, float]:
    """Choose a panel's ends: zero, every value, and the intervals that are of no small sample.

    Intervals of small samples reach beyond the rest by a third of it at most.
    """
    firm = [end for mark in marks if not mark.small for end in (mark.low, mark.high)]
    held = [0.0, *(mark.value for mark in marks), *(end for end in firm if end is not None)]
    low, high = min(held), max(held)
    room = (high - low) / 3
    loose = [
        end for mark in marks if mark.small for end in (mark.low, mark.high) if end is not None
    ]
    if loose:
        low, high = max(min(low, *loose), low - room), min(max(high, *loose), high + room)
    margin = 0.05 * (high - low) or 0.5
    # Where every value is zero there is still an axis to show it on.
    return (low - margin if low < 0 else 0.0), (high + margin if high > 0 or low == 0 else 0.0)


def _tick(value: float, named: Named) -> str:
    if named.share:
        return f"{100 * value:.3g}%"
    sign = "−" if value < 0 else "+" if named.signed else ""
    return f"{sign}{abs(value):g}"


def _spec(height: float) -> dict[str, Any]:
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, _PLOT], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
    rule = {"grid": ("var(--grid)", 1), "zero": ("var(--axis)", 1)}
    layers: list[alt.Chart] = [
        alt.Chart(alt.NamedData(data)).mark_rule(color=ink, strokeWidth=width).encode(x=x)
        for data, (ink, width) in rule.items()
    ]
    names = alt.Chart(alt.NamedData("names")).mark_text(
        color="var(--ink)",
        align="left",
        baseline="middle",
        fontSize=_NAME_SIZE,
        x=2 - _LEFT,
        limit=_LEFT - 10,
    )
    labels = alt.Chart(alt.NamedData("ticks")).mark_text(
        color="var(--muted)", align="center", baseline="middle", fontSize=LABEL_SIZE
    )
    layers += [
        names.encode(y=y, text=alt.Text("label:N")),
        labels.encode(x=x, y=y, text=alt.Text("label:N")),
    ]
    for size in ("small", "large"):
        ink = "var(--muted)" if size == "small" else "var(--ink)"
        ends = alt.Chart(alt.NamedData(f"{size}_ends")).mark_rule(
            color=ink, strokeWidth=1.3 if size == "small" else 2.2
        )
        point = alt.Chart(alt.NamedData(f"{size}_points")).mark_point(
            filled=True,
            opacity=1,
            shape="circle",
            size=62,
            fill="var(--card)" if size == "small" else ink,
            stroke=ink,
            strokeWidth=1.4,
        )
        layers += [ends.encode(x=x, x2=alt.X2("to:Q"), y=y), point.encode(x=x, y=y)]
    for side, shape in (("low", "triangle-left"), ("high", "triangle-right")):
        arrow = alt.Chart(alt.NamedData(f"beyond_{side}")).mark_point(
            shape=shape, size=30, filled=True, fill="var(--ink)", opacity=1
        )
        layers.append(arrow.encode(x=x, y=y))
    return layered(
        layers,
        width=_PLOT,
        height=height,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
