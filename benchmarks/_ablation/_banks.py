"""Parts of the anchor bank."""

from __future__ import annotations

from dataclasses import replace

from attunement.instruments import AnchorBank
from attunement.tables import ROLES, SCALES


def thinned(bank: AnchorBank, *, every: int, first: int) -> AnchorBank:
    """Keep every so-many-th anchor of each role, scale and pole, and neutral line of each role."""
    poles = (bank.poles(scale=scale, role=role) for role in ROLES for scale in SCALES)
    anchors = [anchor for both in poles for pole in both for anchor in pole[first::every]]
    neutral = [line for role in ROLES for line in bank.neutral_of(role)[first::every]]
    return replace(bank, anchors=tuple(anchors), neutral=tuple(neutral))


def of_register(bank: AnchorBank, tag: str) -> AnchorBank:
    """Keep the anchors that sound so; all neutral lines stay."""
    return replace(bank, anchors=tuple(one for one in bank.anchors if tag in one.register))
