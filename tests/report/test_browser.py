"""The page in a real browser: no request leaves it, nothing fails in it, it fits and it answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from .invented import ATTACK

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


@dataclass(slots=True)
class Watched:
    """A page, and everything it should not have done."""

    page: Page
    path: Path
    complaints: list[str] = field(default_factory=list)


Opener = Callable[..., Watched]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Open a page without a network; whatever it complained of by the end fails the test."""
    watched: list[Watched] = []

    def open_page(
        html: str, *, width: int = 1280, dark: bool = False, script: bool = True
    ) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            offline=True,
        )
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        one = Watched(context.new_page(), path)

        def only_the_file(route: Route) -> None:
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                one.complaints.append(f"asked for {route.request.url}")
                route.abort()

        one.page.route("**/*", only_the_file)
        one.page.on("console", lambda message: one.complaints.append(message.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("dialog", lambda dialog: one.complaints.append(dialog.message))
        one.page.goto(path.as_uri())
        watched.append(one)
        return one

    yield open_page
    for one in watched:
        one.page.context.close()
        assert one.complaints == []


def column(page: Page, name: str) -> list[str]:
    """Read a column of the session table from top to bottom."""
    texts: list[str] = page.evaluate(
        """name => {
          const table = document.getElementById("session-table");
          const heads = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
          const column = heads.indexOf(name);
          return [...table.tBodies[0].rows].map(row => row.cells[column].textContent);
        }""",
        name,
    )
    return texts


def background(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_the_page_opens_quietly_and_asks_for_nothing(html: str, opened: Opener) -> None:
    page = opened(html).page
    assert page.title() == "Alliance in sixteen sessions"
    assert page.locator("article.session").count() == 16


def test_hostile_data_runs_nothing(hostile_html: str, opened: Opener) -> None:
    page = opened(hostile_html).page
    assert page.title() == ATTACK
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1


def test_even_an_injected_script_would_not_run(html: str, opened: Opener) -> None:
    attacked = html.replace("</main>", "<script>document.title='owned'</script></main>")
    watched = opened(attacked)
    assert watched.page.title() == "Alliance in sixteen sessions"
    assert any("Content Security Policy" in complaint for complaint in watched.complaints)
    watched.complaints.clear()


def test_a_number_column_sorts_by_value_both_ways(html: str, opened: Opener) -> None:
    page = opened(html).page
    heading = page.get_by_role("columnheader", name="Inferred, patient: mean")
    heading.get_by_role("button").click()
    values = [float(text.replace("−", "-")) for text in column(page, "Inferred, patient: mean")]
    assert values == sorted(values)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    values = [float(text.replace("−", "-")) for text in column(page, "Inferred, patient: mean")]
    assert values == sorted(values, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"


def test_missing_values_sort_last_both_ways(hostile_html: str, opened: Opener) -> None:
    page = opened(hostile_html).page
    heading = "Inferred, patient: last quarter"
    button = page.get_by_role("columnheader", name=heading).get_by_role("button")
    for _ in range(2):
        button.click()
        missing = [text == "–" for text in column(page, heading)]
        assert any(missing)
        assert missing == sorted(missing)


def test_sorting_works_from_the_keyboard(html: str, opened: Opener) -> None:
    page = opened(html).page
    page.get_by_role("columnheader", name="Condition").get_by_role("button").focus()
    page.keyboard.press("Enter")
    conditions = column(page, "Condition")
    assert conditions == sorted(conditions)


def test_the_filter_shows_one_condition_in_the_table_and_below(html: str, opened: Opener) -> None:
    page = opened(html).page
    page.get_by_label("Show").select_option(label="depression")
    shown = page.locator("#session-table tbody tr:visible")
    assert shown.count() == 4
    assert set(shown.locator("td:nth-child(2)").all_text_contents()) == {"depression"}
    assert page.locator("article.session:not([hidden])").count() == 4
    assert "4 of 16" in (page.locator("#filtered").text_content() or "")


def test_a_link_in_the_table_arrives_at_its_session(hostile_html: str, opened: Opener) -> None:
    page = opened(hostile_html).page
    for place in range(6):
        link = page.locator("#session-table tbody a").nth(place)
        name = link.text_content()
        link.click()
        assert page.locator("article:target h3").text_content() == name
        assert page.locator("article:target h3").is_visible()


def test_the_theme_follows_the_system_and_the_button(html: str, opened: Opener) -> None:
    light = background(opened(html).page)
    page = opened(html, dark=True).page
    dark = background(page)
    assert dark != light
    page.get_by_role("button", name="Light theme").click()
    assert background(page) == light
    page.get_by_role("button", name="Dark theme").click()
    assert background(page) == dark


def test_charts_change_their_colours_with_the_theme(html: str, opened: Opener) -> None:
    line = "getComputedStyle(document.querySelector('.session [stroke=\"var(--patient)\"]')).stroke"
    page = opened(html).page
    before = page.evaluate(line)
    page.get_by_role("button", name="Dark theme").click()
    assert before.startswith("rgb(")
    assert page.evaluate(line) != before


def test_paper_is_white_even_in_the_dark_theme(html: str, opened: Opener) -> None:
    page = opened(html, dark=True).page
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert ink == "rgb(35, 39, 45)"


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_body_never_scrolls_sideways(
    html: str, hostile_html: str, gap_html: str, markers_html: str, opened: Opener, width: int
) -> None:
    for source in (html, hostile_html, gap_html, markers_html):
        page = opened(source, width=width).page
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0


def test_the_page_reads_without_javascript(html: str, opened: Opener) -> None:
    page = opened(html, script=False).page
    assert page.locator("#session-table tbody tr").count() == 16
    assert page.locator("article.session svg").first.is_visible()
    assert not page.locator("#theme").is_visible()
    assert not page.locator("#filter").is_visible()


def test_the_gaps_page_opens_quietly_and_reads_without_javascript(
    gap_html: str, opened: Opener
) -> None:
    for script in (True, False):
        page = opened(gap_html, script=script).page
        assert page.locator("#gap .forest svg").is_visible()
        assert page.locator("#methods-text").is_visible()
    assert not page.locator("#copy").is_visible()


@pytest.mark.parametrize("source", ["html", "gap_html"])
def test_the_story_of_a_handful_of_conditions_fits_the_first_screen(
    source: str, opened: Opener, request: pytest.FixtureRequest
) -> None:
    page = opened(request.getfixturevalue(source), width=1440).page
    for part in ("#gap .found", "#gap .effects", "#gap .forest"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part


def test_folds_and_wide_tables_are_reached_from_the_keyboard(gap_html: str, opened: Opener) -> None:
    page = opened(gap_html, width=390).page
    fold = page.locator("#gap summary", has_text="Task").first
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("#gap details[open] summary", has_text="Task").count() == 1
    table = page.locator("#gap .story .scroll")
    table.focus()
    assert table.evaluate("one => one === document.activeElement")
    assert table.evaluate("one => one.scrollWidth > one.clientWidth")


def test_what_a_cell_means_can_be_read_without_its_colour(gap_html: str, opened: Opener) -> None:
    page = opened(gap_html).page
    sign = "one => getComputedStyle(one, '::before').content"
    for kind in ("good", "open", "flat"):
        one = page.locator(f"#gap .{kind}").first
        assert one.text_content()
        assert str(one.evaluate(sign)).strip('"/ ')


def test_in_print_the_courses_of_every_scale_are_shown(gap_html: str, opened: Opener) -> None:
    page = opened(gap_html).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#gap .many svg").last.is_visible()
    assert not page.locator("#gap .every").is_visible()


def test_the_markers_page_opens_quietly_and_reads_without_javascript(
    markers_html: str, opened: Opener
) -> None:
    for script in (True, False):
        page = opened(markers_html, script=script).page
        assert page.locator("#markers .panels svg").first.is_visible()
        assert page.locator("#markers .forest svg").first.is_visible()
        assert page.locator("#markers .limits").is_visible()


def test_what_a_marker_is_can_be_read_from_the_keyboard(markers_html: str, opened: Opener) -> None:
    page = opened(markers_html, width=390).page
    defined = page.locator("#markers .definitions").first
    assert not defined.is_visible()
    page.locator("#markers summary", has_text="What these are").first.focus()
    page.keyboard.press("Enter")
    assert defined.is_visible()
    assert "cannot show" in (defined.text_content() or "")


def test_on_a_phone_a_forest_keeps_letters_that_can_be_read(
    markers_html: str, opened: Opener
) -> None:
    page = opened(markers_html, width=390).page
    forest = page.locator("#markers .forest.wide").first
    assert forest.evaluate("one => one.scrollWidth > one.clientWidth")
    forest.focus()
    assert forest.evaluate("one => one === document.activeElement")
    heights = forest.locator("svg text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 10


def test_the_marks_of_associations_stand_in_words_beside_their_signs(
    markers_html: str, opened: Opener
) -> None:
    page = opened(markers_html).page
    key = page.locator("#markers .marks").first.text_content() or ""
    for said in ("survives the controls", "no control run", "not under every control"):
        assert said in key
