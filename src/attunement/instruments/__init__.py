"""Instruments: what a strong and a weak alliance sound like, as data.

An inventory holds questionnaire statements, a key says which scale each belongs to, and an anchor
bank holds what people say aloud. Formats and limits: docs/instruments.md.
"""

from attunement.instruments._anchor_file import load_anchors
from attunement.instruments._anchors import (
    ANCHORS,
    REGISTERS,
    Anchor,
    AnchorBank,
    NeutralLine,
    anchors_table,
)
from attunement.instruments._inventory import Inventory, Item
from attunement.instruments._inventory_file import load_inventory
from attunement.instruments._keys import Key, KeyedItem, key_names, load_key

__all__ = [
    "ANCHORS",
    "REGISTERS",
    "Anchor",
    "AnchorBank",
    "Inventory",
    "Item",
    "Key",
    "KeyedItem",
    "NeutralLine",
    "anchors_table",
    "key_names",
    "load_anchors",
    "load_inventory",
    "load_key",
]
