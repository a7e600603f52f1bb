"""What is left of an effect under a control, and what that amounts to over all controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from attunement.statistics._estimate import Estimate

Row: TypeAlias = Mapping[str, Any]
Outcome: TypeAlias = Literal["survives", "fails", "nothing to control", "not applicable", "not run"]

LEAST_KEPT = 0.5
"""The share of an effect that must be left under a control that it survives."""

BOOTSTRAP = "cluster bootstrap"
FEW_THERAPISTS = "too few therapists"
SHORT_SESSIONS = "short sessions"


def judged(effect: Row, found: Estimate) -> Outcome:
    """Say whether an effect survives: its sign, half its size and an interval off zero are left.

    Parameters
    ----------
    effect : mapping
        With estimate, ci_low and ci_high.
    found : Estimate
        The same effect under a control.
    """
    if nothing_there(effect):
        return "nothing to control"
    kept = found.estimate / effect["estimate"]
    return "survives" if kept >= LEAST_KEPT and not found.ci_low <= 0 <= found.ci_high else "fails"


def nothing_there(effect: Row) -> bool:
    """Whether an effect has no interval, or one that includes zero."""
    return effect.get("ci_low") is None or effect["ci_low"] <= 0 <= effect["ci_high"]


def verdict(effect: Row, controls: Sequence[Row]) -> str | None:
    """Sum up an effect's controls in words: survives all, or which it fails.

    An effect that the bootstrap check does not find fails that check, and one that cannot be told
    from who the therapists are fails by that; so does one of sessions too short for its slope.

    Returns
    -------
    str or None
        None for an effect without an interval.
    """
    if effect.get("ci_low") is None:
        return None
    if not controls:
        return "not run"
    if effect["small"]:
        return "too few sessions"
    if nothing_there(effect):
        return "nothing to control"
    failed = [row["control"] for row in controls if row["outcome"] == "fails"]
    if effect.get("boot_low") is not None and effect["boot_low"] <= 0 <= effect["boot_high"]:
        failed.append(BOOTSTRAP)
    if effect.get("confounded"):
        failed.append(FEW_THERAPISTS)
    if effect.get("short_sessions"):
        failed.append(SHORT_SESSIONS)
    if failed:
        return f"fails: {', '.join(failed)}"
    left_out = [row["control"] for row in controls if row["outcome"] == "not run"]
    if left_out:
        return f"survives those run; not run: {', '.join(left_out)}"
    return "survives all"
