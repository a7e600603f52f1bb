"""The controls panel: every effect against every control, in words, with the figures under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from attunement.report._words import number, printable, short_name
from attunement.report.gap._cells import interval, outcome_verdict, p_value
from attunement.report.gap._rows import (
    MEAN,
    EffectRows,
    Row,
    contrast_name,
    group_name,
    in_order,
)
from attunement.report.gap._views import ControlCell, ControlGrid, ControlRow

CHANCE = ("role permutation", "time shuffle")
"""Controls whose figures are the null's middle and its central 95%, not an estimate."""

_TITLES = {
    "difference": "Differences between the two sides",
    "between": "Differences between conditions",
    "convergence": "Change over a session",
    "convergence between": "Change over a session, between conditions",
}

_Key = tuple[Any, ...]
_KEY = ("family", "effect", "group", "reference", "scale")


def control_grids(effects: EffectRows, controls: pl.DataFrame, *, key: str) -> list[ControlGrid]:
    """Set out one grid a family.

    Parameters
    ----------
    effects : EffectRows
        Of one instrument, or of what is inferred.
    controls : DataFrame
        Their controls, with the schema of `attunement.tables.CONTROLS`.
    key : str
        Unique in the page.
    """
    rows = controls.to_dicts()
    grids = []
    for place, (family, title) in enumerate(_TITLES.items()):
        here = [row for row in rows if row["family"] == family]
        names = list(dict.fromkeys(row["control"] for row in here))
        if not names:
            continue
        by_effect: dict[_Key, dict[str, Row]] = {}
        for row in here:
            by_effect.setdefault(_key(row), {})[row["control"]] = row
        own = effects.where(family=family)
        grids.append(
            ControlGrid(
                key=f"{key}-{place}",
                title=title,
                headings=[printable(name).capitalize() for name in names],
                rows=[
                    _row(effect, by_effect.get(_key(effect), {}), names) for effect in _sorted(own)
                ],
            )
        )
    return grids


def reasons(controls: pl.DataFrame) -> list[str]:
    """Say why controls were not run or do not apply, each reason once, with its control."""
    left_out = controls.filter(pl.col("outcome").is_in(["not run", "not applicable"]))
    found = left_out.group_by("control", "outcome", "detail", maintain_order=True).agg(
        pl.col("family").unique(maintain_order=True)
    )
    return [
        printable(f"{control.capitalize()}, {outcome} {_where(of)}: {detail}.")
        for control, outcome, detail, of in found.iter_rows()
        if detail
    ]


def _where(families: list[str]) -> str:
    """Name families; contrasts go with the means they are of."""
    means = [family for family in families if not family.endswith("between")]
    titles = [_TITLES[family] for family in means or families if family in _TITLES]
    return f"({'; '.join(title[:1].lower() + title[1:] for title in titles)})"


def done(controls: pl.DataFrame) -> list[tuple[str, str]]:
    """Say what each control that was run did: its name and its details without the figures.

    One control can be made in two ways, of sessions and of slopes.
    """
    run = controls.filter(~pl.col("outcome").is_in(["not run", "not applicable"]))
    said: dict[str, list[str]] = {}
    for control, detail in run.select("control", "detail").iter_rows():
        ways = said.setdefault(printable(control), [])
        way = printable((detail or "").split(": ")[0])
        if way and way not in ways:
            ways.append(way)
    return [(control, "; or ".join(ways)) for control, ways in said.items()]


def _sorted(effects: EffectRows) -> list[Row]:
    """Keep the groups' order, and within a group set the scales in the page's."""
    scales = {scale: place for place, scale in enumerate(in_order(effects.values("scale")))}
    keys = {
        key: place
        for place, key in enumerate(
            dict.fromkeys((row["group"], row["reference"]) for row in effects.rows)
        )
    }
    return sorted(
        effects.rows,
        key=lambda row: (
            keys[row["group"], row["reference"]],
            scales[row["scale"]],
            row["effect"],
        ),
    )


def _row(effect: Row, found: Mapping[str, Row], names: list[str]) -> ControlRow:
    label = (
        group_name(effect["group"])
        if effect["reference"] is None
        else contrast_name(effect["group"], effect["reference"])
    )
    scale = short_name(effect["scale"])
    if effect["effect"] not in (MEAN, "pair", "versus rest"):
        scale += f", {effect['effect']}"
    own = [
        number(effect["estimate"], signed=True),
        interval(effect["ci_low"], effect["ci_high"]),
    ]
    return ControlRow(
        label=label,
        scale=printable(scale),
        own=" ".join(filter(None, own)),
        cells=[_cell(found.get(name)) for name in names],
    )


def _cell(row: Row | None) -> ControlCell:
    if row is None:
        return ControlCell(outcome_verdict("not applicable"), "", "")
    said = []
    if row["estimate"] is not None:
        chance = "chance: " if row["control"] in CHANCE else ""
        said.append(f"{chance}{number(row['estimate'], signed=True)}")
        said.append(interval(row["ci_low"], row["ci_high"]))
    tested = row["outcome"] in ("survives", "fails")
    return ControlCell(
        verdict=outcome_verdict(row["outcome"]),
        p=p_value(row["p_val"]) if tested else "",
        figures=" ".join(filter(None, said)),
    )


def _key(row: Row) -> _Key:
    return tuple(row[name] for name in _KEY)
