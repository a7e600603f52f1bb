"""The gap in plain sentences: what was found, what holds, and what cannot be said.

No sentence here speaks for a group of fewer than 20 sessions (METHOD.md section 6), and on
separate scales none says which side is higher (section 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from attunement.gap import Wording
from attunement.report._words import count, number
from attunement.report.gap._cells import failures, p_value
from attunement.report.gap._rows import (
    ABSOLUTE_SLOPE,
    ALL_SESSIONS,
    MEAN,
    THE_REST,
    EffectRows,
    Row,
    beyond_chance,
    group_name,
    scale_name,
)
from attunement.tables import ALLIANCE

_NAMED = 2
"""So many effects are spelled out; the others are counted, and stand in the tables."""

_LISTED = 6
"""So many small groups are named."""

_LONG_NAME = 40

_COURSES = {
    "converging": "the two sides draw closer in {groups}",
    "diverging": "the two sides move apart in {groups}",
    "not converging": "no change in how far apart the two sides are can be shown in {groups}",
}

_SIZE_COURSES = {
    "converging": "the size of the {name} shrinks in {groups}",
    "diverging": "the size of the {name} grows in {groups}",
    "not converging": "no change in the size of the {name} can be shown in {groups}",
}
"""Where zero does not mean that the two sides agree, a size says nothing of how close they are."""


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences.

    Attributes
    ----------
    found : str
        What was found, and what of it holds after the controls.
    open : tuple of str
        What cannot be said.
    """

    found: str
    open: tuple[str, ...]


def story(effects: EffectRows, *, wording: Wording, small: int) -> Told:
    """Tell one instrument's effects, or those of what is inferred.

    Parameters
    ----------
    effects : EffectRows
        All families of one instrument.
    wording : Wording
        What the difference may be called.
    small : int
        Groups of fewer sessions are small.
    """
    sentences = []
    if wording.on_common_scale:
        sentences.append(_directions(effects, wording))
    sentences += [_between(effects, wording, small=small), _courses(effects, wording)]
    sentences.append(_holding(effects, wording))
    found = " ".join(filter(None, sentences))
    return Told(
        found=found or _nothing(effects, small=small), open=tuple(_too_few(effects, small=small))
    )


def group_sizes(effects: EffectRows) -> dict[str, int]:
    """Count each group's sessions, on the scale that has most."""
    sizes: dict[str, int] = {}
    for row in effects.where(family="difference", effect=MEAN).rows:
        sizes[row["group"]] = max(sizes.get(row["group"], 0), row["n_sessions"] or 0)
    return sizes


def shortened(name: str) -> str:
    """Cut a long name, in a sentence, where it would drown the sentence."""
    return name if len(name) <= _LONG_NAME else f"{name[: _LONG_NAME - 1]}…"


def listed(words: Sequence[str]) -> str:
    """Join words: a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _directions(effects: EffectRows, wording: Wording) -> str:
    means = effects.where(family="difference", effect=MEAN)
    means = _of_groups(EffectRows([row for row in means.rows if not row["small"]]))
    tested = [row for row in means.rows if row["p_holm"] is not None]
    if not tested:
        return ""
    beyond = [row for row in tested if beyond_chance(row)]
    if not beyond:
        return f"No {wording.name} from zero is beyond chance."
    found = _strongest([row for row in beyond if not failures(row["controls"])])
    if not found:
        return f"No {wording.name} beyond chance survives every control."
    parts = []
    before = ""
    for row in found[:_NAMED]:
        where = f" in {_short(row['group'])}" if row["group"] != ALL_SESSIONS else ""
        direction = wording.direction(row["estimate"])
        effect = f"{scale_name(row['scale'])}{where} (by {_figures(row)})"
        parts.append(effect if direction == before else f"{direction} {effect}")
        before = direction
    return f"{_capital(listed(parts))}.{_others(found)}"


def _between(effects: EffectRows, wording: Wording, *, small: int) -> str:
    contrasts = effects.where(family="between").contrasts()
    if not contrasts.rows:
        return ""
    large = [row for row in contrasts.rows if not row["small"]]
    if not large:
        return (
            f"No two conditions have {small} sessions or more, "
            "so nothing is said of differences between conditions."
        )
    tested = [row for row in large if row["p_holm"] is not None]
    if not tested:
        why = next((row["reason"] for row in large if row["reason"]), "no values")
        return f"No difference between conditions could be tested ({shortened(why)})."
    found = [row for row in tested if beyond_chance(row)]
    if not found:
        return (
            f"None of the {count(len(tested), 'contrast', 'contrasts')} between conditions of "
            f"{small} sessions or more is beyond chance once adjusted for how many there are."
        )
    return _what_holds(found, wording)


def _what_holds(found: Sequence[Row], wording: Wording) -> str:
    """Spell out contrasts that fail no control; what fails is counted, and not told."""
    held = [row for row in found if not failures(row["controls"])]
    if not held:
        counted = count(len(found), "contrast", "contrasts")
        verb = "is" if len(found) == 1 else "are"
        return f"{counted} between conditions {verb} beyond chance, but not under every control."
    named = _different(_strongest(held))[:_NAMED]
    parts = [_higher(row) for row in named]
    left = len(held) - len(named)
    more = f" {left} more such {'contrast is' if left == 1 else 'contrasts are'} in the table."
    return f"The {wording.name} is {listed(parts)}.{more if left else ''}"


def _different(found: Sequence[Row]) -> list[Row]:
    """Keep each contrast once, on the scale it is strongest on.

    A pair says more than the same group against everybody else, which is left out beside pairs.
    """
    pairs = [row for row in found if row["reference"] != THE_REST]
    strongest: dict[tuple[str, str], Row] = {}
    for row in pairs or found:
        strongest.setdefault((row["group"], row["reference"]), row)
    return list(strongest.values())


def _higher(row: Row) -> str:
    high, low = row["group"], row["reference"]
    if row["estimate"] < 0:
        high, low = low, high
    scale = scale_name(row["scale"])
    figures = _figures(row)
    return f"higher in {_short(high)} than in {_short(low)} on {scale} (by {figures})"


def _figures(row: Row) -> str:
    """Write an effect's size, interval and p, all as if it were above zero."""
    estimate, low, high = row["estimate"], row["ci_low"], row["ci_high"]
    if estimate < 0:
        estimate, low, high = -estimate, -high, -low
    said = [number(estimate), f"95% CI {number(low)} to {number(high)}"]
    return ", ".join([*said, f"adjusted {p_value(row['p_holm'])}"])


