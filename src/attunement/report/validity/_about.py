"""What a reader must know about how the figures of a validation came to be."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.report._about import PageAbout


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityAbout(PageAbout):
    """What stands beside the figures.

    Attributes
    ----------
    encoder : str
        The embedding model.
    """

    encoder: str
