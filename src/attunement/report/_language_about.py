"""How the figures on a page of markers, or of topics, came to be."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.report._about import PageAbout


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageAbout(PageAbout):
    """What stands beside the figures of markers or topics on a page of their own.

    Attributes
    ----------
    source : str
        Where the figures come from: the estimator, the encoder, the topic model.
    """

    source: str
