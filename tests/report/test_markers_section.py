"""The markers section: known means in their cells, and the right words for what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.report import render_markers_page, render_report, write_markers_page
from attunement.report.associations import NEXT_TURN_CAUTION
from attunement.report.markers import MarkersShown, markers_section
from attunement.report.markers._act_charts import ActCharts
from attunement.report.markers._means import Groups, Mean, act_courses, session_means
from attunement.report.markers._names import Named, Names, families_of
from attunement.report.markers._side_charts import SideRow, described, shown_range
from attunement.report.markers._story import OVER_SESSIONS
from attunement.statistics import ALL_SESSIONS, MOST_GROUPS
from attunement.tables import ACTS, COUNTED, MARKER_SESSIONS, MARKERS, SESSIONS

from .invented import ATTACK
from .invented import about as report_about
from .invented import tables as report_tables
from .invented_associations import association, by_chance, controls_of, table
from .invented_markers import CONDITIONS, about, definitions, shown
from .parsed import parse, rows_of
from .test_associations import CAUSAL

RATE = Named("we", "We", "per 100 words")
SHARE = Named("talk_share", "Share of the talk", "share of words")
RATED = {"level": "session", "target": "patient_rated", "instrument": "WAI-SR"}


def known(
    values: Mapping[str, Mapping[str, float | None]],
    *,
    conditions: Mapping[str, str] | None = None,
    marker: str = "we",
    acts: Mapping[str, list[tuple[float, str]]] | None = None,
) -> MarkersShown:
    """Make sessions of which only one marker (session to role to value) and the acts are told."""
    sessions = pl.DataFrame(
        [
            (name, f"P{place}", None, (conditions or {}).get(name), 1)
            for place, name in enumerate(values)
        ],
        schema=SESSIONS.schema,
        orient="row",
    )
    turns: list[dict[str, Any]] = []
    for name in values:
        own = (acts or {}).get(name, [(0.0, "other")])
        turns += [
            {
                "session_id": name,
                "turn": turn,
                "role": "therapist",
                "time": time,
                "words": 5,
                "i": 0,
            }
            | {"act": act}
            for turn, (time, act) in enumerate(own)
        ]
    rows = [
        {"session_id": name, "role": role, "marker": marker, "value": value, "n": 100 + 900 * place}
        for place, (name, sides) in enumerate(values.items())
        for role, value in sides.items()
    ]
    made = shown(n_sessions=1, associated=False)
    return replace(
        made,
        markers=pl.DataFrame(turns, schema=MARKERS.schema),
        sessions=pl.DataFrame(rows, schema=MARKER_SESSIONS.schema),
        corpus_sessions=sessions,
        definitions=definitions([marker]),
        notes=(),
    )


def cells(page_html: str, caption: str) -> dict[tuple[str, str], str]:
    """Read a family's table: (side and group, marker) to the cell's text."""
    (_, *columns), *rows = rows_of(parse(page_html), caption)
    found: dict[tuple[str, str], str] = {}
    side = ""
    for label, *texts in rows:
        if not texts:
            side = label
        name = re.split(r"(?=\d+ sessions?)", label)[0]
        for column, text in zip(columns, texts, strict=False):
            found[f"{side}: {name}", column.partition(" (")[0]] = text
    return found


@pytest.fixture(scope="module")
def html() -> str:
    return render_markers_page(shown(not_english=2), about())


def test_every_session_counts_once_however_many_words_it_has() -> None:
    made = known({"a": {"patient": 2.0}, "b": {"patient": 4.0}, "c": {"patient": 9.0}})
    means = session_means(made, Groups.of(made))
    mean = means["patient", "we"][ALL_SESSIONS]
    assert mean is not None
    assert mean.mean == pytest.approx(5.0)
    assert mean.n_sessions == 3


def test_the_interval_is_that_of_the_mean_of_independent_sessions() -> None:
    values = np.random.default_rng(3).normal(6, 2, size=200)
    made = known({f"s{place:03d}": {"patient": value} for place, value in enumerate(values)})
    mean = session_means(made, Groups.of(made))["patient", "we"][ALL_SESSIONS]
    assert mean is not None
    assert mean.high is not None
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert mean.high - mean.mean == pytest.approx(half, rel=0.1)


def test_means_stand_in_their_cells_by_side_and_condition() -> None:
    made = known(
        {
            "a": {"patient": 1.0, "therapist": 3.0},
            "b": {"patient": 2.0, "therapist": 4.0},
            "c": {"patient": 6.0, "therapist": 8.0},
        },
        conditions={"a": "anxiety", "b": "anxiety", "c": "grief"},
    )
    shown_cells = cells(render_markers_page(made, about()), "markers-whom-table-caption")
    assert shown_cells["Patient: All sessions", "We"].startswith("3.00 [")
    assert shown_cells["Patient: anxiety", "We"].startswith("1.50 [")
    assert shown_cells["Therapist: anxiety", "We"].startswith("3.50 [")
    assert shown_cells["Therapist: grief", "We"] == "8.001 session"


def test_no_interval_of_a_rate_reaches_below_zero() -> None:
    made = known(
        {name: {"patient": value} for name, value in zip("abcd", (0, 0, 0, 8), strict=True)}
    )
    mean = session_means(made, Groups.of(made))["patient", "we"][ALL_SESSIONS]
    assert mean is not None
    assert mean.low == 0


def test_a_session_without_a_value_is_left_out_and_not_counted_as_zero() -> None:
    made = known({"a": {"patient": 4.0}, "b": {"patient": None}, "c": {"patient": 6.0}})
    mean = session_means(made, Groups.of(made))["patient", "we"][ALL_SESSIONS]
    assert mean is not None
    assert mean.mean == pytest.approx(5.0)
    assert mean.n_sessions == 2


def test_acts_over_session_time_are_shares_within_each_session_first() -> None:
    early = [(0.01, "advice")] * 9 + [(0.02, "reflection")]
    made = known(
        {"a": {}, "b": {}},
        acts={"a": [*early, (0.99, "reflection")], "b": [(0.05, "reflection"), (1.0, "advice")]},
    )
    courses = act_courses(made, Groups.of(made))[ALL_SESSIONS]
    advice, reflection = courses["advice"], courses["reflection"]
    assert [mean is not None for mean in advice] == [True] + [False] * 8 + [True]
    first, last = advice[0], advice[-1]
    assert first is not None
    assert last is not None
    assert first.mean == pytest.approx(0.45)
    assert last.mean == pytest.approx(0.5)
    assert reflection[0] is not None
    assert reflection[0].mean == pytest.approx(0.55)


def test_the_shares_of_all_acts_make_up_every_tenth() -> None:
    made = shown(associated=False)
    for acts in act_courses(made, Groups.of(made)).values():
        for tenth in zip(*acts.values(), strict=True):
            assert sum(mean.mean for mean in tenth if mean is not None) == pytest.approx(1)


def test_a_planted_rise_in_advice_is_drawn_as_one() -> None:
    made = shown(associated=False, n_sessions=60)
    courses = act_courses(made, Groups.of(made))
    advice = [mean.mean for mean in courses[ALL_SESSIONS]["advice"] if mean is not None]
    assert advice[-1] > 2 * advice[0]
    drawing = ActCharts(courses).draw(courses[ALL_SESSIONS]["advice"])
    line = re.search(r'd="M([^"Z]*)" [^>]*stroke="var\(--therapist\)"', drawing.content)
    assert line is not None
    heights = [float(point.split(",")[1]) for point in line[1].split("L")]
    assert heights[-1] < heights[0], "up the screen is fewer user units"


def test_the_story_gives_both_sides_and_the_commonest_acts(html: str) -> None:
    made = shown(not_english=2)
    section = markers_section(made)
    means = session_means(made, Groups.of(made))
    we = [means[role, "we"][ALL_SESSIONS] for role in ("patient", "therapist")]
    patient, therapist = (mean.mean for mean in we if mean is not None)
    assert (
        f"“we, us, our” {patient:.1f} times in 100 words, therapists {therapist:.1f} times"
        in section.found
    )
    assert "commonest acts are “Open question”" in section.found
    assert section.found in parse(html).by_id("markers").text


def test_sessions_in_another_language_are_counted_and_called_not_applicable() -> None:
    section = markers_section(shown(not_english=2))
    assert any(
        said.startswith("2 sessions of 45 are not in English; markers of words are not applicable")
        for said in section.remarks
    )


def test_a_corpus_in_another_language_has_lengths_and_no_markers_of_words() -> None:
    made = shown(n_sessions=6, not_english=6, associated=False)
    section = markers_section(made)
    assert section.remarks[0] == (
        "None of the 6 sessions is in English: every marker of words is not applicable."
    )
    assert section.acts is None
    assert section.courses == []
    assert "“I, me, my”" not in section.found
    titles = [family.title for family in section.families]
    assert titles == ["Who speaks, and how long", "The two sides together"]
    parse(render_markers_page(made, about()))


def test_markers_that_are_all_null_are_not_drawn_as_zero() -> None:
    made = shown(n_sessions=4, not_english=4, associated=False)
    nothing = made.sessions.with_columns(value=pl.lit(None, pl.Float64))
    section = markers_section(replace(made, sessions=nothing))
    assert section.families == []
    assert section.found.startswith("No marker could be counted")


def test_no_turn_at_all_is_said() -> None:
    made = shown(n_sessions=2, associated=False)
    empty = replace(made, markers=made.markers.clear(), sessions=made.sessions.clear())
    section = markers_section(empty)
    assert section.found.startswith("No marker could be counted")
    parse(render_markers_page(empty, about()))


def test_one_condition_is_not_set_beside_all_sessions() -> None:
    made = shown(["grief"], n_sessions=8)
    (first, *_) = markers_section(made).families
    assert [row.label for row in first.table.bodies[0].rows] == ["All sessions"]
    parse(render_markers_page(made, about()))


def test_of_thirty_conditions_all_stand_in_the_tables_and_single_ones_are_not_drawn() -> None:
    conditions = [f"condition {place:02d}" for place in range(MOST_GROUPS)]
    made = shown(conditions, n_sessions=60, n_turns=6, associated=False)
    section = markers_section(made)
    table_rows = section.families[0].table.bodies[0].rows
    assert [row.label for row in table_rows] == ["All sessions", *conditions]
    assert "condition 03" not in str(section.families[0].panels[0].chart)
    assert [course.group for course in section.courses] == ["all sessions"]
    assert any("single ones stand in the tables" in said for said in section.remarks)


def test_more_conditions_than_can_be_told_apart_are_said() -> None:
    conditions = [f"condition {place:02d}" for place in range(MOST_GROUPS + 1)]
    made = shown(conditions, n_sessions=62, n_turns=4, associated=False)
    section = markers_section(made)
    assert any("31 conditions are too many" in said for said in section.remarks)
    assert [row.label for row in section.families[0].table.bodies[0].rows] == ["All sessions"]


def test_sessions_without_a_condition_count_among_all_sessions() -> None:
    made = shown([None, "anxiety", "grief"], n_sessions=9, associated=False)
    rows = markers_section(made).families[0].table.bodies[0].rows
    assert [(row.label, row.remark) for row in rows] == [
        ("All sessions", "9 sessions, small"),
        ("anxiety", "3 sessions, small"),
        ("grief", "3 sessions, small"),
    ]


def test_definitions_are_folded_away_and_name_their_source_and_caution(html: str) -> None:
    page = parse(html)
    summaries = [one.text for one in page.all("summary")]
    assert summaries.count("What these are") >= 4
    fold = next(one for one in page.all("dd") if one.text.startswith("What We is, in words."))
    assert "details" in fold.path
    assert "What We cannot show." in fold.text
    assert "A study (2011)" in fold.text


def test_what_is_rated_stands_before_what_is_inferred_and_the_caution_between(html: str) -> None:
    text = parse(html).by_id("markers").text
    places = [
        text.index(said)
        for said in (
            "Patient-rated alliance on WAI-SR, session by session",
            "the same words as the markers",
            "Alliance inferred from the patient’s words, session by session",
            "What the patient’s next turn sounds like",
            "Alliance inferred from the patient’s next turn, within sessions",
            "What markers cannot show",
        )
    ]
    assert places == sorted(places)
    assert text.count("the same words as the markers") == 1
    assert text.count(OVER_SESSIONS) == 1
    assert text.count(NEXT_TURN_CAUTION) == 1
    assert text.index("What the patient’s next turn sounds like") < text.index(NEXT_TURN_CAUTION)


def test_without_questionnaires_the_caution_still_stands() -> None:
    text = parse(render_markers_page(shown(rated=False), about())).by_id("markers").text
    assert text.count("the same words as the markers") == 1
    turns = table(association("we"))
    made = replace(shown(associated=False), associations=turns, controls=controls_of(turns))
    text = parse(render_markers_page(made, about())).by_id("markers").text
    assert text.count("the same words as the markers") == 1
    assert OVER_SESSIONS not in text


@pytest.mark.parametrize(
    ("row", "ending"),
    [
        (
            by_chance("we", **RATED),
            "but there, too, nothing survived correction for the false discovery rate.",
        ),
        (
            association("we", **RATED),
            "What does here needs to be found again in other sessions before it is relied upon.",
        ),
        (
            association("we", level="session"),
            "but nothing of that survived correction for the false discovery rate.",
        ),
        (
            association("we", **RATED, small=True, n_sessions=12, controls="too few sessions"),
            "but nothing of that survived correction for the false discovery rate.",
        ),
        (
            association("we", **RATED, controls="fails: cluster bootstrap"),
            "but nothing of that survived correction for the false discovery rate.",
        ),
    ],
)
def test_the_published_study_is_told_with_what_became_of_it(row: Any, ending: str) -> None:
    associations = table(row)
    made = replace(
        shown(associated=False), associations=associations, controls=controls_of(associations)
    )
    said = markers_section(made).study
    assert said.startswith("In the published study of 28 dyads (Ryu et al. 2023)")
    assert "survived correction for the false discovery rate" in said
    assert said.endswith(ending)


def test_conditions_may_be_another_column_of_the_sessions() -> None:
    made = shown(n_sessions=8, n_turns=4, associated=False)
    clinics = pl.Series("clinic", ["north", "south"] * 4)
    by_clinic = replace(
        made, corpus_sessions=made.corpus_sessions.with_columns(clinics), by="clinic"
    )
    rows = markers_section(by_clinic).families[0].table.bodies[0].rows
    assert [row.label for row in rows] == ["All sessions", "north", "south"]
    with pytest.raises(UsageError, match="no column 'ward'"):
        replace(made, by="ward")


def test_where_nothing_was_asked_of_the_alliance_the_section_ends_before_it() -> None:
    html = render_markers_page(shown(associated=False), about())
    assert 'id="markers-alliance"' not in html
    assert 'href="#markers-alliance"' not in html
    assert "Ryu" not in html


def test_the_page_says_nowhere_that_one_thing_brings_another_about(html: str) -> None:
    assert not CAUSAL.search(parse(html).by_id("markers").text)


def test_the_limits_name_language_lists_classifier_and_correlation(html: str) -> None:
    limits = markers_section(shown(associated=False)).limits
    assert len(re.findall(r"\.(?: |$)", limits)) == 3
    for word in ("English", "lists", "classifier", "goes together"):
        assert word in limits
    assert limits in parse(html).by_id("markers").text


def test_every_part_of_the_section_has_an_id_of_its_own(html: str) -> None:
    ids = [one.attributes["id"] for one in parse(html).elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_names_that_are_markup_stay_text() -> None:
    made = shown([ATTACK, "anxiety"], n_sessions=8, n_turns=6)
    hostile = replace(
        made,
        definitions=made.definitions.with_columns(label=pl.lit(ATTACK), definition=pl.lit(ATTACK)),
        notes=(ATTACK,),
    )
    page = parse(render_markers_page(hostile, about()))
    assert len(page.all("script")) == 1
    assert not page.all("img")


def test_markers_nobody_knows_of_are_shown_apart() -> None:
    assert [family.title for family in families_of(["we", "laughter"])] == [
        "Whom they speak of",
        "Further markers",
    ]
    assert families_of(list(ACTS)) == []
    names = Names(definitions(["advice"]))
    assert names["act_advice"].label == names["advice"].label == "Advice"
    assert names["laughter"].label == "Laughter"


def test_shares_are_written_in_percent_and_rates_are_not() -> None:
    assert SHARE.value(0.424) == "42%"
    assert SHARE.value(0.018) == "1.8%"
    assert SHARE.bounds(-0.02, 0.3) == "[−2.0%, 30%]"
    assert RATE.value(1.236) == "1.24"
    assert RATE.value(None) == "–"
    assert Named("alignment", "Alignment", "cosine beyond chance").value(0.0123) == "0.012"


def test_a_panel_is_said_in_words_too() -> None:
    row = SideRow(
        "grief", {"patient": Mean(0.4, 0.2, 0.6, 24), "therapist": Mean(1.0, None, None, 1)}
    )
    assert described([row], RATE) == (
        "We, per 100 words. grief: patient 0.40 [0.20, 0.60], therapist 1.00."
    )


def test_the_interval_of_a_few_sessions_does_not_flatten_the_others() -> None:
    whole = SideRow(ALL_SESSIONS, {"patient": Mean(4.0, 3.5, 4.5, 40)})
    few = SideRow("grief", {"patient": Mean(5.0, 0.0, 90.0, 3)})
    low, high = shown_range([whole, few])
    assert low == 0
    assert 5 < high < 8
    many = SideRow("grief", {"patient": Mean(5.0, 0.0, 90.0, 40)})
    assert shown_range([whole, many])[1] > 90


def test_every_counted_marker_and_act_has_a_place() -> None:
    placed = {name for family in families_of(list(COUNTED)) for name in family.names}
    assert placed == set(COUNTED)
    assert "further" not in {family.key for family in families_of(list(COUNTED))}


@pytest.mark.parametrize(
    ("held", "column"),
    [
        ("markers", "act"),
        ("sessions", "value"),
        ("associations", "p_fdr"),
        ("definitions", "label"),
    ],
)
def test_a_table_without_a_column_is_refused_by_name(held: str, column: str) -> None:
    made = shown(n_sessions=2, associated=False)
    with pytest.raises(UsageError, match=f"{held} of the markers section has no column {column}"):
        replace(made, **{held: getattr(made, held).drop(column)})


def test_markers_of_sessions_that_are_not_given_are_refused() -> None:
    made = shown(n_sessions=3, associated=False)
    with pytest.raises(UsageError, match="sessions that are not among the sessions"):
        replace(made, corpus_sessions=made.corpus_sessions.head(2))


def test_the_page_holds_no_words_of_a_session_and_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "markers.html"
    write_markers_page(path, shown(n_sessions=6, n_turns=6), about())
    page = parse(path.read_text(encoding="utf-8"))
    assert page.all("h1")[0].text == "Markers in invented sessions"
    assert "Fictional sessions." in path.read_text(encoding="utf-8")


def test_in_the_report_the_markers_stand_after_the_gap_and_before_the_sessions() -> None:
    made = render_report(
        report_tables(), report_about(), markers=shown(CONDITIONS, n_sessions=9, n_turns=6)
    )
    page = parse(made)
    ids = [one.attributes.get("id") for one in page.all("section")]
    assert ids.index("conditions") < ids.index("markers") < ids.index("sessions")
    links = [one.attributes["href"] for one in page.all("a") if "li" in one.path]
    assert "#markers" in links
    without = parse(render_report(report_tables(), report_about()))
    assert "markers" not in [one.attributes.get("id") for one in without.all("section")]
