"""The gap in sentences: who may be named, and in which words."""

from __future__ import annotations

import re

import pytest

from attunement.gap import GAP, ROLE_DIFFERENCE, SMALL_GROUP
from attunement.report.gap._rows import EffectRows
from attunement.report.gap._story import Told, story

from .effects import effect, rows


def told(effects: EffectRows, *, on_common_scale: bool = False) -> Told:
    return story(effects, wording=GAP if on_common_scale else ROLE_DIFFERENCE, small=SMALL_GROUP)


MEANS = (effect("difference", "calm"), effect("difference", "grief"))
FEW = {"n_sessions": 12, "small": True}


def test_a_difference_between_conditions_is_told_from_the_higher_side_with_its_figures() -> None:
    pair = effect(
        "between", "calm", reference="grief", estimate=-0.4, ci_low=-0.6, ci_high=-0.2, p_holm=0.003
    )
    assert told(rows(*MEANS, pair)).found == (
        "The role difference is higher in grief than in calm on the whole alliance (by 0.40, "
        "95% CI 0.20 to 0.60, adjusted p = .003). The one effect beyond chance survives every "
        "control."
    )


def test_a_small_group_is_never_named_in_a_finding_however_strong_its_effect() -> None:
    strong = {"g": 9.0, "p_holm": 0.0001, "estimate": 5.0, "ci_low": 4.0, "ci_high": 6.0}
    made = rows(
        *MEANS,
        effect("difference", "rare", **FEW, **strong),
        effect("between", "rare", reference="calm", **FEW | {"n_sessions": 42}, **strong),
        effect("between", "rare", reference="the rest", effect="versus rest", **FEW, **strong),
        effect("convergence", "rare", **FEW, **strong, finding="too few"),
        effect("convergence", "calm", finding="converging", estimate=-0.4),
    )
    for on_common_scale in (False, True):
        said = told(made, on_common_scale=on_common_scale)
        assert "rare" not in said.found
        assert said.open == (
            "With fewer than 20 sessions, shown and without a finding: rare (12).",
        )


def test_on_separate_scales_no_sentence_says_which_side_is_higher() -> None:
    said = told(rows(*MEANS, effect("difference", "all sessions"))).found
    assert not re.search(r"estimat|higher|lower|therapist", said)


def test_on_a_common_scale_the_direction_is_told_in_the_words_of_the_language_rule() -> None:
    down = {"estimate": -0.4, "ci_low": -0.6, "ci_high": -0.2, "g": -0.9}
    said = told(
        rows(effect("difference", "calm"), effect("difference", "grief", **down)),
        on_common_scale=True,
    ).found
    assert "The therapist underestimates the whole alliance in grief (by 0.40" in said
    assert "the therapist overestimates the whole alliance in calm (by 0.50" in said
    assert "Of the 2 effects beyond chance, all survive every control." in said


def test_effects_that_fail_controls_are_counted_with_the_controls_they_fail() -> None:
    made = [
        effect("between", "calm", reference="grief", scale=scale, controls=controls)
        for scale, controls in (
            ("alliance", "survives all"),
            ("task", "fails: form swap: patient form, length match"),
            ("bond", "fails: length match"),
            ("goal", "survives those run; not run: key offset"),
        )
    ]
    said = told(rows(*MEANS, *made)).found
    assert said.endswith(
        "1 more such contrast is in the table. Of the 4 effects beyond chance, 1 survives every "
        "control; 2 fail at least one (length match in 2, form swap: patient form in 1); for 1 not "
        "every control was run."
    )


def test_a_contrast_that_fails_a_control_is_counted_but_never_told() -> None:
    weak = effect("between", "calm", reference="grief", scale="bond", g=0.4)
    strong = effect(
        "between", "calm", reference="grief", scale="task", g=3.0, controls="fails: length match"
    )
    assert "on bond" in told(rows(*MEANS, weak, strong)).found
    assert "on task" not in told(rows(*MEANS, weak, strong)).found
    assert told(rows(*MEANS, strong)).found.startswith(
        "1 contrast between conditions is beyond chance, but not under every control."
    )


def test_a_course_that_fails_a_control_is_counted_but_never_told() -> None:
    held = effect("convergence", "calm", finding="diverging")
    failed = effect(
        "convergence", "grief", finding="diverging", controls="fails: form swap: patient form"
    )
    said = told(rows(held, failed), on_common_scale=True).found
    assert said.startswith(
        "Over a session, the two sides move apart in calm; 1 more changes, but not under every "
        "control."
    )
    alone = told(rows(failed), on_common_scale=True).found
    assert alone.startswith("Over a session, 1 group changes, but not under every control.")


def test_no_change_is_told_without_controls_which_have_nothing_to_take_away() -> None:
    flat = effect("convergence", "calm", finding="not converging", controls="fails: time shuffle")
    assert told(rows(flat), on_common_scale=True).found == (
        "Over a session, no change in how far apart the two sides are can be shown in calm."
    )


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        ("converging", "the size of the role difference shrinks in calm."),
        ("diverging", "the size of the role difference grows in calm."),
        ("not converging", "no change in the size of the role difference can be shown in calm."),
    ],
)
def test_off_a_common_scale_a_course_is_of_the_size_and_nobody_draws_closer(
    finding: str, said: str
) -> None:
    made = rows(effect("convergence", "calm", finding=finding))
    assert told(made).found.startswith(f"Over a session, {said}")


def test_what_is_not_beyond_chance_after_adjusting_is_no_finding() -> None:
    pair = effect("between", "calm", reference="grief", p_val=0.01, p_holm=0.2)
    assert told(rows(*MEANS, pair)).found == (
        "None of the 1 contrast between conditions of 20 sessions or more is beyond chance once "
        "adjusted for how many there are."
    )


def test_convergence_is_told_of_conditions_and_of_all_sessions_only_without_them() -> None:
    whole = effect("convergence", "all sessions", finding="diverging")
    single = effect("convergence", "calm", finding="converging")
    assert told(rows(MEANS[0], whole, single)).found.startswith(
        "Over a session, the size of the role difference shrinks in calm."
    )
    assert told(rows(MEANS[0], whole)).found.startswith(
        "Over a session, the size of the role difference grows in all sessions taken together."
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            [effect("difference", "calm", **FEW)],
            "Every group has fewer than 20 sessions, so nothing here is called a finding.",
        ),
        ([MEANS[0]], "There is one group only, and nothing to hold it against."),
        (
            [*MEANS, effect("between", "calm", reference="grief", **FEW)],
            "No two conditions have 20 sessions or more, so nothing is said of differences "
            "between conditions.",
        ),
        (
            [
                *MEANS,
                effect(
                    "between",
                    "calm",
                    reference="grief",
                    p_holm=None,
                    reason="calm: every session has the same value",
                ),
            ],
            "No difference between conditions could be tested (calm: every session has the same "
            "val….",
        ),
    ],
    ids=["all small", "one group", "no two large", "constant"],
)
def test_where_there_is_no_finding_the_page_says_why(
    made: list[dict[str, object]], said: str
) -> None:
    assert told(rows(*made)).found.startswith(said[:-2])


def test_long_names_and_many_small_groups_do_not_drown_the_page() -> None:
    made = [effect("difference", f"{place} {'x' * 90}", **FEW) for place in range(12)]
    (said,) = told(rows(*made)).open
    assert said.endswith(", and 6 more.")
    assert len(said) < 400
