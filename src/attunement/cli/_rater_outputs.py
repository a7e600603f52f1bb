"""What is known of judges, as files: a page, and the tables it is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attunement import __version__
from attunement.cli._provenance import now
from attunement.files import filling, write_text
from attunement.psychometrics import PsychometricsResult
from attunement.report.raters import RatersAbout, RatersShown, render_raters_page
from attunement.tablefiles import write_table

_FILES = (
    "raters.html",
    "rater_statistics.csv",
    "rater_items.csv",
    "rater_short_forms.jsonl",
)


def write_psychometrics(
    folder: Path,
    result: PsychometricsResult,
    *,
    title: str,
    command: str,
    fictional: bool = False,
    notes: Sequence[str] = (),
) -> list[Path]:
    """Write the page and its tables, all of them or none.

    Parameters
    ----------
    folder : Path
        Where to.
    result : PsychometricsResult
        What is written.
    title, command : str
        The page's heading, and the command that made it.
    fictional : bool
        The sessions are invented.
    notes : sequence of str
        How the scores came to be.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    shown = RatersShown(
        statistics=result.statistics,
        items=result.items,
        short_forms=result.short_forms,
        notes=result.notes,
    )
    about = RatersAbout(
        title=title,
        version=__version__,
        command=command,
        created=now(),
        fictional=fictional,
        notes=tuple(notes),
    )
    with filling(folder) as staging:
        write_text(staging / "raters.html", render_raters_page(shown, about))
        write_table(staging / "rater_statistics.csv", result.statistics)
        write_table(staging / "rater_items.csv", result.items)
        write_table(staging / "rater_short_forms.jsonl", result.short_forms)
    return [folder / name for name in _FILES]
