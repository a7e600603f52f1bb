"""Layers put together by us are what Altair writes."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest
import vl_convert

from attunement.report._layers import layered

PADDING = {"left": 10, "right": 6, "top": 2, "bottom": 22}
DATA = {"rows": [{"at": 4, "value": 0.5, "to": 1.5}], "zero": [{"value": 0}]}


def layers(number: int) -> list[alt.Chart]:
    x = alt.X("value:Q", scale=alt.Scale(domain=[-1, 2], nice=False), axis=alt.Axis(title="Gap"))
    y = alt.Y("at:Q", scale=alt.Scale(domain=[20, 0]), axis=None)
    rule = alt.Chart(alt.NamedData("rows")).mark_rule(color="var(--ink)", strokeWidth=2)
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color="var(--axis)")
    text = alt.Chart(alt.NamedData("rows")).mark_text(align="left", x=-8, limit=40)
    made = [
        rule.encode(x=x, x2="to:Q", y=y),
        zero.encode(x=x),
        text.encode(y=y, text="value:N"),
    ]
    return made[:number]


def by_altair(number: int) -> dict[str, Any]:
    spec: dict[str, Any] = (
        alt.layer(*layers(number))
        .properties(
            width=120,
            height=20,
            autosize=alt.AutoSizeParams(type="none"),
            padding=PADDING,
        )
        .configure(aria=False)
        .configure_view(stroke=None)
        .to_dict()
    )
    return spec


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_specification_is_the_one_altair_writes(number: int) -> None:
    found, expected = (
        layered(layers(number), width=120, height=20, padding=PADDING),
        by_altair(number),
    )
    if "data" in expected:
        # Data that all layers share Altair names once, for the whole.
        expected["layer"] = [{**one, "data": expected["data"]} for one in expected["layer"]]
        del expected["data"]
    assert found == expected
    drawn = vl_convert.vegalite_to_svg({**found, "datasets": DATA})
    assert drawn == vl_convert.vegalite_to_svg({**by_altair(number), "datasets": DATA})
    assert drawn.count("<line") >= 1
