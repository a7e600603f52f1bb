"""Scoring keys: the numbers, scales, reversals and answer range of published instruments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, RootModel

from attunement.errors import UsageError
from attunement.instruments._document import SHIPPED
from attunement.instruments._schema import FileModel, validated
from attunement.instruments._yaml import read_yaml
from attunement.tables import SCALES, Scale

Sign = Literal[1, -1]


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """One item of a key.

    Attributes
    ----------
    number : int
        The item's number in the published form, from 1.
    scale : Scale or None
        Its scale; None where the instrument has no item-wise task, bond and goal (SRS).
    key : {1, -1}
        -1 when the item is reversed: a high answer speaks of a weak alliance.
    """

    number: int
    scale: Scale | None
    key: Sign


@dataclass(frozen=True, slots=True)
class Key:
    """How an instrument's answers add up.

    Attributes
    ----------
    instrument : str
        Short name, as in the ratings table: "WAI-36".
    title : str
        Full name.
    source : str
        Where it was published.
    low, high : int
        Lowest and highest answer to one item.
    items : tuple of KeyedItem
        In order of their numbers, which run from 1 without a hole.
    """

    instrument: str
    title: str
    source: str
    low: int
    high: int
    items: tuple[KeyedItem, ...]

    @property
    def scaled(self) -> bool:
        """Whether every item belongs to task, bond or goal."""
        return all(item.scale is not None for item in self.items)

    @property
    def total_range(self) -> tuple[int, int]:
        """Lowest and highest sum of all answers, reversed items turned round."""
        return self.low * len(self.items), self.high * len(self.items)


def key_names() -> tuple[str, ...]:
    """Name the instruments whose key ships with Attunement."""
    return tuple(_shipped_keys())


def load_key(name: str) -> Key:
    """Load a shipped key.

    Parameters
    ----------
    name : str
        One of `key_names`.

    Returns
    -------
    Key
        The instrument's key.

    Raises
    ------
    UsageError
        No key of that name ships.

    Examples
    --------
    >>> load_key("SRS").total_range
    (0, 40)
    """
    keys = _shipped_keys()
    if name not in keys:
        raise UsageError(
            f"there is no key named {name!r}", mend=f"Use one of {', '.join(keys)}", field="key"
        )
    return keys[name]


def _split(numbers: object) -> object:
    return numbers.split() if isinstance(numbers, str) else numbers


_Numbers = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Item numbers as the literature prints them: "4R 6 10R 11"."""


class _ScaleEntry(FileModel):
    task: _Numbers
    bond: _Numbers
    goal: _Numbers


class _KeyEntry(FileModel):
    title: str
    source: str
    low: int
    high: int
    scales: _ScaleEntry | None = None
    unscaled: _Numbers = ()


class _KeysFile(RootModel[dict[str, _KeyEntry]]):
    pass


def _shipped_keys() -> dict[str, Key]:
    entries = validated(read_yaml(SHIPPED / "keys.yaml"), _KeysFile).root
    return {name: _key(name, entry) for name, entry in entries.items()}


def _key(name: str, entry: _KeyEntry) -> Key:
    items = [_keyed_item(number, None) for number in entry.unscaled]
    if entry.scales is not None:
        for scale in SCALES:
            items += [_keyed_item(number, scale) for number in getattr(entry.scales, scale)]
    items.sort(key=lambda item: item.number)
    return Key(name, entry.title, entry.source, entry.low, entry.high, tuple(items))


def _keyed_item(number: str, scale: Scale | None) -> KeyedItem:
    return KeyedItem(int(number.removesuffix("R")), scale, -1 if number.endswith("R") else 1)
