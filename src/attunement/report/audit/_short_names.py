"""Long names of models, such as folders have, made short enough to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import polars as pl

from attunement.report.audit import _bounds
from attunement.report.audit._shown import AuditShown

_OF_MODELS = ("model", "reference", "condition")
_TAIL = 8


def short_names(models: Sequence[str]) -> dict[str, str]:
    """Give each model a name of its own that is not long: what is long keeps both its ends.

    Returns
    -------
    dict of str to str
        The models whose names are long, and their short names.
    """
    taken = {model for model in models if len(model) <= _bounds.NAME}
    short: dict[str, str] = {}
    for model in models:
        if model in taken or model in short:
            continue
        head = model[: _bounds.NAME - _TAIL - 1].rstrip("_-. ")
        name = f"{head}…{model[-_TAIL:]}"
        n = 2
        while name in taken:
            name, n = f"{head}…{n}…{model[-_TAIL:]}", n + 1
        taken.add(name)
        short[model] = name
    return short


def with_names(shown: AuditShown, names: Mapping[str, str]) -> AuditShown:
    """Call models by other names in every table."""
    if not names:
        return shown
    renamed: dict[str, pl.DataFrame] = {}
    for held in fields(shown):
        table = getattr(shown, held.name)
        if isinstance(table, pl.DataFrame):
            columns = [name for name in _OF_MODELS if name in table.columns]
            renamed[held.name] = table.with_columns(pl.col(columns).replace(names))
    models = tuple(names.get(model, model) for model in shown.models)
    return replace(shown, models=models, **renamed)  # type: ignore[arg-type]
