"""The gap's section of a page, worked out: parts, tables, charts and words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from attunement.gap import SMALL_GROUP
from attunement.report._svg import figure, unchecked
from attunement.report._words import count, measure_name, printable, short_name
from attunement.report.gap import _agreement_plot, _courses, _forest
from attunement.report.gap._about import GapAbout
from attunement.report.gap._controls import control_grids, done, reasons
from attunement.report.gap._courses import CourseCharts
from attunement.report.gap._figures import figure_tables
from attunement.report.gap._methods import methods_paragraph, sources
from attunement.report.gap._rows import ALL_SESSIONS, EffectRows, group_name, in_order
from attunement.report.gap._story import story
from attunement.report.gap._tables import (
    between_table,
    convergence_contrasts,
    convergence_table,
    headline_table,
    level_table,
    published_table,
    statistics_table,
)
from attunement.report.gap._views import PanelRow, Part, Plot, Section

if TYPE_CHECKING:
    from attunement.gap import GapResult


_ASIDE = (
    "Where both sides filled in {instrument}, their answers lie on one scale. What stands here is "
    "therapist-rated minus patient-rated, apart from what is inferred from words."
)


@unchecked
def gap_section(result: GapResult, about: GapAbout) -> Section:
    """Work out everything the gap's templates show."""
    name = result.wording.name
    return Section(
        name=name,
        groups=_groups(result),
        on_common_scale=result.wording.on_common_scale,
        small=SMALL_GROUP,
        reading=result.wording.reading,
        parts=[_part(result, instrument, at) for at, instrument in enumerate(instruments(result))],
        published=published_table(result.published, key="gap-published"),
        warnings=list(_warnings(result)),
        methods=methods_paragraph(result, about),
        sources=sources(result),
    )


def _groups(result: GapResult) -> str:
    by = result.options.by
    return (
        "" if by == "condition" else f"A condition here is a value of the column {printable(by)}."
    )


def course_rows(result: GapResult, *, key: str) -> list[PanelRow]:
    """Draw every group's course, scale by scale."""
    table = result.trajectories
    if table.is_empty():
        return []
    name = result.wording.name
    charts = CourseCharts.of(table, name=name)
    rows = []
    for scale in in_order(table["scale"].unique(maintain_order=True)):
        of_scale = table.filter(pl.col("scale") == scale)
        panels = []
        for place, group in enumerate(of_scale["condition"].unique(maintain_order=True)):
            means = of_scale.filter(pl.col("condition").eq_missing(pl.lit(group, pl.String)))
            label = group_name(group)
            panels.append(
                Plot(
                    label,
                    _most_sessions(means),
                    figure(
                        charts.draw(means),
                        key=f"{key}-{place}-{scale}",
                        title=f"{measure_name(scale)} over session time, {label}",
                        description=_courses.described(means, name=name),
                    ),
                )
            )
        rows.append(PanelRow(measure_name(scale), panels))
    return rows


def of_everybody(effects: EffectRows) -> EffectRows:
    """Keep the effects of all sessions together, or of the one group there is."""
    groups = effects.values("group")
    whole = ALL_SESSIONS if ALL_SESSIONS in groups else next(iter(groups), None)
    return effects.where(group=whole)


def instruments(result: GapResult) -> list[str | None]:
    """List what is inferred, if anything is, and then the questionnaires."""
    found = EffectRows.of(result.effects).where(family="difference").values("instrument")
    return sorted(found, key=lambda instrument: (instrument is not None, instrument or ""))


def _part(result: GapResult, instrument: str | None, place: int) -> Part:
    key = f"gap-{place}"
    effects = EffectRows.of(result.effects).where(instrument=instrument)
    name = effects.rows[0]["quantity"]
    controls = result.controls.filter(
        pl.col("instrument").eq_missing(pl.lit(instrument, pl.String))
    )
    rated = "" if instrument is None else printable(instrument)
    # What is rated lies on the questionnaire's scale, whatever the scale of what is inferred; its
    # prose is told only where the page's own words are those of a common scale.
    told = story(effects, wording=result.wording, small=SMALL_GROUP)
    aside = instrument is not None and not result.wording.on_common_scale
    on_common_scale = instrument is not None or result.wording.on_common_scale
    means = effects.where(family="difference")
    return Part(
        key=key,
        heading=f"The {name} on {rated}" if rated else f"The {name}, inferred from words",
        on_common_scale=on_common_scale,
        found=_ASIDE.format(instrument=rated) if aside else told.found,
        open=told.open,
        headline=headline_table(
            effects,
            name=name,
            on_common_scale=on_common_scale,
            key=f"{key}-headline",
        ),
        forest=figure(
            _forest.forest(means),
            key=f"{key}-forest",
            title=f"{name.capitalize()} by condition and scale",
            description=_forest.described(means),
        ),
        between=between_table(effects, name=name, key=f"{key}-between"),
        convergence=convergence_table(
            effects,
            name=name,
            on_common_scale=on_common_scale,
            key=f"{key}-convergence",
        ),
        convergence_contrasts=convergence_contrasts(
            effects, name=name, key=f"{key}-convergence-between"
        ),
        courses=[] if instrument is not None else course_rows(result, key=f"{key}-course"),
        controls=control_grids(effects, controls, key=f"{key}-controls"),
        controls_done=done(controls),
        controls_left_out=reasons(controls),
        level=level_table(effects, name=name, key=f"{key}-level"),
        plots=list(_plots(result.rated_pairs, effects, instrument, key=key)),
        congruence=statistics_table(
            effects,
            family="congruence",
            caption="Congruence of the two ratings: estimate [95% confidence interval].",
            key=f"{key}-congruence",
        ),
        outcome=statistics_table(
            effects,
            family="outcome",
            caption="Agreement and outcome: polynomial regression and its response surface.",
            key=f"{key}-outcome",
        ),
        figures=figure_tables(effects, key=f"{key}-figures"),
    )


def _plots(
    pairs: pl.DataFrame, effects: EffectRows, instrument: str | None, *, key: str
) -> Iterator[Plot]:
    of_instrument = pairs.filter(pl.col("instrument").eq_missing(pl.lit(instrument, pl.String)))
    congruence = effects.where(family="congruence")
    for place, scale in enumerate(in_order(of_instrument["scale"].unique(maintain_order=True))):
        rows = of_instrument.filter(pl.col("scale") == scale)
        lines = of_everybody(congruence.where(scale=scale))
        yield Plot(
            short_name(printable(scale)),
            count(rows.height, "session", "sessions"),
            figure(
                _agreement_plot.agreement_plot(rows, lines),
                key=f"{key}-agreement-{place}",
                title=f"Bland-Altman plot, {printable(scale)}",
                description=_agreement_plot.described(lines, n=rows.height),
            ),
        )


def _warnings(result: GapResult) -> Iterator[str]:
    yield from map(printable, result.notes)
    if not result.sessions.is_empty():
        left = result.sessions.filter(pl.col("reason").is_not_null())
        for reason, n in left["reason"].value_counts(sort=True).iter_rows():
            yield f"{count(n, 'session is', 'sessions are')} left out: {printable(reason)}."
    for column in ("warnings", "reason"):
        said = result.effects[column].drop_nulls().str.split("; ").explode()
        for words, n in said.value_counts(sort=True).iter_rows():
            yield f"{printable(words).capitalize()} ({count(n, 'effect', 'effects')})."


def _most_sessions(means: pl.DataFrame) -> str:
    n = int(means["n_sessions"].max() or 0)  # type: ignore[arg-type]
    said = count(n, "session", "sessions")
    return f"{said}, small" if n < SMALL_GROUP else said
