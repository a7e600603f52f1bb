"""Anchors: what a person says when the alliance is strong, and when it is weak."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.tables import Pole, Role, Scale, Table

REGISTERS = (
    "clipped",
    "long",
    "spoken",
    "typed",
    "adolescent",
    "adult",
    "plain",
    "clinical",
    "voice",
    "chat",
)
"""How an anchor sounds: the only tags a bank may use."""

ANCHORS = Table(
    "anchors",
    {
        "anchor": pl.String(),
        "role": pl.String(),
        "scale": pl.String(),
        "pole": pl.String(),
        "text": pl.String(),
        "register": pl.String(),
    },
)
"""A bank as a table; `anchor` is the column of the same name in the evidence table."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One utterance.

    Attributes
    ----------
    anchor_id : str
        Role, scale, pole and place in the file, from 01: "patient.task.strong.01".
    scale : Scale
        Task, bond or goal.
    role : Role
        Who says it.
    pole : Pole
        Whether it speaks of a strong or a weak alliance.
    text : str
        What is said.
    register : tuple of str
        How it sounds, out of `REGISTERS`.
    """

    anchor_id: str
    scale: Scale
    role: Role
    pole: Pole
    text: str
    register: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeutralLine:
    """One utterance about life, and not about the alliance: it speaks for neither pole.

    Attributes
    ----------
    line_id : str
        Role and place in the file, from 01: "patient.neutral.01".
    role : Role
        Who says it.
    text : str
        What is said.
    register : tuple of str
        How it sounds, out of `REGISTERS`.
    """

    line_id: str
    role: Role
    text: str
    register: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnchorBank:
    """Anchors for every role, scale and pole, and lines that speak for neither pole.

    Attributes
    ----------
    name, version, licence : str
        What it is, and on what terms.
    anchors : tuple of Anchor
        Patient before therapist; task, bond, goal; strong before weak; then as in the file.
    sha256 : str
        Hash of the file it was read from: scores from different banks are not comparable.
    neutral : tuple of NeutralLine
        Patient before therapist; then as in the file. A bank need not have any.
    """

    name: str
    version: str
    licence: str
    anchors: tuple[Anchor, ...]
    sha256: str
    neutral: tuple[NeutralLine, ...] = ()

    def poles(self, *, scale: Scale, role: Role) -> tuple[list[Anchor], list[Anchor]]:
        """Give a role's strong and weak anchors on a scale, each in the order of the file."""
        cell = [a for a in self.anchors if a.scale == scale and a.role == role]
        strong = [anchor for anchor in cell if anchor.pole == "strong"]
        weak = [anchor for anchor in cell if anchor.pole == "weak"]
        return strong, weak

    def neutral_of(self, role: Role) -> list[NeutralLine]:
        """Give a role's neutral lines in the order of the file."""
        return [line for line in self.neutral if line.role == role]


def anchors_table(bank: AnchorBank) -> pl.DataFrame:
    """Lay out a bank as a table, one anchor a row; neutral lines are no anchors and stay out.

    Parameters
    ----------
    bank : AnchorBank
        The bank.

    Returns
    -------
    pl.DataFrame
        With the schema of `ANCHORS`; the tags of the register are joined by spaces.
    """
    rows = [
        (a.anchor_id, a.role, a.scale, a.pole, a.text, " ".join(a.register)) for a in bank.anchors
    ]
    return pl.DataFrame(rows, schema=ANCHORS.schema, orient="row")
