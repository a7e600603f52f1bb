"""Associations as the report shows them: every figure in its place, and no word too many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.report._templates import environment
from attunement.report.associations import (
    AssociationPart,
    Features,
    association_parts,
    questions,
)
from attunement.report.associations._rows import HOLDS, standing
from attunement.report.associations._story import briefly, story
from attunement.report.associations._tables import MOST_LISTED
from attunement.tables import ASSOCIATION_CONTROLS

from .invented import ATTACK
from .invented_associations import asked, association, by_chance, controls_of, table
from .parsed import parse, rows_of

FEATURES = Features(
    kinds="markers",
    labels={"we": "We, us", "hedges": "Hedges", "act_advice": "Advice"},
    present=frozenset({"act_advice"}),
)
CAUSAL = re.compile(
    r"\b(caus\w*|because|lead(s|ing)? to|led to|effect\w*|affect\w*|influenc\w*|impact\w*|"
    r"improv\w*|worsen\w*|raises?|reduc\w*|drives?|results? in|due to|thanks to)\b",
    flags=re.IGNORECASE,
)
NO_CONTROLS = pl.DataFrame(schema=ASSOCIATION_CONTROLS.schema)


def only(associations: pl.DataFrame, features: Features = FEATURES) -> AssociationPart:
    (part,) = association_parts(associations, controls_of(associations), features, key="with")
    return part


def told(*rows: dict[str, Any]) -> str:
    part = only(table(*rows))
    return " ".join([part.found, *part.open])


def drawn_order(part: AssociationPart) -> list[str]:
    """Read the features from top to bottom as a screen reader hears the forest."""
    said = re.search(r"<desc[^>]*>(.*?)</desc>", str(part.forest))
    assert said is not None
    return re.findall(r"(?:: |; )([A-Z][\w, ]*?) [+−\d]", said[1])


def test_nothing_asked_gives_no_part() -> None:
    assert association_parts(table(), NO_CONTROLS, FEATURES, key="with") == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, "survives"),
        ({"controls": "survives those run; not run: form swap"}, "survives"),
        ({"controls": "fails: length match"}, "fails"),
        ({"boot_low": -0.01}, "fails"),
        ({"controls": "not run"}, "open"),
        ({"controls": None}, "open"),
        ({"controls": "nothing to control"}, "chance"),
        ({"p_fdr": 0.05}, "chance"),
        ({"p_fdr": None}, "chance"),
        ({"small": True}, "small"),
        ({"estimate": None}, "none"),
    ],
)
def test_only_what_is_beyond_chance_and_under_every_control_survives(
    columns: dict[str, Any], expected: str
) -> None:
    assert standing(association("we", **columns)) == expected


def test_what_survives_is_told_with_its_direction_interval_and_q() -> None:
    said = told(
        association("we", estimate=-0.2, ci_low=-0.3, ci_high=-0.1),
        association("act_advice", estimate=0.41, ci_low=0.3, ci_high=0.52, p_fdr=0.003),
        by_chance("hedges"),
    )
    assert (
        "A higher alliance inferred from the patient’s next turn than the turn before it let one "
        "expect goes with “Advice” (therapist) [+0.41, 95% CI +0.30 to +0.52, q = .003]; a lower "
        "alliance inferred from the patient’s next turn than the turn before it let one expect "
        "goes with more “We, us” (therapist) [−0.20, 95% CI −0.30 to −0.10, q = .002]."
    ) in said
    assert "Of the 3 associations asked about, 2 are beyond chance (q < .05)" in said
    assert "survive every control" in said


def test_where_nothing_is_beyond_chance_the_first_word_is_nothing() -> None:
    said = told(by_chance("we"), by_chance("hedges"))
    assert said.startswith("Nothing: none of the markers goes with the alliance inferred")
    assert "Of the 2 associations asked about none has q < .05" in said


def test_what_fails_a_control_is_not_told_as_found() -> None:
    said = told(association("we", controls="fails: length match, form swap"), by_chance("hedges"))
    assert said.startswith("Nothing that can be relied on")
    assert "1 is beyond chance (q < .05), but fails length match and form swap." in said
    assert "We, us" not in said


def test_what_no_control_was_run_of_is_told_with_that_said() -> None:
    said = told(association("we", controls="not run"), by_chance("hedges"))
    assert said.startswith("A higher alliance inferred from the patient’s next turn than the turn")
    assert "1 is beyond chance (q < .05); no control was run beyond length" in said


def test_what_the_bootstrap_does_not_bear_out_is_not_told_as_found() -> None:
    said = told(association("we", boot_low=-0.02, boot_high=0.3, controls="not run"))
    assert said.startswith("Nothing that can be relied on")
    assert "1 is beyond chance (q < .05), but fails cluster bootstrap." in said


def test_a_control_that_could_not_be_run_is_not_passed_over() -> None:
    said = told(association("we", controls="survives those run; not run: form swap"))
    assert "survives every control that could be run" in said


def test_small_corpora_make_no_finding() -> None:
    said = told(association("we", small=True, n_sessions=12, controls="too few sessions"))
    assert said == "Nothing here is called a finding: 12 sessions, and 20 are the least."


def test_where_no_estimate_could_be_had_the_reason_is_given() -> None:
    part = only(table(association("we", estimate=None, p_fdr=None, reason="nothing varies")))
    assert part.found == (
        "Nothing can be said: no association could be estimated (nothing varies)."
    )
    assert part.forest is None
    assert part.table.bodies[0].rows[0].cells[0].reason == "nothing varies"


def test_small_groups_are_named_and_carry_no_finding() -> None:
    said = told(
        by_chance("we"),
        by_chance("we", group="anxiety"),
        association("we", group="grief", small=True, n_sessions=7, controls="too few sessions"),
    )
    assert "With fewer than 20 sessions, shown and without a finding: grief (7)." in said
    assert "Within single conditions nothing is beyond chance" in said


def test_conditions_and_contrasts_that_hold_are_told() -> None:
    said = told(
        by_chance("we"),
        association("we", group="anxiety"),
        by_chance("we", group="depression"),
        association("we", group="anxiety", reference="depression"),
    )
    assert "Within single conditions 1 of 2 associations" in said
    assert "anxiety, more “We, us” (therapist) [+0.20" in said
    assert "Of 1 difference between conditions 1 is beyond chance and survives" in said


def test_one_condition_alone_stands_for_all_sessions() -> None:
    part = only(table(association("we", group="anxiety")))
    assert part.found.startswith("A higher alliance")
    assert part.table.headings == ["anxiety"]


def test_the_forest_runs_from_the_highest_estimate_to_the_lowest() -> None:
    part = only(
        table(
            by_chance("we", estimate=-0.1),
            by_chance("hedges", estimate=0.3),
            by_chance("fillers", estimate=0.1),
        ),
        Features(kinds="markers", labels={"we": "We", "hedges": "Hedges", "fillers": "Fillers"}),
    )
    assert drawn_order(part) == ["Hedges", "Fillers", "We"]


def test_turns_with_and_without_stand_apart_from_standard_deviations() -> None:
    part = only(table(by_chance("we"), by_chance("act_advice")))
    assert "Therapist: with it, against without: Advice" in str(part.forest)
    assert "Therapist: one standard deviation more: We, us" in str(part.forest)
    assert "a turn with it against a turn without; or one standard deviation" in part.reading
    assert "higher or lower than the turn before it let one expect" in part.reading


def test_over_sessions_an_act_is_a_share_and_counted_as_the_others_are() -> None:
    part = only(table(by_chance("act_advice", level="session", target="inferred_patient")))
    assert "with it, against without" not in str(part.forest)
    assert "one standard deviation over sessions more" in part.reading
    assert "let one expect" not in part.reading + part.found


@pytest.mark.parametrize(
    ("columns", "shape", "words"),
    [
        ({}, "good", "survives, q = .002"),
        ({"controls": "fails: length match"}, "bad", "fails length match"),
        ({"controls": "fails: length match, key offset"}, "bad", "fails 2 controls"),
        ({"controls": "not run"}, "ink", "no control, q = .002"),
        ({"p_fdr": 0.31, "controls": "nothing to control"}, "muted", "q = .310"),
        ({"small": True}, "muted", "too few sessions"),
    ],
)
def test_a_mark_says_in_words_what_its_colour_says(
    columns: dict[str, Any], shape: str, words: str
) -> None:
    forest = str(only(table(association("we", **columns))).forest)
    assert re.search(rf'<text[^>]*fill="var\(--{shape}\)"[^>]*>{re.escape(words)}<', forest)


def test_the_three_marks_have_three_shapes() -> None:
    shapes = set()
    for columns in ({}, {"controls": "fails: key offset"}, {"p_fdr": 0.5}):
        forest = str(only(table(association("we", **columns))).forest)
        (mark,) = re.findall(r'<path[^>]*d="([^"]+)"', forest)
        shapes.add(re.sub(r"[^A-Z]", "", mark))
    assert len(shapes) == 3


def test_every_feature_of_every_side_has_its_row_and_every_condition_its_column() -> None:
    conditions = ("anxiety", "depression")
    part = only(
        asked(["we", "hedges"], level="next_turn", target="inferred_patient", conditions=conditions)
    )
    assert part.table.headings == ["All sessions", "anxiety", "depression"]
    assert [body.heading for body in part.table.bodies] == ["Therapist", "Patient"]
    for body in part.table.bodies:
        assert {row.label for row in body.rows} == {"We, us", "Hedges"}
        assert all(cell.estimate != "–" for row in body.rows for cell in row.cells)


def test_many_conditions_are_listed_and_what_is_left_out_is_counted() -> None:
    conditions = [f"condition {place}" for place in range(30)]
    part = only(
        asked(
            ["we", "hedges", "act_advice"],
            level="session",
            target="inferred_patient",
            conditions=conditions,
        )
    )
    assert part.table.headings == ["All sessions"]
    assert part.groups is not None
    assert part.contrasts is not None
    assert len(part.groups.rows) == len(part.contrasts.rows) == MOST_LISTED
    assert f"{30 * 6 - MOST_LISTED} other associations stand" in part.groups.caption
    assert f"{435 * 6 - MOST_LISTED:,} other associations stand" in part.contrasts.caption
    assert [row[5] for row in part.contrasts.rows] == sorted(row[5] for row in part.contrasts.rows)


def test_narrow_intervals_get_a_third_decimal() -> None:
    part = only(table(association("we", estimate=0.012, ci_low=0.004, ci_high=0.02)))
    assert part.table.bodies[0].rows[0].cells[0].estimate == "+0.012"
    assert "[+0.012, 95% CI +0.004 to +0.020" in part.found


def test_controls_are_shown_of_what_is_beyond_chance_and_of_nothing_else() -> None:
    part = only(
        table(
            association("we", controls="fails: length match"),
            by_chance("hedges"),
            association("act_advice", small=True, controls="too few sessions"),
        )
    )
    assert part.controls is not None
    (row,) = part.controls.rows
    assert row.label == "We, us (therapist)"
    by_control = dict(zip(part.controls.headings, row.cells, strict=True))
    assert by_control["Length match"].verdict.words == "fails"
    assert by_control["Form swap"].verdict.words == "survives"
    assert [name for name, _ in part.controls.meanings] == part.controls.headings
    assert dict(part.controls.meanings)["Length match"] == "under length match"
    assert only(table(by_chance("we"))).controls is None


def test_rated_alliance_comes_first_and_the_next_turn_last() -> None:
    made = pl.concat(
        [
            table(association("we")),
            table(association("we", level="session", target="inferred_patient")),
            table(
                association("we", level="session", target="therapist_rated", instrument="WAI-SR"),
                association(
                    "we", level="session", target="patient_rated", instrument="SRS", scale="total"
                ),
            ),
        ]
    )
    assert [(one.target, one.level) for one in questions(made)] == [
        ("patient_rated", "session"),
        ("therapist_rated", "session"),
        ("inferred_patient", "session"),
        ("inferred_patient", "next_turn"),
    ]
    parts = association_parts(made, NO_CONTROLS, FEATURES, key="with", level="next_turn")
    assert [part.question.level for part in parts] == ["next_turn"]


def test_what_is_rated_is_counted_in_points_and_never_called_inferred() -> None:
    part = only(
        table(
            association(
                "we", level="session", target="patient_rated", instrument="WAI-SR", scale="bond"
            )
        )
    )
    assert part.heading == "Patient-rated alliance (bond) on WAI-SR, session by session"
    assert "points on WAI-SR" in part.reading
    assert "inferred" not in part.found + part.reading + part.heading


def test_the_first_of_each_kind_is_shown_and_the_others_are_folded_with_what_they_came_to() -> None:
    rated = {"level": "session", "target": "patient_rated", "instrument": "WAI-SR"}
    made = table(
        by_chance("we", **rated, scale="bond"),
        association("we", **rated, scale="alliance"),
        association("we", level="session", target="inferred_patient", controls="not run"),
        association("we", level="session", target="inferred_therapist", small=True),
        association("we", controls="fails: form swap"),
        by_chance("we", scale="bond"),
    )
    parts = association_parts(made, NO_CONTROLS, FEATURES, key="with")
    assert [(one.question.scale, one.leading, one.briefly) for one in parts] == [
        ("alliance", True, "1 beyond chance and under the controls"),
        ("bond", False, "nothing beyond chance"),
        ("alliance", True, "1 beyond chance, without controls"),
        ("alliance", False, "nothing can be said"),
        ("alliance", True, "nothing under every control"),
        ("bond", False, "nothing beyond chance"),
    ]


VERDICTS: Sequence[str | None] = (
    "survives all",
    "survives those run; not run: key offset",
    "fails: length match",
    "nothing to control",
    "not run",
    None,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-2, 2),
            st.sampled_from([0.001, 0.04, 0.05, 0.9, None]),
            st.sampled_from(VERDICTS),
            st.booleans(),
            st.sampled_from(
                [("all sessions", None), ("a", None), ("b", None), ("a", "b"), ("a", "the rest")]
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_sentence_says_that_one_thing_brings_another_about(
    made: list[tuple[float, float | None, str | None, bool, tuple[str, str | None]]],
) -> None:
    rows = [
        association(
            f"feature {place}",
            estimate=estimate,
            ci_low=estimate - 0.1,
            ci_high=estimate + 0.1,
            p_fdr=q,
            controls=controls,
            small=small,
            group=group,
            reference=reference,
        )
        for place, (estimate, q, controls, small, (group, reference)) in enumerate(made)
    ]
    made_up = table(*rows)
    (question,) = questions(made_up)
    all_told = story(made_up, FEATURES, question)
    said = " ".join([all_told.found, *all_told.open, briefly(made_up)])
    assert not CAUSAL.search(said)
    for row in rows:
        if standing(row) not in HOLDS:
            assert f"“{row['feature']}” " not in said


@pytest.mark.parametrize("level", ["session", "next_turn"])
def test_names_that_are_markup_stay_text(level: str) -> None:
    conditions = (ATTACK, "anxiety")
    made = asked([ATTACK, "we"], level=level, target="inferred_patient", conditions=conditions)
    parts = association_parts(made, controls_of(made), FEATURES, key="with")
    source = (
        '{% from "associations.html.j2" import association_part %}'
        "{% for part in parts %}{{ association_part(part) }}{% endfor %}"
    )
    html = environment().from_string(source).render(parts=parts)
    page = parse(html)
    assert not page.all("img", "script")
    assert any(ATTACK in "".join(row) for row in rows_of(page, "with-0-table-caption"))
