"""Reading an instrument from the shipped keys, or from a small YAML file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, RootModel

from attunement.errors import DataError, UsageError
from attunement.instruments._document import SHIPPED, Document, Location
from attunement.instruments._keys import Sign, key_names, load_key
from attunement.instruments._schema import FileModel, Wording, validated
from attunement.instruments._yaml import read_yaml
from attunement.instruments.questionnaires._instrument import (
    BEARABLE,
    CEILING,
    RATERS,
    Instrument,
    InstrumentItem,
    Rater,
    Scoring,
)
from attunement.tables import ALLIANCE

_LAYOUT = "Correct it; docs/questionnaires.md shows the layout of the file"
_ITEM = re.compile(r"([1-9][0-9]{0,3})(R?)")


def load_instrument(name: str | Path) -> Instrument:
    """Load an instrument by the name of a shipped key, or from a file.

    Parameters
    ----------
    name : str or Path
        "WAI-36", "WAI-S", "WAI-SR" or "SRS", however it is spelled, or a YAML file laid out as
        docs/questionnaires.md shows.

    Returns
    -------
    Instrument

    Raises
    ------
    UsageError
        It is neither the name of a shipped instrument nor a file that can be read.
    DataError
        The file is not laid out as it should be, or contradicts itself; the message names the
        line and the field.
    """
    shipped = {same_name(known): known for known in key_names()}
    if isinstance(name, str) and same_name(name) in shipped:
        return _shipped(shipped[same_name(name)])
    if not Path(name).is_file():
        raise UsageError(
            f'there is no instrument and no file named "{name}"',
            mend=f"Use {', '.join(shipped.values())}, or the path of a definition file (YAML)",
            field="instrument",
        )
    return _from_file(Path(name))


def shipped_instruments() -> tuple[Instrument, ...]:
    """Give every instrument whose key ships with Attunement."""
    return tuple(_shipped(name) for name in key_names())


def same_name(name: str) -> str:
    """Give a name as names are compared: "wai_sr" is the WAI-SR."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _split(words: object) -> object:
    return words.split() if isinstance(words, str) else words


_Numbers = Annotated[tuple[float, ...], BeforeValidator(_split)]
_Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
_Share = Annotated[float, Field(ge=0, lt=1)]
_Between = Annotated[float, Field(gt=0, lt=1)]


class _Rules(FileModel):
    """How forms are scored, beyond the key."""

    forms: Annotated[tuple[Rater, ...], BeforeValidator(_split), Field(min_length=1)] = RATERS
    score: Scoring = "sum"
    missing: _Share = BEARABLE
    decimals: bool = False
    labels: dict[str, float] = Field(default_factory=dict)
    missing_codes: _Numbers = ()
    reliability: dict[str, _Between] = Field(default_factory=dict)
    ceiling: _Between = CEILING


class _InstrumentFile(_Rules):
    name: Wording
    title: Wording = ""
    source: Wording = "unstated"
    low: float
    high: float
    scales: dict[str, _Words] = Field(default_factory=dict)
    unscaled: _Words = ()


class _RulesFile(RootModel[dict[str, _Rules]]):
    pass


def _shipped(name: str) -> Instrument:
    key = load_key(name)
    return _instrument(
        validated(read_yaml(SHIPPED / "scoring.yaml"), _RulesFile).root[name],
        name=name,
        title=key.title,
        source=key.source,
        low=key.low,
        high=key.high,
        items=tuple(InstrumentItem(i.number, i.scale, i.key) for i in key.items),
    )


def _from_file(path: Path) -> Instrument:
    document = read_yaml(path)
    file = validated(document, _InstrumentFile, mend=_LAYOUT)
    if not file.low < file.high:
        raise _wrong(
            document, ("high",), f"must be greater than low, found {file.high:g} and {file.low:g}"
        )
    items = _items(document, file)
    _check_name(document, file, items)
    _check_labels(document, file)
    _check_reliability(document, file)
    return _instrument(
        file,
        name=file.name,
        title=file.title or file.name,
        source=file.source,
        low=file.low,
        high=file.high,
        items=items,
    )


def _instrument(
    rules: _Rules,
    *,
    name: str,
    title: str,
    source: str,
    low: float,
    high: float,
    items: tuple[InstrumentItem, ...],
) -> Instrument:
    return Instrument(
        name=name,
        title=title,
        source=source,
        low=low,
        high=high,
        items=items,
        forms=rules.forms,
        score=rules.score,
        missing=rules.missing,
        decimals=rules.decimals,
        labels=rules.labels,
        missing_codes=rules.missing_codes,
        reliability=rules.reliability,
        ceiling=rules.ceiling,
    )


def _items(document: Document, file: _InstrumentFile) -> tuple[InstrumentItem, ...]:
    """Give the items by number; each belongs to one scale, or to none."""
    places: dict[int, str] = {}
    items: list[InstrumentItem] = []
    groups: list[tuple[Location, str | None, tuple[str, ...]]] = [
        (("scales", scale), scale, numbers) for scale, numbers in file.scales.items()
    ]
    groups.append((("unscaled",), None, file.unscaled))
    for location, scale, numbers in groups:
        if scale == ALLIANCE:
            raise _wrong(
                document, location, f"{ALLIANCE} is what the whole is called, over all scales"
            )
        for written in numbers:
            number, key = _item(document, location, written)
            if number in places:
                raise _wrong(document, location, f"item {number} is in {places[number]} already")
            places[number] = scale or "unscaled"
            items.append(InstrumentItem(number, scale, key))
    if not items:
        raise _wrong(document, ("scales",), "there is no item, in scales or unscaled")
    return tuple(sorted(items, key=lambda item: item.number))


def _item(document: Document, location: Location, written: str) -> tuple[int, Sign]:
    match = _ITEM.fullmatch(written)
    if match is None:
        raise _wrong(
            document,
            location,
            f"{written[:20]!r} is no item: expected numbers such as 4, or 4R where it is reversed",
        )
    return int(match[1]), -1 if match[2] else 1


def _check_name(
    document: Document, file: _InstrumentFile, items: tuple[InstrumentItem, ...]
) -> None:
    """See that a file that bears a shipped instrument's name has its items, scales and range."""
    for shipped in shipped_instruments():
        if same_name(file.name) != same_name(shipped.name):
            continue
        if (file.low, file.high, items) != (shipped.low, shipped.high, shipped.items):
            raise document.error(
                ("name",),
                f"{shipped.name} ships with Attunement, and its items, scales or range are others",
                mend=f"Give yours another name, or take the shipped one: -i {shipped.name}",
            )


def _check_labels(document: Document, file: _InstrumentFile) -> None:
    for label, value in file.labels.items():
        if not file.low <= value <= file.high:
            raise _wrong(
                document,
                ("labels", label),
                f"is {value:g}, expected {file.low:g} to {file.high:g}",
            )
    for code in file.missing_codes:
        if file.low <= code <= file.high:
            raise _wrong(
                document,
                ("missing_codes",),
                f"{code:g} is an answer: it lies between {file.low:g} and {file.high:g}",
            )


def _check_reliability(document: Document, file: _InstrumentFile) -> None:
    for scale in file.reliability:
        if scale not in (*file.scales, ALLIANCE):
            raise _wrong(
                document,
                ("reliability", scale),
                f"is no scale of this file; they are {', '.join((*file.scales, ALLIANCE))}",
            )


def _wrong(document: Document, location: Location, problem: str) -> DataError:
    return document.error(location, problem, mend=_LAYOUT)
