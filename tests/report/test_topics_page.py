"""The topics page: what it says of known tables, escaped, readable in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.report.associations import NEXT_TURN_CAUTION
from attunement.report.topics import TopicsShown, topics_page, write_topics_page
from attunement.report.topics._courses import TopicCharts
from attunement.report.topics._list import percent
from attunement.report.topics._section import topics_section
from attunement.report.topics._transitions import times
from attunement.tables import ASSOCIATIONS, TOPIC_COURSES, TOPIC_QUALITY, TOPIC_TRANSITIONS

from .invented import ATTACK
from .invented_associations import association, by_chance, table
from .invented_topics import NAMES, NOTHING, about, bare, shown
from .parsed import Page, parse, rows_of
from .test_browser import CHROMIUM, Opener, browser, opened

__all__ = ["browser", "opened"]
"""Fixtures of the browser's own tests."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def full_html() -> str:
    return topics_page(shown(), about())


@pytest.fixture(scope="module")
def page(full_html: str) -> Page:
    return parse(full_html)


@pytest.fixture(scope="module")
def hostile_html() -> str:
    """A page on which every word of the user's is markup."""
    told = about(title=ATTACK, command=ATTACK, source=ATTACK)
    return topics_page(shown(24, name=ATTACK, text=ATTACK), told)


def _undrawn() -> TopicsShown:
    """The same without courses, which take longest to draw."""
    return replace(
        shown(),
        courses=TOPIC_COURSES.schema.to_frame(),
        associations=ASSOCIATIONS.schema.to_frame(),
    )


def _with_next_turn(*rows: dict[str, object]) -> TopicsShown:
    return replace(_undrawn(), associations=table(*rows))


def _overall() -> TopicsShown:
    """The same with the courses of all sessions together only."""
    return replace(_undrawn(), courses=shown().courses.filter(pl.col("condition").is_null()))


def test_every_part_there_are_tables_for_stands_on_the_page(page: Page) -> None:
    headings = [one.text for one in page.all("h2", "h3")]
    assert headings[:5] == [
        "What is spoken of",
        "When in a session",
        "Which topics precede rises and falls",
        "What follows what",
        "How good the topics are, and what they cannot show",
    ]


def test_what_there_is_no_table_for_does_not_stand_on_the_page() -> None:
    made = parse(topics_page(bare(), about()))
    headings = [one.text for one in made.all("h2", "h3")]
    assert "When in a session" not in headings
    assert "What follows what" not in headings
    assert "Which topics precede rises and falls" not in headings
    assert len(rows_of(made, "topics-list-caption")) == 3


def test_the_list_says_what_the_table_says_the_most_frequent_first(page: Page) -> None:
    rows = rows_of(page, "topics-list-caption")[1:]
    topics = shown().topics
    assert [int(row[0]) for row in rows[:-1]] == (
        topics.filter(pl.col("topic") != NOTHING).sort("share", descending=True)["topic"].to_list()
    )
    first = topics.row(int(rows[0][0]), named=True)
    assert first["name"] in rows[0][1]
    assert first["words"] in rows[0][1]
    assert rows[0][2].startswith(percent(first["patient_share"]))
    assert rows[0][3].startswith(percent(first["therapist_share"]))
    assert rows[0][5] == f"{first['n_turns']:,} in {first['n_sessions']:,}"


def test_turns_of_no_topic_stand_last_and_are_counted_as_no_topic(full_html: str) -> None:
    rows = rows_of(parse(full_html), "topics-list-caption")
    assert rows[-1][0] == str(NOTHING)
    told = topics_section(_undrawn()).found
    assert told.startswith("12 topics in ")
    share = shown().topics.filter(topic=NOTHING)["share"].item()
    assert f"{percent(share)} of the turns are without a content word" in told
    assert "speak most of “answers and courtesies”" not in told


def test_turns_close_to_a_topic_are_shown_with_their_words_and_place(page: Page) -> None:
    quoted = [one.text for one in page.all("blockquote")]
    found = shown().examples.row(0, named=True)
    (first,) = (one for one in quoted if f"{found['session_id']}, turn {found['turn']}" in one)
    assert found["text"][:60] in first
    assert len(quoted) == shown().examples.height


def test_the_story_tells_what_fades_and_what_grows() -> None:
    told = topics_section(_overall()).found
    assert "“hello, today, week”" in told.split(" fade")[0].split("From the first tenth")[1]
    assert "“thank, bye, next week”" in told.split(" fade")[1].split(" grows")[0]


def test_a_flat_course_is_told_as_no_change() -> None:
    flat = _overall().courses.with_columns(share=0.1, low=0.05, high=0.15)
    told = topics_section(replace(_overall(), courses=flat)).found
    assert "No topic is clearly more spoken of at the end" in told


def test_a_topic_that_survives_is_told_and_one_that_fails_is_not() -> None:
    survives = topics_section(
        _with_next_turn(association(NAMES[0], role="patient"), by_chance(NAMES[1]))
    )
    assert "After turns on some topics the patient’s next turn scores higher or" in survives.found
    assert NAMES[0] in survives.turns[0].found
    assert NAMES[1] not in survives.turns[0].found
    fails = topics_section(_with_next_turn(association(NAMES[0], controls="fails: form swap")))
    assert "After turns on no topic does the patient’s next turn score" in fails.found


