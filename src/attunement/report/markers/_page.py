"""The markers on a page of their own."""

from __future__ import annotations

from pathlib import Path

from attunement.files import write_text
from attunement.report._language_about import LanguageAbout
from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report.markers._means import DRAWS, SEED
from attunement.report.markers._section import markers_section
from attunement.report.markers._shown import MarkersShown


def render_markers_page(shown: MarkersShown, about: LanguageAbout) -> str:
    """Draw the markers as one self-contained HTML page.

    Parameters
    ----------
    shown : MarkersShown
        What is shown.
    about : LanguageAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds figures and the names of groups, and no words of a session.
    """
    section = markers_section(shown)
    return whole_page(
        "markers_page.html.j2",
        {
            "about": about,
            "markers": section,
            "figures": _figures(shown),
            "draws": f"{DRAWS:,} draws of {section.drawn}, seed {SEED}",
        },
    )


def write_markers_page(path: Path, shown: MarkersShown, about: LanguageAbout) -> None:
    """Write the markers' page to `path`, whole or not at all; parameters as in rendering it.

    Raises
    ------
    StorageError
        The file cannot be written; what stood there before is untouched.
    """
    write_text(path, render_markers_page(shown, about))


def _figures(shown: MarkersShown) -> list[Figure]:
    """Count what the figures rest on."""
    n = shown.read()
    return [
        Figure(f"{n:,}", "session" if n == 1 else "sessions"),
        Figure(f"{shown.markers.height:,}", "turns with words"),
        Figure(f"{int(shown.markers['words'].sum()):,}", "words"),
    ]
