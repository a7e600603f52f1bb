"""The statements a judge is asked about: from our inventory, a licensed one, or one's own file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from attunement.errors import UsageError
from attunement.instruments import Inventory, Item, load_inventory, load_key
from attunement.instruments.datafiles import Document, read_csv, read_yaml
from attunement.raters._item_file import is_item_file, item_set
from attunement.raters._model import ItemSet, RatedItem

DATA = Path(__file__).with_name("data")

EXAMPLE_ITEMS = DATA / "example-items.yaml"
"""An item file to start from: five statements, 0 to 100, on two scales of its own."""

_AGREEMENT = (1.0, 7.0)
"""The range of our inventory, and of any whose file is laid out like it: 1 not at all, 7 fully."""


def load_items(path: Path | str | None = None, *, key: str | None = None) -> ItemSet:
    """Load the statements that a judge is asked about.

    Parameters
    ----------
    path : Path or str, optional
        A YAML or CSV file: an inventory as `instruments.load_inventory` reads it, or an item file
        of one's own (any scales, any range; `EXAMPLE_ITEMS` is one). None: our inventory.
    key : str, optional
        The published instrument the inventory file holds ("WAI-SR"), which gives scales, keys and
        the range of answers.

    Returns
    -------
    ItemSet
        Of an inventory without a key the range is 1 to 7 in whole numbers.

    Raises
    ------
    UsageError
        The file cannot be read, its suffix is not known, or the key is not known.
    DataError
        The file is not laid out as it should be; the message names line and field.

    Notes
    -----
    Each item comes with its definition and with a guideline for both ends of its scale, after Li et
    al. 2024 (arXiv 2402.11958). Items answered from 0 to 100 and chosen by their psychometrics are
    the rating scales of Eberhardt et al. 2025 (doi 10.1038/s41598-025-14923-y).
    """
    if path is None or key is not None:
        return _of_inventory(load_inventory(path, key=key), key=key)
    path = Path(path)
    document = _document(path)
    if is_item_file(document):
        return item_set(document)
    return _of_inventory(load_inventory(path), key=None)


def _document(path: Path) -> Document:
    match path.suffix.lower():
        case ".yaml" | ".yml":
            return read_yaml(path)
        case ".csv" | ".tsv":
            return read_csv(path)
    raise UsageError(
        f"items cannot be read from a file that ends in {path.suffix or 'nothing'}",
        mend="Give a file that ends in .yaml, .yml, .csv or .tsv",
        path=path,
    )


def _of_inventory(inventory: Inventory, *, key: str | None) -> ItemSet:
    published = load_key(key) if key is not None else None
    low, high = (published.low, published.high) if published is not None else _AGREEMENT
    return ItemSet(
        name=published.instrument if published is not None else inventory.name,
        version=inventory.version,
        licence=inventory.licence,
        low=float(low),
        high=float(high),
        whole=True,
        items=tuple(_rated(item) for item in inventory.items),
        sha256=inventory.sha256,
    )


def _rated(item: Item) -> RatedItem:
    high, low = _guideline(item)
    return RatedItem(
        item=str(item.number),
        scale=item.scale,
        key=item.key,
        patient=item.presented("patient"),
        therapist=item.presented("therapist"),
        observer=None,
        definition=item.construct or _scale_definitions()[item.scale],
        high=high,
        low=low,
    )


def _guideline(item: Item) -> tuple[str, str]:
    """Say what the highest and the lowest answer mean: the statement, and its contrary."""
    if item.opposite_patient is None or item.opposite_therapist is None:
        return (
            "What is said shows that the statement holds in full.",
            "What is said shows that the statement does not hold at all.",
        )
    strong = _voices(patient=item.patient, therapist=item.therapist)
    weak = _voices(patient=item.opposite_patient, therapist=item.opposite_therapist)
    return (strong, weak) if item.key == 1 else (weak, strong)


def _voices(*, patient: str, therapist: str) -> str:
    return f'A patient would put it: "{patient}" A therapist would put it: "{therapist}"'


@cache
def _scale_definitions() -> dict[str, str]:
    values = read_yaml(DATA / "scales.yaml").values
    if not isinstance(values, dict):
        raise TypeError("scales.yaml is a mapping of scales to definitions")
    return {scale: " ".join(str(text).split()) for scale, text in values.items()}
