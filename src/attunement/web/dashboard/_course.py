"""A patient's course: where each session ended, side by side, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from attunement.live import Estimate
from attunement.web.dashboard._words import number

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 30
_ASIDE = 5
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a session ended: each side's running alliance after its last turn."""

    label: str
    patient: Estimate | None
    therapist: Estimate | None


def course(endings: Sequence[Ending], *, signed: bool) -> Markup | None:
    """Draw the endings of sessions heard alike, with their intervals; None below two that have any.

    Parameters
    ----------
    endings : sequence of Ending
        In one unit.
    signed : bool
        Whether 0 means something in it.
    """
    heard = [one for one in endings if one.patient is not None]
    if len(heard) < 2:
        return None
    values = [
        value
        for one in heard
        for side in (one.patient, one.therapist)
        if side is not None
        for value in (side.value, side.low, side.high)
        if value is not None
    ]
    reach = (-0.5, 0.5) if signed else ()
    frame = _Frame(low=min(*values, *reach), high=max(*values, *reach), n=len(heard))
    shown = "; ".join(
        f"{place}: {number(one.patient.value, signed=signed)}"
        for place, one in enumerate(heard, 1)
        if one.patient is not None
    )
    words = f"Inferred-patient at the end of each session, in order: {shown}."
    parts = [
        _axis(frame, heard),
        _side("therapist", [one.therapist for one in heard], frame),
        _side("patient", [one.patient for one in heard], frame),
    ]
    return Markup(  # noqa: S704 (numbers, and words that are escaped)
        f'<svg class="course" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    low: float
    high: float
    n: int

    def x(self, place: int) -> float:
        room = _WIDTH - _LEFT - _RIGHT
        return round(_LEFT + (place + 0.5) / self.n * room, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _axis(frame: _Frame, heard: Sequence[Ending]) -> str:
    zero = [0.0] if frame.low < 0 < frame.high else []
    lines = "".join(
        f'<path class="zero" d="M{_LEFT} {frame.y(at)}H{_WIDTH - _RIGHT}"/>' for at in zero
    )
    marks = "".join(
        f'<text class="tick" x="{_LEFT - 6}" y="{frame.y(value) + 4:.1f}" text-anchor="end">'
        f"{number(value, places=1)}</text>"
        for value in (frame.low, *zero, frame.high)
    )
    every = -(-len(heard) // _MOST_LABELS)
    names = "".join(
        f'<text class="tick" x="{frame.x(place)}" y="{_HEIGHT - 8}" text-anchor="middle">'
        f"{escape(_short(one.label))}</text>"
        for place, one in enumerate(heard)
        if place % every == 0
    )
    return lines + marks + names


def _side(role: str, estimates: Sequence[Estimate | None], frame: _Frame) -> str:
    aside = -_ASIDE if role == "patient" else _ASIDE
    parts, places = [], []
    for place, estimate in enumerate(estimates):
        if estimate is None:
            continue
        x, y = frame.x(place) + aside, frame.y(estimate.value)
        places.append(f"{x:.1f} {y}")
        if estimate.low is not None and estimate.high is not None:
            low, high = frame.y(estimate.low), frame.y(estimate.high)
            parts.append(f'<path class="bar {role}" d="M{x:.1f} {low}V{high}"/>')
        parts.append(_dot(role, x, y))
    line = f'<path class="line {role}" d="M{"L".join(places)}"/>' if len(places) > 1 else ""
    return line + "".join(parts)


def _dot(role: str, x: float, y: float) -> str:
    if role == "patient":
        return f'<circle class="dot patient" cx="{x:.1f}" cy="{y}" r="4.5"/>'
    return f'<path class="dot therapist" d="M{x:.1f} {y - 5.5:.1f}l5.5 5.5-5.5 5.5-5.5-5.5z"/>'


def _short(label: str) -> str:
    return label if len(label) <= 10 else f"{label[:9]}…"
