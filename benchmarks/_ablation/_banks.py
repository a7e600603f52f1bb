"""Parts of the anchor bank, and other banks that were written blind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from attunement.instruments import AnchorBank, load_anchors
from attunement.tables import ROLES, SCALES

BLIND = ("plain", "vivid")
"""Banks whose writers saw no corpus: the heads of their files say how they came about."""


def blind_banks() -> dict[str, AnchorBank]:
    folder = Path(__file__).parent / "banks"
    return {name: load_anchors(folder / f"{name}.yaml") for name in BLIND}


def merged(bank: AnchorBank, other: AnchorBank) -> AnchorBank:
    """Set two banks side by side; every line counts alike, so the larger one counts for more."""
    return replace(
        bank,
        name=f"{bank.name} and {other.name}",
        anchors=bank.anchors + other.anchors,
        neutral=bank.neutral + other.neutral,
    )


def thinned(bank: AnchorBank, *, every: int, first: int) -> AnchorBank:
    """Keep every so-many-th anchor of each role, scale and pole, and neutral line of each role."""
    poles = (bank.poles(scale=scale, role=role) for role in ROLES for scale in SCALES)
    anchors = [anchor for both in poles for pole in both for anchor in pole[first::every]]
    neutral = [line for role in ROLES for line in bank.neutral_of(role)[first::every]]
    return replace(bank, anchors=tuple(anchors), neutral=tuple(neutral))


def of_register(bank: AnchorBank, tag: str) -> AnchorBank:
    """Keep the anchors that sound so; all neutral lines stay."""
    return replace(bank, anchors=tuple(one for one in bank.anchors if tag in one.register))
