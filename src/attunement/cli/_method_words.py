"""What a report says of the estimator and the wordings that made it."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.alliance import Compass, Contrast, Estimator
from attunement.instruments import AnchorBank, Inventory, load_anchors, load_inventory
from attunement.tables import ROLES, SCALES


def inventory_of(estimator: Estimator) -> Inventory:
    """Give the inventory an estimator uses: its own, or the shipped one."""
    given = estimator.inventory if isinstance(estimator, Compass | Contrast) else None
    return given or load_inventory()


def instruments_in_words(bank: AnchorBank, inventory: Inventory) -> str:
    """Name the bank and the inventory so that nobody compares scores from different wordings."""
    return (
        f"anchors: {bank.name} {bank.version}, {len(bank.anchors)} utterances "
        f"({bank.sha256[:12]}); inventory: {inventory.name} {inventory.version}, "
        f"{len(inventory.items)} statements ({inventory.sha256[:12]})"
    )


def method_in_words(estimator: Estimator) -> str:
    """Say in one paragraph what an estimator does with a turn, and what follows from that.

    Raises
    ------
    TypeError
        The estimator is none of those that `--estimator` names.
    """
    match estimator:
        case Contrast():
            return _contrast_in_words(estimator)
        case Compass():
            return _compass_in_words(inventory_of(estimator))
        case _:
            raise TypeError(f"no words for the estimator {estimator.name}")


def _contrast_in_words(estimator: Contrast) -> str:
    inventory = inventory_of(estimator)
    two_poled = [
        scale
        for scale in SCALES
        if all(all(inventory.poles(scale=scale, form=role)) for role in ROLES)
    ]
    if two_poled and estimator.inventory_weight:
        where = "" if len(two_poled) == len(SCALES) else f" on {_listed(two_poled)}"
        statements = (
            f"and, with a weight of {estimator.inventory_weight:g}, from the inventory's "
            f"statements{where}"
        )
    else:
        statements = "alone; the inventory does not enter"
    bank = estimator.bank or load_anchors()
    neutral = (
        ", with neutral lines held half-way between the poles,"
        if estimator.neutral and any(bank.neutral_of(role) for role in ROLES)
        else ""
    )
    return (
        "For each side and scale an axis runs from what people in that role say when an alliance "
        "is weak to what they say when it is strong, and a turn's score is its place along that "
        f"axis. The axis is drawn from the anchor utterances{neutral} {statements}. Likeness to "
        "both poles alike cancels. The whole alliance has an axis of its own, drawn from the "
        "anchors of all three scales together; it is not their mean. Nothing is fitted to "
        "questionnaires; the default weights and the shipped anchors were chosen by looking at one "
        "half of one public corpus with ratings."
    )


def _compass_in_words(inventory: Inventory) -> str:
    sums = {
        scale: sum(item.key for item in inventory.items if item.scale == scale) for scale in SCALES
    }
    effects = [
        f"{effect} {_listed(scales)}"
        for effect, scales in (
            ("raises", [scale for scale, total in sums.items() if total > 0]),
            ("lowers", [scale for scale, total in sums.items() if total < 0]),
            ("does not move", [scale for scale, total in sums.items() if total == 0]),
        )
        if scales
    ]
    keys = _listed(
        [f"{total:+d} on {scale}" if total else f"0 on {scale}" for scale, total in sums.items()]
    )
    return (
        "This is the published estimator (COMPASS, Lin et al. 2025), kept for comparison. A turn's "
        "cosines to the questionnaire statements of the speaker's own form are summed under the "
        "key: task, bond and goal over their own statements, the whole alliance over all. The keys "
        f"sum to {keys}, so whatever raises all cosines alike {_listed(effects)}, with no alliance "
        "in it. The anchors do not enter the score; those listed beside a moment are still the "
        "closest of the bank."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
