"""Chats as an audit measures them, invented: one row a chat, with the values a test needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from attunement.tables import AUDIT_SESSIONS

COLUMNS = {**AUDIT_SESSIONS.columns, "patient_id": pl.String()}


def chats(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """AUDIT_SESSIONS with `patient_id`; what a row leaves out is null, and it is scored."""
    filled = [
        {"session_id": f"c{at}", "scored": True, "pair": row.get("patient_id")} | dict(row)
        for at, row in enumerate(rows)
    ]
    return pl.DataFrame(
        [{name: row.get(name) for name in COLUMNS} for row in filled], schema=COLUMNS
    )
