"""What the templates of this room call things."""

from __future__ import annotations

from attunement.live import Estimate
from attunement.web.dashboard._marked import marked
from attunement.web.dashboard._words import (
    ALARM_MEANINGS,
    ALARM_NAMES,
    MISSING,
    SCALE_MEANINGS,
    SCALE_NAMES,
    interval,
    number,
    similarity,
)
from attunement.web.pages import add_vocabulary

_GLYPHS = {
    "falling": "↘",
    "widening": "↔",
    "withdrawal": "◁",
    "confrontation": "!",
    "low": "▁",
}


def tell() -> None:
    """Let the templates use the words of this room."""
    add_vocabulary(
        filters={
            "number": number,
            "interval": interval,
            "similarity": similarity,
            "marked": marked,
            "estimate": _estimate,
        },
        names={
            "alarm_names": ALARM_NAMES,
            "alarm_meanings": ALARM_MEANINGS,
            "alarm_glyphs": _GLYPHS,
            "scale_names": SCALE_NAMES,
            "scale_meanings": SCALE_MEANINGS,
        },
    )


def _estimate(estimate: Estimate | None, signed: bool) -> str:
    return MISSING if estimate is None else number(estimate.value, signed=signed)
