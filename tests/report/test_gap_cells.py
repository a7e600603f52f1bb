"""Effects as text."""

from __future__ import annotations

import pytest

from attunement.report.gap._cells import (
    controls_verdict,
    degrees,
    effect_cell,
    finding_verdict,
    outcome_verdict,
    p_value,
)

from .effects import effect


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0004, "p < .001"),
        (0.003, "p = .003"),
        (0.0496, "p = .050"),
        (0.9996, "p > .999"),
        (None, ""),
    ],
)
def test_p_values_are_written_as_in_papers(value: float | None, written: str) -> None:
    assert p_value(value) == written


def test_a_cell_holds_estimate_interval_size_adjusted_p_and_verdict() -> None:
    cell = effect_cell(effect("difference", "calm", p_holm=0.02))
    assert (cell.estimate, cell.interval) == ("+0.50", "[+0.30, +0.70]")
    assert cell.statistics == "g 0.80, p = .020"
    assert cell.verdict is not None
    assert cell.verdict.words == "survives all"
    assert cell.beyond_chance


@pytest.mark.parametrize("columns", [{"p_holm": 0.06}, {"p_holm": None}, {"small": True}])
def test_only_large_groups_with_an_adjusted_p_under_five_percent_stand_out(
    columns: dict[str, object],
) -> None:
    assert not effect_cell(effect("difference", "calm", **columns)).beyond_chance


def test_a_p_that_was_not_adjusted_says_so() -> None:
    cell = effect_cell(effect("level", "calm", g=None, p_val=0.03, p_holm=None))
    assert cell.statistics == "p = .030, unadjusted"


def test_an_effect_without_an_estimate_is_a_dash_with_its_reason() -> None:
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "g", "p_val", "p_holm", "controls"))
    cell = effect_cell(effect("difference", "calm", reason="no session has a value", **nothing))
    assert (cell.estimate, cell.interval, cell.statistics) == ("–", "", "")
    assert cell.reason == "no session has a value"
    assert cell.verdict is None


@pytest.mark.parametrize(
    ("controls", "brief", "words", "kind"),
    [
        ("survives all", True, "survives all", "good"),
        ("fails: key offset", True, "fails key offset", "bad"),
        ("fails: form swap: patient form, key offset", True, "fails 2 controls", "bad"),
        (
            "fails: form swap: patient form, key offset",
            False,
            "fails form swap: patient form, key offset",
            "bad",
        ),
        (
            "survives those run; not run: key offset, length match",
            False,
            "survives those run; 2 not run",
            "open",
        ),
        ("nothing to control", False, "nothing to control", "open"),
        ("not run", False, "not run", "open"),
    ],
)
def test_a_verdict_is_always_in_words(controls: str, brief: bool, words: str, kind: str) -> None:
    verdict = controls_verdict(controls, brief=brief)
    assert verdict is not None
    assert (verdict.words, verdict.kind) == (words, kind)


def test_outcomes_and_findings_keep_their_words() -> None:
    for outcome in ("survives", "fails", "not applicable", "not run", "nothing to control"):
        assert outcome_verdict(outcome).words == outcome
    for finding in ("converging", "not converging", "diverging", "too few"):
        verdict = finding_verdict(finding)
        assert verdict is not None
        assert verdict.words == finding


def test_degrees_of_freedom_without_end_are_not_counted() -> None:
    assert degrees(9.32) == "9.3"
    assert degrees(1.86e9) == "over 1,000"
    assert degrees(None) == ""
