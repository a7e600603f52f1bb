"""The alliance inferred over the chat: the user's side, the AI's beside it, model by model."""

from __future__ import annotations

import polars as pl

from attunement.report._svg import figure
from attunement.report._words import count, number, printable
from attunement.report.audit import _bounds
from attunement.report.audit._quotes import NAMES
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Plot
from attunement.report.gap._courses import GAP, SIDES, CourseCharts
from attunement.tables import ALLIANCE


def courses(shown: AuditShown) -> list[Plot]:
    """Draw a model's mean course over ten bins of its chats, with its bands."""
    models = shown.models[: _bounds.MODELS]
    whole = shown.trajectories.filter(
        shown.trajectories["scale"] == ALLIANCE, shown.trajectories["condition"].is_in(models)
    )
    if whole.is_empty():
        return []
    charts = CourseCharts.of(whole, name=shown.wording.name, speakers=NAMES)
    plots = []
    for place, model in enumerate(models):
        means = whole.filter(whole["condition"] == model)
        if means.is_empty():
            continue
        n = means["n_sessions"].max()
        chart = figure(
            charts.draw(means),
            key=f"course-{place}",
            title=f"Inferred alliance over the chat, {printable(model)}",
            description=described(means, name=shown.wording.name),
        )
        remark = count(n, "chat", "chats") if isinstance(n, int) else ""
        plots.append(Plot(printable(model), remark, chart))
    return plots


def described(means: pl.DataFrame, *, name: str) -> str:
    """Say a model's courses in words, for those who cannot see them."""
    said = []
    for quantity, label in (
        *((SIDES[role], f"Inferred from the {who}’s words") for role, who in NAMES.items()),
        (GAP, name.capitalize()),
    ):
        values = means.filter(pl.col("quantity") == quantity)["mean"].drop_nulls().to_list()
        if values:
            first, last, low, high = (
                number(value, signed=True)
                for value in (values[0], values[-1], min(values), max(values))
            )
            said.append(f"{label}: {first} at the start, {last} at the end, {low} to {high}.")
    return " ".join(said) or "No scored turn."
