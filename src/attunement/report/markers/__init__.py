"""The markers section: how each side speaks, what the therapist does, what goes with alliance."""

from attunement.report.markers._page import render_markers_page, write_markers_page
from attunement.report.markers._section import MarkersSection, markers_section
from attunement.report.markers._shown import MarkersShown

__all__ = [
    "MarkersSection",
    "MarkersShown",
    "markers_section",
    "render_markers_page",
    "write_markers_page",
]
