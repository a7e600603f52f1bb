"""What a reader must know about how the figures of a validation came to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityAbout:
    """What stands beside the figures.

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
    encoder : str
        The embedding model.
    fictional : bool
        The sessions are invented: the page says so at its head.
    notes : tuple of str
        Further sentences on how the scores came to be.
    """

    title: str
    version: str
    command: str
    created: str
    encoder: str
    fictional: bool = False
    notes: tuple[str, ...] = ()
