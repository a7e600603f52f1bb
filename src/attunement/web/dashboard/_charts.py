"""The charts of a session: what they look like, once for all sessions, and what they show.

Specifications are Vega-Lite, from Altair, over named datasets that the page fills and, while a
session goes on, adds to. Colours are the style sheet's, so that a chart follows the theme, and
prints. The therapist's side is told from the patient's by dash and shape as well as colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import altair as alt

from attunement.live import Estimate, Measures, Scores, State
from attunement.tables import ALLIANCE, MEASURES, SCALES

Spec: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, float | int | str | None]

_DASH = {"patient": [1, 0], "therapist": [6, 4]}
_SHAPE = {"patient": "circle", "therapist": "diamond"}
_AXIS_WIDTH = 34
_AROUND_ZERO = alt.DomainUnionWith(unionWith=[-0.5, 0.5])
"""The least height of a chart that is drawn to its own rows: one without any has an axis, too."""
_BADGE_TOP, _BADGE_ROW = 11, 19
_BADGE_APART = 0.035


@cache
def specifications() -> dict[str, Spec]:
    """Give the charts' specifications: alliance, gap, task, bond and goal."""
    return {
        ALLIANCE: _lines(height=300, alarms=True),
        "gap": _gap(),
        **{scale: _lines(height=170, alarms=False) for scale in SCALES},
    }


def contents(states: Sequence[State], alarm_turns: Sequence[int], *, final: int) -> dict[str, Any]:
    """Give what the charts of a session show.

    Parameters
    ----------
    states : sequence of State
        After every turn, or after those that a page has not drawn yet.
    alarm_turns : sequence of int
        The turns at which alarms were raised, in the order of the list beside the chart, whose
        numbers their badges bear.
    final : int
        The session's last turn.

    Returns
    -------
    dict
        `rows`: per chart, its rows; `alarms`: the badges; `final`: where the width ends.
    """
    rows: dict[str, list[Row]] = {
        name: [row for state in states if (row := row_of(state, name)) is not None]
        for name in (*MEASURES, "gap")
    }
    return {"rows": rows, "alarms": _badges(alarm_turns, last=final), "final": max(final, 1)}


def row_of(state: State, name: str) -> Row | None:
    """Give one turn's row of one chart; None where the turn does not count.

    Lines begin where their intervals do: before that they swing, and two sides that swing less and
    less would look like two that draw closer.
    """
    if not state.scored:
        return None
    if name == "gap":
        return _interval(state.turn, state.role, state.gap.alliance)
    side = state.patient if state.role == "patient" else state.therapist
    row = _interval(state.turn, state.role, measured(side, name))
    own = scored(state.scores, name) if state.estimator == "contrast" else None
    if row is None and own is None:
        return None
    return {"turn": state.turn, "role": state.role, **(row or {}), "own": own}


def measured(measures: Measures, name: str) -> Estimate | None:
    """Give one of a side's estimates by its name."""
    estimates: dict[str, Estimate | None] = {
        "alliance": measures.alliance,
        "task": measures.task,
        "bond": measures.bond,
        "goal": measures.goal,
    }
    return estimates[name]


def scored(scores: Scores | None, name: str) -> float | None:
    """Give one of a turn's own scores by its name."""
    if scores is None:
        return None
    values = {
        "alliance": scores.alliance,
        "task": scores.task,
        "bond": scores.bond,
        "goal": scores.goal,
    }
    return values[name]


