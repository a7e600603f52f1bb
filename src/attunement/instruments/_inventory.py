"""Questionnaire statements, in a patient form and a therapist form."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.instruments._keys import Sign
from attunement.tables import Role, Scale


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of an inventory.

    Attributes
    ----------
    number : int
        Its place in the inventory, from 1.
    scale : Scale
        Task, bond or goal.
    key : {1, -1}
        -1 when the item, as presented, speaks of a weak alliance.
    patient, therapist : str
        The wording in each form. With an opposite: what holds when the alliance is strong. Without:
        the wording as printed, which for a key of -1 is what holds when it is weak.
    opposite_patient, opposite_therapist : str, optional
        What holds when the alliance is weak. Both or neither.
    construct : str, optional
        What the item is about, in a few words.
    """

    number: int
    scale: Scale
    key: Sign
    patient: str
    therapist: str
    opposite_patient: str | None = None
    opposite_therapist: str | None = None
    construct: str | None = None

    def wording(self, form: Role) -> str:
        """Give the wording in a form."""
        return self.patient if form == "patient" else self.therapist

    def opposite(self, form: Role) -> str | None:
        """Give the opposite wording in a form, if the item has one."""
        return self.opposite_patient if form == "patient" else self.opposite_therapist

    def presented(self, form: Role) -> str:
        """Give the wording a person sees: the opposite when the key is -1 and there is one."""
        opposite = self.opposite(form)
        return opposite if self.key == -1 and opposite is not None else self.wording(form)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Statements on three scales, in two forms.

    Attributes
    ----------
    name, version, licence : str
        What it is, and on what terms.
    items : tuple of Item
        In order of their numbers.
    sha256 : str
        Hash of the file it was read from: scores from different wordings are not comparable.
    """

    name: str
    version: str
    licence: str
    items: tuple[Item, ...]
    sha256: str

    @property
    def keys(self) -> tuple[Sign, ...]:
        """The key of each item, in item order."""
        return tuple(item.key for item in self.items)

    @property
    def scales(self) -> tuple[Scale, ...]:
        """The scale of each item, in item order."""
        return tuple(item.scale for item in self.items)

    @property
    def balanced(self) -> bool:
        """Whether every item has its opposite."""
        return all(item.opposite_patient is not None for item in self.items)

    def statements(self, form: Role) -> list[str]:
        """Give the wordings presented in a form, in item order, one an item."""
        return [item.presented(form) for item in self.items]

    def poles(self, *, scale: Scale, form: Role) -> tuple[list[str], list[str]]:
        """Give what holds on a scale when the alliance is strong, and when it is weak.

        Parameters
        ----------
        scale : Scale
            Task, bond or goal.
        form : Role
            Whose wording.

        Returns
        -------
        strong, weak : list of str
            From the opposites when the inventory is balanced: the two lists then have the same
            length and hold the same items. From the key otherwise; `weak` is empty when no item of
            the scale is reversed.
        """
        items = [item for item in self.items if item.scale == scale]
        if self.balanced:
            opposites = [item.opposite(form) for item in items]
            return [item.wording(form) for item in items], [o for o in opposites if o is not None]
        strong = [item.presented(form) for item in items if item.key == 1]
        weak = [item.presented(form) for item in items if item.key == -1]
        return strong, weak
