"""The markers on a page of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from attunement.files import write_text
from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report.markers._means import DRAWS, SEED
from attunement.report.markers._section import markers_section
from attunement.report.markers._shown import MarkersShown


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkersAbout:
    """What stands beside the markers' figures.

    Attributes
    ----------
    title : str
        The page's heading.
    version : str
        The software's version.
    command : str
        The command that made the figures.
    created : str
        When, as it should be shown.
    source : str
        Where the inferred alliance comes from: the estimator and the encoder.
    fictional : bool
        The sessions are invented: the page says so at its head.
    notes : tuple of str
        Further sentences on how the figures came to be.
    """

    title: str
    version: str
    command: str
    created: str
    source: str
    fictional: bool = False
    notes: tuple[str, ...] = ()


def render_markers_page(shown: MarkersShown, about: MarkersAbout) -> str:
    """Draw the markers as one self-contained HTML page.

    Parameters
    ----------
    shown : MarkersShown
        What is shown.
    about : MarkersAbout
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


def write_markers_page(path: Path, shown: MarkersShown, about: MarkersAbout) -> None:
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
