"""What a rating is to ask: which items, from whose view, of what, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from attunement.errors import UsageError
from attunement.raters._model import AS_IT_IS, Framing, ItemSet, Perspective, Question
from attunement.raters._protocol import Protocol
from attunement.raters._questions import questions
from attunement.transcripts import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is asked of every judge about every session.

    Attributes
    ----------
    items : ItemSet
        The statements.
    protocol : Protocol
        The prompts.
    perspectives : tuple of {"patient", "therapist", "observer"}
        As whom a judge answers.
    framing : {"reader", "own"}
        Whether it reads a transcript, or is the AI of the chat and rates it as itself.
    variants : tuple of str
        What it is shown; see `VARIANTS`.
    seeds : tuple of int
        One for each repeat. Judges are told the seed.
    most_turns, most_characters : int, optional
        The limits of a window; without them a session is one.

    Raises
    ------
    UsageError
        Something is asked for twice or not at all.
    """

    items: ItemSet
    protocol: Protocol
    perspectives: tuple[Perspective, ...] = ("patient",)
    framing: Framing = "reader"
    variants: tuple[str, ...] = (AS_IT_IS,)
    seeds: tuple[int, ...] = (0,)
    most_turns: int | None = None
    most_characters: int | None = None

    def __post_init__(self) -> None:
        for field in ("perspectives", "variants", "seeds"):
            values: tuple[object, ...] = getattr(self, field)
            if not values or len(set(values)) < len(values):
                raise UsageError(
                    f"{field} names {'one of them twice' if values else 'none'}",
                    mend="Name each once, and at least one",
                    field=field,
                )

    def questions(self, session: Session) -> Iterator[Question]:
        """Ask everything about one session, the seeds apart."""
        for variant in self.variants:
            for perspective in self.perspectives:
                yield from questions(
                    session,
                    items=self.items,
                    perspective=perspective,
                    framing=self.framing,
                    protocol=self.protocol,
                    variant=variant,
                    most_turns=self.most_turns,
                    most_characters=self.most_characters,
                )


def narrowed(
    items: ItemSet, *, only: tuple[str, ...] = (), scales: tuple[str, ...] = ()
) -> ItemSet:
    """Keep some items of a set.

    Parameters
    ----------
    items : ItemSet
        The set.
    only : tuple of str
        Names of items; all of them if empty.
    scales : tuple of str
        Names of scales; all of them if empty.

    Raises
    ------
    UsageError
        The set has no item or scale of that name, or none is left.
    """
    _check(only, [item.item for item in items.items], kind="item", of=items.name, field="--only")
    _check(scales, items.scales, kind="scale", of=items.name, field="--scale")
    kept = tuple(
        item
        for item in items.items
        if (not only or item.item in only) and (not scales or item.scale in scales)
    )
    if not kept:
        raise UsageError(
            "none of the items named is on one of the scales named",
            mend="Leave out --only or --scale",
            field="--only",
        )
    return replace(items, items=kept)


def _check(
    named: tuple[str, ...], known: tuple[str, ...] | list[str], *, kind: str, of: str, field: str
) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        raise UsageError(
            f'{of} has no {kind} "{unknown[0]}"',
            mend=f"Name some of: {', '.join(known)}",
            field=field,
        )
