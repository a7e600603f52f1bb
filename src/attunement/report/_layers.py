"""Altair's layers on a canvas of a fixed size, as one Vega-Lite specification.

Altair itself copies all layers with each property that is set, and holds every chart against the
whole schema: for the hundred charts of a page that takes longer than drawing them. So layers are
put together here; that the outcome is what Altair writes, and valid, is tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

_OF_THE_WHOLE = frozenset({"$schema", "config", "datasets"})


def layered(
    layers: Sequence[alt.Chart], *, width: float, height: float, padding: Mapping[str, float]
) -> dict[str, Any]:
    """Set layers over each other, from back to front.

    Parameters
    ----------
    layers : sequence of Chart
        Their data are named; who draws the specification adds them as its `datasets`.
    width, height : float
        Of the plot, whatever the labels.
    padding : mapping of str to float
        Room for labels: left, right, top and bottom.
    """
    return {
        **_whole(),
        "autosize": {"type": "none"},
        "width": width,
        "height": height,
        "padding": dict(padding),
        "layer": [_layer(chart) for chart in layers],
    }


def _layer(chart: alt.Chart) -> dict[str, Any]:
    written = chart.to_dict(validate=False)
    return {key: value for key, value in written.items() if key not in _OF_THE_WHOLE}


@cache
def _whole() -> dict[str, Any]:
    """Write what every chart of a page has in common, with Altair's theme."""
    empty = alt.layer(alt.Chart(alt.NamedData("none")).mark_point())
    written = empty.configure(aria=False).configure_view(stroke=None).to_dict()
    return {key: written[key] for key in ("$schema", "config")}