def test_nothing_beyond_chance_is_said_plainly() -> None:
    made = topics_section(_with_next_turn(by_chance(NAMES[0]), by_chance(NAMES[1])))
    assert "After turns on no topic does the patient’s next turn score" in made.found
    assert "Nothing" in made.turns[0].found


def test_too_few_sessions_are_not_told_as_nothing_found() -> None:
    few = association(NAMES[0], small=True, n_sessions=12, controls="too few sessions")
    made = topics_section(_with_next_turn(few))
    assert "next turn" not in made.found
    assert "Nothing here is called a finding: 12 sessions" in made.turns[0].found


def test_where_no_association_was_asked_the_story_says_nothing_of_it() -> None:
    assert "next turn" not in topics_section(_undrawn()).found


def test_beside_the_next_turn_stands_once_that_answers_score_lower_than_thanks(
    full_html: str,
) -> None:
    assert parse(full_html).by_id("topics").text.count(NEXT_TURN_CAUTION) == 1
    assert NEXT_TURN_CAUTION not in parse(topics_page(bare(), about())).by_id("topics").text


def test_what_follows_what_is_told_to_be_nearness_in_part(page: Page) -> None:
    (said,) = (one.text for one in page.all("p") if one.text.startswith("How often one topic"))
    assert "Subjects are kept to for a while" in said
    assert "nearness and not answering" in said


def test_topics_are_never_called_causes(page: Page) -> None:
    said = " ".join(one.text for one in page.all("p", "h2", "h3", "h4", "caption")).lower()
    assert "does not bring it about" in said
    for word in ("leads to", "results in", "improves", "effect of", "because of", "thanks to"):
        assert word not in said


def test_a_cell_of_what_follows_what_is_the_tables_ratio() -> None:
    section = topics_section(_undrawn())
    (answers,) = (one for one in section.transitions if one.title.startswith("What the therapist"))
    keys = {"from_role": "patient", "to_role": "therapist", "from_topic": 8, "to_topic": 0}
    planted = shown().transitions.filter(**keys).row(0, named=True)
    row = next(one for one in answers.rows if one.number == "8")
    place = [number for number, _ in answers.headings].index("0")
    assert row.cells[place].text == times(planted["ratio"])
    assert row.cells[place].kind.startswith("more-")
    assert f"{planted['n']:,}" in row.cells[place].said
    assert "after the patient’s “voices, quiet, hear” the therapist’s “sleep" in answers.found
    assert (
        next(one for one in answers.rows if one.number == "0")
        .cells[[number for number, _ in answers.headings].index("0")]
        .kind.endswith("same")
    )


@pytest.mark.parametrize(
    ("ratio", "q", "n", "kind", "text"),
    [
        (2.5, 0.001, 50, "more-3", "2.5"),
        (1.6, 0.001, 32, "more-2", "1.6"),
        (1.2, 0.04, 24, "more-1", "1.2"),
        (1.2, 0.06, 24, "even", "1.2"),
        (0.4, 0.001, 8, "less-3", "0.40"),
        (0.0, 0.001, 0, "less-3", "0.00"),
        (2.5, 0.001, 10, "few", "·"),
    ],
)
def test_a_cell_is_marked_by_its_ratio_its_q_and_how_many_chance_would_give(
    ratio: float, q: float, n: int, kind: str, text: str
) -> None:
    share = 0.4 * ratio if n == 10 else 0.2 * ratio
    leaving = 10 if n == 10 else 100
    rows = [
        (1, n, share, share / ratio if ratio else 0.2, ratio, q),
        (2, leaving - n, 0, 0.5, 1, 1),
    ]
    transitions = pl.DataFrame(
        [
            {
                "from_role": "patient",
                "from_topic": 0,
                "to_role": "therapist",
                "to_topic": to,
                "n": count,
                "share": part,
                "expected": expected,
                "ratio": times_,
                "p_val": q_,
                "p_fdr": q_,
                "n_sessions": 5,
            }
            for to, count, part, expected, times_, q_ in rows
        ],
        schema=TOPIC_TRANSITIONS.schema,
        strict=False,
    )
    (made,) = topics_section(replace(_undrawn(), transitions=transitions)).transitions
    row = next(one for one in made.rows if one.number == "0")
    at = [number for number, _ in made.headings].index("1") if kind != "few" else None
    if at is None:
        assert "1" not in [number for number, _ in made.headings]
    else:
        assert (row.cells[at].kind, row.cells[at].text) == (kind, text)


