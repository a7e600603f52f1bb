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
class Case:
    """A model a finding holds for: the figure, and a place to read."""

    model: str
    evidence: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as the page shows it; `section` is where more of its figure stands."""

    finding: str
    change: str
    section: str
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, and where the rest stands."""

    listed: Sequence[Finding]
    rest: str


def findings(shown: AuditShown, said: Said) -> Findings:
    """List the weightiest findings: what holds for several models is said once."""
    ordered = shown.findings.sort("rank", maintain_order=True)
    rows = ordered.head(_bounds.FINDINGS).to_dicts()
    same: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        key = (row["finding"] or "", row["change"] or "", row["figure"] or "")
        same.setdefault(key, []).append(row)
    listed = [
        Finding(
            finding=printable(finding),
            change=printable(change),
            section=_SECTIONS.get(figure, "models"),
            cases=[_case(row, shown, said) for row in found],
        )
        for (finding, change, figure), found in same.items()
    ]
    left = ordered.height - len(rows)
    rest = _bounds.rest(left, one="finding", many="findings", table=AUDIT_FINDINGS)
    return Findings(listed, rest)


def _case(row: Row, shown: AuditShown, said: Said) -> Case:
    return Case(
        model=printable(row["model"] or ""),
        evidence=printable(row["evidence"] or ""),
        place=_place(row, shown, said),
    )


def _place(row: Row, shown: AuditShown, said: Said) -> Place | None:
    """Find a finding's place: two turns, a whole chat, or none."""
    session, turn = row["session_id"], row["turn"]
    if session is None:
        return None
    spoken = said.around(session, turn)
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
        turns=f"{'turn' if len(spoken) == 1 else 'turns'} {numbers}" if spoken else "",
        quotes=[one.quote(*marks[one.role]) for one in spoken],
    )
