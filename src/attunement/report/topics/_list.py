"""The topics as a list: what each is, how much each side speaks of it, and turns close to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from attunement.report._views import Quote
from attunement.report._words import MISSING, folded, number, printable
from attunement.report.topics._shown import TopicsShown
from attunement.report.topics._views import Bar, Example, TopicRow
from attunement.tables import ROLES

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
    proper = shown.proper()
    shares = [share or 0.0 for role in ROLES for share in proper[f"{role}_share"]]
    named = set(proper["topic"])
    examples: dict[int, list[Example]] = {}
    for found in shown.examples.iter_rows(named=True):
        examples.setdefault(found["topic"], []).append(_example(found))
    return [
        _row(
            topic,
            examples.get(topic["topic"], []),
            # What is of no topic can be far the most: its bar would shorten all others.
            most=max(shares, default=0.0) if topic["topic"] in named else None,
        )
        for topic in shown.in_order().iter_rows(named=True)
    ]


def _row(topic: Mapping[str, Any], examples: Sequence[Example], *, most: float | None) -> TopicRow:
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


def _bar(share: float | None, *, role: str, most: float | None) -> Bar:
    """Draw a share beside its figure; the longest bar of all is full."""
    if not share or not most:
        return Bar(percent(share), Markup())
    width = f"{100 * share / most:.1f}"
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