def _interval(turn: int, role: str, estimate: Estimate | None) -> Row | None:
    if estimate is None or estimate.low is None:
        return None
    return {
        "turn": turn,
        "role": role,
        "value": _rounded(estimate.value),
        "low": _rounded(estimate.low),
        "high": _rounded(estimate.high),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _badges(turns: Sequence[int], *, last: int) -> list[Row]:
    """Set each alarm's badge at the top over its turn, in a lower row where one is near."""
    rows_end: list[float] = []
    badges: list[Row] = []
    for number, turn in sorted(enumerate(turns, 1), key=lambda pair: pair[1]):
        at = turn / max(last, 1)
        row = next((r for r, end in enumerate(rows_end) if at - end > _BADGE_APART), len(rows_end))
        rows_end[row : row + 1] = [at]
        top = _BADGE_TOP + _BADGE_ROW * row
        badges.append({"turn": turn, "number": str(number), "top": top})
    return badges


def _x(*, title: str | None) -> alt.X:
    axis = alt.Axis(title=title, format="d", tickMinStep=1, tickCount=8)
    return alt.X("turn:Q", scale=_reaching("first", "final"), axis=axis)


def _y(field: str, *, shared: bool) -> alt.Y:
    scale = _reaching("low", "high") if shared else alt.Scale(nice=True, domain=_AROUND_ZERO)
    ticks = 5 if shared else 3
    axis = alt.Axis(title=None, minExtent=_AXIS_WIDTH, maxExtent=_AXIS_WIDTH, tickCount=ticks)
    return alt.Y(field, scale=scale, axis=axis)


def _reaching(low: str, high: str) -> alt.Scale:
    """Let an axis reach from one of the page's signals to another."""
    return alt.Scale(domainMin=alt.ExprRef(low), domainMax=alt.ExprRef(high), nice=False)


def _lines(*, height: int, alarms: bool) -> Spec:
    layers: list[alt.Chart] = [_zero(shared=True)]
    sides = {
        role: alt.Chart(alt.NamedData("rows")).transform_filter(alt.datum.role == role)
        for role in _DASH
    }
    x = _x(title="turn" if alarms else None)
    for role, side in sides.items():
        colour = f"var(--{role})"
        layers += [
            side.transform_filter("isValid(datum.low)")
            .mark_area(color=colour, opacity=0.15, clip=True)
            .encode(x=x, y=_y("low:Q", shared=True), y2="high:Q"),
            side.transform_filter("isValid(datum.own)")
            .mark_point(filled=True, shape=_SHAPE[role], size=38, color=colour, opacity=0.42)
            .encode(x=x, y=_y("own:Q", shared=True)),
        ]
    for role, side in sides.items():
        layers.append(
            side.transform_filter("isValid(datum.value)")
            .mark_line(
                color=f"var(--{role})", strokeWidth=2.5, strokeDash=_DASH[role], strokeJoin="round"
            )
            .encode(x=x, y=_y("value:Q", shared=True))
        )
    layers.append(_here(x))
    if alarms:
        layers += _alarm_layers(x)
    return _finished(layers, height=height)


def _gap() -> Spec:
    x = _x(title="turn")
    rows = alt.Chart(alt.NamedData("rows"))
    layers = [
        _zero(shared=False),
        rows.transform_filter("isValid(datum.low)")
        .mark_area(color="var(--muted)", opacity=0.22)
        .encode(x=x, y=_y("low:Q", shared=False), y2="high:Q"),
        rows.mark_line(color="var(--ink)", strokeWidth=2).encode(
            x=x, y=_y("value:Q", shared=False)
        ),
        _here(x),
    ]
    return _finished(layers, height=110)


def _zero(*, shared: bool) -> alt.Chart:
    zero: alt.Chart = (
        alt.Chart(alt.NamedData("zero"))
        .mark_rule(color="var(--axis)", strokeDash=[2, 3])
        .encode(y=_y("value:Q", shared=shared))
    )
    return zero


def _here(x: alt.X) -> alt.Chart:
    here: alt.Chart = (
        alt.Chart(alt.NamedData("here")).mark_rule(color="var(--ink)", strokeWidth=1.5).encode(x=x)
    )
    return here


def _alarm_layers(x: alt.X) -> list[alt.Chart]:
    badges = alt.Chart(alt.NamedData("alarms"))
    top = alt.Y("top:Q", scale=None, axis=None)
    return [
        badges.mark_rule(color="var(--bad)", strokeDash=[1, 3], strokeWidth=1.25).encode(x=x),
        badges.mark_point(
            filled=True,
            opacity=1,
            shape="square",
            size=270,
            fill="var(--bad)",
            stroke="var(--card)",
        ).encode(x=x, y=top),
        badges.mark_text(
            color="var(--card)", fontSize=11.5, fontWeight=700, baseline="middle", dy=0.5
        ).encode(x=x, y=top, text="number:N"),
    ]


def _finished(layers: Sequence[alt.Chart], *, height: int) -> Spec:
    signals = {"low": -1, "high": 1, "first": 0, "final": 1}
    chart = (
        alt.layer(*layers)
        .properties(width="container", height=height, background="transparent")
        .add_params(*(alt.param(name=name, value=value) for name, value in signals.items()))
    )
    ink = {"labelColor": "var(--muted)", "titleColor": "var(--muted)"}
    spec: Spec = (
        chart.resolve_scale(y="shared")
        .configure(
            font="inherit",
            aria=False,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=4,
        )
        .configure_view(stroke=None, cursor="crosshair")
        .configure_axis(
            **ink,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight=400,
            domainColor="var(--axis)",
            tickColor="var(--axis)",
            gridColor="var(--grid)",
        )
        .configure_axisX(grid=False)
        .configure_axisY(domain=False, ticks=False)
        .to_dict()
    )
    return spec
