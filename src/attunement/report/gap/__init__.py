"""The calibration gap in the report: its section, a page of its own, and files for a paper."""

from attunement.report.gap._about import GapAbout
from attunement.report.gap._files import write_gap_exports, write_gap_outputs
from attunement.report.gap._page import render_gap_page
from attunement.report.gap._section import gap_section

__all__ = [
    "GapAbout",
    "gap_section",
    "render_gap_page",
    "write_gap_exports",
    "write_gap_outputs",
]
