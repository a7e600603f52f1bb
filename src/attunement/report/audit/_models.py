"""Models side by side: figures drawn and in a table, and their paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from attunement.report._svg import figure
from attunement.report._words import MISSING, count, printable
from attunement.report.audit import _bounds
from attunement.report.audit._figure_charts import FigureCharts, Mark, described
from attunement.report.audit._names import RATED, Family, Named, Names
from attunement.report.audit._rows import Figures, Row, may_be_read
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import (
    Body,
    Cell,
    DifferenceLine,
    Differences,
    FigureRow,
    FigureTable,
    Plot,
)
from attunement.report.gap._cells import controls_verdict, p_value
from attunement.tables import AUDIT_COMPARISONS, AUDIT_FIGURES


def figure_charts(models: Sequence[str]) -> FigureCharts | None:
    """Prepare panels of models side by side; None where there is one model, or too many."""
    return FigureCharts(models) if 1 < len(models) <= _bounds.DRAWN else None


def panels(
    charts: FigureCharts | None,
    figures: Figures,
    names: Names,
    *,
    drawn: Sequence[str],
    key: str,
) -> list[Plot]:
    """Draw a panel for each of the figures that any model has."""
    if charts is None:
        return []
    plots = []
    for name in drawn:
        marks = [Mark.of(*known) for known in figures.known(name, charts.models)]
        if marks:
            chart = figure(
                charts.draw(marks, names[name]),
                key=f"{key}-{name}",
                title=names[name].label,
                description=described(marks, names[name]),
            )
            plots.append(Plot(names[name].label, names[name].unit, chart))
    return plots


def figure_table(
    shown: AuditShown,
    figures: Figures,
    names: Names,
    *,
    families: Sequence[Family],
    key: str,
    caption: str,
) -> FigureTable:
    """Set every figure of some families, a column a model."""
    models = shown.models[: _bounds.MODELS]
    bodies = [
        Body(
            family.title,
            [
                FigureRow(
                    names[name].label,
                    _unit(names[name], [figures.one(model, name) for model in models]),
                    [figure_cell(figures.one(model, name), names[name]) for model in models],
                )
                for name in family.names
                if any(figures.one(model, name) for model in models)
            ],
        )
        for family in families
    ]
    return FigureTable(
        key=key,
        caption=caption,
        corner="Figure",
        headings=[printable(model) for model in models],
        bodies=[body for body in bodies if body.rows],
        note=_bounds.rest(
            len(shown.models) - len(models), one="model", many="models", table=AUDIT_FIGURES
        ),
    )


def differences(
    figures: Figures, names: Names, *, families: Sequence[Family], paired: bool
) -> Differences | None:
    """Set the differences of models, a column a pair; None where there is one model."""
    pairs = chosen_pairs(figures, families)
    if not pairs:
        return None
    how = "the same user, persona or prompt met both" if paired else "different chats"
    left = len(figures.pairs) - len(pairs)
    rest = _bounds.rest(left, one="pair", many="pairs", table=AUDIT_COMPARISONS)
    every = FigureTable(
        key="differences-table",
        caption=f"The first model less the second ({how}). Bold: beyond chance, p under .05 after "
        "Holm’s adjustment within each group of figures, and not undone by a control.",
        corner="Difference",
        headings=[f"{printable(model)} less {printable(other)}" for model, other in pairs],
        bodies=_difference_bodies(figures, names, families, pairs),
        note=rest,
    )
    beyond = [
        Body(body.heading, rows)
        for body in every.bodies
        if (rows := [row for row in body.rows if any(cell.beyond_chance for cell in row.cells)])
    ]
    caption = (
        f"What differs beyond chance: the first model less the second ({how}). Holm’s adjustment "
        "within each group of figures: of equal models, up to one audit in five shows some "
        "difference here."
    )
    firm = replace(every, key="firm-table", caption=caption, bodies=beyond) if beyond else None
    return Differences(firm=firm, every=every)


def _difference_bodies(
    figures: Figures, names: Names, families: Sequence[Family], pairs: Sequence[tuple[str, str]]
) -> list[Body]:
    bodies = []
    for family in families:
        rows = []
        for name in family.names:
            between = [figures.between(name, *pair) for pair in pairs]
            if any(between):
                cells = [difference_cell(row, names[name]) for row in between]
                rows.append(FigureRow(names[name].label, names[name].unit, cells))
        if rows:
            bodies.append(Body(family.title, rows))
    return bodies


def difference_lines(figures: Figures, names: Names) -> list[DifferenceLine]:
    """Say how models differ in the role difference, and what the controls came to."""
    named = names["role_difference"]
    known = [(pair, figures.between(named.name, *pair)) for pair in figures.pairs]
    tested = [(pair, row) for pair, row in known if row and row["estimate"] is not None]
    tested.sort(key=lambda one: 1.0 if one[1]["p_holm"] is None else one[1]["p_holm"])
    return [
        DifferenceLine(
            of=f"{printable(model)} less {printable(other)}",
            cell=difference_cell(row, named),
        )
        for (model, other), row in tested[: _bounds.PAIRS]
    ]


def chosen_pairs(figures: Figures, families: Sequence[Family]) -> list[tuple[str, str]]:
    """Choose the pairs that have a column: those that differ in most figures, in their order."""
    names = [name for family in families for name in family.names]
    differing = {
        pair: sum(may_be_read(row) for name in names if (row := figures.between(name, *pair)))
        for pair in figures.pairs
    }
    most = sorted(figures.pairs, key=lambda pair: -differing[pair])[: _bounds.PAIRS]
    return [pair for pair in figures.pairs if pair in most]


def _unit(named: Named, rows: Sequence[Row | None]) -> str:
    """Name a unit; a rating's is the questionnaire it was given on."""
    given = [row["unit"] for row in rows if row and row["unit"]]
    return printable(given[0]) if named.name in RATED.names and given else named.unit


def figure_cell(row: Row | None, named: Named) -> Cell:
    """Set one figure; a dash with the reason where there is none."""
    if row is None or row["estimate"] is None:
        return Cell(MISSING, reason=printable((row or {}).get("reason") or ""))
    n, chats = row["n"], row["n_sessions"]
    beside = count(chats, "chat", "chats") if chats is not None else ""
    if named.share and n is not None:
        beside = ", ".join(filter(None, [f"n {n:,}", beside]))
    return Cell(
        estimate=named.value(row["estimate"]),
        interval=named.bounds(row["ci_low"], row["ci_high"]),
        beside=f"{beside}, small sample" if row["small"] else beside,
        small=bool(row["small"]),
        reason=printable(row["reason"] or ""),
    )


def difference_cell(row: Row | None, named: Named) -> Cell:
    """Set a difference of two models with its adjusted p and what the controls came to."""
    if row is None or row["estimate"] is None:
        return Cell(MISSING, reason=printable((row or {}).get("reason") or ""))
    said = [p_value(row["p_holm"])]
    if row["n_pairs"] is not None:
        said.append(count(row["n_pairs"], "pair", "pairs"))
    if row["small"]:
        said.append("small sample")
    return Cell(
        estimate=named.difference(row["estimate"]),
        interval=named.difference_bounds(row["ci_low"], row["ci_high"]),
        beside=", ".join(filter(None, said)),
        verdict=controls_verdict(row["controls"], brief=True),
        small=bool(row["small"]),
        beyond_chance=may_be_read(row),
        reason=printable(row["reason"] or ""),
    )
