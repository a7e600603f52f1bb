"""Satisfaction against clarity: a dot a chat, and the moments where the two part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import polars as pl

from attunement.report._layers import layered
from attunement.report._panel import LABEL_SIZE, ticks
from attunement.report._svg import Drawing, draw, figure
from attunement.report._words import count, number, printable
from attunement.report.audit import _bounds
from attunement.report.audit._quotes import Said, line
from attunement.report.audit._rows import Row
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Example, Examples, Place, Plot
from attunement.tables import AUDIT_SESSIONS

_LEFT, _RIGHT, _TOP, _BOTTOM, _SIDE = 44, 10, 8, 38, 214
_LEAST_WORDS = 8
"""Shorter turns ("Thanks!") say little of either."""

_LOOKED_AT = 20
"""So many turns are looked at for some that are not all in the same words."""

_FEWEST = 2
_ZERO = 1e-9
_BOTH = ("satisfaction", "clarity")


@dataclass(frozen=True, slots=True)
class Ends:
    """What both axes of every panel span."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Place a value along an axis, in user units."""
        return _SIDE * (value - self.low) / (self.high - self.low)


def plots(shown: AuditShown) -> list[Plot]:
    """Draw a panel a model, a dot a chat, all with the same axes."""
    chats = shown.sessions.drop_nulls(_BOTH).filter(*(pl.col(name).is_finite() for name in _BOTH))
    if chats.height < _FEWEST:
        return []
    values = pl.concat([chats[name] for name in _BOTH])
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    margin = 0.06 * (high - low) or 0.5
    ends = Ends(low - margin, high + margin)
    means = [float(chats[name].mean()) for name in _BOTH]  # type: ignore[arg-type]
    spec = _spec()
    found = []
    for place, model in enumerate(shown.models[: _bounds.MODELS]):
        here = chats.filter(pl.col("model") == model)
        if here.is_empty():
            continue
        drawn = here.gather_every(-(-here.height // _bounds.DOTS))
        chart = figure(
            _drawn(drawn, ends, offset=means[1] - means[0], spec=spec),
            key=f"apart-{place}",
            title=f"Satisfaction against clarity, {printable(model)}",
            description=_described(here),
        )
        remark = count(here.height, "chat", "chats")
        if drawn.height < here.height:
            remark += f", {drawn.height:,} of them drawn; all stand in {AUDIT_SESSIONS.name}.csv"
        found.append(Plot(printable(model), remark, chart))
    return found


def moments(shown: AuditShown, said: Said) -> list[Examples]:
    """Choose user turns, one a chat: most pleased of the less clear half, and the other way."""
    turns = shown.users.filter(
        pl.col("words") >= _LEAST_WORDS, *(pl.col(name).is_finite() for name in _BOTH)
    )
    if turns.is_empty():
        return []
    found = []
    for title, high, low in (
        ("Pleased, and no clearer", "satisfaction", "clarity"),
        ("Clearer, and not pleased", "clarity", "satisfaction"),
    ):
        chosen = (
            turns.filter(pl.col(low) <= pl.col(low).median())
            .sort(high, descending=True, maintain_order=True)
            .unique("session_id", keep="first", maintain_order=True)
            .head(_LOOKED_AT)
        )
        each: dict[str, Example] = {}
        for row in chosen.to_dicts():
            moment = _moment(row, said)
            each.setdefault(moment.said, moment)
        examples = list(each.values())[: _bounds.MOMENTS]
        found.append(Examples(title, examples))
    return found


def _moment(row: Row, said: Said) -> Example:
    session, turn = row["session_id"], row["turn"]
    before, user = said.before(session, turn, "therapist"), said.at(session, turn)
    return Example(
        said=line(user.text) if user else "",
        remark=f"satisfaction {number(row['satisfaction'], signed=True)}, "
        f"clarity {number(row['clarity'], signed=True)};",
        place=Place(
            model=printable(row["model"] or ""),
            session=printable(session),
            turns=f"turn {turn}",
            quotes=[one.quote() for one in (before, user) if one is not None],
        ),
    )


def _described(chats: pl.DataFrame) -> str:
    middle = [number(chats[name].mean(), signed=True) for name in _BOTH]  # type: ignore[arg-type]
    return (
        f"{count(chats.height, 'chat', 'chats')}: satisfaction across, mean {middle[0]}, against "
        f"clarity upwards, mean {middle[1]}."
    )


def _drawn(chats: pl.DataFrame, ends: Ends, *, offset: float, spec: dict[str, Any]) -> Drawing:
    """Draw one panel; right of and below the line a chat is more pleased than clearer.

    The line has a slope of 1 and goes through the mean of all chats: a constant difference of the
    two axes means nothing.
    """
    dots: list[dict[str, Any]] = []
    for x, y in chats.select(_BOTH).rows():
        # One path of zero-length strokes: a tenth of the size of one path each.
        dots.append({"x": ends.at(x), "y": ends.at(y), "order": len(dots)})
        dots.append({"x": ends.at(x), "y": None, "order": len(dots)})
    marked = [(ends.at(value), _tick(value)) for value in ticks(ends.low, ends.high, most=5)]
    low, high = max(ends.low, ends.low - offset), min(ends.high, ends.high - offset)
    data = {
        "dots": dots,
        "across": [{"x": at} for at, _ in marked],
        "up": [{"y": at} for at, _ in marked],
        "labels_x": [{"x": at, "y": -13, "label": label} for at, label in marked],
        "labels_y": [{"x": -7, "y": at, "label": label} for at, label in marked],
        "titles": [{"x": _SIDE / 2, "y": -31, "label": "satisfaction in the user’s words"}],
        "upright": [{"x": -37, "y": _SIDE / 2, "label": "clarity"}],
        "line": [{"x": ends.at(at), "y": ends.at(at + offset)} for at in (low, high)],
    }
    return draw({**spec, "datasets": data})


def _tick(value: float) -> str:
    sign = "−" if value < 0 else "+"
    return "0" if abs(value) < _ZERO else f"{sign}{abs(value):.3g}"


def _spec() -> dict[str, Any]:
    scale = alt.Scale(domain=[0, _SIDE], nice=False, zero=False)
    x, y = alt.X("x:Q", scale=scale, axis=None), alt.Y("y:Q", scale=scale, axis=None)

    def text(data: str, align: Literal["center", "right"], angle: float = 0) -> alt.Chart:
        chart = alt.Chart(alt.NamedData(data)).mark_text(
            color="var(--muted)", align=align, baseline="middle", fontSize=LABEL_SIZE, angle=angle
        )
        marked: alt.Chart = chart.encode(x=x, y=y, text=alt.Text("label:N"))
        return marked

    def grid(data: str) -> alt.Chart:
        rules: alt.Chart = alt.Chart(alt.NamedData(data)).mark_rule(color="var(--grid)")
        return rules

    layers: list[alt.Chart] = [
        grid("across").encode(x=x),
        grid("up").encode(y=y),
        alt.Chart(alt.NamedData("line"))
        .mark_line(color="var(--axis)", strokeWidth=1.2, strokeDash=[4, 3])
        .encode(x=x, y=y),
        alt.Chart(alt.NamedData("dots"))
        .mark_line(color="var(--patient)", strokeWidth=6, strokeCap="round", opacity=0.6)
        .encode(x=x, y=y, order=alt.Order("order:Q")),
        text("labels_x", "center"),
        text("labels_y", "right"),
        text("titles", "center"),
        text("upright", "center", angle=270),
    ]
    return layered(
        layers,
        width=_SIDE,
        height=_SIDE,
        padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