def _courses(effects: EffectRows, wording: Wording) -> str:
    """Tell the courses that fail no control; changes that fail one are counted, and not told."""
    rows = effects.where(family="convergence", effect=ABSOLUTE_SLOPE, scale=ALLIANCE)
    large = _of_groups(EffectRows([row for row in rows.rows if not row["small"]]))
    parts = []
    failed = 0
    for finding, said in (_COURSES if wording.on_common_scale else _SIZE_COURSES).items():
        found = [row for row in large.rows if row["finding"] == finding]
        # Where no change can be shown there is none for a control to take away.
        change = finding != "not converging"
        told = [row for row in found if not (change and failures(row["controls"]))]
        failed += len(found) - len(told)
        if told:
            groups = listed([_named(row) for row in told])
            parts.append(said.format(name=wording.name, groups=groups))
    if failed:
        counted = f"{failed} more" if parts else count(failed, "group", "groups")
        verb = "changes" if failed == 1 else "change"
        parts.append(f"{counted} {verb}, but not under every control")
    return f"Over a session, {'; '.join(parts)}." if parts else ""


def _named(row: Row) -> str:
    if row["group"] == ALL_SESSIONS:
        return "all sessions taken together"
    return _short(row["group"])


def _short(group: str) -> str:
    return shortened(group_name(group))


def _holding(effects: EffectRows, wording: Wording) -> str:
    """Say what of everything beyond chance survives the controls."""
    found = [row for row in effects.where(family="between").rows if beyond_chance(row)]
    found += [
        row
        for row in effects.where(family="convergence", effect=ABSOLUTE_SLOPE).rows
        if row["finding"] in ("converging", "diverging") and not row["small"]
    ]
    if wording.on_common_scale:
        found += [row for row in effects.where(family="difference").rows if beyond_chance(row)]
    if not found:
        return ""
    failed = [row for row in found if failures(row["controls"])]
    held = [row for row in found if row["controls"] == "survives all"]
    if len(found) == 1:
        return f"The one effect beyond chance {_fate(found[0])}."
    said = [f"Of the {len(found)} effects beyond chance, {_some(len(held), len(found))}"]
    if failed:
        counts = Counter(control for row in failed for control in failures(row["controls"]))
        most = [f"{control} in {n}" for control, n in counts.most_common(3)]
        said.append(f"{_do(len(failed), 'fails', 'fail')} at least one ({', '.join(most)})")
    rest = len(found) - len(held) - len(failed)
    if rest:
        said.append(f"for {rest} not every control was run")
    return f"{'; '.join(said)}."


def _fate(row: Row) -> str:
    failed = failures(row["controls"])
    if failed:
        return f"does not survive the controls: it fails {listed(failed)}"
    if row["controls"] == "survives all":
        return "survives every control"
    return "has not been put through every control"


def _some(n: int, of: int) -> str:
    if n == of:
        return "all survive every control"
    return f"{_do(n, 'survives', 'survive') if n else 'none survives'} every control"


def _do(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _nothing(effects: EffectRows, *, small: int) -> str:
    """Say why there is nothing to say."""
    if all(n < small for n in group_sizes(effects).values()):
        return f"Every group has fewer than {small} sessions, so nothing here is called a finding."
    return "There is one group only, and nothing to hold it against."


def _too_few(effects: EffectRows, *, small: int) -> list[str]:
    few = [f"{_short(group)} ({n})" for group, n in group_sizes(effects).items() if n < small]
    if not few:
        return []
    shown = ", ".join(few[:_LISTED])
    more = f", and {len(few) - _LISTED} more" if len(few) > _LISTED else ""
    return [f"With fewer than {small} sessions, shown and without a finding: {shown}{more}."]


def _of_groups(rows: EffectRows) -> EffectRows:
    """Leave out all sessions together where single groups can speak."""
    groups = [row for row in rows.rows if row["group"] != ALL_SESSIONS]
    return EffectRows(groups) if groups else rows


def _strongest(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -abs(row["g"] or 0.0))


def _others(found: Sequence[Row]) -> str:
    left = len(found) - _NAMED
    return f" {count(left, 'more is', 'more are')} in the table." if left > 0 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
