"""Reading an inventory: ours, one's own, or a licensed one checked against its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attunement.errors import UsageError
from attunement.instruments._csv import read_csv
from attunement.instruments._document import SHIPPED, Document
from attunement.instruments._inventory import Inventory, Item
from attunement.instruments._inventory_schema import InventoryFile, ItemEntry, inventory_file
from attunement.instruments._keys import Key, KeyedItem, Sign, load_key
from attunement.instruments._yaml import read_yaml
from attunement.tables import SCALES, Scale

_READERS: dict[str, Callable[[Path], Document]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".csv": read_csv,
    ".tsv": read_csv,
}


def load_inventory(path: Path | str | None = None, *, key: str | None = None) -> Inventory:
    """Load an inventory.

    Parameters
    ----------
    path : Path or str, optional
        A YAML or CSV file. None loads the inventory that ships with Attunement.
    key : str, optional
        The published instrument the file holds ("WAI-36", "WAI-S", "WAI-SR"). Scales and keys then
        come from the key, and the file must fit it. Without, the file states them itself.

    Returns
    -------
    Inventory
        Its items in order of their numbers.

    Raises
    ------
    UsageError
        The file cannot be read, its suffix is not known, the key is not known or has no scales by
        item, or a key was given without a file.
    DataError
        The file does not hold a whole inventory, or does not fit the key.
    """
    if path is None:
        if key is not None:
            raise UsageError(
                "a key checks an inventory of your own, and no file was given",
                mend="Give the file's path too, or leave the key out",
                field="key",
            )
        return _stating_its_scales(read_yaml(SHIPPED / "inventory.yaml"))
    path = Path(path)
    if key is None:
        return _stating_its_scales(_reader(path)(path))
    published = _inference_key(key)
    return _fitting(published, _reader(path)(path))


def _reader(path: Path) -> Callable[[Path], Document]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(
            f"an inventory cannot be read from a file that ends in {path.suffix or 'nothing'}",
            mend=f"Give a file that ends in {', '.join(_READERS)}",
            path=path,
        )
    return reader


def _inference_key(name: str) -> Key:
    key = load_key(name)
    if not key.scaled:
        raise UsageError(
            f"{name} serves to score its own forms only: its {len(key.items)} items are not divided"
            " into task, bond and goal, so there is nothing to infer those three from",
            mend="Leave the inventory out to infer with ours, or give a WAI form",
            field="key",
        )
    return key


def _stating_its_scales(document: Document) -> Inventory:
    """Make the inventory of a file that gives every item's scale and key itself."""
    file = inventory_file(document)
    items = []
    for position, entry in enumerate(file.items):
        scale, key = _stated(document, position, entry)
        _check_opposites_paired(document, position, entry)
        items.append(_item(entry, scale=scale, key=key))
    absent = [scale for scale in SCALES if all(item.scale != scale for item in items)]
    if absent:
        raise document.error(
            ("items",),
            f"no item belongs to {' or '.join(absent)}",
            mend="An inventory needs items on all three scales: task, bond, goal",
        )
    return _inventory(document, file, items, name=document.path.stem)


def _stated(document: Document, position: int, entry: ItemEntry) -> tuple[Scale, Sign]:
    if entry.scale is None or entry.key is None:
        raise document.error(
            ("items", position, "scale" if entry.scale is None else "key"),
            "is missing, and no published key was named to take it from",
            mend="Add it to every item, or name the instrument's key",
        )
    return entry.scale, entry.key


def _check_opposites_paired(document: Document, position: int, entry: ItemEntry) -> None:
    if (entry.opposite_patient is None) == (entry.opposite_therapist is None):
        return
    field = "opposite_patient" if entry.opposite_patient is None else "opposite_therapist"
    raise document.error(
        ("items", position, field),
        "is missing, though the other form has an opposite",
        mend="Give the opposite in both forms, or in neither",
    )


def _fitting(key: Key, document: Document) -> Inventory:
    """Make the inventory of a published instrument's text, which must fit its key."""
    file = inventory_file(document)
    keyed = {item.number: item for item in key.items}
    items = []
    for position, entry in enumerate(file.items):
        item = _keyed(document, position, entry, key=key, item=keyed.get(entry.number))
        items.append(item)
    missing = sorted(keyed.keys() - {item.number for item in items})
    if missing:
        raise document.error(
            ("items",),
            f"{key.instrument} has {len(keyed)} items, found {len(items)}; missing:"
            f" {', '.join(map(str, missing))}",
            mend="Add the missing items, or name the key of the form you have",
        )
    return _inventory(document, file, items, name=key.instrument)


def _keyed(
    document: Document, position: int, entry: ItemEntry, *, key: Key, item: KeyedItem | None
) -> Item:
    """Give a file's item the scale and key of the published one, if it is that one."""
    if item is None or item.scale is None:
        raise document.error(
            ("items", position, "number"),
            f"{key.instrument} has no item {entry.number}: its items run from 1 to"
            f" {len(key.items)}",
            mend="Correct the number, or name the key of the form you have",
        )
    for field, expected in (("scale", item.scale), ("key", item.key)):
        found = getattr(entry, field)
        if found not in (None, expected):
            raise document.error(
                ("items", position, field),
                f"is {found}, but item {item.number} of {key.instrument} has {expected}",
                mend=f"Correct it or leave it out: the key gives the {field}",
            )
    for field in ("opposite_patient", "opposite_therapist"):
        if getattr(entry, field) is not None:
            raise document.error(
                ("items", position, field),
                f"{key.instrument} has no opposite wordings; its items are presented as printed",
                mend="Leave it out, or load the file as an inventory of your own, without a key",
            )
    return _item(entry, scale=item.scale, key=item.key)


def _item(entry: ItemEntry, *, scale: Scale, key: Sign) -> Item:
    return Item(
        number=entry.number,
        scale=scale,
        key=key,
        patient=entry.patient,
        therapist=entry.therapist,
        opposite_patient=entry.opposite_patient,
        opposite_therapist=entry.opposite_therapist,
        construct=entry.note,
    )


def _inventory(
    document: Document, file: InventoryFile, items: list[Item], *, name: str
) -> Inventory:
    return Inventory(
        name=file.name or name,
        version=file.version,
        licence=file.licence,
        items=tuple(sorted(items, key=lambda item: item.number)),
        sha256=document.sha256,
    )
