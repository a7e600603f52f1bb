"""Every figure of a family, one row an effect: for the end of the page, and for a paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attunement.report._words import MISSING, number, printable, short_name
from attunement.report.gap._cells import degrees, interval, p_value
from attunement.report.gap._rows import MEAN, EffectRows, Row, contrast_name, group_name
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


def figure_tables(effects: EffectRows, *, key: str) -> list[PlainTable]:
    """Set out each family there is, with everything the effects table holds of it.

    Parameters
    ----------
    effects : EffectRows
        Of one instrument, or of what is inferred.
    key : str
        Unique in the page.
    """
    tables = []
    for place, (family, title) in enumerate(_TITLES.items()):
        rows = effects.where(family=family).rows
        if rows:
            tables.append(
                PlainTable(
                    key=f"{key}-{place}",
                    caption=f"{title}: every figure",
                    headings=_HEADINGS,
                    rows=[_figures(row) for row in rows],
                    n_heads=len(_NAMES),
                )
            )
    return tables


def paper_tables(
    effects: EffectRows, *, key: str, instrument: str | None, on_common_scale: bool
) -> list[PlainTable]:
    """Set out each family there is as it would stand in a paper, on a page held upright.

    Parameters
    ----------
    effects : EffectRows
        Of one instrument, or of what is inferred.
    key : str
        Unique in the file.
    instrument : str or None
        Named in the captions.
    on_common_scale : bool
        Whether a mean may be held against zero; else it carries no p.

    Returns
    -------
    list of PlainTable
        A column in which nothing stands is left out.
    """
    of = "" if instrument is None else f", {printable(instrument)}"
    tables = []
    for family, title in _TITLES.items():
        rows = effects.where(family=family).rows
        if not rows:
            continue
        remark = "95% confidence intervals; p after Holm."
        if family == "difference" and not on_common_scale:
            rows = [{**row, "p_holm": None} for row in rows]
            remark = (
                f"No sign and no size of a {rows[0]['quantity']} means anything by itself. "
                "95% confidence intervals."
            )
        columns = [
            (heading, column) for heading, write in _PAPER if any(column := [*map(write, rows)])
        ]
        tables.append(
            PlainTable(
                key=f"{key}-{family}",
                caption=f"{title}{of}. {remark}",
                headings=[heading for heading, _ in columns],
                rows=list(zip(*(column for _, column in columns), strict=True)),
                n_heads=sum(heading in _NAMES for heading, _ in columns),
            )
        )
    return tables


def _label(row: Row) -> str:
    if row["reference"] is None:
        return group_name(row["group"])
    return contrast_name(row["group"], row["reference"])


def _scale(row: Row) -> str:
    return printable(short_name(row["scale"]))


def _statistic(row: Row) -> str:
    """Name the statistic, where the table's title does not."""
    return "" if row["effect"] in (MEAN, "pair", "versus rest") else str(row["effect"])


def _kept(figures: str) -> str:
    """Keep figures on one line, whatever opens the file."""
    return figures.replace(" ", "\N{NO-BREAK SPACE}")


def _note(row: Row) -> str:
    said = ["small" if row["small"] else None, row["finding"], row["reason"]]
    return printable("; ".join(filter(None, said)))


_PAPER: Sequence[tuple[str, Callable[[Row], str]]] = (
    (_NAMES[0], _label),
    (_NAMES[1], _scale),
    (_NAMES[2], _statistic),
    ("Estimate", lambda row: number(row["estimate"])),
    ("95% CI", lambda row: _kept(interval(row["ci_low"], row["ci_high"], signed=False))),
    ("g", lambda row: "" if row["g"] is None else number(row["g"])),
    ("p", lambda row: "" if row["p_holm"] is None else _kept(_p(row["p_holm"]))),
    ("Sessions", lambda row: "" if row["n_sessions"] is None else f"{row['n_sessions']:,}"),
    ("Patients", lambda row: "" if row["n_patients"] is None else f"{row['n_patients']:,}"),
    ("Controls", lambda row: printable(row["controls"] or "")),
    ("Note", _note),
)


def _figures(row: Row) -> list[str]:
    remarks = [row["finding"], "small" if row["small"] else None, row["reason"], row["warnings"]]
    return [
        _label(row),
        _scale(row),
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
