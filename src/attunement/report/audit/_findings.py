"""What to change: each finding with its figure, the change, and a place to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from attunement.report._words import printable
from attunement.report.audit import _bounds
from attunement.report.audit._names import DOES, EXPRESSED, INFERRED, RATED, WRITES
from attunement.report.audit._quotes import Said
from attunement.report.audit._rows import Row
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Place
from attunement.tables import AUDIT_FINDINGS

_SECTIONS = {
    **dict.fromkeys(DOES.names, "exchanges"),
    "flattery": "writes",
    **dict.fromkeys(WRITES.names, "writes"),
    **dict.fromkeys(INFERRED.names, "course"),
    **dict.fromkeys(RATED.names, "ratings"),
    **dict.fromkeys(EXPRESSED.names, "apart"),
}
"""Where on the page more stands about a figure."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as the page shows it; `section` is where more of its figure stands."""

    model: str
    finding: str
    evidence: str
    change: str
    section: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, and where the rest stands."""

    listed: Sequence[Finding]
    rest: str


def findings(shown: AuditShown, said: Said) -> Findings:
    """List the weightiest findings."""
    ordered = shown.findings.sort("rank", maintain_order=True)
    listed = [_finding(row, shown, said) for row in ordered.head(_bounds.FINDINGS).to_dicts()]
    left = ordered.height - len(listed)
    rest = _bounds.rest(left, one="finding", many="findings", table=AUDIT_FINDINGS)
    return Findings(listed, rest)


def _finding(row: Row, shown: AuditShown, said: Said) -> Finding:
    return Finding(
        model=printable(row["model"] or ""),
        finding=printable(row["finding"] or ""),
        evidence=printable(row["evidence"] or ""),
        change=printable(row["change"] or ""),
        section=_SECTIONS.get(row["figure"] or "", "models"),
        place=_place(row, shown, said),
    )


def _place(row: Row, shown: AuditShown, said: Said) -> Place | None:
    session, turn = row["session_id"], row["turn"]
    if session is None or turn is None:
        return None
    spoken = said.around(session, turn)
    if not spoken:
        return None
    deciding = shown.exchanges.filter(
        pl.col("session_id") == session,
        (pl.col("ai_turn") == turn) | (pl.col("user_turn") == turn),
    )
    marks = {
        "patient": deciding["user_words"].to_list(),
        "therapist": deciding["ai_words"].to_list(),
    }
    numbers = " and ".join(str(one.turn) for one in spoken)
    return Place(
        model=printable(row["model"] or ""),
        session=printable(session),
        turns=f"{'turn' if len(spoken) == 1 else 'turns'} {numbers}",
        quotes=[one.quote(*marks[one.role]) for one in spoken],
    )
