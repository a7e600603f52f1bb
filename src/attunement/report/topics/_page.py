"""The topics on a page of their own."""

from __future__ import annotations

from pathlib import Path

from attunement.files import write_text
from attunement.report._language_about import LanguageAbout
from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report.topics._section import topics_section
from attunement.report.topics._shown import TopicsShown


def topics_page(shown: TopicsShown, about: LanguageAbout) -> str:
    """Draw the topics as one self-contained HTML page.

    Parameters
    ----------
    shown : TopicsShown
        What is shown.
    about : LanguageAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds the words of turns: it is health data, as the transcripts are.
    """
    return whole_page(
        "topics_page.html.j2",
        {"about": about, "topics": topics_section(shown), "figures": _figures(shown)},
    )


def write_topics_page(path: Path, shown: TopicsShown, about: LanguageAbout) -> None:
    """Write the topics' page to `path`, whole or not at all; parameters as in `topics_page`.

    Raises
    ------
    StorageError
        The file cannot be written; what stood there before is untouched.
    """
    write_text(path, topics_page(shown, about))


def _figures(shown: TopicsShown) -> list[Figure]:
    """Count what the figures rest on."""
    n_topics, n_sessions = shown.proper().height, shown.n_sessions()
    return [
        Figure(f"{n_topics:,}", "topic" if n_topics == 1 else "topics"),
        Figure(f"{n_sessions:,}", "session" if n_sessions == 1 else "sessions"),
        Figure(f"{shown.turns.height:,}", "turns with words"),
    ]
