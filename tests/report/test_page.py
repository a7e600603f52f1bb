"""The page as a document: self-contained, escaped, well formed, and in the words allowed."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from attunement.errors import StorageError
from attunement.report import About, ReportTables, render_report, session_summary, write_report

from .invented import ATTACK, ODD_IDS, about, tables
from .parsed import Element, Page, parse
from .small import Said, patient
from .small import tables as small_tables

FETCHING = (
    "src",
    "srcset",
    "href",
    "xlink:href",
    "data",
    "action",
    "poster",
    "background",
    "style",
)


@pytest.fixture(scope="module")
def hostile_page(hostile_html: str) -> Page:
    return parse(hostile_html)


def references(page: Page) -> list[str]:
    return [
        element.attributes[name]
        for element in page.elements
        for name in FETCHING
        if name in element.attributes
    ]


def test_nothing_on_the_page_points_anywhere_but_into_the_page(
    html: str, page: Page, gap_html: str, gap_page: Page
) -> None:
    for source, seen in ((html, page), (gap_html, gap_page)):
        assert all(reference.startswith("#") for reference in references(seen))
        assert not seen.all("link", "img", "iframe", "object", "embed", "base", "use", "image")
        assert "url(" not in source
        assert "@import" not in source


def test_the_policy_allows_exactly_the_pages_own_style_and_script(page: Page) -> None:
    (policy,) = (
        element.attributes["content"]
        for element in page.all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    (style,), (script,) = page.all("style"), page.all("script")
    for kind, source in (("style", style.text), ("script", script.text)):
        digest = b64encode(sha256(source.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_every_link_arrives_and_no_id_is_given_twice(
    page: Page, hostile_page: Page, gap_page: Page, rated_page: Page
) -> None:
    for seen in (page, hostile_page, gap_page, rated_page):
        ids = [element.attributes["id"] for element in seen.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids))
        assert {link.attributes["href"][1:] for link in seen.all("a")} <= set(ids)
        for element in seen.elements:
            for name in ("aria-labelledby", "for"):
                assert set(element.attributes.get(name, "").split()) <= set(ids)


def test_headings_never_skip_a_level(
    page: Page, hostile_page: Page, gap_page: Page, rated_page: Page
) -> None:
    for seen in (page, hostile_page, gap_page, rated_page):
        levels = [int(one.tag[1]) for one in seen.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_their_headings_a_scope(
    page: Page, gap_page: Page, rated_page: Page
) -> None:
    for seen in (page, gap_page, rated_page):
        assert len(seen.all("caption")) == len(seen.all("table"))
        assert all(heading.attributes.get("scope") for heading in seen.all("th"))


def test_every_chart_has_a_title_and_a_description_in_words(
    page: Page, gap_page: Page, rated_page: Page
) -> None:
    for seen in (page, gap_page, rated_page):
        charts = [svg for svg in seen.all("svg") if svg.attributes.get("aria-hidden") != "true"]
        assert charts
        for chart in charts:
            title, description = chart.attributes["aria-labelledby"].split()
            assert seen.by_id(title).text
            assert len(seen.by_id(description).text) > 40


def test_charts_carry_no_colour_of_their_own(page: Page, gap_page: Page) -> None:
    painted = {
        element.attributes[name]
        for element in [*page.elements, *gap_page.elements]
        if "svg" in element.path
        for name in ("fill", "stroke")
        if name in element.attributes
    }
    assert all(colour == "none" or colour.startswith("var(--") for colour in painted)


def test_a_therapists_line_is_dashed_and_named_so_that_colour_is_never_the_only_sign(
    html: str,
) -> None:
    chart = html[html.index('aria-labelledby="session-1-bond-t') :]
    chart = chart[: chart.index("</svg>")]
    lines = re.findall(r'<path[^>]*stroke-width="2"[^>]*>', chart)
    assert {("--therapist" in line, 'dasharray="6,3"' in line) for line in lines} == {
        (True, True),
        (False, False),
    }
    assert ">Patient</text>" in chart
    assert ">Therapist</text>" in chart


def test_markup_in_the_data_stays_text_everywhere(hostile_html: str, hostile_page: Page) -> None:
    assert len(hostile_page.all("script")) == 1
    assert not hostile_page.all("img")
    assert not [
        name for one in hostile_page.elements for name in one.attributes if name.startswith("on")
    ]
    assert "<script>document" not in hostile_html
    assert hostile_page.all("h1")[0].text == ATTACK
    quotes = [one.text.strip() for one in hostile_page.all("p") if "blockquote" in one.path]
    assert ATTACK in quotes


def test_sessions_with_odd_names_are_shown_and_linked(hostile_page: Page) -> None:
    names = [heading.text for heading in hostile_page.all("h3") if "article" in heading.path]
    assert names == [name.replace("\x00", " ").replace("\x07", " ") for name in ODD_IDS]
    rows = [link for link in hostile_page.all("a") if "tbody" in link.path]
    assert [link.text for link in rows] == names


def test_a_missing_side_constant_scores_and_nan_are_said_and_never_printed(
    hostile_html: str, hostile_page: Page
) -> None:
    assert not re.search(r"\b(NaN|nan|None|undefined|inf)\b", _without_script(hostile_html))
    articles = [article.text for article in hostile_page.all("article")]
    assert "no scored turn of the therapist" in articles[1]
    assert "no scored turn of the patient" in articles[2]
    assert "No turn of the patient stands out" in articles[3]
    assert "no scored turn of the patient or the therapist" in articles[4]


def test_without_a_common_scale_nobody_is_said_to_over_or_underestimate(html: str) -> None:
    said = _without_script(html)
    assert "role difference" in said.lower()
    assert "on axes of its own" in said
    assert "what differs with topic, length or symptoms does not" in said
    assert not re.search(r"(over|under)estimat", said, flags=re.IGNORECASE)


def test_on_a_common_scale_the_difference_is_a_gap_with_a_direction() -> None:
    said = render_report(tables(n_sessions=4), about(on_common_scale=True))
    assert "role difference" not in said.lower()
    assert "overestimation" in said
    assert "underestimation" in said


def test_p_values_stand_only_in_the_gaps_own_sections(html: str) -> None:
    start = html.index('<section id="conditions"')
    assert "p = " in html[:start]
    assert not re.search(r"\bp\s*[=<]\s*\.?\d|p value|significan", html[start:])


def test_the_gap_comes_first_and_the_contents_lead_there(page: Page) -> None:
    sections = [one for one in page.all("section") if one.path[-1] == "main"]
    assert sections[0].attributes["id"] == "gap"
    assert page.all("nav")[0].text.split()[:3] == ["The", "role", "difference"]


def test_a_report_without_a_gap_says_how_a_difference_is_read_beside_the_conditions() -> None:
    page = parse(render_report(tables(n_sessions=2), about()))
    assert "on axes of its own" in page.by_id("conditions").text
    assert not [one for one in page.elements if one.attributes.get("id") == "gap"]


def test_the_page_says_what_it_is_not(page: Page) -> None:
    said = "not a diagnostic device and not a suicide-risk assessment"
    assert said in page.all("header")[0].text


def test_the_fictional_banner_stands_only_on_fictional_sessions(html: str) -> None:
    assert "Fictional sessions." in html
    assert "Fictional sessions." not in render_report(tables(n_sessions=2), about(fictional=False))


def test_the_head_counts_sessions_patients_therapists_and_turns(page: Page) -> None:
    figures = dict(
        zip(
            [one.text for one in page.all("dt") if "header" in one.path],
            [one.text for one in page.all("dd") if "header" in one.path],
            strict=True,
        )
    )
    assert figures == {"sessions": "16", "patients": "8", "therapists": "3", "turns": "512"}


def test_groups_under_twenty_sessions_are_marked_small_and_larger_ones_not() -> None:
    few, many = (
        render_report(
            tables(n_sessions=n, n_turns=4, conditions=("grief",)), about(), max_sessions=1
        )
        for n in (19, 20)
    )
    assert "19 sessions, small" in few
    assert "20 sessions, small" not in many


def test_provenance_is_on_the_page(page: Page) -> None:
    facts, shown = about(), page.by_id("method").text
    for fact in (facts.version, facts.estimator, facts.encoder, facts.encoder_fingerprint):
        assert fact in shown
    for fact in (facts.reference, facts.instruments, facts.method, facts.command, facts.created):
        assert fact in shown
    for fact in facts.notes:
        assert fact in shown


def test_moments_show_the_words_the_words_before_and_the_nearest_anchors() -> None:
    made = small_tables(
        {
            "a": [
                Said("therapist", 0.0, "Shall we do the sheet?", start=61.0),
                Said("patient", -2.0, "If we must.", start=754.0),
                Said("patient", 2.0, "That one helped."),
            ]
        },
        evidence=[("a", 1, "patient", "bond", 1, "weak", "w1", 0.612)],
        anchors=[("w1", "patient", "bond", "weak", "You're paid to ask.")],
    )
    (lowest, highest) = (
        " ".join(item.text.split())
        for item in parse(render_report(made, about())).all("li")
        if item.path[-3:] == ("div", "section", "ol")
    )
    assert lowest == (
        "1 turn 1, 50% into the session, at 12:34 inferred alliance −2.00 "
        "Therapist, just beforeShall we do the sheet? PatientIf we must. "
        "Closest in the bank“You're paid to ask.” (weak bond, similarity .61)"
    )
    assert highest.startswith("2 turn 2, 100% into the session inferred alliance 2.00")


def test_far_anchors_are_not_shown_and_where_none_is_close_the_page_says_so() -> None:
    made = small_tables(
        {"a": [Said("patient", -2.0), Said("patient", 0.0), Said("patient", 2.0)]},
        evidence=[
            ("a", 0, "patient", "bond", 1, "weak", "w1", 0.346),
            ("a", 0, "patient", "task", 1, "weak", "w2", 0.344),
            ("a", 2, "patient", "bond", 1, "weak", "w1", 0.31),
        ],
        anchors=[
            ("w1", "patient", "bond", "weak", "You're paid to ask."),
            ("w2", "patient", "task", "weak", "What is it for?"),
        ],
    )
    lowest, highest = (
        one.text for one in parse(render_report(made, about())).all("div") if _is_evidence(one)
    )
    assert "You're paid to ask." in lowest
    assert "What is it for?" not in lowest
    assert highest == "Nothing in the bank is close (nearest: similarity .31)"


def test_the_page_says_once_what_the_nearest_anchors_are_and_never_that_a_score_rests_on_them(
    html: str, page: Page
) -> None:
    said = " ".join(page.all("body")[0].text.split())
    assert said.count("they are not a breakdown of the score, and may be of the other pole") == 1
    assert not re.search(r"\brests? on\b", said)
    made = tables(n_sessions=2)
    without = render_report(replace(made, evidence=made.evidence.clear()), about())
    assert "a breakdown of the score" not in without
    assert "Nothing in the bank" not in without


def test_every_table_and_legend_names_what_is_inferred_apart_from_what_is_rated(
    page: Page,
) -> None:
    headings = {one.text for one in page.all("th") if one.attributes.get("scope") == "col"}
    assert {
        "Inferred, patient",
        "Inferred, therapist",
        "Inferred, patient: mean",
        "Inferred, patient: last quarter",
        "Patient-rated WAI-SR",
        "Therapist-rated WAI-SR",
    } <= headings
    legends = {one.text for one in page.all("span") if one.path[-1] == "p"}
    assert {"Inferred, patient", "Inferred, therapist"} <= legends
    assert not {"Patient", "Therapist", "Patient mean", "Last quarter"} & (headings | legends)
    captions = [one.text for one in page.all("figcaption") if "article" in one.path]
    assert all(caption.endswith("inferred from words") for caption in captions)


def test_beside_single_sessions_stands_that_nothing_of_them_is_tested(page: Page) -> None:
    captions = [one.text for one in page.all("caption") if "article" in one.path]
    assert len(captions) == 16
    assert all("nothing is tested" in caption for caption in captions)
    assert "nothing is tested" in page.by_id("sessions-caption").text


def test_the_method_section_gives_its_limits_and_the_rule_for_short_turns(page: Page) -> None:
    said = page.by_id("method").text
    assert "at least 4 words where a session has 6 such turns or more" in said
    assert "One turn is noisy" in said
    assert "Politeness, irony and quoted speech are read by their words" in said
    assert "a high score says nothing about safety" in said


def test_a_long_turn_is_folded_and_stays_whole() -> None:
    words = " ".join(f"word{place}" for place in range(300))
    made = small_tables({"a": [Said("patient", -1.0, words), Said("patient", 1.0, "short")]})
    page = parse(render_report(made, about()))
    (rest,) = (one.text for one in page.all("p") if one.path[-1] == "details")
    shown = next(one.text for one in page.all("p") if one.text.startswith("word0"))
    assert f"{shown.rstrip('…')}{rest.lstrip('…')}" == words
    assert len(shown) < 350


def test_more_sessions_than_there_is_room_for_shows_those_that_end_lowest_and_says_so() -> None:
    made = tables(n_sessions=12, n_turns=12)
    page = parse(render_report(made, about(), max_sessions=3))
    ends = session_summary(made).sort("inferred_patient_last_quarter")["session_id"].to_list()
    shown = [heading.text for heading in page.all("h3") if "article" in heading.path]
    assert set(shown) == set(ends[:3])
    assert shown == [name for name in made.sessions["session_id"] if name in shown]
    assert "Shown here are 3 of 12 sessions" in page.by_id("each").text
    rows = [row for row in page.all("tr") if "data-condition" in row.attributes]
    assert len(rows) == 12
    assert sum(link.text in shown for link in page.all("a") if "tbody" in link.path) == 3


@pytest.mark.parametrize(
    "made",
    [
        tables(n_sessions=2, conditions=("one",)),
        tables(n_sessions=2, conditions=(None,), with_ratings=False),
        small_tables({"a": patient(1.0)}),
        small_tables({"a": [Said("other", None)]}),
        small_tables({"a": []}),
        small_tables({"a": patient(None, None)}),
    ],
    ids=["one condition", "no condition", "one turn", "third party", "no turn", "no score"],
)
def test_thin_material_still_makes_a_page(made: ReportTables) -> None:
    bare = replace(made, evidence=made.evidence.clear())
    page = parse(render_report(bare, about()))
    assert len(page.all("article")) == made.sessions.height
    assert not re.search(r"\b(NaN|nan|None|undefined)\b", page.all("main")[0].text)


def test_the_same_tables_always_make_the_same_page() -> None:
    first, second = (render_report(tables(n_sessions=3), about()) for _ in range(2))
    assert first == second


def test_one_score_far_out_does_not_flatten_every_other_session() -> None:
    made = tables(n_sessions=4)
    far = made.scores.with_columns(
        pl.when(turn=5, session_id="s1-01").then(400.0).otherwise("alliance").alias("alliance")
    )
    before, after = (
        _ticks(render_report(one, about(), max_sessions=1))
        for one in (made, replace(made, scores=far))
    )
    assert before == after


def test_the_report_replaces_what_stood_there_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out" / "report.html"
    write_report(path, tables(n_sessions=2), about())
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    broken: About = replace(about(), notes=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        write_report(path, tables(n_sessions=2), broken)
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        write_report(tmp_path / "file" / "report.html", tables(n_sessions=2), about())


def _is_evidence(element: Element) -> bool:
    return element.attributes.get("class") == "closest"


def _without_script(html: str) -> str:
    return re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)


def _ticks(html: str) -> list[str]:
    chart = html[html.index('aria-labelledby="session-1-alliance-t') :]
    return re.findall(r">([+−]?\d)</text>", chart[: chart.index("</svg>")])[:3]
