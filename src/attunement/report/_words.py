"""How the page says things: numbers and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attunement.tables import ALLIANCE, Role

NO_CONDITION = "no condition given"
MISSING = "–"

_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
_FOLD_AT = 340
_SHOWN = 260


def inferred(role: Role) -> str:
    """Name what is inferred from one side's words, apart from what that side rated."""
    return f"Inferred, {role}"


def measure_name(measure: str) -> str:
    """Name a score as the page's headings do."""
    return "Whole alliance" if measure == ALLIANCE else measure.capitalize()


def short_name(measure: str) -> str:
    """Name a score where there is little room."""
    return "Whole" if measure == ALLIANCE else measure.capitalize()


def number(value: float | None, *, signed: bool = False, places: int = 2) -> str:
    """Write a score with its decimals and a real minus; a dash where there is none."""
    if value is None:
        return MISSING
    rounded = round(value, places) + 0.0
    sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):.{places}f}"


def similarity(value: float) -> str:
    """Write a cosine as .61."""
    sign = "−" if round(value, 2) < 0 else ""
    written = f"{abs(value):.2f}"
    return sign + (written.removeprefix("0") if written.startswith("0.") else written)


def count(n: int, one: str, many: str) -> str:
    """Write a number of things: 1 session, 1,200 sessions."""
    return f"{n:,} {one if n == 1 else many}"


def printable(text: str) -> str:
    """Replace control characters, which no page can show, by spaces."""
    return text.translate(_CONTROLS)


def folded(text: str) -> tuple[str, str]:
    """Split a long turn into what is shown and what is folded away.

    Returns
    -------
    tuple of str
        The beginning, and the rest; the rest is empty for a turn of ordinary length. Together
        they are the text.
    """
    if len(text) <= _FOLD_AT:
        return text, ""
    space = text.rfind(" ", _SHOWN - 60, _SHOWN)
    cut = space + 1 if space >= 0 else _SHOWN
    return text[:cut], text[cut:]


def course(lines: Mapping[Role, Sequence[float]]) -> str:
    """Describe lines in words, for those who cannot see them."""
    said = [
        f"The line inferred from the {role}'s words starts at {number(values[0])}, ends at "
        f"{number(values[-1])}, and lies between {number(min(values))} and {number(max(values))}."
        for role, values in lines.items()
        if values
    ]
    return " ".join(said) or "No scored turn."
