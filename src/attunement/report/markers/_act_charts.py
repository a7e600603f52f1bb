"""What the therapist does as a session goes on: the share of each act, tenth by tenth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import altair as alt

from attunement.report._panel import Panel, plain_axis, template
from attunement.report._svg import Drawing, Spec, draw
from attunement.report.markers._means import Mean
from attunement.report.markers._names import Named
from attunement.statistics import BINS

_TIMES = [(place + 0.5) / BINS for place in range(BINS)]
_TIME_LABEL = "{'0': 'start', '0.5': 'half-way', '1': 'end'}[datum.value] || ''"


class ActCharts:
    """The panel and specification every act shares, so that acts compare at a glance.

    Parameters
    ----------
    courses : mapping of str to mapping of str to sequence
        Group to act to ten means; the first group gives the panel its height.
    """

    def __init__(self, courses: Mapping[str, Mapping[str, Sequence[Mean | None]]]) -> None:
        whole = next(iter(courses.values()))
        tops = [
            mean.mean if mean.high is None else mean.high
            for course in whole.values()
            for mean in course
            if mean is not None
        ]
        # Bands of few sessions run far out; what lies beyond is drawn at the edge.
        high = min(1.0, ceil(10 * max(tops, default=1.0)) / 10)
        self._panel = Panel(width=226, height=128, low=0.0, high=high, left=38, right=10, top=8)
        self._spec = _spec(self._panel)

    def draw(self, course: Sequence[Mean | None]) -> Drawing:
        """Draw one act's course: a line and its band."""
        known = [(time, mean) for time, mean in zip(_TIMES, course, strict=True) if mean]
        data: dict[str, list[dict[str, Any]]] = {
            "line": [{"time": time, "value": self._panel.clamp(mean.mean)} for time, mean in known],
            "band": [
                {
                    "time": time,
                    "value": self._panel.clamp(mean.low),
                    "high": self._panel.clamp(mean.high),
                }
                for time, mean in known
                if mean.low is not None and mean.high is not None
            ],
        }
        return draw({**self._spec, "datasets": data})


def described(course: Sequence[Mean | None], named: Named) -> str:
    """Say a course in words."""
    values = [mean.mean for mean in course if mean is not None]
    if not values:
        return f"{named.label}: no turn."
    first, last, low, high = (
        f"{value:.0%}" for value in (values[0], values[-1], min(values), max(values))
    )
    return (
        f"{named.label}: {first} of the therapist’s turns in the first tenth, {last} in the last; "
        f"between {low} and {high}."
    )


def _spec(panel: Panel) -> Spec:
    times = plain_axis([0, 0.5, 1], label=_TIME_LABEL, flush=True)
    step = 0.1 if panel.high <= 0.4 else 0.2 if panel.high <= 0.8 else 0.5
    shares = plain_axis(
        [step * place for place in range(int(panel.high / step + 1e-9) + 1)],
        label="format(datum.value, '.0%')",
    )
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, 1]), axis=times)
    scale = alt.Scale(domain=[panel.low, panel.high], nice=False, zero=False)
    y = alt.Y("value:Q", scale=scale, axis=shares)
    ink = "var(--therapist)"
    band = alt.Chart(alt.NamedData("band")).mark_area(color=ink, fillOpacity=0.17)
    line = alt.Chart(alt.NamedData("line")).mark_line(
        color=ink, strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=18, color=ink)
    )
    return template(panel, [band.encode(x=x, y=y, y2=alt.Y2("high:Q")), line.encode(x=x, y=y)], {})
