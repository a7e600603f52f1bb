"""What follows what: a heat table of ratios for each kind of step, and the clearest told."""

from __future__ import annotations

from typing import Any

import polars as pl

from attunement.report._words import MISSING, count, printable
from attunement.report.gap._cells import p_value
from attunement.report.gap._rows import ALPHA
from attunement.report.gap._story import listed
from attunement.report.topics._shown import TopicsShown
from attunement.report.topics._views import HeatCell, HeatRow, HeatTable

ENOUGH = 5
"""A cell is shown if chance alone would give so many."""

_STEPS = {
    ("therapist", "patient"): "What the patient speaks of after the therapist’s turn",
    ("patient", "therapist"): "What the therapist answers with",
    ("patient", "patient"): "What the patient speaks of from one turn to the next",
}
_AFTER = {
    ("therapist", "patient"): "after the therapist’s “{start}” the patient’s “{end}”",
    ("patient", "therapist"): "after the patient’s “{start}” the therapist’s “{end}”",
    ("patient", "patient"): "after “{start}” the patient’s “{end}”",
}
_NAMED = 3
_STRONG, _CLEAR, _LEAST = 2.0, 1.5, 1e-9

Step = tuple[str, str]


def heat_tables(shown: TopicsShown) -> list[HeatTable]:
    """Set out each kind of step for which any cell has enough turns."""
    tables = []
    for place, step in enumerate(_STEPS):
        rows = _with_chance(shown.transitions, step)
        if rows.filter(pl.col("enough")).is_empty():
            continue
        tables.append(_table(shown, rows, step, key=f"transitions-{place}"))
    return tables


def _with_chance(transitions: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Add how many of each transition chance alone would give."""
    own = transitions.filter(from_role=step[0], to_role=step[1])
    leaving = pl.col("n").sum().over("from_topic")
    by_chance = (leaving * pl.col("expected")).alias("by_chance")
    return own.with_columns(by_chance).with_columns(
        ((pl.col("by_chance") >= ENOUGH) & pl.col("ratio").is_not_null()).alias("enough")
    )


def _proper(rows: pl.DataFrame, shown: TopicsShown) -> pl.DataFrame:
    """Leave out steps from or to what is of no topic."""
    topics = shown.proper()["topic"].implode()
    return rows.filter(pl.col("from_topic").is_in(topics), pl.col("to_topic").is_in(topics))


def _table(shown: TopicsShown, rows: pl.DataFrame, step: Step, *, key: str) -> HeatTable:
    names = {topic: printable(name) for topic, name in shown.names().items()}
    cells = {(row["from_topic"], row["to_topic"]): row for row in rows.to_dicts()}
    held = rows.filter(pl.col("enough"))
    order = [
        topic
        for topic in shown.in_order()["topic"]
        if topic in set(held["from_topic"]) | set(held["to_topic"])
    ]
    return HeatTable(
        key=key,
        title=_STEPS[step],
        found=_found(_proper(rows, shown), names, step),
        caption=(
            "Times as often as chance within sessions would give; rows: the turn before, columns: "
            "the turn after, by their numbers"
        ),
        headings=[(str(topic), names[topic]) for topic in order],
        rows=[
            HeatRow(
                str(topic),
                names[topic],
                [
                    _cell(
                        cells.get((topic, other)),
                        start=names[topic],
                        end=names[other],
                        same=topic == other,
                    )
                    for other in order
                ],
            )
            for topic in order
        ],
    )


def _cell(row: dict[str, Any] | None, *, start: str, end: str, same: bool) -> HeatCell:
    steady = " same" if same else ""
    if row is None or not row["enough"]:
        return HeatCell("·", f"few{steady}", f"from {start} to {end}: too few to say")
    ratio: float = row["ratio"]
    text = times(ratio)
    said = f"from {start} to {end}: {row['n']:,}, {row['by_chance']:,.0f} by chance"
    if row["p_fdr"] is None or row["p_fdr"] >= ALPHA:
        return HeatCell(text, f"even{steady}", said)
    strength = ratio if ratio > 1 else 1 / max(ratio, _LEAST)
    level = 3 if strength >= _STRONG else 2 if strength >= _CLEAR else 1
    way = "more" if ratio > 1 else "less"
    return HeatCell(text, f"{way}-{level}{steady}", f"{said}, {_q(row)}")


def times(ratio: float) -> str:
    """Write a ratio with two figures: 0.42, 1.8, 12."""
    return f"{ratio:.2f}" if ratio < 0.995 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}"


def _found(rows: pl.DataFrame, names: dict[int, str], step: Step) -> str:
    """Tell how far topics are stayed with, and which others follow most above chance."""
    same = rows.filter(pl.col("from_topic") == pl.col("to_topic"))
    stays, by_chance = int(same["n"].sum()), float(same["by_chance"].sum())
    said = []
    if by_chance >= ENOUGH:
        said.append(
            f"The topic stays the same {times(stays / by_chance)} times as often as chance within "
            f"sessions would give ({count(stays, 'time', 'times')})."
        )
    apart = rows.filter(pl.col("enough"), pl.col("from_topic") != pl.col("to_topic"))
    more = apart.filter(pl.col("p_fdr") < ALPHA, pl.col("ratio") > 1)
    n = count(apart.height, "change of topic", "changes of topic")
    named = [
        f"{_AFTER[step].format(start=names[row['from_topic']], end=names[row['to_topic']])} "
        f"({times(row['ratio'])} times as often, {count(row['n'], 'turn', 'turns')}, {_q(row)})"
        for row in more.sort("ratio", descending=True).head(_NAMED).to_dicts()
    ]
    if named:
        verb = "is" if more.height == 1 else "are"
        above = ", above all" if more.height > _NAMED else ":"
        said.append(
            f"Of {n} frequent enough to judge, {more.height} {verb} more frequent than chance "
            f"(q < .05){above} {listed(named)}."
        )
    elif apart.height:
        said.append(f"Of {n} frequent enough to judge, none is more frequent than chance.")
    return " ".join(said)


def _q(row: dict[str, Any]) -> str:
    return p_value(row["p_fdr"]).replace("p", "q", 1) or MISSING
