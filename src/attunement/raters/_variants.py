"""Rewritings of a window: probes of what moves a judge besides the alliance."""

from __future__ import annotations

from dataclasses import replace

from attunement.errors import UsageError
from attunement.raters._model import AS_IT_IS, SECOND_HALF_FIRST, VARIANTS, Window
from attunement.surface import magnified


def varied(window: Window, variant: str) -> Window:
    """Give a window as `variant` shows it.

    Parameters
    ----------
    window : Window
        The window as it is.
    variant : str
        One of `VARIANTS`. A surface feature is magnified in the therapist's turns, by rules and
        without a model; "second half first" shows the later half of the turns before the earlier.

    Returns
    -------
    Window
        The same turns of the same session; `turns` has the words, and the order, that are shown.

    Raises
    ------
    UsageError
        There is no such variant.
    """
    if variant == AS_IT_IS:
        return window
    if variant == SECOND_HALF_FIRST:
        half = (len(window.turns) + 1) // 2
        return replace(window, turns=window.turns[half:] + window.turns[:half])
    if variant not in VARIANTS:
        raise UsageError(
            f'there is no variant "{variant}"',
            mend=f"Use one of {', '.join(VARIANTS)}",
            field="variant",
        )
    texts = [turn.text for turn in window.turns if turn.role == "therapist"]
    rewritten = iter(magnified(texts, variant))
    turns = tuple(
        replace(turn, text=next(rewritten).text) if turn.role == "therapist" else turn
        for turn in window.turns
    )
    return replace(window, turns=turns)
