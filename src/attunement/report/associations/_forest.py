"""The forest of associations: a row a feature, by estimate, told apart by shape, words and colour.

Beyond chance and under every control: a filled diamond. Beyond chance, and no control was run: a
filled circle. Beyond chance, but not under every control: a cross. Not beyond chance, or too few
sessions: a hollow circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import polars as pl

from attunement.report._layers import layered
from attunement.report._panel import plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report._words import number
from attunement.report.associations._features import Features, side
from attunement.report.associations._rows import (
    Standing,
    counted_by_role,
    failed,
    q_value,
    standing,
)
from attunement.report.gap._forest import TICK_LABEL, Mark, shown_range
from attunement.report.gap._rows import Row

MOST_ROWS = 30
"""Under one heading are drawn so many: those least likely by chance."""

_LEFT, _RIGHT, _TOP, _BOTTOM, _PLOT = 236, 150, 2, 36, 300
_HEAD, _ROW, _GAP = 20, 17, 6
_LABEL_SIZE = 12

Kind = Literal["survives", "open", "fails", "chance"]
_KINDS: dict[Kind, tuple[str, str, int, float]] = {
    "chance": ("circle", "var(--muted)", 46, 1.1),
    "fails": ("cross", "var(--bad)", 82, 1.6),
    "open": ("circle", "var(--ink)", 60, 2.0),
    "survives": ("diamond", "var(--good)", 96, 2.4),
}
"""Shape, colour, size and the width of the interval's line."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under one heading, the highest estimate first, and how many were left to the table."""

    heading: str
    rows: Sequence[Row]
    left_out: int


def blocks(rows: pl.DataFrame, features: Features) -> list[Block]:
    """Sort associations of one question and one group under headings: whose, and how compared.

    A feature without an estimate is not drawn.
    """
    found = []
    drawn = rows.filter(pl.col("estimate").is_not_null())
    for role in counted_by_role(drawn):
        of_role = drawn.filter(pl.col("role") == role)
        present = pl.col("feature").is_in(list(features.present))
        ways = [(of_role.filter(present), "with it, against without")]
        ways.append((of_role.filter(~present), "one standard deviation more"))
        for these, way in ways:
            if these.is_empty():
                continue
            kept = these.sort("p_val", nulls_last=True, maintain_order=True).head(MOST_ROWS)
            ordered = kept.sort("estimate", descending=True, maintain_order=True)
            name = side(role)
            found.append(
                Block(
                    heading=f"{name[:1].upper()}{name[1:]}: {way}",
                    rows=ordered.to_dicts(),
                    left_out=these.height - kept.height,
                )
            )
    return found


def forest(drawn: Sequence[Block], features: Features, *, axis: str) -> Drawing:
    """Draw blocks under each other.

    Parameters
    ----------
    drawn : sequence of Block
        At least one row in all.
    features : Features
        What they are called.
    axis : str
        What an estimate is.
    """
    heads: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    said: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in _KINDS}
    marks: dict[Kind, list[Mark]] = {kind: [] for kind in _KINDS}
    y = 0.0
    for block in drawn:
        y += _GAP if y else 0
        heads.append({"at": y + _HEAD / 2, "label": block.heading})
        y += _HEAD
        for row in block.rows:
            at = y + _ROW / 2
            kind = _kind(standing(row))
            labels.append({"at": at, "label": features.label(row["feature"])})
            said[kind].append({"at": at, "label": _verdict(row)})
            marks[kind].append(_mark(row, at=at))
            y += _ROW
    return draw(_spec(heads, labels, said, marks, height=y + _GAP, title=axis))


def described(drawn: Sequence[Block], features: Features, *, decimals: int) -> str:
    """Say every estimate, interval and verdict, for those who cannot see them."""
    said = []
    for block in drawn:
        rows = []
        for row in block.rows:
            estimate, low, high = (
                number(row[name], signed=True, places=decimals)
                for name in ("estimate", "ci_low", "ci_high")
            )
            one = f"{features.label(row['feature'])} {estimate}"
            if row["ci_low"] is not None and row["ci_high"] is not None:
                one += f" ({low} to {high})"
            rows.append(", ".join(filter(None, [one, _verdict(row)])))
        said.append(f"{block.heading}: {'; '.join(rows)}")
    return f"Associations with 95% confidence intervals. {'. '.join(said)}."


