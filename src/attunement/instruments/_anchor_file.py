"""Reading an anchor bank from its YAML file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from attunement.instruments._anchors import REGISTERS, Anchor, AnchorBank, NeutralLine
from attunement.instruments._document import SHIPPED, Document, Location
from attunement.instruments._schema import FileModel, Wording, comparable, validated
from attunement.instruments._yaml import read_yaml
from attunement.tables import POLES, ROLES, SCALES, Pole, Role, Scale

LONGEST = 400
"""Characters; a longer anchor is a speech, and its embedding says no one thing."""


def load_anchors(path: Path | str | None = None) -> AnchorBank:
    """Load an anchor bank.

    Parameters
    ----------
    path : Path or str, optional
        A YAML file. None loads the bank that ships with Attunement.

    Returns
    -------
    AnchorBank
        Anchors for every role, scale and pole, and the neutral lines if the file has any.

    Raises
    ------
    UsageError
        The file cannot be read.
    DataError
        A cell (role, scale, pole) is absent or empty, a text stands twice, is empty or longer than
        400 characters, or a register tag is absent, repeated or unknown.
    """
    document = read_yaml(SHIPPED / "anchors.yaml" if path is None else Path(path))
    file = validated(document, _BankFile)
    anchors = list(_anchors(file))
    neutral = list(_neutral(file))
    first: dict[str, str] = {}
    places = [(where, a.anchor_id, a.text, a.register) for where, a in anchors]
    places += [(where, line.line_id, line.text, line.register) for where, line in neutral]
    for location, name, text, register in places:
        _check_text(document, location, text, first=first)
        _check_register(document, location, register)
        first[comparable(text)] = name
    return AnchorBank(
        name=file.name,
        version=file.version,
        licence=file.licence,
        anchors=tuple(anchor for _, anchor in anchors),
        sha256=document.sha256,
        neutral=tuple(line for _, line in neutral),
    )


_Entries = Annotated[list[tuple[str, Wording]], Field(min_length=1)]
"""[register tags separated by spaces, text], any number of times."""


class _Poles(FileModel):
    strong: _Entries
    weak: _Entries


class _Scales(FileModel):
    task: _Poles
    bond: _Poles
    goal: _Poles


class _Roles(FileModel):
    patient: _Scales
    therapist: _Scales


class _Neutral(FileModel):
    patient: _Entries = Field(default_factory=list)
    therapist: _Entries = Field(default_factory=list)


class _BankFile(FileModel):
    name: Wording
    version: Wording
    licence: Wording
    anchors: _Roles
    neutral: _Neutral = Field(default_factory=_Neutral)


def _anchors(file: _BankFile) -> Iterator[tuple[Location, Anchor]]:
    """Give every anchor with the place in the file that it comes from."""
    for role, scale, pole in _cells():
        entries = getattr(getattr(getattr(file.anchors, role), scale), pole)
        for position, (tags, text) in enumerate(entries):
            anchor = Anchor(
                anchor_id=f"{role}.{scale}.{pole}.{position + 1:02d}",
                scale=scale,
                role=role,
                pole=pole,
                text=text,
                register=tuple(tags.split()),
            )
            yield ("anchors", role, scale, pole, position), anchor


def _neutral(file: _BankFile) -> Iterator[tuple[Location, NeutralLine]]:
    """Give every neutral line with the place in the file that it comes from."""
    for role in ROLES:
        for position, (tags, text) in enumerate(getattr(file.neutral, role)):
            line = NeutralLine(
                line_id=f"{role}.neutral.{position + 1:02d}",
                role=role,
                text=text,
                register=tuple(tags.split()),
            )
            yield ("neutral", role, position), line


def _cells() -> Iterator[tuple[Role, Scale, Pole]]:
    for role in ROLES:
        for scale in SCALES:
            for pole in POLES:
                yield role, scale, pole


def _check_text(
    document: Document, location: Location, text: str, *, first: dict[str, str]
) -> None:
    if len(text) > LONGEST:
        raise document.error(
            location,
            f"the text has {len(text)} characters, the most is {LONGEST}",
            mend="Shorten it, or make two lines of it",
        )
    if comparable(text) in first:
        raise document.error(
            location,
            f"is the same text as {first[comparable(text)]}",
            mend="Keep it in one place: a text at both poles, on two scales or also among the "
            "neutral lines cancels itself",
        )


def _check_register(document: Document, location: Location, tags: tuple[str, ...]) -> None:
    mend = f"Use one or more of {', '.join(REGISTERS)}, separated by spaces"
    if not tags:
        raise document.error(location, "has no register tag", mend=mend)
    unknown = [tag for tag in tags if tag not in REGISTERS]
    if unknown:
        raise document.error(location, f"{unknown[0]!r} is no register tag", mend=mend)
    if len(set(tags)) < len(tags):
        raise document.error(location, "a register tag stands twice", mend=mend)
