"""What the figures are called on the page."""

from __future__ import annotations

from collections.abc import Mapping

from attunement.report._words import number, printable
from attunement.validity import EstimatorValidity, Interval

SESSION_FIGURES: Mapping[str, tuple[str, str]] = {
    "session": ("As they are", ""),
    "session_length_out": (
        "Length out",
        "words and number of turns partialled out: that side’s, or both for an estimate",
    ),
    "session_position_out": (
        "Position out",
        "less the corpus’s mean at that tenth; nearly the same by construction",
    ),
    "session_sentiment_out": (
        "Sentiment out",
        "how good or bad the words are (VADER) partialled out: that side’s, or both sides’",
    ),
    "session_without_closing": ("Without the closing", "ended before the patient’s last turns"),
    "within_patient": ("Within patients", "each session against the patient’s own mean"),
    "between_patients": ("Between patients", "patients’ means"),
}
"""The figures of whole sessions: a name, and what it means."""

TURN_FIGURES: Mapping[str, tuple[str, str]] = {
    "raw": ("As they are", ""),
    "length_out": ("Length out", "the turn’s words partialled out"),
    "position_out": ("Position out", "the turn’s place in the session partialled out"),
    "both_out": ("Both out", "words and place partialled out"),
    "sentiment_out": ("Sentiment out", "how good or bad the turn’s words are partialled out"),
    "words_alone": ("Words alone", "in the score’s place"),
    "position_alone": ("Position alone", "in the score’s place"),
}
"""The figures within sessions."""

_BASELINES = {
    "words_spoken": "Words spoken",
    "number_of_turns": "Number of turns",
    "length_alone": "Length alone, fitted",
    "sentiment": "Sentiment (VADER)",
    "compass": "compass (published)",
}


def session_figures(one: EstimatorValidity) -> Mapping[str, tuple[str, str]]:
    """Give the figures of whole sessions that an estimator has."""
    return {name: said for name, said in SESSION_FIGURES.items() if getattr(one, name)}


def turn_figures(one: EstimatorValidity) -> Mapping[str, tuple[str, str]]:
    """Give the figures within sessions that an estimator has."""
    return {name: said for name, said in TURN_FIGURES.items() if getattr(one.turn, name)}


def baseline_name(name: str) -> str:
    """Name a baseline."""
    return _BASELINES.get(name, printable(name))


def scale_name(scale: str) -> str:
    """Name a rated scale where there is little room."""
    return "Whole" if scale == "alliance" else printable(scale[:1].upper() + scale[1:])


def coefficient(value: float | None) -> str:
    """Write a correlation or a share as .48."""
    written = number(value)
    return written.replace("0.", ".", 1) if written.startswith(("0.", "−0.")) else written


def between(low: float | None, high: float | None) -> str:
    """Write an interval as [.42, .54]; empty where there is none."""
    if low is None or high is None:
        return ""
    return f"[{coefficient(low)}, {coefficient(high)}]"


def signed(value: float | None) -> str:
    """Write a difference as +.08."""
    written = coefficient(value)
    return f"+{written}" if value is not None and round(value, 2) > 0 else written


def signed_figure(found: Interval) -> str:
    """Write a difference and its interval: +.08 [+.01, +.15]."""
    if found.low is None or found.high is None:
        return signed(found.value)
    return f"{signed(found.value)} [{signed(found.low)}, {signed(found.high)}]"
