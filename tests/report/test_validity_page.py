"""The validity page: complete, escaped, readable in a real browser at any width."""

from __future__ import annotations

import pytest

from attunement.report.validity import render_validity_page
from attunement.report.validity._page import _parts
from attunement.report.validity._points import _round, points_plot, squares_of
from attunement.validity import ValidityResult

from .invented import ATTACK
from .parsed import Page, parse, rows_of
from .test_browser import CHROMIUM, Opener, browser, opened
from .validity_results import about, everything, turns_only, zero_shot

__all__ = ["browser", "opened"]
"""Fixtures of the browser's own tests."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def full() -> ValidityResult:
    return everything()


@pytest.fixture(scope="module")
def full_html(full: ValidityResult) -> str:
    return render_validity_page(full, about())


@pytest.fixture(scope="module")
def page(full_html: str) -> Page:
    return parse(full_html)


@pytest.fixture(scope="module")
def hostile_html() -> str:
    """A page on which every word of the user's is markup."""
    told = about(title=ATTACK, command=ATTACK, encoder=ATTACK)
    return render_validity_page(everything(ATTACK), told)


def test_every_part_there_are_figures_for_stands_on_the_page(
    page: Page, full: ValidityResult
) -> None:
    headings = {one.text for one in page.all("h3")}
    assert {part.heading for part in _parts(full)} <= headings
    assert {
        "Known groups",
        "Turn by turn",
        "Against simpler counts",
        "Three scales or one?",
        "Whose rating, whose words",
        "How far off the estimates are",
        "The corrective signal",
        "Other estimators",
        "Learning curve",
    } <= headings
    # Its session value is no mean of turns, so there is nothing to pool.
    assert "From turns to a session" not in headings


def test_what_there_are_no_figures_for_does_not_stand_on_the_page() -> None:
    headings = {one.text for one in parse(render_validity_page(zero_shot(), about())).all("h3")}
    assert "From turns to a session" in headings
    assert not headings & {"Turn by turn", "The corrective signal", "Learning curve"}


def test_a_cell_says_what_the_result_says() -> None:
    result = zero_shot()
    rows = rows_of(parse(render_validity_page(result, about())), "sessions-table-caption")
    assert rows[0] == ["Figure", "Whole", "Task", "Bond", "Goal"]
    length_out = next(row for row in rows if row[0].startswith("Length out"))
    found = result.main.session_length_out["bond"]
    assert length_out[3].startswith(f".{round(100 * (found.spearman.value or 0)):02}")
    assert f"n {found.n}" in length_out[3]


def test_the_corrective_signal_is_shown_direction_by_direction(
    page: Page, full: ValidityResult
) -> None:
    rows = rows_of(page, "signal-table-caption")
    found = full.main.corrective_signal["alliance"]
    labels = [row[0] for row in rows]
    over, under = labels.index("Over"), labels.index("Under")
    for start, way in ((over, "over"), (under, "under")):
        recall = next(row for row in rows[start:] if row[0].startswith("Notable differences"))
        right, differ = getattr(found, f"n_right_{way}"), getattr(found, f"n_notably_{way}")
        assert differ
        assert f"{right} of {differ}" in recall[1]


def test_a_figure_that_cannot_be_had_shows_its_reason(page: Page) -> None:
    rows = rows_of(page, "sessions-table-caption")
    position = next(row for row in rows if row[0].startswith("Position out"))
    assert position[1].startswith("–")
    assert "no mean of its turns" in position[1]


def test_what_was_joined_and_what_not_is_counted(page: Page, full: ValidityResult) -> None:
    said = " ".join(one.text for one in page.all("dd"))
    assert f"{full.joined.ratings:,}" in said
    assert f"{full.joined.turn_ratings:,}" in said


def test_the_page_says_what_it_is_not(full_html: str) -> None:
    assert "not a diagnostic device" in full_html
    assert "not a suicide-risk" in full_html


def test_warnings_stand_beside_the_answer() -> None:
    result = zero_shot(12, per_patient=1)
    html = render_validity_page(result, about())
    assert "No headline" in html
    for said in result.warnings:
        assert said.replace("'", "&#39;") in html


def test_no_session_and_no_patient_is_named(full_html: str) -> None:
    assert "s000" not in full_html
    assert "p000" not in full_html


def test_nothing_of_the_users_is_markup(hostile_html: str) -> None:
    hostile = parse(hostile_html)
    assert len(hostile.all("script")) == 1
    assert hostile.all("img") == []
    assert ATTACK in hostile.all("title")[0].text


def test_many_sessions_are_counted_in_squares_and_few_are_dots(full: ValidityResult) -> None:
    few = points_plot(full.points, inferred="x", rated="y")
    many = points_plot(zero_shot(420).points, inferred="x", rated="y")
    assert "fill-opacity" not in few.content
    assert many.content.count("fill-opacity") > 50


def test_squares_hold_every_session_and_the_fullest_is_darkest() -> None:
    points = zero_shot(420).points
    low_x, high_x = float(points["inferred"].min()), float(points["inferred"].max())  # type: ignore[arg-type]
    low_y, high_y = float(points["rated"].min()), float(points["rated"].max())  # type: ignore[arg-type]
    squares = squares_of(points, across=(low_x, high_x), down=(low_y, high_y))
    assert max(one["share"] for one in squares) == 1
    for x, y in points.head(50).iter_rows():
        assert any(one["x"] <= x <= one["x2"] and one["y"] <= y <= one["y2"] for one in squares)


@pytest.mark.parametrize(("low", "high"), [(0.2, 4.9), (-1.2, 1.4), (11, 83), (0.001, 0.004)])
def test_axes_have_a_few_round_values_inside_their_ends(low: float, high: float) -> None:
    values = _round(low, high)
    assert 2 <= len(values) <= 7
    assert low <= values[0] < values[-1] <= high


@needs_chromium
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_body_never_scrolls_sideways(
    full_html: str, hostile_html: str, opened: Opener, width: int
) -> None:
    for html in (full_html, hostile_html):
        shown = opened(html, width=width).page
        assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@needs_chromium
def test_the_page_opens_quietly_with_and_without_script(full_html: str, opened: Opener) -> None:
    for script in (True, False):
        shown = opened(full_html, script=script).page
        assert shown.title() == "Scores against ratings"
        for place in range(2):
            assert shown.locator("#validity .forest svg").nth(place).is_visible()


@needs_chromium
def test_hostile_names_run_nothing(hostile_html: str, opened: Opener) -> None:
    assert opened(hostile_html).page.title() == ATTACK


@needs_chromium
def test_the_answer_its_table_and_its_drawing_begin_on_the_first_screen(
    full_html: str, opened: Opener
) -> None:
    shown = opened(full_html, width=1440).page
    for part in ("#validity .found", "#validity .effects", "#validity .forest"):
        box = shown.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] < 600, part


@needs_chromium
def test_where_only_turns_are_rated_the_page_holds_their_table(opened: Opener) -> None:
    shown = opened(render_validity_page(turns_only(), about())).page
    assert shown.locator("#turns-table-caption").is_visible()
    assert shown.locator("#figures").count() == 0
    assert "0 rated sessions" not in (shown.locator("header").text_content() or "")
