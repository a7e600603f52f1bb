"""The layout of an item file of one's own: any scales, any range of answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from attunement.instruments.datafiles import Document, FileModel, Wording, comparable, validated
from attunement.raters._model import PERSPECTIVES, ItemSet, RatedItem

_LAYOUT = "Correct it; docs/raters.md shows the layout of an item file"
_RANGE = ("low", "high", "whole")
_SIGNS = {"1": 1, "+1": 1, "-1": -1}
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


def is_item_file(document: Document) -> bool:
    """Tell an item file from an inventory: its entries have an `item`, or it states a range."""
    if not isinstance(document.values, dict):
        return False
    entries = document.values.get("items")
    first = entries[0] if isinstance(entries, list) and entries else None
    named = isinstance(first, dict) and "item" in first
    return named or any(field in document.values for field in _RANGE)


def item_set(document: Document) -> ItemSet:
    """Make the item set of a document.

    Raises
    ------
    DataError
        The first thing that does not fit, with file, line and field.
    """
    file = validated(document, _ItemFile, mend=_LAYOUT)
    low, high, whole = _range(document, file)
    _check_names(document, file)
    return ItemSet(
        name=file.name or document.path.stem,
        version=file.version,
        licence=file.licence,
        low=low,
        high=high,
        whole=whole,
        items=tuple(_rated(document, at, entry) for at, entry in enumerate(file.items)),
        sha256=document.sha256,
    )


def _signed(text: object) -> object:
    return _SIGNS.get(text.strip(), text) if isinstance(text, str) else text


def _truth(text: object) -> object:
    return _TRUTHS.get(text.strip().casefold(), text) if isinstance(text, str) else text


_End = Annotated[float, Field(allow_inf_nan=False)]
_Whole = Annotated[bool, BeforeValidator(_truth)]


class _Entry(FileModel):
    item: Wording
    scale: Wording
    key: Annotated[Literal[1, -1], BeforeValidator(_signed)] = 1
    definition: Wording
    at_high: Wording
    at_low: Wording
    patient: Wording | None = None
    therapist: Wording | None = None
    observer: Wording | None = None
    low: _End | None = None
    high: _End | None = None
    whole: _Whole | None = None


class _ItemFile(FileModel):
    name: Wording | None = None
    version: Wording = "unstated"
    licence: Wording = "unstated"
    low: _End | None = None
    high: _End | None = None
    whole: _Whole | None = None
    items: Annotated[list[_Entry], Field(min_length=1)]


def _range(document: Document, file: _ItemFile) -> tuple[float, float, bool]:
    """Give the one range of all items: stated at the top, or in every row of a table alike."""
    low = _stated(document, file, "low")
    high = _stated(document, file, "high")
    if low >= high:
        raise document.error(
            ("high",) if file.high is not None else ("items", 0, "high"),
            f"the highest answer is {high:g} and the lowest {low:g}",
            mend="Give the low end of the answers as low and the high end as high",
        )
    whole = _stated(document, file, "whole") == 1
    if whole and not (low.is_integer() and high.is_integer()):
        raise document.error(
            ("whole",) if file.whole is not None else ("items", 0, "whole"),
            f"answers are whole numbers, and the range is {low:g} to {high:g}",
            mend="Give whole ends, or whole: no",
        )
    return low, high, whole


def _stated(document: Document, file: _ItemFile, field: Literal["low", "high", "whole"]) -> float:
    top: float | None = getattr(file, field)
    stated = top
    for at, entry in enumerate(file.items):
        own: float | None = getattr(entry, field)
        if own is None and top is None:
            raise document.error(
                ("items", at, field),
                "is missing or empty",
                mend="State low, high and whole once at the top of a YAML file, or in every row of"
                " a table",
            )
        if own is not None and stated is not None and own != stated:
            raise document.error(
                ("items", at, field),
                "differs from what was stated before",
                mend="All items of a file are answered in one range: make two files of it",
            )
        stated = own if stated is None else stated
    if stated is None:
        raise document.error((field,), "is missing or empty", mend=_LAYOUT)
    return float(stated)


def _check_names(document: Document, file: _ItemFile) -> None:
    first: dict[str, int] = {}
    for at, entry in enumerate(file.items):
        name = comparable(entry.item)
        if name in first:
            raise document.error(
                ("items", at, "item"),
                f"the name is that of entry {first[name] + 1} too",
                mend="Give every item its own name",
            )
        first[name] = at


def _rated(document: Document, at: int, entry: _Entry) -> RatedItem:
    if all(getattr(entry, perspective) is None for perspective in PERSPECTIVES):
        raise document.error(
            ("items", at),
            "has no wording: there is neither a patient, a therapist nor an observer field",
            mend="Give the statement as at least one of the three answers it",
        )
    return RatedItem(
        item=entry.item,
        scale=entry.scale,
        key=entry.key,
        patient=entry.patient,
        therapist=entry.therapist,
        observer=entry.observer,
        definition=entry.definition,
        high=entry.at_high,
        low=entry.at_low,
    )
