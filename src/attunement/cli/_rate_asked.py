"""What the options of `attunement rate` ask for: items, ways of asking, windows, judges."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.raters import Design, ItemSet, Judge

CHARACTERS_A_TOKEN = 3
"""Fewer than in English prose (about 4), so that a window fits a context in most languages."""

PROMPT_TOKENS = 900
"""For the instructions, one item with its guideline, and the numbers before the turns."""

ORDER = "order"
"""What `--probe` calls the transcript whose second half comes first."""


class PerspectiveName(StrEnum):
    """As whom a judge answers."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    OBSERVER = "observer"


class FramingName(StrEnum):
    """Whether a judge reads a transcript or was in the conversation."""

    READER = "reader"
    OWN = "own"


def items_of(
    path: Path | None, *, key: str | None, only: str | None, scales: Sequence[str]
) -> ItemSet:
    """Load the items that the options name, or ours."""
    from attunement.raters import load_items, narrowed

    if key is not None and path is None:
        raise UsageError(
            "a key was named without an inventory",
            mend="Give the inventory's text with --items FILE",
            field="--key",
        )
    names = tuple(name.strip() for name in only.split(",")) if only is not None else ()
    return narrowed(load_items(path, key=key), only=names, scales=tuple(scales))


def design_of(
    *,
    items: ItemSet,
    prompts: Path | None,
    perspectives: Sequence[PerspectiveName],
    framing: FramingName,
    probes: Sequence[str],
    seed: int,
    repeats: int,
    window: int | None,
    context: int | None,
    most_tokens: int,
) -> Design:
    """Make the design that the options describe.

    Raises
    ------
    UsageError
        Two options exclude each other, or one cannot be.
    """
    from attunement.raters import AS_IT_IS, SECOND_HALF_FIRST, Design, load_protocol
    from attunement.tables import SURFACE_FEATURES

    known = (*SURFACE_FEATURES, ORDER)
    unknown = [name for name in probes if name not in known]
    if unknown:
        raise UsageError(
            f'nothing is probed by "{unknown[0]}"',
            mend=f"Name one of {', '.join(known)}",
            field="--probe",
        )
    if window is not None and context is not None:
        raise UsageError(
            "windows are limited by turns and by tokens at once",
            mend="Give --window or --context",
            field="--window",
        )
    probed = (SECOND_HALF_FIRST if name == ORDER else name for name in probes)
    default = PerspectiveName.THERAPIST if framing is FramingName.OWN else PerspectiveName.PATIENT
    return Design(
        items=items,
        protocol=load_protocol(prompts),
        perspectives=tuple(one.value for one in perspectives) or (default.value,),
        framing=framing.value,
        variants=(AS_IT_IS, *probed),
        seeds=tuple(range(seed, seed + repeats)),
        most_turns=window,
        most_characters=None if context is None else _fitting(context, most_tokens=most_tokens),
    )


def judges_of(
    addresses: Sequence[str],
    *,
    temperature: float,
    most_tokens: int,
    timeout: float,
    json_only: bool,
    concurrency: int,
    per_minute: float | None,
) -> list[Judge]:
    """Name the judges; nothing is asked yet."""
    from attunement.raters import Judge

    return [
        Judge.at(
            address,
            temperature=temperature,
            most_tokens=most_tokens,
            timeout=timeout,
            json_only=json_only,
            concurrency=concurrency,
            per_minute=per_minute,
        )
        for address in addresses
    ]


def _fitting(context: int, *, most_tokens: int) -> int:
    """Give how many characters of turns fit a context, beside the prompt and the answer."""
    left = context - most_tokens - PROMPT_TOKENS
    if left < PROMPT_TOKENS:
        raise UsageError(
            f"a context of {context:,} tokens leaves no room for a transcript: {PROMPT_TOKENS} go "
            f"to the prompt and {most_tokens:,} to the answer",
            mend="Use a model with a longer context, or shorten answers with --most-tokens",
            field="--context",
        )
    return left * CHARACTERS_A_TOKEN
