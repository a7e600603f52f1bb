"""Files for a paper: methods, figures as SVG and PNG, tables that a word processor opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from attunement.files import replacing, write_text
from attunement.report._standalone import standalone_png, standalone_svg
from attunement.report._svg import Drawing, stacked, tiled, unchecked, words
from attunement.report._templates import environment
from attunement.report._words import measure_name, printable, short_name
from attunement.report.gap._about import GapAbout
from attunement.report.gap._agreement_plot import agreement_plot
from attunement.report.gap._controls import control_grids
from attunement.report.gap._courses import CourseCharts
from attunement.report.gap._figures import paper_tables
from attunement.report.gap._forest import forest
from attunement.report.gap._methods import methods_text
from attunement.report.gap._page import render_gap_page
from attunement.report.gap._rows import EffectRows, group_name, in_order
from attunement.report.gap._section import instruments, of_everybody
from attunement.report.gap._views import PlainTable

if TYPE_CHECKING:
    from attunement.gap import GapResult

_TABLES = {
    "headline": ("difference",),
    "between": ("between",),
    "convergence": ("convergence", "convergence between"),
    "congruence": ("congruence", "outcome"),
}


@unchecked
def write_gap_outputs(folder: Path, result: GapResult, about: GapAbout) -> list[str]:
    """Write the gap's page and everything a paper needs of it.

    Parameters
    ----------
    folder : Path
        Where to; made if it is missing.
    result : GapResult
        The analysis.
    about : GapAbout
        How it came to be.

    Returns
    -------
    list of str
        The files written, relative to `folder`: report.html, and those of `write_gap_exports`.

    Raises
    ------
    StorageError
        A file cannot be written.
    """
    write_text(folder / "report.html", render_gap_page(result, about))
    return ["report.html", *write_gap_exports(folder, result, about)]


@unchecked
def write_gap_exports(folder: Path, result: GapResult, about: GapAbout) -> list[str]:
    """Write methods.txt, figures/ and tables/; parameters and errors as in `write_gap_outputs`.

    Returns
    -------
    list of str
        methods.txt; figures/forest, trajectories and bland_altman, each as .svg and .png;
        tables/headline, between, convergence, controls and congruence, each as .html. A file that
        would be empty is not written.
    """
    write_text(folder / "methods.txt", methods_text(result, about))
    written = ["methods.txt"]
    for name, title, drawing in _drawings(result):
        svg = standalone_svg(drawing, title=title)
        write_text(folder / "figures" / f"{name}.svg", svg)
        with replacing(folder / "figures" / f"{name}.png") as temporary:
            temporary.write_bytes(standalone_png(svg))
        written += [f"figures/{name}.svg", f"figures/{name}.png"]
    template = environment().get_template("table.html.j2")
    for name, tables in _tables(result):
        if tables:
            write_text(folder / "tables" / f"{name}.html", template.render(tables=tables))
            written.append(f"tables/{name}.html")
    return written


def _drawings(result: GapResult) -> Iterator[tuple[str, str, Drawing]]:
    """Give each figure's name, title and drawing."""
    effects = EffectRows.of(result.effects)
    forests = []
    for instrument in instruments(result):
        means = effects.where(family="difference", instrument=instrument)
        drawing = forest(means)
        name = means.rows[0]["quantity"].capitalize()
        said = name if instrument is None else f"{name}, {printable(instrument)}"
        forests.append(stacked(_heading(said, drawing), drawing))
    if forests:
        title = f"{result.wording.name.capitalize()}: estimates and 95% confidence intervals"
        yield "forest", title, tiled(forests, columns=1)
    if not result.trajectories.is_empty():
        yield "trajectories", "Both sides over session time", _courses(result)
    if not result.rated_pairs.is_empty():
        yield "bland_altman", "Bland-Altman plots", _agreement(result, effects)


def _courses(result: GapResult) -> Drawing:
    table = result.trajectories
    charts = CourseCharts.of(table, name=result.wording.name)
    panels = []
    groups = table["condition"].unique(maintain_order=True).to_list()
    for scale in in_order(table["scale"].unique(maintain_order=True)):
        for group in groups:
            here = pl.col("condition").eq_missing(pl.lit(group, pl.String))
            drawing = charts.draw(table.filter(here, scale=scale))
            said = f"{measure_name(scale)}, {group_name(group)}"
            panels.append(stacked(_heading(said, drawing), drawing))
    return tiled(panels, columns=len(groups) if len(groups) <= _WIDEST else _WIDEST)


_WIDEST = 4


def _agreement(result: GapResult, effects: EffectRows) -> Drawing:
    panels = []
    for pairs in result.rated_pairs.partition_by("instrument", "scale", maintain_order=True):
        instrument, scale = pairs["instrument"][0], pairs["scale"][0]
        congruence = effects.where(family="congruence", instrument=instrument, scale=scale)
        drawing = agreement_plot(pairs, of_everybody(congruence))
        said = f"{printable(instrument)}, {printable(short_name(scale)).lower()}"
        panels.append(stacked(_heading(said, drawing), drawing))
    return tiled(panels, columns=min(2, len(panels)))


def _heading(text: str, above: Drawing) -> Drawing:
    return words(text, width=above.width, height=22, size=12.5, weight=600)


def _tables(result: GapResult) -> Iterator[tuple[str, list[PlainTable]]]:
    """Give each file's name and its tables."""
    effects = EffectRows.of(result.effects)
    found: dict[str, list[PlainTable]] = {name: [] for name in (*_TABLES, "controls")}
    for place, instrument in enumerate(instruments(result)):
        own = effects.where(instrument=instrument)
        for name, families in _TABLES.items():
            rows = EffectRows([row for row in own.rows if row["family"] in families])
            found[name] += paper_tables(
                rows,
                key=f"{name}-{place}",
                instrument=instrument,
                on_common_scale=instrument is not None or result.wording.on_common_scale,
            )
        controls = result.controls.filter(
            pl.col("instrument").eq_missing(pl.lit(instrument, pl.String))
        )
        found["controls"] += [
            grid.plain() for grid in control_grids(own, controls, key=f"controls-{place}")
        ]
    yield from found.items()
