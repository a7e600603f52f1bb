"""Sparklines: both sides' running alliance in the room of a word."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 140, 36
_EDGE = 3
_OUTSIDE = 0.03


def sparkline(
    patient: Sequence[float | None],
    therapist: Sequence[float | None],
    *,
    low: float,
    high: float,
    words: str,
) -> Markup:
    """Draw two courses over the same time.

    Parameters
    ----------
    patient, therapist : sequence of float
        Each side's course over the whole session; None before the line begins. The patient's is a
        whole line with a dot at its end; the therapist's is dashed.
    low, high : float
        What the height stands for; the same for all sessions of a list, so that they compare.
    words : str
        The same in words, for those who cannot see it.
    """
    parts = [
        f'<path class="zero" d="M0 {_y(0.0, low, high):g}H{WIDTH}"/>' if low < 0 < high else "",
        _path("therapist", therapist, low, high),
        _path("patient", patient, low, high),
    ]
    if patient and (last := patient[-1]) is not None:
        end = WIDTH - _EDGE if len(patient) > 1 else WIDTH / 2
        parts.append(f'<circle class="patient" cx="{end:g}" cy="{_y(last, low, high):g}" r="2.5"/>')
    return Markup(  # noqa: S704 (numbers, and words that are escaped)
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{Markup.escape(words)}">{"".join(parts)}</svg>'
    )


def bounds(courses: Sequence[Sequence[float | None]]) -> tuple[float, float]:
    """Give a range for all courses.

    It is not so narrow that noise looks like change, and not so wide for the sake of a few first
    turns that nothing can be seen: what lies outside touches the edge.
    """
    values = sorted(value for course in courses for value in course if value is not None)
    if not values:
        return -1.0, 1.0
    outside = int(_OUTSIDE * (len(values) - 1))
    low, high = values[outside], values[-1 - outside]
    if high - low < 1:
        middle = (low + high) / 2
        low, high = middle - 0.5, middle + 0.5
    return low, high


def _path(role: str, values: Sequence[float | None], low: float, high: float) -> str:
    places = [
        f"{_EDGE + place * (WIDTH - 2 * _EDGE) / (len(values) - 1):.1f} {_y(value, low, high):.1f}"
        for place, value in enumerate(values)
        if value is not None and len(values) > 1
    ]
    return f'<path class="{role}" d="M{"L".join(places)}"/>' if len(places) > 1 else ""


def _y(value: float, low: float, high: float) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return round(HEIGHT - _EDGE - share * (HEIGHT - 2 * _EDGE), 1)
