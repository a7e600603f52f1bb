"""The upper part of the page, worked out: figures, conditions, the table."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from markupsafe import Markup

from attunement.report._bins import session_bins
from attunement.report._inputs import ReportTables
from attunement.report._overview_charts import (
    ConditionRow,
    condition_chart,
    sparkline,
)
from attunement.report._panel import value_range
from attunement.report._questionnaires import Totals
from attunement.report._summary import SMALL_GROUP, condition_summary
from attunement.report._views import (
    Cell,
    ConditionGroup,
    Figure,
    SessionRow,
    SessionTable,
)
from attunement.report._words import (
    NO_CONDITION,
    count,
    inferred,
    number,
    printable,
    short_name,
)
from attunement.statistics import BINS
from attunement.tables import ALLIANCE, MEASURES, ROLES


def condition_label(condition: str | None) -> str:
    """Name a condition, or say that there is none."""
    return printable(condition) if condition else NO_CONDITION


def conditions_in_order(tables: ReportTables) -> list[str | None]:
    """List the conditions by name, sessions without one last."""
    return tables.sessions["condition"].unique().sort(nulls_last=True).to_list()


def head_figures(tables: ReportTables) -> list[Figure]:
    """Count what the report is drawn from. Patients and therapists appear where they are named."""
    named = []
    for column, one, many in (
        ("patient_id", "patient", "patients"),
        ("therapist_id", "therapist", "therapists"),
    ):
        n = tables.sessions[column].drop_nulls().n_unique()
        if n:
            named.append(Figure(f"{n:,}", one if n == 1 else many))
    n_sessions, n_turns = tables.sessions.height, tables.turns.height
    return [
        Figure(f"{n_sessions:,}", "session" if n_sessions == 1 else "sessions"),
        *named,
        Figure(f"{n_turns:,}", "turn" if n_turns == 1 else "turns"),
    ]


def condition_charts(
    tables: ReportTables, summary: pl.DataFrame, *, around_zero: bool
) -> dict[str, Markup]:
    """Draw the conditions side by side, one chart a scale."""
    means = condition_summary(tables)
    columns = [f"inferred_{role}_{measure}" for measure in MEASURES for role in ROLES]
    drawn = pl.concat([summary[column] for column in columns]).drop_nulls()
    low, high = value_range(drawn, around_zero=around_zero, least=0.5, share=1.0)
    charts = {}
    for measure in MEASURES:
        rows = [
            _condition_row(condition, summary, means, measure)
            for condition in conditions_in_order(tables)
        ]
        key = f"conditions-{measure}"
        charts[measure] = condition_chart(rows, measure=measure, low=low, high=high, key=key)
    return charts


def condition_groups(tables: ReportTables, summary: pl.DataFrame) -> list[ConditionGroup]:
    """Set out the conditions' table: mean (SD) of session means, each side's."""
    means = condition_summary(tables)
    groups = []
    for condition in conditions_in_order(tables):
        here = pl.col("condition").eq_missing(pl.lit(condition, dtype=pl.String))
        rows = []
        for measure in MEASURES:
            cells = [_mean_sd(means.filter(here, scale=measure, role=role)) for role in ROLES]
            rows.append((short_name(measure), cells))
        remark = _remark(summary.filter(here), patients=True)
        groups.append(ConditionGroup(condition_label(condition), remark, rows))
    return groups


def session_table(
    tables: ReportTables, summary: pl.DataFrame, *, keys: Mapping[str, str], difference: str
) -> SessionTable:
    """Set out every session; those in `keys` link to their section."""
    totals = Totals(tables.ratings)
    conditions = {name: place for place, name in enumerate(conditions_in_order(tables))}
    sparks = _sparklines(tables)
    rows = []
    for row in summary.iter_rows(named=True):
        values = [row["number"], row["patient_turns"]]
        cells = [Cell("" if value is None else f"{value:,}", value) for value in values]
        mean, closing = row["inferred_patient_alliance"], row["inferred_patient_last_quarter"]
        apart = row["role_difference_alliance"]
        cells += [
            Cell(number(mean), mean),
            Cell(number(closing), closing),
            Cell(number(apart, signed=True), apart),
            *totals.cells(row["session_id"]),
        ]
        rows.append(
            SessionRow(
                key=keys.get(row["session_id"]),
                session_id=printable(row["session_id"]),
                condition=condition_label(row["condition"]),
                condition_key=conditions[row["condition"]],
                cells=cells,
                spark=sparks.get(row["session_id"], Markup("")),
            )
        )
    patient = inferred("patient")
    headings = ["No.", "Patient turns", f"{patient}: mean", f"{patient}: last quarter"]
    return SessionTable(headings=[*headings, difference.capitalize(), *totals.headings], rows=rows)


def _condition_row(
    condition: str | None, summary: pl.DataFrame, means: pl.DataFrame, measure: str
) -> ConditionRow:
    here = pl.col("condition").eq_missing(pl.lit(condition, dtype=pl.String))
    inside = summary.filter(here)
    rows = means.filter(here, scale=measure)
    return ConditionRow(
        label=condition_label(condition),
        remark=_remark(inside),
        sessions={
            role: inside[f"inferred_{role}_{measure}"].drop_nulls().to_list() for role in ROLES
        },
        means={
            role: rows.filter(role=role)["mean"].item() for role in ROLES if role in rows["role"]
        },
    )


def _remark(sessions: pl.DataFrame, *, patients: bool = False) -> str:
    said = [count(sessions.height, "session", "sessions")]
    n_patients = sessions["patient_id"].drop_nulls().n_unique()
    if patients and n_patients:
        said.append(count(n_patients, "patient", "patients"))
    if sessions.height < SMALL_GROUP:
        said.append("small")
    return ", ".join(said)


def _mean_sd(row: pl.DataFrame) -> str:
    if row.is_empty():
        return number(None)
    mean, sd = row["mean"].item(), row["sd"].item()
    return number(mean) + (f" ({number(sd)})" if sd is not None else "")


def _sparklines(tables: ReportTables) -> dict[str, Markup]:
    patient = session_bins(tables).filter(pl.col("role") == "patient").drop_nulls(ALLIANCE)
    low, high = value_range(patient[ALLIANCE], around_zero=False, least=0.5, share=0.99)
    at = (pl.col("bin") - 0.5) / BINS
    grouped = patient.group_by("session_id", maintain_order=True).agg(at.alias("time"), ALLIANCE)
    return {
        session_id: sparkline(list(zip(times, values, strict=True)), low=low, high=high)
        for session_id, times, values in grouped.iter_rows()
    }
