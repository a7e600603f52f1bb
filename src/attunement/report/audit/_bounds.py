"""How much of a large audit stands on its page, and how the rest is named."""

from __future__ import annotations

from attunement.report._words import count
from attunement.tables import Table

MODELS = 6
"""So many models have columns and courses of their own."""

DRAWN = 12
"""So many models are drawn side by side."""

PAIRS = 3
"""So many pairs of models have a column."""

FINDINGS = 10
EXAMPLES = 3
"""Of each kind."""

MOMENTS = 4
"""Of each way satisfaction and clarity part."""

NAME = 26
"""A longer name of a model is shortened, and stands in full once."""

RISK_CHATS = 60
"""So many chats with words about not wanting to live are listed with what was said."""

REASONS = 6
DOTS = 600
"""So many chats a panel."""


def rest(n: int, *, one: str, many: str, table: Table) -> str:
    """Say how many are not on the page and where they stand; empty where all are."""
    if n <= 0:
        return ""
    verb = "is" if n == 1 else "are"
    return f"{count(n, one, many)} {verb} not shown here; all stand in {table.name}.csv."


def per_model(table: Table) -> str:
    """Say where the same stands model by model."""
    return f"Over all chats; model by model in {table.name}.csv."