def test_quality_gives_means_over_starts_and_what_could_not_be_measured_with_its_reason() -> None:
    rows = [
        ("m", 12, 0, "npmi", 0.10, "windows of 10 words"),
        ("m", 12, 1, "npmi", 0.20, "windows of 10 words"),
        ("m", 12, None, "stability_halves", None, "one session has no halves"),
        ("m", 5, 0, "npmi", 0.05, "windows of 10 words"),
    ]
    quality = pl.DataFrame(rows, schema=TOPIC_QUALITY.schema, orient="row")
    section = topics_section(replace(_undrawn(), quality=quality))
    assert section.quality is not None
    assert [list(row) for row in section.quality.rows] == [
        ["m", "5", "0.05", "–"],
        ["m", "12 (as many as here)", "0.15 (0.10 to 0.20)", "–"],
    ]
    words = dict(section.measures)
    assert "one session has no halves" in words["Stability, halves"]
    assert "windows of 10 words" in words["Coherence (NPMI)"]


def test_courses_by_condition_are_drawn_for_every_topic_and_condition(page: Page) -> None:
    section = topics_section(shown())
    assert len(section.courses) == 13
    assert [len(row.panels) for row in section.conditions] == [4] * 13
    assert {panel.label for panel in section.conditions[0].panels} == {
        "anxiety",
        "depression",
        "schizophrenia",
        "suicidality",
    }
    assert (
        page.by_id("topic-course-0-t").text == "sleep, night, awake over session time, all sessions"
    )


def test_the_highest_share_lies_inside_its_panel() -> None:
    rows = pl.DataFrame(
        [
            (None, role, 0, at, (at + 0.5) / 10, share, None, None, 30)
            for role in ("patient", "therapist")
            for at, share in ((0, 0.31), (9, 0.0))
        ],
        schema=TOPIC_COURSES.schema,
        orient="row",
    )
    content = TopicCharts(rows).draw(rows).content
    assert "40%" in content
    assert "20%" in content


def test_many_conditions_are_left_to_the_tables_and_the_page_says_so() -> None:
    made = shown(18, conditions=tuple(f"c{at}" for at in range(9)))
    section = topics_section(made)
    assert section.conditions == []
    assert any("With 9 conditions" in said for said in section.remarks)


def test_tables_of_another_model_are_refused() -> None:
    with pytest.raises(UsageError, match="speaks of a topic"):
        replace(shown(), topics=shown().topics.head(3))


@pytest.mark.parametrize("held", ["topics", "turns", "courses", "transitions", "examples"])
def test_a_missing_column_is_named(held: str) -> None:
    frame: pl.DataFrame = getattr(shown(), held)
    with pytest.raises(UsageError, match=f"the table {held} of the topics section has no column"):
        replace(shown(), **{held: frame.drop(frame.columns[-1])})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.123, "12%"), (0.0421, "4.2%"), (0.0004, "under 0.1%"), (0.0, "0.0%"), (None, "–")],
)
def test_shares_are_written_with_as_many_figures_as_they_bear(
    share: float | None, written: str
) -> None:
    assert percent(share) == written


def test_the_page_is_written_and_says_what_it_is_and_is_not(tmp_path: Path, full_html: str) -> None:
    write_topics_page(tmp_path / "topics.html", shown(), about())
    assert (tmp_path / "topics.html").read_text(encoding="utf-8") == full_html
    assert "not a diagnostic device" in full_html
    assert "keep this page as you keep the transcripts" in full_html
    assert "Topics were learned from every second session." in full_html


def test_ids_are_unique(page: Page) -> None:
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_nothing_of_the_users_is_markup(hostile_html: str) -> None:
    hostile = parse(hostile_html)
    assert len(hostile.all("script")) == 1
    assert hostile.all("img") == []
    assert ATTACK in hostile.all("title")[0].text


@needs_chromium
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_body_never_scrolls_sideways(
    full_html: str, hostile_html: str, opened: Opener, width: int
) -> None:
    for html in (full_html, hostile_html):
        made = opened(html, width=width).page
        assert made.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@needs_chromium
def test_the_page_opens_quietly_with_and_without_script(full_html: str, opened: Opener) -> None:
    for script in (True, False):
        made = opened(full_html, script=script).page
        assert made.locator("#topics .panels svg").first.is_visible()
        assert made.locator("#topics .forest svg").first.is_visible()
        assert made.locator("#topics .heat").first.is_visible()


@needs_chromium
def test_hostile_names_run_nothing(hostile_html: str, opened: Opener) -> None:
    assert opened(hostile_html).page.title() == ATTACK


@needs_chromium
def test_on_a_phone_every_figure_of_a_topic_is_named_and_in_view(
    full_html: str, opened: Opener
) -> None:
    made = opened(full_html, width=390).page
    row = made.locator("#topics .topics tbody tr").first
    for cell in row.locator("td[data-label]").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        label = cell.evaluate("one => getComputedStyle(one, '::before').content")
        assert str(label).strip('"') == cell.get_attribute("data-label")


@needs_chromium
def test_more_and_less_can_be_told_without_colour(full_html: str, opened: Opener) -> None:
    made = opened(full_html).page
    sign = "one => getComputedStyle(one, '::before').content"
    assert "↑" in str(made.locator(".heat [class^=more]").first.evaluate(sign))
    assert "↓" in str(made.locator(".heat [class^=less]").first.evaluate(sign))
