"""A figure of raters ready to be set in a table, and the tables without their empty columns."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.psychometrics import (
    LENGTH_OUT,
    MEAN_DIFFERENCE,
    RATING_APART,
    RATING_WITH_WORDS,
    WITH_WORDS,
    WITH_WORDS_HELD,
    WORDS_APART,
)
from attunement.report._words import MISSING, number, printable
from attunement.report.gap._cells import interval, p_value
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable
from attunement.report.raters._shown import Row, small
from attunement.report.validity._names import between, coefficient

LEVEL = 0.05

_AMOUNTS = frozenset({MEAN_DIFFERENCE, WORDS_APART, RATING_APART})
"""Figures in points or words; the others are coefficients or shares."""

_HEADINGS = {
    "spearman": "Spearman",
    f"spearman, {LENGTH_OUT}": "Length out",
    "pearson": "Pearson",
    "icc(A,1)": "ICC(A,1)",
    "icc(C,1)": "ICC(C,1)",
    "icc(A,k)": "ICC(A,k)",
    "ccc": "Concordance",
    "krippendorff alpha, interval": "Alpha, interval",
    "krippendorff alpha, ordinal": "Alpha, ordinal",
    MEAN_DIFFERENCE: "Mean difference",
    "cronbach alpha": "Cronbach’s alpha",
    "omega": "Omega",
    WITH_WORDS: "Score and words",
    WITH_WORDS_HELD: "The same, rating held",
    RATING_WITH_WORDS: "Rating and words",
}


def filled_table(
    key: str, caption: str, corner: str, columns: Sequence[str], bodies: Sequence[EffectBody]
) -> EffectTable | None:
    """Leave out columns and bodies that are empty throughout."""
    filled = [body for body in bodies if body.rows]
    cells = [row.cells for body in filled for row in body.rows]
    kept = [
        at
        for at in range(len(columns))
        if any(one[at].estimate != MISSING or one[at].reason for one in cells)
    ]
    if not kept:
        return None
    return EffectTable(
        key=key,
        caption=caption,
        corner=corner,
        headings=[_HEADINGS[columns[at]] for at in kept],
        bodies=[
            EffectBody(
                body.heading,
                [
                    EffectRow(row.label, row.remark, [row.cells[at] for at in kept])
                    for row in body.rows
                ],
            )
            for body in filled
        ],
    )


def sessions(row: Row) -> str:
    """Say how many sessions carry a figure, and mark few."""
    if row["estimate"] is None:
        return ""
    return f"n {row['n_sessions']:,}{', small' if small(row) else ''}"


def cell(row: Row | None) -> EffectCell:
    """Set one figure, with how many sessions carry it, or the reason that there is none."""
    if row is None:
        return EffectCell(MISSING)
    amount = row["statistic"] in _AMOUNTS
    low, high = row["ci_low"], row["ci_high"]
    return EffectCell(
        estimate=number(row["estimate"], signed=True) if amount else coefficient(row["estimate"]),
        interval=interval(low, high) if amount else between(low, high),
        beside=sessions(row),
        reason=printable(row["reason"] or ""),
    )


def probe_cell(row: Row | None) -> EffectCell:
    """Set what a probe did; it stands out where Holm's p is below .05 and it is not of few."""
    if row is None:
        return EffectCell(MISSING)
    return EffectCell(
        estimate=number(row["estimate"], signed=True),
        interval=interval(row["ci_low"], row["ci_high"]),
        statistics=p_value(row["p_holm"]),
        beside=sessions(row),
        reason=printable(row["reason"] or ""),
        beyond_chance=moves(row),
    )


def moves(row: Row) -> bool:
    """Whether a probe moves a judge beyond chance, on enough sessions to say so."""
    return row["p_holm"] is not None and row["p_holm"] < LEVEL and not small(row)


def share_cell(row: Row) -> EffectCell:
    """Set a share."""
    bounds = (row["ci_low"], row["ci_high"])
    return EffectCell(
        estimate=percent(row["estimate"]),
        interval=f"[{percent(bounds[0])}, {percent(bounds[1])}]" if bounds[0] is not None else "",
        reason=printable(row["reason"] or "") if row["estimate"] else "",
    )


def percent(share: float | None) -> str:
    """Write a share as 4.2% or 42%."""
    if share is None:
        return MISSING
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def scale_name(scale: str) -> str:
    """Name a scale."""
    return "Whole" if scale == "alliance" else capital(printable(scale))


def capital(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]
