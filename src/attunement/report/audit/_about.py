"""What a reader must know about how the figures of an audit came to be."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.report._about import PageAbout


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAbout(PageAbout):
    """What stands beside an audit's figures.

    Attributes
    ----------
    source : str
        Where the scores come from: the estimator and the encoder.
    draws : str
        How many draws the intervals rest on, and their seed.
    """

    source: str
    draws: str
