"""A figure with its interval, ready to be set in a table."""

from __future__ import annotations

from attunement.report._words import MISSING, count, number, printable
from attunement.report.gap._cells import interval
from attunement.report.gap._views import EffectCell
from attunement.report.validity._names import between, coefficient, signed_figure
from attunement.validity import Agreement, Difference, Interval, TurnAgreement

_NOTHING = EffectCell(MISSING)


def agreement_cell(found: Agreement | None) -> EffectCell:
    """Set Spearman's correlation; the sessions below it."""
    if found is None:
        return _NOTHING
    return share_cell(found.spearman, below=f"n {found.n:,}", reason=found.reason)


def turn_cell(found: TurnAgreement | None) -> EffectCell:
    """Set Pearson's correlation within sessions; the turns below it."""
    if found is None:
        return _NOTHING
    below = f"{count(found.n, 'turn', 'turns')}, {count(found.sessions, 'session', 'sessions')}"
    return share_cell(found.pearson, below=below, reason=found.reason)


def difference_cell(found: Difference | None) -> EffectCell:
    """Set by how much an estimator agrees better than a baseline."""
    if found is None or found.difference.value is None:
        return _NOTHING
    less = found.difference
    figure, _, bounds = signed_figure(less).partition(" ")
    return EffectCell(estimate=figure, interval=bounds, beyond_chance=_excludes_zero(less))


def share_cell(found: Interval, *, below: str = "", reason: str | None = None) -> EffectCell:
    """Set a correlation, a share or an AUC."""
    return EffectCell(
        estimate=coefficient(found.value),
        interval=between(found.low, found.high),
        beside=below if found.value is not None else "",
        reason=printable(reason or ""),
    )


def number_cell(found: Interval, *, reason: str | None = None) -> EffectCell:
    """Set a figure on the questionnaire's scale."""
    return EffectCell(
        estimate=number(found.value),
        interval=interval(found.low, found.high, signed=False),
        reason=printable(reason or ""),
    )


def _excludes_zero(found: Interval) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
