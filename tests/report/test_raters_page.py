"""The raters' page: the figures where they belong, the right words, and nothing unescaped."""

from __future__ import annotations

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.psychometrics.invented import unscored, world

from attunement.errors import UsageError
from attunement.psychometrics import PsychometricsResult
from attunement.report.raters import RatersAbout, RatersShown, render_raters_page
from attunement.report.raters._story import answers, lead

from .invented import ATTACK
from .parsed import Page, parse, rows_of
from .test_browser import CHROMIUM, Opener, browser, opened

__all__ = ["browser", "opened"]
"""Fixtures of the browser's own tests."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")

ABOUT = RatersAbout(
    title="Two judges", version="0", command="attunement rate", created="today", fictional=True
)


def shown_of(found: PsychometricsResult) -> RatersShown:
    return RatersShown(
        statistics=found.statistics,
        items=found.items,
        short_forms=found.short_forms,
        notes=found.notes,
    )


@pytest.fixture(scope="module")
def full() -> RatersShown:
    """Two judges: one asked three times and probed, and moved by praise alone."""
    made = world(n=80, repeats=3, repeat_noise=0.4, probes={"sycophancy": 0.6, "jargon": 0.0})
    made = made.beside(world(n=80, judge="judge-b", judge_seed=4, noise=0.8))
    missing = unscored("no verdict in the answer", pl.col("item") == "task-0")
    return shown_of(made.but(verdicts=made.verdicts.with_columns(*missing)).asked())


@pytest.fixture(scope="module")
def page(full: RatersShown) -> Page:
    return parse(render_raters_page(full, ABOUT))


def said(shown: RatersShown, question: str) -> str:
    return " ".join(
        one for found in answers(shown) if question in found.question for one in found.said
    )


def test_the_first_table_holds_each_judges_figures(full: RatersShown, page: Page) -> None:
    rows = rows_of(page, "glance-caption")
    first, second = (
        next(row for row in rows if row[0].startswith(one)) for one in ["judge-a", "judge-b"]
    )
    row = full.statistics.filter(
        question="agreement with ratings", statistic="spearman", judge="judge-a", scale="alliance"
    ).row(0, named=True)
    assert first[1].startswith(f"{row['estimate']:.2f}".removeprefix("0"))
    assert "more praise" in first[5]
    assert "asked once" in second[3]
    assert "not probed" in second[5]
    assert first[6].startswith("8.3%")


def test_the_story_says_what_was_put_into_the_world(full: RatersShown) -> None:
    assert "judge-a, as the patient: goes strongly with the patient-rated alliance" in lead(full)
    moved = said(full, "moves it")
    assert "more praise +0.6" in moved
    assert "jargon" not in moved
    assert "Not probed with rewritten transcripts: judge-b, as the patient." in moved
    itself = said(full, "With itself")
    assert "judge-a, as the patient: asked 3 times, its answers agree well" in itself
    assert "judge-a and judge-b, as the patient: their answers agree" in itself
    assert "no verdict in the answer" in said(full, "unscored")


def test_what_is_judged_is_never_called_rated_or_an_over_or_underestimate(page: Page) -> None:
    text = " ".join(one.text for one in page.elements)
    assert "overestimat" not in text.lower()
    assert "underestimat" not in text.lower()
    assert "judge-rated" not in text
    assert text.count("not a suicide-risk assessment") > 0


def test_without_ratings_the_page_says_that_nothing_is_known_of_people() -> None:
    shown = shown_of(world(n=30).but(ratings=None).asked())
    assert lead(shown).endswith("cannot be said: no person’s rating was given.")
    html = render_raters_page(shown, ABOUT)
    assert "too few sessions carry" not in html
    assert "No ratings by people were given" not in html  # the same, once more


@pytest.mark.parametrize(("n", "per_patient"), [(8, 1), (16, 1), (24, 6)])
def test_nothing_is_said_from_few_sessions_or_patients(n: int, per_patient: int) -> None:
    kind = {"n": n, "per_patient": per_patient, "repeats": 2, "repeat_noise": 0.1}
    made = world(**kind, probes={"sycophancy": 3.0, "length": 0.0})  # type: ignore[arg-type]
    other = world(**kind, judge="judge-b", judge_seed=4)  # type: ignore[arg-type]
    shown = shown_of(made.beside(other).asked())
    few = f"{n} sessions" if n < 20 else "24 sessions of 4 patients"
    first = lead(shown)
    assert first.startswith(f"judge-a, as the patient; judge-b, as the patient: {few} beside the")
    assert "too few to say" in first
    assert "strongly" not in first
    itself = said(shown, "With itself")
    assert itself.count(f"are of {few}, too few to say whether they agree") == 3
    moved = said(shown, "moves it")
    assert "more praise" not in moved
    assert f"probed on {few}, too few to say what moves it" in moved
    chosen = said(shown, "items to keep")
    assert chosen.count("nothing was chosen") == 1
    page = parse(render_raters_page(shown, ABOUT))
    assert not [one for one in page.elements if one.attributes.get("id") == "forms-all"]
    assert any("verdicts without probes" in one.text for one in page.elements)
    cells = [cell for row in rows_of(page, "glance-caption") for cell in row]
    assert any(f"n {n}, small" in cell for cell in cells) == (n < 20)
    assert not [one for one in page.all("strong") if "td" in one.path]


def test_a_judge_that_goes_with_words_beyond_the_rating_is_not_said_to_like_them() -> None:
    moved = said(shown_of(world(n=200, length_weight=0.7).asked()), "moves it")
    assert "long sessions are scored higher than the patient-rated alliance" in moved
    assert "a rating that is not fully reliable would give that too" in moved


def test_the_size_of_a_short_form_is_not_picked_by_the_figure_it_is_told_with() -> None:
    shown = shown_of(world(n=80, items_per_scale=4).asked())
    told = said(shown, "items to keep")
    whole = shown.short_forms.filter(scale="alliance").sort("k")
    assert f"with {whole['k'][-1]} items" in told
    assert "[" in told
    assert "fewer are in the table" in told


def test_a_judge_that_scored_nothing_has_a_page_with_the_reason() -> None:
    made = world(n=12)
    gone = made.verdicts.with_columns(*unscored("the endpoint did not answer", pl.lit(True)))
    shown = shown_of(made.but(verdicts=gone).asked())
    assert "100% of the verdicts, mostly because the endpoint did not answer" in said(
        shown, "unscored"
    )
    assert "100.0%" in render_raters_page(shown, ABOUT)


def test_what_the_user_wrote_stays_text() -> None:
    made = world(n=20, judge=ATTACK, rated_instrument=ATTACK, instrument=ATTACK)
    missing = unscored(ATTACK, pl.col("item") == "task-0")
    found = made.but(verdicts=made.verdicts.with_columns(*missing)).asked()
    html = render_raters_page(
        shown_of(found),
        RatersAbout(title=ATTACK, version="0", command=ATTACK, created="today", notes=(ATTACK,)),
    )
    assert [one.tag for one in parse(html).all("script")] == ["script"]
    assert not parse(html).all("img", "iframe")


def test_a_table_without_a_column_is_named(full: RatersShown) -> None:
    with pytest.raises(UsageError, match="rater_items has no column rank"):
        RatersShown(
            statistics=full.statistics, items=full.items.drop("rank"), short_forms=full.short_forms
        )


def test_a_judge_of_noise_gives_nothing_to_choose_by_and_does_not_agree() -> None:
    noise = {"truth_weight": 0.0, "noise": 0.0, "item_noise": 1.0}
    made = world(n=60, repeats=2, judge_seed=5, **noise)  # type: ignore[arg-type]
    shown = shown_of(made.beside(world(n=60, judge="judge-b", judge_seed=6, **noise)).asked())  # type: ignore[arg-type]
    assert "no agreement with the patient-rated alliance" in lead(shown)
    itself = said(shown, "With itself")
    assert "asked 2 times, its answers do not agree beyond chance" in itself
    assert "judge-a and judge-b, as the patient: their answers do not agree beyond chance" in itself
    assert "nothing to choose by" in said(shown, "items to keep")
    assert "Nothing is unscored: judge-a, as the patient; judge-b" in said(shown, "unscored")


@needs_chromium
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_its_window(full: RatersShown, opened: Opener, width: int) -> None:
    seen = opened(render_raters_page(full, ABOUT), width=width).page
    assert seen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_breaks_no_rule_of_access(full: RatersShown, opened: Opener, dark: bool) -> None:
    seen = opened(render_raters_page(full, ABOUT), dark=dark).page
    seen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(seen)
    assert found.violations_count == 0, found.generate_report()
