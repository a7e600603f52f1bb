"""Twenty invented sessions over four conditions, in several formats, with questionnaires."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path


def sample_folder() -> AbstractContextManager[Path]:
    """Open the folder of the bundled sample, as a context manager giving its path.

    Every person, session and number in it is invented; see its README.md.
    """
    return as_file(files("attunement.sample").joinpath("corpus"))
