"""What stands beside the figures of every page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAbout:
    """What a reader must know of every page; a page of its own kind adds to it.

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
    fictional : bool
        What it is about is invented: the page says so at its head.
    notes : tuple of str
        Further sentences on how the figures came to be.
    """

    title: str
    version: str
    command: str
    created: str
    fictional: bool = False
    notes: tuple[str, ...] = ()
