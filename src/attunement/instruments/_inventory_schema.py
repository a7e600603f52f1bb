"""The layout of an inventory file, and what must hold in every one."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from attunement.instruments._document import Document
from attunement.instruments._keys import Sign
from attunement.instruments._schema import FileModel, Wording, comparable, validated
from attunement.tables import Role, Scale

_SIGNS = {"1": 1, "+1": 1, "-1": -1}
_FORM_FIELDS: dict[Role, tuple[str, str]] = {
    "patient": ("patient", "opposite_patient"),
    "therapist": ("therapist", "opposite_therapist"),
}


def _signed(text: object) -> object:
    return _SIGNS.get(text.strip(), text) if isinstance(text, str) else text


class ItemEntry(FileModel):
    """One item as it stands in a file; `Item` says what the fields mean."""

    number: Annotated[int, Field(ge=1)]
    patient: Wording
    therapist: Wording
    opposite_patient: Wording | None = None
    opposite_therapist: Wording | None = None
    scale: Scale | None = None
    key: Annotated[Sign, BeforeValidator(_signed)] | None = None
    note: Annotated[Wording | None, Field(alias="construct")] = None


class InventoryFile(FileModel):
    """A whole file; a CSV has the items only."""

    name: Wording | None = None
    version: Wording = "unstated"
    licence: Wording = "unstated"
    items: Annotated[list[ItemEntry], Field(min_length=1)]


def inventory_file(document: Document) -> InventoryFile:
    """Check the layout of a document, and that no number and no wording stands twice.

    Raises
    ------
    DataError
        The first thing that does not fit.
    """
    file = validated(document, InventoryFile)
    _check_numbers(document, file)
    for form in _FORM_FIELDS:
        _check_wordings(document, file, form=form)
    return file


def _check_numbers(document: Document, file: InventoryFile) -> None:
    seen: set[int] = set()
    for position, entry in enumerate(file.items):
        if entry.number in seen:
            raise document.error(
                ("items", position, "number"),
                f"the number {entry.number} stands twice",
                mend="Give every item its own number",
            )
        seen.add(entry.number)


def _check_wordings(document: Document, file: InventoryFile, *, form: Role) -> None:
    """Refuse a wording that stands twice in one form; the two forms may share one."""
    seen: dict[str, int] = {}
    for position, entry in enumerate(file.items):
        for field in _FORM_FIELDS[form]:
            wording = getattr(entry, field)
            if wording is None:
                continue
            text = comparable(wording)
            if text in seen:
                raise document.error(
                    ("items", position, field),
                    f"is the same text as item {seen[text]} in the {form} form",
                    mend="Give every item its own wording; one of the two was pasted twice",
                )
            seen[text] = entry.number
