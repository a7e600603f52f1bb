"""The gap on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report.gap._about import GapAbout
from attunement.report.gap._section import gap_section

if TYPE_CHECKING:
    from attunement.gap import GapResult

_COUNTED = (
    ("session_id", "session", "sessions"),
    ("patient_id", "patient", "patients"),
    ("therapist_id", "therapist", "therapists"),
)


def render_gap_page(result: GapResult, about: GapAbout) -> str:
    """Draw an analysis of the gap as one self-contained HTML page.

    Parameters
    ----------
    result : GapResult
        What is shown.
    about : GapAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds figures and the names of groups, and no words of a session.
    """
    options = result.options
    return whole_page(
        "gap_page.html.j2",
        {
            "about": about,
            "gap": gap_section(result, about),
            "figures": _figures(result),
            "draws": f"{options.draws:,} draws of {result.clusters}, seed {options.seed}",
        },
    )


def _figures(result: GapResult) -> list[Figure]:
    """Count what the figures rest on; patients and therapists appear where they are named."""
    table = result.rated_pairs if result.sessions.is_empty() else result.sessions
    figures = []
    for column, one, many in _COUNTED:
        n = table[column].drop_nulls().n_unique()
        if n or column == "session_id":
            figures.append(Figure(f"{n:,}", one if n == 1 else many))
    turns = [int(result.sessions[f"{role}_turns"].sum()) for role in ("patient", "therapist")]
    if sum(turns):
        figures.append(Figure(f"{sum(turns):,}", "scored turns"))
    return figures
