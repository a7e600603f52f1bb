"""The self-contained HTML report: what a session was like, where to listen, the gap, markers."""

from attunement.report._inputs import About, ReportTables
from attunement.report._language_about import LanguageAbout
from attunement.report._moments import moments
from attunement.report._page import render_report, write_report
from attunement.report._summary import (
    condition_summary,
    last_quarter,
    session_summary,
)
from attunement.report.gap import GapAbout, render_gap_page, write_gap_exports, write_gap_outputs
from attunement.report.markers import (
    MarkersShown,
    render_markers_page,
    write_markers_page,
)
from attunement.report.topics import TopicsShown, topics_page, write_topics_page

__all__ = [
    "About",
    "GapAbout",
    "LanguageAbout",
    "MarkersShown",
    "ReportTables",
    "TopicsShown",
    "condition_summary",
    "last_quarter",
    "moments",
    "render_gap_page",
    "render_markers_page",
    "render_report",
    "session_summary",
    "topics_page",
    "write_gap_exports",
    "write_gap_outputs",
    "write_markers_page",
    "write_report",
    "write_topics_page",
]
