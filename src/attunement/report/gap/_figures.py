"""Every figure of a family, one row an effect: for the end of the page, and for a paper."""

from __future__ import annotations

from attunement.report._words import MISSING, number, printable, short_name
from attunement.report.gap._cells import degrees, interval, p_value
from attunement.report.gap._rows import EffectRows, Row, contrast_name, group_name
from attunement.report.gap._views import PlainTable

_TITLES = {
    "difference": "Differences between the two sides",
    "between": "Differences between conditions",
    "convergence": "Change over a session",
    "convergence between": "Change over a session, between conditions",
    "level": "Level and size",
    "congruence": "Congruence of ratings",
    "outcome": "Outcome and agreement",
}
_NAMES = ("Group", "Scale", "Statistic")
_HEADINGS = (
    *_NAMES,
    "Estimate",
    "SE",
    "df",
    "95% CI",
    "Bootstrap 95% CI",
    "g",
    "p",
    "p (Holm)",
    "Sessions",
    "Patients",
    "Therapists",
    "Method",
    "Controls",
    "Remarks",
)


def figure_tables(
    effects: EffectRows, *, key: str, instrument: str | None = None
) -> list[PlainTable]:
    """Set out each family there is, with everything the effects table holds of it.

    Parameters
    ----------
    effects : EffectRows
        Of one instrument, or of what is inferred.
    key : str
        Unique in the page.
    instrument : str or None
        Named in the captions.
    """
    of = "" if instrument is None else f", {printable(instrument)}"
    tables = []
    for place, (family, title) in enumerate(_TITLES.items()):
        rows = effects.where(family=family).rows
        if rows:
            tables.append(
                PlainTable(
                    key=f"{key}-{place}",
                    caption=f"{title}{of}: every figure",
                    headings=_HEADINGS,
                    rows=[_figures(row) for row in rows],
                    n_heads=len(_NAMES),
                )
            )
    return tables


def _figures(row: Row) -> list[str]:
    group, reference = row["group"], row["reference"]
    label = group_name(group) if reference is None else contrast_name(group, reference)
    remarks = [row["finding"], "small" if row["small"] else None, row["reason"], row["warnings"]]
    return [
        label,
        printable(short_name(row["scale"])),
        row["effect"],
        number(row["estimate"]),
        number(row["se"]),
        degrees(row["df"]) or MISSING,
        interval(row["ci_low"], row["ci_high"], signed=False) or MISSING,
        interval(row["boot_low"], row["boot_high"], signed=False) or MISSING,
        number(row["g"]),
        _p(row["p_val"]),
        _p(row["p_holm"]),
        *(
            MISSING if row[name] is None else f"{row[name]:,}"
            for name in ("n_sessions", "n_patients", "n_therapists")
        ),
        row["method"] or "",
        row["controls"] or "",
        printable("; ".join(filter(None, remarks))),
    ]


def _p(value: float | None) -> str:
    return p_value(value).removeprefix("p ").removeprefix("= ") or MISSING
