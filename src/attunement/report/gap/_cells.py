"""Effects as text: estimate, interval, what the tests came to, and the verdicts in words."""

from __future__ import annotations

from attunement.report._words import MISSING, number, printable
from attunement.report.gap._rows import Row, beyond_chance
from attunement.report.gap._views import EffectCell, Verdict

_NORMAL = 1_000
_FAILS = "fails: "
_RUN = "survives those run"
_OUTCOMES = {"survives": "good", "fails": "bad", "not applicable": "none"}
_FINDINGS = {"converging": "closer", "diverging": "apart", "not converging": "flat"}


def p_value(value: float | None) -> str:
    """Write a p-value: = .003, < .001, > .999; empty where there is none."""
    if value is None:
        return ""
    if value < 0.001:
        return "p < .001"
    if value > 0.999:
        return "p > .999"
    return f"p = {value:.3f}".replace("0.", ".")


def degrees(df: float | None) -> str:
    """Write degrees of freedom; so many that the t is a normal distribution are not counted."""
    if df is None:
        return ""
    return f"{df:.1f}" if df < _NORMAL else f"over {_NORMAL:,}"


def interval(low: float | None, high: float | None, *, signed: bool = True, places: int = 2) -> str:
    """Write an interval as [−0.21, +0.63]; empty where there is none."""
    if low is None or high is None:
        return ""
    ends = (number(end, signed=signed, places=places) for end in (low, high))
    return f"[{', '.join(ends)}]"


def controls_verdict(controls: str | None, *, brief: bool = False) -> Verdict | None:
    """Set a verdict of the controls; `brief` counts failures where they are more than one.

    Controls that were not run are counted: which they are, and why, stands with the controls.
    """
    if controls is None:
        return None
    if controls.startswith(_FAILS):
        failed = failures(controls)
        words = ", ".join(failed)
        if brief and len(failed) > 1:
            words = f"{len(failed)} controls"
        return Verdict(f"fails {words}", "bad")
    if controls == "survives all":
        return Verdict("survives all", "good")
    if controls.startswith(_RUN):
        return Verdict(f"{_RUN}; {controls.count(',') + 1} not run", "open")
    return Verdict(printable(controls), "open")


def failures(controls: str | None) -> list[str]:
    """List the controls an effect fails."""
    if controls is None or not controls.startswith(_FAILS):
        return []
    return printable(controls.removeprefix(_FAILS)).split(", ")


def outcome_verdict(outcome: str | None) -> Verdict:
    """Set the outcome of one control."""
    return Verdict(printable(outcome or "not run"), _OUTCOMES.get(outcome or "", "open"))


def finding_verdict(finding: str | None) -> Verdict | None:
    """Set a finding on convergence."""
    if finding is None:
        return None
    return Verdict(printable(finding), _FINDINGS.get(finding, "open"))


def statistics(row: Row) -> str:
    """Write effect size and adjusted p: g 0.51, p = .003."""
    said = [f"g {number(row['g'])}"] if row["g"] is not None else []
    p = p_value(row["p_holm"])
    if not p and row["p_val"] is not None:
        p = f"{p_value(row['p_val'])}, unadjusted"
    return ", ".join([*said, *filter(None, [p])])


def effect_cell(row: Row | None, *, signed: bool = True, brief: bool = False) -> EffectCell:
    """Set one effect; a dash with the reason where there is no estimate."""
    if row is None:
        return EffectCell(MISSING)
    return EffectCell(
        estimate=number(row["estimate"], signed=signed),
        interval=interval(row["ci_low"], row["ci_high"], signed=signed),
        statistics=statistics(row),
        verdict=controls_verdict(row["controls"], brief=brief),
        finding=finding_verdict(row["finding"]),
        reason=printable(row["reason"] or ""),
        beyond_chance=beyond_chance(row),
    )
