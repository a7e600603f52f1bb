"""What a reader must know about how the figures of an audit came to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAbout:
    """What stands beside an audit's figures.

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
        Where the scores come from: the estimator and the encoder.
    draws : str
        How many draws the intervals rest on, and their seed.
    fictional : bool
        The chats are invented: the page says so at its head.
    notes : tuple of str
        Further sentences on how the figures came to be.
    """

    title: str
    version: str
    command: str
    created: str
    source: str
    draws: str
    fictional: bool = False
    notes: tuple[str, ...] = ()
