"""How many sessions, patients, therapists and turns a gap rests on."""

from __future__ import annotations

from attunement.report._words import count
from attunement.report.gap._rows import EffectRows, Row

_NAMES = (
    ("n_sessions", "session", "sessions"),
    ("n_patients", "patient", "patients"),
    ("n_therapists", "therapist", "therapists"),
)


def counted(row: Row) -> list[str]:
    """Say how many of each an effect rests on, as far as it is known."""
    return [count(row[name], one, many) for name, one, many in _NAMES if row[name] is not None]


def remark(rows: EffectRows) -> str:
    """Say how many sessions a group has, and whether they are few: 24 sessions, 12 patients.

    The scale with the most sessions speaks for all.
    """
    if not rows.rows:
        return ""
    most = max(rows.rows, key=lambda row: row["n_sessions"] or 0)
    said = counted(most)[:2]
    return ", ".join([*said, "small"] if most["small"] else said)
