"""The whole page: one HTML file that asks the network for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attunement.files import write_text
from attunement.gap import wording_for
from attunement.report._inputs import About, ReportTables
from attunement.report._moments import EACH_END, LEAST_WORDS
from attunement.report._overview import (
    condition_charts,
    condition_groups,
    condition_label,
    conditions_in_order,
    head_figures,
    session_table,
)
from attunement.report._sections import CLOSE, session_sections, shown_sessions
from attunement.report._smooth import BANDWIDTH
from attunement.report._summary import SMALL_GROUP, session_summary
from attunement.report._svg import unchecked
from attunement.report._templates import whole_page
from attunement.report._words import measure_name, similarity
from attunement.report.gap import GapAbout, gap_section
from attunement.report.markers import MarkersShown, markers_section
from attunement.report.topics import TopicsShown, topics_section
from attunement.tables import MEASURES

if TYPE_CHECKING:
    from attunement.gap import GapResult

MAX_SESSIONS = 250


@unchecked
def render_report(
    tables: ReportTables,
    about: About,
    *,
    gap: GapResult | None = None,
    markers: MarkersShown | None = None,
    topics: TopicsShown | None = None,
    max_sessions: int = MAX_SESSIONS,
) -> str:
    """Draw the report as one self-contained HTML page.

    Parameters
    ----------
    tables : ReportTables
        What is shown.
    about : About
        How it came to be.
    gap : GapResult, optional
        The analysis of the gap, shown first.
    markers : MarkersShown, optional
        How the two sides speak, and what goes with the alliance.
    topics : TopicsShown, optional
        What is spoken of, and what follows it, shown after the markers.
    max_sessions : int
        At most so many sessions get a section of their own: those whose patient's last quarter is
        lowest. The page says so, and its table lists every session.

    Returns
    -------
    str
        HTML. It holds the words of turns: it is health data, as the transcripts are.
    """
    summary = session_summary(tables)
    shown = shown_sessions(summary, most=max_sessions)
    keys = {session_id: f"session-{place}" for place, session_id in enumerate(shown, start=1)}
    around_zero = not about.on_common_scale
    wording = wording_for(on_common_scale=about.on_common_scale)
    return whole_page(
        "page.html.j2",
        {
            "about": about,
            "gap": gap_section(gap, GapAbout.of(about)) if gap is not None else None,
            "markers": markers_section(markers) if markers is not None else None,
            "topics": topics_section(topics) if topics is not None else None,
            "figures": head_figures(tables),
            "conditions": [condition_label(one) for one in conditions_in_order(tables)],
            "wording": wording,
            "small": SMALL_GROUP,
            "measures": {measure: measure_name(measure) for measure in MEASURES},
            "condition_charts": condition_charts(tables, summary, around_zero=around_zero),
            "condition_groups": condition_groups(tables, summary),
            "table": session_table(tables, summary, keys=keys, difference=wording.name),
            "sections": session_sections(tables, summary, keys=keys, around_zero=around_zero),
            "n_sessions": summary.height,
            "n_shown": len(shown),
            "bandwidth": f"{BANDWIDTH:.0%}",
            "least_words": LEAST_WORDS,
            "enough_turns": 2 * EACH_END,
            "close": similarity(CLOSE) if tables.evidence.height else "",
        },
    )


def write_report(
    path: Path,
    tables: ReportTables,
    about: About,
    *,
    gap: GapResult | None = None,
    markers: MarkersShown | None = None,
    topics: TopicsShown | None = None,
    max_sessions: int = MAX_SESSIONS,
) -> None:
    """Write the report to `path`, whole or not at all; parameters as in `render_report`.

    Raises
    ------
    StorageError
        The file cannot be written; what stood there before is untouched.
    """
    html = render_report(
        tables, about, gap=gap, markers=markers, topics=topics, max_sessions=max_sessions
    )
    write_text(path, html)
