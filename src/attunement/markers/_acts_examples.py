"""The lines of our own from which acts are learned (acts.yaml)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from attunement.tables import ACTS

CARRIES: tuple[str, ...] = ("open_question", "closed_question", "advice")
"""Acts that ask something of the patient: in a mixed turn they decide, whatever stands beside."""

_STEPS = (7, 11)
"""How far apart the lines are that are put before one even line and before the next; odd ones."""


@dataclass(frozen=True, slots=True)
class Example:
    """A therapist's turn and what it does.

    Attributes
    ----------
    act : str
        One of `ACTS`.
    text : str
        What is said.
    before : str or None
        What the patient said last; None where the line stands alone.
    """

    act: str
    text: str
    before: str | None = None


@cache
def act_examples() -> tuple[Example, ...]:
    """Give every example line, in the order of `ACTS`, then of the file."""
    content = (files("attunement.markers") / "acts.yaml").read_text(encoding="utf-8")
    acts = yaml.load(content, Loader=yaml.BaseLoader)["acts"]  # noqa: S506  (text stays text)
    return tuple(example for act in ACTS for example in _of_act(act, acts[act]))


def mixed_examples(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Put lines together to mixed turns, so that what carries such a turn is learned.

    Every line stands behind one that asks nothing of the patient, the even lines first, then the
    odd ones; every fifth of these turns is the other way round. What the turn does is what the
    codebook says of mixed turns: the part that asks something of the patient decides, otherwise the
    longer one. Nothing is drawn at random.
    """
    calm = [example for example in examples if example.act not in CARRIES]
    return tuple(
        _joined(calm[step * place % len(calm)], line, turned=place % 5 == first)
        for first, step in enumerate(_STEPS)
        for place, line in enumerate(examples[first::2])
    )


def _joined(calm: Example, line: Example, *, turned: bool) -> Example:
    parts = [line.text, calm.text] if turned else [calm.text, line.text]
    longer = max(calm, line, key=lambda part: len(part.text.split()))
    return Example(
        act=line.act if line.act in CARRIES else longer.act,
        text=" ".join(parts),
        before=longer.before,
    )


def _of_act(act: str, entries: Sequence[str | Sequence[str]]) -> Iterator[Example]:
    for entry in entries:
        if isinstance(entry, str):
            yield Example(act, entry)
        else:
            before, text = entry
            yield Example(act, text, before)
