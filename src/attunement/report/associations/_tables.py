"""Associations in tables: features in rows, groups in columns; contrasts; and every figure."""

from __future__ import annotations

from typing import Any

import polars as pl

from attunement.report._words import MISSING, count, number, printable
from attunement.report.associations._features import Features, side
from attunement.report.associations._rows import (
    BEYOND,
    by_group,
    contrasts,
    counted_by_role,
    of_everybody,
    places,
    q_value,
    standing,
)
from attunement.report.gap._cells import controls_verdict, degrees, interval, p_value
from attunement.report.gap._rows import ALL_SESSIONS, Row, contrast_name, group_name
from attunement.report.gap._views import (
    EffectBody,
    EffectCell,
    EffectRow,
    EffectTable,
    PlainTable,
)

MOST_COLUMNS = 8
"""With more groups than this, the groups are listed instead of set side by side."""

MOST_LISTED = 100
"""A list holds so many associations, those least likely by chance first."""

_LIST_HEADINGS = ("Group", "Whose", "Feature", "Estimate", "95% CI", "q", "Sessions", "Controls")


def association_table(
    rows: pl.DataFrame, features: Features, *, caption: str, key: str
) -> EffectTable:
    """Set out each feature's association over all sessions, and within each group beside it.

    Parameters
    ----------
    rows : DataFrame
        Associations of one question.
    features : Features
        What they are called.
    caption : str
        What an estimate is.
    key : str
        Unique in the page.
    """
    means = of_everybody(rows)
    groups = by_group(rows)
    if groups["group"].n_unique() <= MOST_COLUMNS:
        means = pl.concat([means, groups])
    names = means["group"].unique(maintain_order=True).to_list()
    found: dict[tuple[Any, ...], Row] = {
        (row["role"], row["feature"], row["group"]): row for row in means.to_dicts()
    }
    bodies = []
    decimals = places(of_everybody(rows))
    for role in counted_by_role(means):
        of_role = means.filter(pl.col("role") == role)
        first = of_role.filter(pl.col("group").eq_missing(pl.lit(names[0], pl.String)))
        order = first.sort("estimate", descending=True, nulls_last=True, maintain_order=True)
        named = pl.concat([order["feature"], of_role["feature"]]).unique(maintain_order=True)
        name = side(role)
        bodies.append(
            EffectBody(
                f"{name[:1].upper()}{name[1:]}",
                [
                    EffectRow(
                        features.label(feature),
                        "with it, against without" if feature in features.present else "",
                        [
                            _cell(found.get((role, feature, group)), decimals=decimals)
                            for group in names
                        ],
                    )
                    for feature in named
                ],
            )
        )
    return EffectTable(
        key=key,
        caption=caption,
        corner=features.kinds.capitalize(),
        headings=[_column(name) for name in names],
        bodies=bodies,
    )


def group_list(rows: pl.DataFrame, features: Features, *, key: str) -> PlainTable | None:
    """List associations within groups, where these are too many to stand side by side."""
    groups = by_group(rows)
    if groups["group"].n_unique() <= MOST_COLUMNS:
        return None
    return _list(groups, features, what="Within single conditions", key=key)


def contrast_list(rows: pl.DataFrame, features: Features, *, key: str) -> PlainTable | None:
    """List differences between groups, those least likely by chance first."""
    found = contrasts(rows)
    return _list(found, features, what="Between conditions", key=key) if found.height else None


def figure_table(rows: pl.DataFrame, features: Features, *, caption: str, key: str) -> PlainTable:
    """Set out everything the table holds of the associations over all sessions."""
    made = of_everybody(rows).sort("p_val", nulls_last=True, maintain_order=True)
    return PlainTable(
        key=key,
        caption=caption,
        headings=(
            *("Whose", "Feature", "Estimate", "SE", "df", "95% CI", "Bootstrap 95% CI"),
            *("Partial r", "p", "q", "Turns", "Sessions", "Patients", "Therapists"),
            *("Method", "Controls", "Remarks"),
        ),
        rows=[_figures(row, features, decimals=places(made)) for row in made.to_dicts()],
        n_heads=2,
    )


def _list(rows: pl.DataFrame, features: Features, *, what: str, key: str) -> PlainTable:
    ordered = rows.sort("p_fdr", "p_val", nulls_last=True, maintain_order=True)
    kept = ordered.head(MOST_LISTED)
    left = rows.height - kept.height
    caption = f"{what}, the least likely by chance first"
    if left:
        caption += (
            f"; {count(left, 'other association stands', 'other associations stand')} in the "
            "associations table only"
        )
    return PlainTable(
        key=key,
        caption=caption,
        headings=_LIST_HEADINGS,
        rows=[_listed(row, features, decimals=places(kept)) for row in kept.to_dicts()],
        n_heads=3,
    )


def _listed(row: Row, features: Features, *, decimals: int) -> list[str]:
    group = group_name(row["group"])
    if row["reference"] is not None:
        group = contrast_name(row["group"], row["reference"])
    verdict = controls_verdict(row["controls"])
    said = [
        verdict.words if verdict else "",
        "small" if row["small"] else "",
        printable(row["reason"] or ""),
    ]
    return [
        group,
        side(row["role"]),
        features.label(row["feature"]),
        number(row["estimate"], signed=True, places=decimals),
        interval(row["ci_low"], row["ci_high"], places=decimals) or MISSING,
        _bare(q_value(row)),
        _amount(row["n_sessions"]),
        "; ".join(filter(None, said)),
    ]


def _cell(row: Row | None, *, decimals: int) -> EffectCell:
    if row is None:
        return EffectCell(MISSING)
    n = row["n_sessions"]
    sessions = count(n, "session", "sessions") if n is not None else ""
    return EffectCell(
        estimate=number(row["estimate"], signed=True, places=decimals),
        interval=interval(row["ci_low"], row["ci_high"], places=decimals),
        statistics=q_value(row),
        beside=sessions,
        verdict=controls_verdict(row["controls"], brief=True),
        reason=printable(row["reason"] or ""),
        beyond_chance=standing(row) in BEYOND,
    )


def _column(group: str | None) -> str:
    return "All sessions" if group == ALL_SESSIONS else group_name(group)


def _figures(row: Row, features: Features, *, decimals: int) -> list[str]:
    remarks = ["small" if row["small"] else None, row["reason"], row["warnings"]]
    return [
        side(row["role"]),
        features.label(row["feature"]),
        number(row["estimate"], signed=True, places=decimals),
        number(row["se"], places=decimals),
        degrees(row["df"]) or MISSING,
        interval(row["ci_low"], row["ci_high"], places=decimals) or MISSING,
        interval(row["boot_low"], row["boot_high"], places=decimals) or MISSING,
        number(row["r"], signed=True),
        _bare(p_value(row["p_val"])),
        _bare(q_value(row)),
        *(_amount(row[name]) for name in ("n_turns", "n_sessions", "n_patients", "n_therapists")),
        printable(row["method"] or ""),
        printable(row["controls"] or ""),
        printable("; ".join(filter(None, remarks))),
    ]


def _bare(p: str) -> str:
    """Leave the letter and the equals sign to the column's heading."""
    return p[2:].removeprefix("= ") or MISSING


def _amount(n: int | None) -> str:
    return MISSING if n is None else f"{n:,}"
