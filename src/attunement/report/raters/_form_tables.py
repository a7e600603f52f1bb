"""Items and short forms in tables."""

from __future__ import annotations

import polars as pl

from attunement.report._words import MISSING, number, printable
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable, PlainTable
from attunement.report.raters._cells import percent, scale_name
from attunement.report.raters._shown import RatersShown, Who
from attunement.report.raters._story import named_criterion
from attunement.report.validity._names import between, coefficient


def forms_table(shown: RatersShown) -> EffectTable | None:
    """Set out the short forms and how they do on unseen patients, where any could be chosen."""
    if shown.short_forms["estimate"].is_null().all():
        return None
    bodies = []
    for who in shown.asked():
        for scale in shown.scales(who):
            own = _of(shown.short_forms, who).filter(pl.col("scale") == scale).sort("k")
            rows = [
                EffectRow(
                    f"{row['k']} item" if row["k"] == 1 else f"{row['k']} items",
                    printable(", ".join(row["items"])),
                    [
                        EffectCell(
                            coefficient(row["estimate"]),
                            between(row["ci_low"], row["ci_high"]),
                            reason=printable(row["reason"] or ""),
                        ),
                        EffectCell(coefficient(row["all_items"])),
                    ],
                )
                for row in own.iter_rows(named=True)
            ]
            if rows:
                criterion = named_criterion(own["criterion"][0])
                heading = f"{who.name}: {scale_name(scale).lower()}, by {criterion}"
                bodies.append(EffectBody(heading, rows))
    if not bodies:
        return None
    return EffectTable(
        key="forms",
        caption="Items chosen one after the other, anew without each fold of patients; the "
        "figure is of patients that had no part in the choice [95% CI]: right for a size named "
        "beforehand, too good for the best of several. The items named are chosen on all.",
        corner="Form",
        headings=["On unseen patients", "All items, the same patients"],
        bodies=bodies,
    )


def items_table(shown: RatersShown) -> PlainTable | None:
    """Set out each item."""
    if shown.items.is_empty():
        return None
    several = shown.items.select("judge", "perspective", "framing", "instrument").n_unique() > 1
    rows = []
    for row in shown.items.sort("judge", "perspective", "framing", "scale", "rank").iter_rows(
        named=True
    ):
        who = Who(row["judge"], row["perspective"], row["framing"], row["instrument"])
        figures = [
            f"{row['rank']}" if row["rank"] is not None else MISSING,
            coefficient(row["r_rated"]),
            coefficient(row["item_rest"]),
            coefficient(row["alpha_without"]),
            number(row["mean"]),
            number(row["sd"]),
            percent(row["at_floor"]),
            percent(row["at_ceiling"]),
            f"{row['scored']:,} of {row['asked']:,}",
        ]
        item = f"{row['item']}{' (reversed)' if row['key'] < 0 else ''}"
        heads = [*([who.name] if several else []), scale_name(row["scale"]), printable(item)]
        rows.append([*heads, *figures])
    headings = [*(["Judge"] if several else []), "Scale", "Item"]
    return PlainTable(
        key="items",
        caption="Rank 1 is the best of its scale on these sessions, by the correlation with what "
        "people rated, or else with the other items.",
        headings=[
            *headings,
            "Rank",
            "With the rating",
            "With the rest",
            "Alpha without it",
            "Mean",
            "SD",
            "At the floor",
            "At the ceiling",
            "Scored",
        ],
        rows=rows,
        n_heads=len(headings),
    )


def _of(table: pl.DataFrame, who: Who) -> pl.DataFrame:
    return table.filter(
        pl.col("judge") == who.judge,
        pl.col("perspective") == who.perspective,
        pl.col("framing") == who.framing,
        pl.col("instrument") == who.instrument,
    )
