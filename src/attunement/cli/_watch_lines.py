"""A state as a line that can be read at a glance while a session goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from attunement.live import Alarm, Estimate, State

_SIDES = {"patient": "cyan", "therapist": "magenta", "other": "dim"}
_ARROWS = {"rising": "↗ rising", "steady": "→ steady", "falling": "↘ falling"}
_NONE = "  ·  "


def heading(*, unit: str, fitted: bool) -> str:
    """Say what the columns are."""
    estimates = (
        f"The ratings expected at the end, in {unit}, with the model's intervals"
        if fitted
        else f"The alliance so far, in {unit}, with 95% intervals"
    )
    difference = "gap" if fitted else "role difference"
    return (
        f"{estimates}; {difference}: therapist less patient. A supervision and research aid: not a "
        "diagnosis, not a risk assessment."
    )


def state_lines(state: State) -> Text:
    """Give a turn's line, and beneath it a line for each alarm it raised."""
    difference = "gap" if state.on_common_scale else "difference"
    line = Text(f"{state.turn:>4}  ")
    line.append(f"{state.role:<9}", style=_SIDES[state.role])
    if not state.scored:
        line.append("  not scored", style="dim")
    else:
        line.append("  patient ")
        line.append(_shown(state.patient.alliance), style=_SIDES["patient"])
        line.append("  therapist ")
        line.append(_shown(state.therapist.alliance), style=_SIDES["therapist"])
        line.append(f"  {difference} {_shown(state.gap.alliance)}")
        if state.trend is not None:
            line.append(f"  patient {_ARROWS[state.trend.direction]}")
    for alarm in state.alarms:
        line.append("\n")
        line.append_text(_alarm(alarm))
    return line


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return _NONE
    value = f"{estimate.value:+.2f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def _alarm(alarm: Alarm) -> Text:
    line = Text("      ")
    line.append(f"alarm: {alarm.kind}", style="bold yellow")
    line.append(f". {alarm.message}")
    if alarm.words:
        line.append(f" Words: {', '.join(f'“{words}”' for words in alarm.words)}")
    return line
