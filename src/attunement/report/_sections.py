"""The sessions' own sections, worked out: charts, scores, and the moments with their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from attunement.report._inputs import ReportTables
from attunement.report._moments import EACH_END, moments
from attunement.report._overview import condition_label, conditions_in_order
from attunement.report._panel import value_range
from attunement.report._questionnaires import Totals
from attunement.report._session_charts import Mark, SessionCharts
from attunement.report._svg import unchecked
from attunement.report._views import Moment, NearAnchor, Quote, SessionSection
from attunement.report._words import count, folded, number, printable, short_name, similarity
from attunement.tables import MEASURES, NEAREST_ANCHORS, ROLES

CLOSE = 0.35
"""The least similarity, as it is written, at which an anchor is shown beside a turn."""


def shown_sessions(summary: pl.DataFrame, *, most: int) -> list[str]:
    """Choose the sessions that get a section: all, or those whose patient ends lowest.

    Returns
    -------
    list of str
        Session ids in the order of `summary`.
    """
    ids: list[str] = summary["session_id"].to_list()
    if len(ids) <= most:
        return ids
    closing = "inferred_patient_last_quarter"
    lowest = summary.sort(closing, nulls_last=True, maintain_order=True).head(most)
    chosen = set(lowest["session_id"].to_list())
    return [session_id for session_id in ids if session_id in chosen]


@unchecked
def session_sections(
    tables: ReportTables, summary: pl.DataFrame, *, keys: Mapping[str, str], around_zero: bool
) -> Iterator[SessionSection]:
    """Work out a section for each session in `keys`, one at a time.

    Parameters
    ----------
    tables : ReportTables
        The tables.
    summary : DataFrame
        Their `session_summary`.
    keys : mapping of str to str
        Session id to the section's id in the page, in order.
    around_zero : bool
        Zero is the reference set's mean and stays in view.
    """
    scores = tables.finite_scores().filter(pl.col("session_id").is_in(list(keys)))
    drawn = pl.concat([scores[measure] for measure in MEASURES]).drop_nulls()
    low, high = value_range(drawn, around_zero=around_zero, least=1.0, share=0.99)
    charts = SessionCharts.between(low, high)
    by_session = scores.partition_by("session_id", as_dict=True)
    picked = _by_session(moments(tables, EACH_END))
    totals = Totals(tables.ratings)
    conditions = {name: place for place, name in enumerate(conditions_in_order(tables))}
    rows = {row["session_id"]: row for row in summary.iter_rows(named=True)}
    for session_id, key in keys.items():
        row = rows[session_id]
        worth_reading = _numbered(picked.get(session_id, []))
        marks = [
            Mark(number=place, kind=found["kind"], time=found["time"], value=found["alliance"])
            for place, found in worth_reading
        ]
        yield SessionSection(
            key=key,
            session_id=printable(session_id),
            condition_key=conditions[row["condition"]],
            facts=_facts(row),
            scores=_score_rows(row),
            last_quarter=number(row["inferred_patient_last_quarter"]),
            questionnaires=totals.details(session_id),
            charts=charts.draw(
                by_session.get((session_id,), scores.clear()),
                marks,
                key=key,
                name=f"session {printable(session_id)}",
            ),
            moments=[
                (kind, [_moment(n, found) for n, found in worth_reading if found["kind"] == kind])
                for kind in ("lowest", "highest")
            ],
            missing=_missing(row),
        )


def _by_session(picked: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    by_session: dict[str, list[dict[str, Any]]] = {}
    for found in picked.iter_rows(named=True):
        by_session.setdefault(found["session_id"], []).append(found)
    return by_session


def _numbered(found: Sequence[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Count a session's moments: 1 is the lowest, the highest follow on."""
    return list(enumerate(found, start=1))


def _facts(row: Mapping[str, Any]) -> list[str]:
    facts = [condition_label(row["condition"])]
    for column, name in (("patient_id", "patient"), ("therapist_id", "therapist")):
        if row[column] is not None:
            facts.append(f"{name} {printable(row[column])}")
    if row["number"] is not None:
        facts.append(f"session number {row['number']}")
    turns = [count(row[f"{role}_turns"], f"{role} turn", f"{role} turns") for role in ROLES]
    return facts + turns


def _score_rows(row: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (
            short_name(measure),
            [
                *(number(row[f"inferred_{role}_{measure}"]) for role in ROLES),
                number(row[f"role_difference_{measure}"], signed=True),
            ],
        )
        for measure in MEASURES
    ]


def _missing(row: Mapping[str, Any]) -> str:
    """Say which side a session lacks."""
    silent = [role for role in ROLES if row[f"inferred_{role}_alliance"] is None]
    if not silent:
        return ""
    return f"This session has no scored turn of the {' or the '.join(silent)}."


def _moment(place: int, found: Mapping[str, Any]) -> Moment:
    nearest = found["anchor_1_similarity"]
    anchors = [
        NearAnchor(
            text=printable(found[f"anchor_{n}_text"]),
            kind=printable(f"{found[f'anchor_{n}_pole']} {found[f'anchor_{n}_scale']}"),
            similarity=similarity(found[f"anchor_{n}_similarity"]),
        )
        for n in range(1, NEAREST_ANCHORS + 1)
        if round(found[f"anchor_{n}_similarity"] or 0.0, 2) >= CLOSE
    ]
    before = found["before_text"]
    return Moment(
        number=place,
        kind=found["kind"],
        place=_place(found),
        score=number(found["alliance"]),
        words=_quote(found["text"] or ""),
        before=_quote(before) if before is not None else None,
        anchors=anchors,
        far="" if anchors or nearest is None else similarity(nearest),
    )


def _place(found: Mapping[str, Any]) -> str:
    place = f"turn {found['turn']}, {found['time']:.0%} into the session"
    if found["start"] is None:
        return place
    minutes, seconds = divmod(int(found["start"]), 60)
    return f"{place}, at {minutes}:{seconds:02d}"


def _quote(text: str) -> Quote:
    shown, rest = folded(printable(text))
    return Quote(shown=shown, rest=rest, rest_words=len(rest.split()))
