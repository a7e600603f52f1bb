"""Associations in plain sentences: what survives, what does not, and that nothing does.

What goes together is said; what brings what about is not. No sentence speaks for a group of fewer
than 20 sessions (METHOD.md section 6).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from attunement.report._words import count, number
from attunement.report.associations._features import Features
from attunement.report.associations._questions import Question
from attunement.report.associations._rows import (
    BEYOND,
    HOLDS,
    Standing,
    by_group,
    contrasts,
    failed,
    of_everybody,
    places,
    q_value,
    standing,
    tested,
)
from attunement.report.gap._rows import ALPHA, Row, group_name
from attunement.report.gap._story import listed, shortened
from attunement.statistics import SMALL_GROUP

NEXT_TURN_CAUTION = (
    "An answer to a question resembles the anchors less than a thank-you does, whatever is felt "
    "(in 195 chats with ratings of single turns, what follows an open question is inferred to be "
    "lower, and not rated lower), so what stands here is about how the next turn sounds."
)
"""Beside whatever is said of the patient's next turn."""

_NAMED = 3
"""In each direction so many are spelled out; the others are counted, and stand in the table."""

_LISTED = 6


def briefly(rows: pl.DataFrame) -> str:
    """Say in a few words what the associations of one question came to, over all sessions."""
    asked = tested(of_everybody(rows))
    if asked.is_empty():
        return "nothing can be said"
    by_standing = _sorted_out(asked)
    held = sum(len(by_standing[one]) for one in HOLDS)
    fallen = len(by_standing["fails"])
    if not held and not fallen:
        return "nothing beyond chance"
    if not by_standing["survives"] and held:
        return f"{held} beyond chance, without controls"
    return f"{held} beyond chance and under the controls" if held else "nothing under every control"


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences.

    Attributes
    ----------
    found : str
        What goes with the alliance over all sessions.
    open : tuple of str
        What is said of single conditions, and what cannot be said.
    """

    found: str
    open: tuple[str, ...]


def story(rows: pl.DataFrame, features: Features, question: Question) -> Told:
    """Tell the associations of one question.

    Parameters
    ----------
    rows : DataFrame
        Associations of one question.
    features : Features
        What they are called.
    question : Question
        What they are held against.
    """
    said = [_conditions(rows, features), _contrasts(rows), _too_few(rows), _not_had(rows, features)]
    return Told(found=_overall(rows, features, question), open=tuple(filter(None, said)))


def _overall(rows: pl.DataFrame, features: Features, question: Question) -> str:
    means = of_everybody(rows)
    asked = tested(means)
    if asked.is_empty():
        return _untested(means, features)
    n = f"{count(asked.height, 'association', 'associations')} asked about"
    by_standing = _sorted_out(asked)
    held = [row for one in HOLDS for row in by_standing[one]]
    fallen = by_standing["fails"]
    if not held and not fallen:
        return (
            f"Nothing: none of the {features.kinds} goes with the {question.outcome} beyond "
            f"chance. Of the {n} none has q < .05, which is p adjusted for how many there are (the "
            "false discovery rate)."
        )
    if not held:
        return (
            f"Nothing that can be relied on: none of the {features.kinds} goes with the "
            f"{question.outcome} under every control. Of the {n}, {_are(len(fallen))} beyond "
            f"chance (q < .05), but {_fall(fallen)}."
        )
    decimals = places(means)
    parts = []
    for direction, these in (
        ("higher", [row for row in held if row["estimate"] > 0]),
        ("lower", [row for row in held if row["estimate"] <= 0]),
    ):
        if these:
            named = [_named(row, features, decimals=decimals) for row in these[:_NAMED]]
            more = len(these) - len(named)
            listing = listed([*named, f"{more} more"] if more else named)
            outcome = f"{question.outcome}{question.than}"
            parts.append(f"a {direction} {outcome} goes with {listing}")
    text = "; ".join(parts)
    closing = f"Of the {n}, {_are(len(held))} beyond chance (q < .05){_survive(held)}"
    if fallen:
        closing += f"; {len(fallen)} more {_be(len(fallen))} beyond chance, but {_fall(fallen)}"
    return f"{text[:1].upper()}{text[1:]}. {closing}."


def _conditions(rows: pl.DataFrame, features: Features) -> str:
    """Say what holds within single conditions."""
    groups = by_group(rows)
    if groups.is_empty():
        return ""
    asked = tested(groups)
    if asked.is_empty():
        return (
            f"No condition has {SMALL_GROUP} sessions or more with an estimate, so nothing is said "
            "of single conditions."
        )
    held = _held(asked)
    n = count(asked.height, "association", "associations")
    if not held:
        return (
            f"Within single conditions nothing is beyond chance and under every control "
            f"({n} asked about)."
        )
    decimals = places(groups)
    named = [
        f"{shortened(group_name(row['group']))}, {_named(row, features, decimals=decimals)}"
        for row in held[:_NAMED]
    ]
    more = f"; {len(held) - len(named)} more stand in the table" if len(held) > len(named) else ""
    beyond = f"{len(held)} of {n} {_be(len(held))} beyond chance{_survive(held)}"
    return f"Within single conditions {beyond}: {'; '.join(named)}{more}."


def _contrasts(rows: pl.DataFrame) -> str:
    """Say how many differences between conditions hold."""
    asked = tested(contrasts(rows))
    if asked.is_empty():
        return ""
    held = _held(asked)
    n = count(asked.height, "difference", "differences")
    if not held:
        return f"Of {n} between conditions none is beyond chance and under every control."
    return f"Of {n} between conditions {len(held)} {_be(len(held))} beyond chance{_survive(held)}."


def _too_few(rows: pl.DataFrame) -> str:
    """Name the groups that are too small to speak of."""
    small = by_group(rows).filter(pl.col("small"))
    sizes = small.group_by("group", maintain_order=True).agg(pl.col("n_sessions").max())
    if sizes.is_empty():
        return ""
    named = [
        f"{shortened(group_name(group))} ({n or 0})" for group, n in sizes.head(_LISTED).iter_rows()
    ]
    more = f", and {sizes.height - _LISTED} more" if sizes.height > _LISTED else ""
    return (
        f"With fewer than {SMALL_GROUP} sessions, shown and without a finding: "
        f"{', '.join(named)}{more}."
    )


def _not_had(rows: pl.DataFrame, features: Features) -> str:
    """Count what could not be estimated, with the commonest reason."""
    missing = of_everybody(rows).filter(pl.col("estimate").is_null())
    if missing.is_empty() or missing.height == of_everybody(rows).height:
        return ""
    reasons = missing["reason"].drop_nulls().value_counts(sort=True)
    why = f" (mostly: {shortened(reasons['reason'][0])})" if reasons.height else ""
    return f"For {missing.height} of the {features.kinds} no estimate could be had{why}."


def _untested(means: pl.DataFrame, features: Features) -> str:
    """Say why nothing can be said."""
    if means.is_empty():
        return f"Nothing was asked of the {features.kinds} here."
    if means["estimate"].null_count() == means.height:
        reasons = means["reason"].drop_nulls().value_counts(sort=True)
        why = f" ({shortened(reasons['reason'][0])})" if reasons.height else ""
        return f"Nothing can be said: no association could be estimated{why}."
    n = int(means["n_sessions"].max() or 0)  # type: ignore[arg-type]
    return (
        f"Nothing here is called a finding: {count(n, 'session', 'sessions')}, and "
        f"{SMALL_GROUP} are the least."
    )


def _sorted_out(asked: pl.DataFrame) -> dict[Standing, list[Row]]:
    """Sort what is beyond chance by what it came to, the least likely by chance first."""
    found: dict[Standing, list[Row]] = {one: [] for one in BEYOND}
    beyond = asked.filter(pl.col("p_fdr") < ALPHA, pl.col("estimate").is_not_null())
    for row in beyond.sort("p_val", nulls_last=True, maintain_order=True).to_dicts():
        found.setdefault(standing(row), []).append(row)
    return found


def _held(asked: pl.DataFrame) -> list[Row]:
    """Keep what is beyond chance and fails no control."""
    by_standing = _sorted_out(asked)
    return [row for one in HOLDS for row in by_standing[one]]


def _named(row: Row, features: Features, *, decimals: int) -> str:
    """Write a feature with its estimate: “advice” (therapist): −0.12, 95% CI −0.19 to −0.05."""
    said = [number(row["estimate"], signed=True, places=decimals)]
    if row["ci_low"] is not None and row["ci_high"] is not None:
        low, high = (
            number(row[end], signed=True, places=decimals) for end in ("ci_low", "ci_high")
        )
        said.append(f"95% CI {low} to {high}")
    said.append(q_value(row))
    return f"{features.quoted(row['feature'], row['role'])} [{', '.join(said)}]"


def _fall(fallen: list[Row]) -> str:
    """Say which controls are failed."""
    counts = Counter(control for row in fallen for control in failed(row))
    if len(fallen) == 1:
        return f"fails {listed(list(counts))}"
    most = ", ".join(f"{control} ({n})" for control, n in counts.most_common(3))
    return f"none survives every control (most often failed: {most})"


def _survive(held: list[Row]) -> str:
    """Say under which controls something holds, where there are any."""
    uncontrolled = sum(standing(row) == "open" for row in held)
    if uncontrolled == len(held):
        return "; no control was run beyond length, so look for them again in other sessions"
    if uncontrolled:
        n = len(held) - uncontrolled
        return f", and {n} of them {'survives' if n == 1 else 'survive'} the controls"
    verb = "survives" if len(held) == 1 else "survive"
    if all(row["controls"] == "survives all" for row in held):
        return f" and {verb} every control"
    return f" and {verb} every control that could be run"


def _be(n: int) -> str:
    return "is" if n == 1 else "are"


def _are(n: int) -> str:
    return f"{n} {_be(n)}"
