"""How the figures on a page of markers, or of topics, came to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageAbout:
    """What stands beside the figures of markers or topics on a page of their own.

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
        Where the figures come from: the estimator, the encoder, the topic model.
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
