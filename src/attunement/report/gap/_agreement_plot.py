"""The Bland-Altman plot: the difference of two ratings over their mean, and its limits."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from attunement.report._layers import layered
from attunement.report._panel import plain_axis, ticks
from attunement.report._svg import Drawing, draw
from attunement.report._words import number
from attunement.report.gap._forest import TICK_LABEL
from attunement.report.gap._rows import EffectRows, Row

MEAN_DIFFERENCE = "mean difference"
LIMITS = ("lower limit of agreement", "upper limit of agreement")

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 92, 12, 38
_WIDTH, _HEIGHT = 300, 190
_DOT, _LABEL = 5, 11
_LABEL_ROOM = 26
"""Height a line's two-line label takes."""


def agreement_plot(pairs: pl.DataFrame, effects: EffectRows) -> Drawing:
    """Draw one instrument's and scale's pairs of ratings.

    Parameters
    ----------
    pairs : DataFrame
        Rows of `attunement.tables.RATED_PAIRS` of one instrument and scale.
    effects : EffectRows
        Its congruence over all sessions: the lines and their intervals.
    """
    points = pairs.drop_nulls(["patient", "therapist", "gap"]).select(
        ((pl.col("patient") + pl.col("therapist")) / 2).alias("mean"), pl.col("gap").alias("value")
    )
    lines = [
        row
        for effect in (MEAN_DIFFERENCE, *LIMITS)
        if (row := effects.one(effect=effect)) is not None and row["estimate"] is not None
    ]
    left, right = _ends([*points["mean"]])
    bands = [row[end] for row in lines for end in ("ci_low", "ci_high") if row[end] is not None]
    low, high = _ends([0.0, *points["value"], *(row["estimate"] for row in lines), *bands])
    return draw(_spec(points, lines, across=(left, right), down=(low, high)))


def described(effects: EffectRows, *, n: int) -> str:
    """Say the plot in words."""
    said = [f"{n} pairs of ratings: therapist minus patient over their mean."]
    mean = effects.one(effect=MEAN_DIFFERENCE)
    if mean is not None and mean["estimate"] is not None:
        said.append(f"The mean difference is {number(mean['estimate'], signed=True)}.")
    limits = [effects.one(effect=effect) for effect in LIMITS]
    known = [row["estimate"] for row in limits if row is not None and row["estimate"] is not None]
    if len(known) == len(LIMITS):
        low, high = (number(value, signed=True) for value in known)
        said.append(f"The limits of agreement are {low} and {high}.")
    return " ".join(said)


def _ends(values: list[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _spec(
    points: pl.DataFrame,
    lines: list[Row],
    *,
    across: tuple[float, float],
    down: tuple[float, float],
) -> dict[str, Any]:
    x_axis = plain_axis(
        ticks(*across, most=6), label="format(datum.value, '~f')", title="mean of the two"
    )
    y_axis = plain_axis(ticks(*down, most=6), label=TICK_LABEL, title="therapist minus patient")
    x = alt.X("mean:Q", scale=alt.Scale(domain=list(across), nice=False, zero=False), axis=x_axis)
    y = alt.Y("value:Q", scale=alt.Scale(domain=list(down), nice=False, zero=False), axis=y_axis)
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)", strokeWidth=1)
    band = alt.Chart(alt.NamedData("bands")).mark_rect(fill="var(--ink)", fillOpacity=0.09)
    dots = alt.Chart(alt.NamedData("dots")).mark_line(
        color="var(--patient)", strokeWidth=_DOT, strokeCap="round", opacity=0.7
    )
    layers: list[alt.Chart] = [
        band.encode(y=y, y2=alt.Y2("high:Q")),
        zero.encode(y=y),
        dots.encode(x=x, y=y, order=alt.Order("order:Q")),
    ]
    for name, dash in (("mean_line", [1, 0]), ("limit_lines", [5, 3])):
        rule = alt.Chart(alt.NamedData(name)).mark_rule(
            color="var(--ink)", strokeWidth=1.6, strokeDash=dash
        )
        layers.append(rule.encode(y=y))
    for dy, ink, field in ((-6, "var(--muted)", "label"), (7, "var(--ink)", "figure")):
        text = alt.Chart(alt.NamedData("labels")).mark_text(
            color=ink, align="left", baseline="middle", fontSize=_LABEL, x=_WIDTH + 6, dy=dy
        )
        layers.append(text.encode(y=y, text=f"{field}:N"))
    spec = layered(
        layers,
        width=_WIDTH,
        height=_HEIGHT,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    return {**spec, "datasets": _data(points, lines, unit=(down[1] - down[0]) / _HEIGHT)}


def _data(
    points: pl.DataFrame, lines: list[Row], *, unit: float
) -> dict[str, list[dict[str, Any]]]:
    dots: list[dict[str, Any]] = []
    for mean, value in points.iter_rows():
        # One path of zero-length strokes: a tenth of the size of one path each.
        dots.append({"mean": mean, "value": value, "order": len(dots)})
        dots.append({"mean": mean, "value": None, "order": len(dots)})
    return {
        "dots": dots,
        "zero": [{"value": 0}],
        "bands": [
            {"value": row["ci_low"], "high": row["ci_high"]}
            for row in lines
            if row["ci_low"] is not None and row["ci_high"] is not None
        ],
        "mean_line": [{"value": row["estimate"]} for row in lines if _is_mean(row)],
        "limit_lines": [{"value": row["estimate"]} for row in lines if not _is_mean(row)],
        "labels": _labels(lines, room=_LABEL_ROOM * unit),
    }


def _labels(lines: list[Row], *, room: float) -> list[dict[str, Any]]:
    """Name the lines at the right, each clear of the one below it."""
    labels: list[dict[str, Any]] = []
    for row in sorted(lines, key=lambda row: float(row["estimate"])):
        at = row["estimate"]
        if labels:
            at = max(at, labels[-1]["value"] + room)
        name = "mean" if _is_mean(row) else f"{row['effect'].split()[0]} limit"
        figure = number(row["estimate"], signed=True)
        labels.append({"value": at, "label": name, "figure": figure})
    return labels


def _is_mean(row: Row) -> bool:
    return bool(row["effect"] == MEAN_DIFFERENCE)
