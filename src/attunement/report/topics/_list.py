"""The topics as a list: what each is, how much each side speaks of it, and turns close to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from attunement.report._views import Quote
from attunement.report._words import MISSING, folded, number, printable
from attunement.report.topics._shown import TopicsShown
from attunement.report.topics._views import Bar, Example, TopicRow

_SMALL = 0.1
_TINY = 0.001


def percent(share: float | None) -> str:
    """Write a share: 12%, 4.2%, under 0.1%."""
    if share is None:
        return MISSING
    if 0 < share < _TINY:
        return "under 0.1%"
    return f"{share:.1%}" if share < _SMALL else f"{share:.0%}"


def topic_rows(shown: TopicsShown) -> list[TopicRow]:
    """Set out every topic, those of most turns first."""
    most = max(
        (share for name in ("patient_share", "therapist_share") for share in shown.topics[name]),
        key=lambda share: share or 0.0,
        default=None,
    )
    examples: dict[int, list[Example]] = {}
    for found in shown.examples.iter_rows(named=True):
        examples.setdefault(found["topic"], []).append(_example(found))
    return [
        _row(topic, examples.get(topic["topic"], []), most=most or 1.0)
        for topic in shown.in_order().iter_rows(named=True)
    ]


def _row(topic: Mapping[str, Any], examples: Sequence[Example], *, most: float) -> TopicRow:
    return TopicRow(
        number=str(topic["topic"]),
        name=printable(topic["name"]),
        words=printable(topic["words"] or ""),
        patient=_bar(topic["patient_share"], role="patient", most=most),
        therapist=_bar(topic["therapist_share"], role="therapist", most=most),
        coherence=number(topic["npmi"], signed=True),
        turns=f"{topic['n_turns'] or 0:,} in {topic['n_sessions'] or 0:,}",
        examples=examples,
    )


def _bar(share: float | None, *, role: str, most: float) -> Bar:
    """Draw a share beside its figure; the longest bar of all is full."""
    width = f"{100 * (share or 0.0) / most:.1f}"
    return Bar(
        percent(share),
        Markup(  # noqa: S704 (numbers and our own names)
            '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect width="{width}" height="8" fill="var(--{role})"/></svg>'
        ),
    )


def _example(found: Mapping[str, Any]) -> Example:
    text, rest = folded(printable(found["text"] or ""))
    return Example(
        role=printable(found["role"]),
        session_id=printable(found["session_id"]),
        turn=str(found["turn"]),
        words=Quote(shown=text, rest=rest, rest_words=len(rest.split())),
    )