def _verdict(row: Row) -> str:
    """Say in few words what an association came to."""
    found = standing(row)
    if found == "small":
        return "too few sessions"
    if found == "chance":
        return q_value(row)
    if found == "survives":
        return f"survives, {q_value(row)}"
    if found == "open":
        return f"no control, {q_value(row)}"
    named = failed(row)
    return f"fails {named[0] if len(named) == 1 else f'{len(named)} controls'}"


def _kind(found: Standing) -> Kind:
    return "chance" if found == "small" or found == "none" else found


def _mark(row: Row, *, at: float) -> Mark:
    return Mark(
        value=row["estimate"],
        low=row["ci_low"],
        high=row["ci_high"],
        small=bool(row["small"]),
        whole=False,
        at=at,
    )


def _spec(
    heads: list[dict[str, Any]],
    labels: list[dict[str, Any]],
    said: dict[Kind, list[dict[str, Any]]],
    marks: dict[Kind, list[Mark]],
    *,
    height: float,
    title: str,
) -> dict[str, Any]:
    low, high = shown_range([mark for kind in marks.values() for mark in kind])
    axis = plain_axis(ticks(low, high, most=6), label=TICK_LABEL, title=title)
    x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
    layers: list[alt.Chart] = [
        _text("heads", color="var(--ink)", x=2 - _LEFT, limit=_LEFT + _PLOT, bold=True).encode(
            y=y, text=alt.Text("label:N")
        ),
        _text("labels", color="var(--ink)", x=12 - _LEFT, limit=_LEFT - 20).encode(
            y=y, text=alt.Text("label:N")
        ),
        zero.encode(x=x),
    ]
    data: dict[str, list[dict[str, Any]]] = {
        "heads": heads,
        "labels": labels,
        "zero": [{"value": 0}],
    }
    for kind, (shape, color, size, width) in _KINDS.items():
        rule = alt.Chart(alt.NamedData(f"{kind}_intervals")).mark_rule(
            color=color, strokeWidth=width
        )
        layers.append(rule.encode(x=x, x2=alt.X2("to:Q"), y=y))
        for end, arrow in (("low", "triangle-left"), ("high", "triangle-right")):
            beyond = alt.Chart(alt.NamedData(f"{kind}_beyond_{end}")).mark_point(
                shape=arrow, size=30, filled=True, fill=color, opacity=1
            )
            layers.append(beyond.encode(x=x, y=y))
        point = alt.Chart(alt.NamedData(f"{kind}_points")).mark_point(
            filled=True,
            opacity=1,
            shape=shape,
            size=size,
            fill="var(--card)" if kind == "chance" else color,
            stroke=color,
            strokeWidth=1.4,
        )
        layers.append(point.encode(x=x, y=y))
        text = _text(f"{kind}_said", color=color, x=_PLOT + 12, limit=_RIGHT - 14)
        layers.append(text.encode(y=y, text=alt.Text("label:N")))
        data |= _marks(kind, marks[kind], low=low, high=high) | {f"{kind}_said": said[kind]}
    spec = layered(
        layers,
        width=_PLOT,
        height=height,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    return {**spec, "datasets": data}


def _text(data: str, *, color: str, x: float, limit: float, bold: bool = False) -> alt.Chart:
    text: alt.Chart = alt.Chart(alt.NamedData(data)).mark_text(
        color=color,
        align="left",
        baseline="middle",
        fontSize=_LABEL_SIZE,
        fontWeight=600 if bold else 400,
        x=x,
        limit=limit,
    )
    return text


def _marks(
    kind: Kind, marks: Sequence[Mark], *, low: float, high: float
) -> dict[str, list[dict[str, Any]]]:
    known = [
        (mark.at, mark.low, mark.high)
        for mark in marks
        if mark.low is not None and mark.high is not None
    ]
    return {
        f"{kind}_points": [{"at": mark.at, "value": mark.value} for mark in marks],
        f"{kind}_intervals": [
            {"at": at, "value": max(left, low), "to": min(right, high)} for at, left, right in known
        ],
        f"{kind}_beyond_low": [{"at": at, "value": low} for at, left, _ in known if left < low],
        f"{kind}_beyond_high": [
            {"at": at, "value": high} for at, _, right in known if right > high
        ],
    }
