"""What a reader must know about how the figures of a gap came to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from attunement.report._about import PageAbout
from attunement.report._inputs import About


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAbout(PageAbout):
    """What stands beside a gap's figures.

    Attributes
    ----------
    source : str
        Where the values come from: the estimator and the encoder, or the questionnaire.
    """

    source: str

    @classmethod
    def of(cls, about: About) -> Self:
        """Say of the gap what is said of the report it stands in."""
        return cls(
            title=about.title,
            version=about.version,
            command=about.command,
            created=about.created,
            source=f"estimator {about.estimator}, encoder {about.encoder}",
            fictional=about.fictional,
            notes=about.notes,
        )
