"""Tables and the self-contained HTML report: what a session looked like, and where to listen."""

from attunement.report._inputs import About, ReportTables
from attunement.report._moments import moments
from attunement.report._page import render_report, write_report
from attunement.report._summary import (
    condition_summary,
    last_quarter,
    role_differences,
    session_summary,
)
from attunement.report._trajectories import trajectories

__all__ = [
    "About",
    "ReportTables",
    "condition_summary",
    "last_quarter",
    "moments",
    "render_report",
    "role_differences",
    "session_summary",
    "trajectories",
    "write_report",
]
