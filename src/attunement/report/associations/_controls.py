"""What is beyond chance, under each control: in words, with the figures under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from attunement.report._words import number, printable
from attunement.report.associations._features import Features, side
from attunement.report.associations._rows import tested
from attunement.report.gap._cells import interval, outcome_verdict, p_value
from attunement.report.gap._rows import ALPHA, Row, contrast_name, group_name
from attunement.report.gap._views import ControlCell

MOST_ROWS = 60
"""A grid holds so many associations, those least likely by chance."""

_KEY = ("role", "feature", "group", "reference")


@dataclass(frozen=True, slots=True)
class GridRow:
    """One association under every control."""

    label: str
    group: str
    own: str
    cells: Sequence[ControlCell]


@dataclass(frozen=True, slots=True)
class Grid:
    """Associations in rows, controls in columns; how many more there are is in the caption."""

    key: str
    caption: str
    headings: Sequence[str]
    rows: Sequence[GridRow]
    meanings: Sequence[tuple[str, str]]
    """What was done under each control that was run."""


def control_grid(
    rows: pl.DataFrame, controls: pl.DataFrame, features: Features, *, decimals: int, key: str
) -> Grid | None:
    """Set out the controls of whatever is beyond chance; None where nothing is.

    Parameters
    ----------
    rows, controls : DataFrame
        Associations of one question and their controls.
    features : Features
        What they are called.
    decimals : int
        Of the estimates.
    key : str
        Unique in the page.
    """
    beyond = (
        tested(rows).filter(pl.col("p_fdr") < ALPHA).sort("p_fdr", "p_val", maintain_order=True)
    )
    kept = beyond.head(MOST_ROWS)
    found = controls.join(kept.select(_KEY), on=_KEY, how="semi", nulls_equal=True)
    if found.is_empty():
        return None
    names = found["control"].unique(maintain_order=True).to_list()
    by_key: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in found.to_dicts():
        by_key.setdefault(_key(row), {})[row["control"]] = row
    caption = "Each association beyond chance under each control"
    if left := beyond.height - kept.height:
        caption += f"; {left:,} more stand in the tables"
    return Grid(
        key=key,
        caption=caption,
        headings=[printable(name).capitalize() for name in names],
        rows=[
            _row(row, by_key.get(_key(row), {}), names, features, decimals=decimals)
            for row in kept.to_dicts()
        ],
        meanings=_meanings(found),
    )


def _meanings(found: pl.DataFrame) -> list[tuple[str, str]]:
    run = found.filter(pl.col("outcome").is_in(["survives", "fails"])).drop_nulls("detail")
    said = run.select("control", "detail").unique("control", keep="first", maintain_order=True)
    return [
        (printable(control).capitalize(), printable(detail)) for control, detail in said.iter_rows()
    ]


def left_out(controls: pl.DataFrame) -> list[str]:
    """Say why controls were not run or do not apply, each reason once."""
    found = controls.filter(pl.col("outcome").is_in(["not run", "not applicable"]))
    said = found.select("control", "outcome", "detail").unique(maintain_order=True)
    return [
        printable(f"{control.capitalize()}, {outcome}: {detail}.")
        for control, outcome, detail in said.iter_rows()
        if detail
    ]


def _row(
    row: Row,
    found: Mapping[str, Row],
    names: Sequence[str],
    features: Features,
    *,
    decimals: int,
) -> GridRow:
    group = group_name(row["group"])
    if row["reference"] is not None:
        group = contrast_name(row["group"], row["reference"])
    own = (
        number(row["estimate"], signed=True, places=decimals),
        interval(row["ci_low"], row["ci_high"], places=decimals),
    )
    return GridRow(
        label=f"{features.label(row['feature'])} ({side(row['role'])})",
        group=group,
        own=" ".join(filter(None, own)),
        cells=[_cell(found.get(name), decimals=decimals) for name in names],
    )


def _cell(row: Row | None, *, decimals: int) -> ControlCell:
    if row is None:
        return ControlCell(outcome_verdict("not applicable"), "", "")
    figures = []
    if row["estimate"] is not None:
        figures.append(number(row["estimate"], signed=True, places=decimals))
        figures.append(interval(row["ci_low"], row["ci_high"], places=decimals))
    asked = row["outcome"] in ("survives", "fails")
    return ControlCell(
        verdict=outcome_verdict(row["outcome"]),
        p=p_value(row["p_val"]) if asked else "",
        figures=" ".join(filter(None, figures)),
    )


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)
