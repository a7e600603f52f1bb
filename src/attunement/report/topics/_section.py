"""The topics section, worked out: list, courses, associations, transitions, quality and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from attunement.report._svg import figure, unchecked
from attunement.report._words import count, printable
from attunement.report.associations import (
    NEXT_TURN_CAUTION,
    AssociationPart,
    Features,
    association_parts,
)
from attunement.report.gap._rows import group_name
from attunement.report.gap._views import PanelRow, PlainTable, Plot
from attunement.report.topics._courses import TopicCharts, described
from attunement.report.topics._list import percent, topic_rows
from attunement.report.topics._quality import coherence, measure_words, quality_table
from attunement.report.topics._shown import TopicsShown
from attunement.report.topics._story import LIMITS, found
from attunement.report.topics._transitions import ENOUGH, heat_tables
from attunement.report.topics._views import HeatTable, TopicRow
from attunement.statistics import SMALL_GROUP

MOST_TOPICS = 30
"""With more topics than this, the courses of the rarer ones stand in the tables only."""

MOST_CONDITIONS = 8
"""With more conditions than this, single ones stand in the tables only."""


@dataclass(frozen=True, slots=True)
class TopicsSection:
    """The section as its template shows it.

    Attributes
    ----------
    found : str
        What is spoken of, by whom and when, in sentences.
    remarks : sequence of str
        What a reader must know.
    rows : sequence of TopicRow
        The topics.
    courses : sequence of Plot
        Each topic over session time, all sessions together.
    conditions : sequence of PanelRow
        The same, for each topic a panel a condition.
    turns, sessions : sequence of AssociationPart
        What goes with the patient's next turn, and with a session's alliance.
    next_turn : str
        What must be known of the patient's next turn.
    transitions : sequence of HeatTable
        What follows what.
    enough : int
        A cell of these is shown if chance alone would give so many.
    coherence : str
        How coherent these topics are.
    quality : PlainTable or None
        Every measure of every model and number of topics that was tried.
    measures : sequence of (str, str)
        What the measures of quality are.
    limits : str
        What topics cannot show.
    """

    found: str
    remarks: Sequence[str]
    rows: Sequence[TopicRow]
    courses: Sequence[Plot]
    conditions: Sequence[PanelRow]
    turns: Sequence[AssociationPart]
    sessions: Sequence[AssociationPart]
    next_turn: str
    transitions: Sequence[HeatTable]
    enough: int
    coherence: str
    quality: PlainTable | None
    measures: Sequence[tuple[str, str]]
    limits: str


@unchecked
def topics_section(shown: TopicsShown) -> TopicsSection:
    """Work out everything the section's template shows."""
    features = Features(kinds="topics", present=frozenset(shown.topics["name"].to_list()))
    parts = association_parts(shown.associations, shown.controls, features, key="topics-with")
    turns = [part for part in parts if part.question.level != "session"]
    drawn = _drawn(shown)
    courses, conditions = _courses(shown, drawn)
    return TopicsSection(
        found=found(shown, turns),
        remarks=_remarks(shown),
        rows=topic_rows(shown),
        courses=courses,
        conditions=conditions,
        turns=turns,
        sessions=[part for part in parts if part.question.level == "session"],
        next_turn=NEXT_TURN_CAUTION,
        transitions=heat_tables(shown),
        enough=ENOUGH,
        coherence=coherence(shown),
        quality=quality_table(shown, key="topics-quality"),
        measures=measure_words(shown),
        limits=LIMITS,
    )


def _conditions(shown: TopicsShown) -> list[str]:
    return shown.courses["condition"].drop_nulls().unique().sort().to_list()


def _remarks(shown: TopicsShown) -> list[str]:
    said = []
    if shown.topics.height > MOST_TOPICS and shown.courses.height:
        said.append(
            f"Over session time the {MOST_TOPICS} most frequent topics are drawn; the others stand "
            "in the tables."
        )
    conditions = _conditions(shown)
    if len(conditions) > MOST_CONDITIONS:
        said.append(
            f"With {len(conditions)} conditions, single ones are not drawn over session time; they "
            "stand in the tables."
        )
    return [*said, *map(printable, shown.notes)]


def _drawn(shown: TopicsShown) -> pl.DataFrame:
    """Keep the courses that are drawn: of the most frequent topics, and of few conditions."""
    topics = shown.in_order()["topic"].head(MOST_TOPICS)
    kept = shown.courses.filter(pl.col("topic").is_in(topics.implode()), pl.col("role") != "both")
    if len(_conditions(shown)) > MOST_CONDITIONS:
        return kept.filter(pl.col("condition").is_null())
    return kept


def _courses(shown: TopicsShown, drawn: pl.DataFrame) -> tuple[list[Plot], list[PanelRow]]:
    """Draw each topic over session time: all sessions, then its conditions side by side."""
    whole, single = [], []
    conditions = drawn["condition"].drop_nulls().unique().sort().to_list()
    for topic, name, share in shown.in_order().select("topic", "name", "share").iter_rows():
        own = drawn.filter(pl.col("topic") == topic)
        if own.is_empty():
            continue
        named, key = printable(name), f"topic-course-{topic}"
        everybody = own.filter(pl.col("condition").is_null())
        chart = _chart(TopicCharts(everybody), everybody, name=named, group="all sessions", key=key)
        whole.append(Plot(named, f"{percent(share)} of all turns", chart))
        panels, charts = [], TopicCharts(own)
        for place, group in enumerate(conditions):
            rows = own.filter(pl.col("condition") == group)
            label = group_name(group)
            chart = _chart(charts, rows, name=named, group=label, key=f"{key}-{place}")
            panels.append(Plot(label, _sessions(rows), chart))
        if panels:
            single.append(PanelRow(named, panels))
    return whole, single


def _chart(charts: TopicCharts, rows: pl.DataFrame, *, name: str, group: str, key: str) -> Markup:
    return figure(
        charts.draw(rows),
        key=key,
        title=f"{name} over session time, {group}",
        description=described(rows),
    )


def _sessions(rows: pl.DataFrame) -> str:
    n = int(rows["n_sessions"].max() or 0)  # type: ignore[arg-type]
    said = count(n, "session", "sessions")
    return f"{said}, small" if n < SMALL_GROUP else said
