"""The gap on a page: every figure in its cell, in the words allowed, whatever is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest

from attunement.gap import GapOptions, GapResult, analyze_scores
from attunement.report import render_gap_page
from attunement.report._words import number
from attunement.report.gap._methods import methods_paragraph
from attunement.tables import MEASURES

from .effects import effect, table
from .invented import ATTACK
from .invented_gap import OPTIONS, gap_about, inferred_gap, scores_and_sessions
from .parsed import Page, parse, rows_of

NAMES = {"alliance": "Whole", "task": "Task", "bond": "Bond", "goal": "Goal"}
JUDGING = re.compile(r"(over|under)[- ]?estimat", flags=re.IGNORECASE)


def cells(page: Page, caption: str) -> dict[tuple[str, str], str]:
    """Read a table of effects: (row, column) to the cell's text."""
    (_, *columns), *rows = rows_of(page, caption)
    found: dict[tuple[str, str], str] = {}
    body = ""
    for label, *texts in rows:
        if not texts:
            body = f"{label}: "
        # The remark follows the name without a space: 22 sessions, 11 patients.
        name = re.split(r"(?=\d+ sessions?)", label)[0]
        found |= {(body + name, column): text for column, text in zip(columns, texts, strict=False)}
    return found


def test_the_first_table_holds_every_groups_figures_on_every_scale(
    inferred: GapResult, gap_page: Page
) -> None:
    shown = cells(gap_page, "gap-0-headline-caption")
    means = inferred.effects.filter(family="difference").filter(pl.col("instrument").is_null())
    assert len(shown) == means.height == 4 * 4
    for row in means.iter_rows(named=True):
        cell = shown[row["group"], NAMES[row["scale"]]]
        low, high = (number(row[end], signed=True) for end in ("ci_low", "ci_high"))
        assert cell.startswith(f"{number(row['estimate'], signed=True)} [{low}, {high}]")
        assert f"g {number(row['g'])}" in cell


def test_the_first_table_says_how_many_sessions_and_which_groups_are_small(gap_page: Page) -> None:
    remarks = [
        " ".join(one.text.split())
        for one in gap_page.all("small")
        if one.path[-1] == "th" and "section" in one.path
    ]
    assert remarks[:4] == [
        "22 sessions, 11 patients",
        "21 sessions, 11 patients",
        "6 sessions, 3 patients, small",
        "49 sessions, 25 patients",
    ]


def test_beside_every_figure_stands_what_the_controls_came_to(
    inferred: GapResult, gap_page: Page
) -> None:
    shown = cells(gap_page, "gap-0-headline-caption")
    means = inferred.effects.filter(family="difference").filter(pl.col("instrument").is_null())
    for row in means.iter_rows(named=True):
        verdict = row["controls"].split(":")[0]
        assert verdict in shown[row["group"], NAMES[row["scale"]]]


def test_contrasts_and_slopes_stand_in_their_cells(inferred: GapResult, gap_page: Page) -> None:
    between = cells(gap_page, "gap-0-between-caption")
    pair = inferred.effects.filter(family="between", effect="pair", scale="bond", group="anxiety")
    for row in pair.filter(pl.col("instrument").is_null()).iter_rows(named=True):
        cell = between[f"One condition and another: anxiety − {row['reference']}", "Bond"]
        assert cell.startswith(number(row["estimate"], signed=True))
    slopes = cells(gap_page, "gap-0-convergence-caption")
    absolute = inferred.effects.filter(family="convergence", effect="slope of |gap|")
    assert absolute.height == len(slopes) == 16
    for row in absolute.iter_rows(named=True):
        cell = slopes[row["group"], NAMES[row["scale"]]]
        assert cell.startswith(f"{row['finding']}{number(row['estimate'], signed=True)}")


def test_every_control_of_every_effect_stands_in_its_cell_in_words(
    inferred: GapResult, gap_page: Page
) -> None:
    (_, _, _, *names), *rows = rows_of(gap_page, "gap-0-controls-0-caption")
    controls = inferred.controls.filter(family="difference").filter(pl.col("instrument").is_null())
    assert len(rows) * len(names) == controls.height
    scales = {name: scale for scale, name in NAMES.items()}
    for group, scale, _, *shown in rows:
        for name, cell in zip(names, shown, strict=True):
            row = controls.filter(
                group=group, scale=scales[scale], control=name[:1].lower() + name[1:]
            ).row(0, named=True)
            assert cell.startswith(row["outcome"])
            assert number(row["estimate"], signed=True) in cell


def test_there_is_a_grid_of_controls_for_every_family(gap_page: Page) -> None:
    grids = [one.text for one in gap_page.all("caption") if "each effect under each" in one.text]
    assert [caption.split(":")[0] for caption in grids] == [
        "Differences between the two sides",
        "Differences between conditions",
        "Change over a session",
        "Change over a session, between conditions",
        "Differences between the two sides",
        "Differences between conditions",
    ]


def test_small_groups_are_hollow_in_the_forest_plot_and_the_others_filled(gap_html: str) -> None:
    chart = gap_html[gap_html.index('aria-labelledby="gap-0-forest-t') :]
    chart = chart[: chart.index("</svg>")]
    points = re.findall(r'<path[^>]*fill="var\(--(card|ink)\)"[^>]*stroke="var', chart)
    assert points.count("card") == 4  # one small group on four scales
    assert points.count("ink") == 4 * 3
    assert chart.count(">anxiety</text>") == 4


def test_the_finding_names_no_small_group_and_what_is_small_is_said_beside_it(
    gap_page: Page, rated_page: Page
) -> None:
    for page in (gap_page, rated_page):
        found = [one for one in page.all("p") if "found" in one.attributes.get("class", "")]
        assert found
        assert not [one for one in found if "suicidality" in one.text]
        notes = [one.text for one in page.all("p") if one.text.startswith("With fewer than 20")]
        assert any("suicidality (6)" in said for said in notes)


def test_without_a_common_scale_nobody_is_said_to_over_or_underestimate(gap_html: str) -> None:
    assert "on axes of its own" in gap_html
    assert "compare down a column" in gap_html
    assert not JUDGING.search(gap_html)


def test_on_a_common_scale_a_direction_is_told(rated_page: Page) -> None:
    said = rated_page.by_id("gap").text
    assert "The therapist underestimates" in said
    assert "role difference" not in said
    assert "compare down a column" not in said


def test_what_is_rated_stands_apart_from_what_is_inferred(gap_page: Page) -> None:
    headings = [one.text for one in gap_page.all("h2")]
    assert headings[:2] == ["The role difference, inferred from words", "The gap on WAI-SR"]
    rated = gap_page.by_id("gap-1").text
    assert "apart from what is inferred from words" in rated
    assert "Bland-Altman" in rated
    assert "lower limit" in rated
    assert "ICC(A,1)" in rated
    assert "truth force" in rated
    assert "Bland-Altman" not in gap_page.by_id("gap").text


def test_the_naive_level_stands_under_the_one_to_read_and_the_trap_is_named(gap_page: Page) -> None:
    rows = [label for label, _ in cells(gap_page, "gap-0-level-caption")]
    assert rows[0].startswith("Level and size from different turns")
    assert rows[-1].startswith("Level and size from the same turns: biased")
    assert "regression to the mean" in gap_page.by_id("gap").text


def test_the_published_analysis_stands_only_where_it_was_run_and_is_marked(
    inferred: GapResult, gap_page: Page
) -> None:
    said = gap_page.by_id("gap-methods").text
    assert "For comparison only: the published analysis" in said
    assert "Turns of one session are not independent" in said
    without = render_gap_page(replace(inferred, published=inferred.published.clear()), gap_about())
    assert "published analysis" not in without


def test_warnings_and_reasons_are_said_once_each_with_how_many_effects_they_touch(
    inferred: GapResult, gap_page: Page
) -> None:
    said = [one.text for one in gap_page.all("li") if "ul" in one.path and "section" in one.path]
    warnings = inferred.effects["warnings"].drop_nulls().str.split("; ").explode()
    for words, n in warnings.value_counts().iter_rows():
        counted = f"{n} effect" if n == 1 else f"{n} effects"
        assert said.count(f"{words.capitalize()} ({counted}).") == 1
    for note in inferred.notes:
        assert note in said


def test_the_methods_can_be_pasted_and_name_version_seed_draws_sizes_and_small_groups(
    gap_page: Page,
) -> None:
    said = gap_page.by_id("methods-text").text
    for fact in (
        "Attunement 0.2.0 (estimator contrast, encoder all-MiniLM-L6-v2)",
        "49 sessions (25 patients, 9 therapists; 588 patient turns and 588 therapist turns)",
        "199 draws",
        "seed 20251",
        "suicidality, 6 here",
        "differences between the two sides (12 and 4",
        "(12 and 4 for each of slope of |gap| and slope of gap)",
        "The 95% intervals are not adjusted.",
        "signs of patients flipped, or patients exchanged",
        "alternate tenths of the session, so that the two share no turn",
        "fails the cluster bootstrap",
        "position match (turns of both sides matched on tenths of the session)",
    ):
        assert fact in said
    sources = [
        one.text for one in gap_page.all("li") if "sources" in str(one.path) or "Holm" in one.text
    ]
    assert any("Scandinavian Journal of Statistics" in source for source in sources)


def test_the_methods_count_what_the_bootstrap_denies_and_replaces(inferred: GapResult) -> None:
    denied = "the bootstrap check disagrees on whether the interval excludes zero"
    bounds = {"boot_low": -0.1, "boot_high": 0.9}
    made = table(
        effect("difference", "calm", **bounds),
        effect("difference", "grief", **bounds, warnings=f"a warning; {denied}"),
        effect("difference", "fear", **bounds, method="cluster bootstrap (patients), t"),
    )
    said = methods_paragraph(replace(inferred, effects=made), gap_about())
    assert "in 1 of 2 effects it disagrees" in said
    assert "in 1 effect whose mixed model did not converge the interval is the bootstrap" in said


def test_contrasts_are_one_family_and_every_other_effect_is_its_own(inferred: GapResult) -> None:
    made = table(
        effect("between", "calm", reference="grief"),
        effect("between", "calm", reference="the rest", effect="versus rest"),
        effect("congruence", "all sessions", effect="mean difference", instrument="WAI-SR"),
        effect("congruence", "calm", effect="correlation", instrument="WAI-SR"),
    )
    said = methods_paragraph(replace(inferred, effects=made), gap_about())
    assert "contrasts between conditions (2)" in said
    assert "congruence (1 for each of mean difference and correlation on WAI-SR)" in said


def test_off_a_common_scale_no_mean_is_tested_against_zero(
    gap_page: Page, rated_page: Page
) -> None:
    assert not [cell for cell in cells(gap_page, "gap-0-headline-caption").values() if "p " in cell]
    rated = cells(rated_page, "gap-0-headline-caption").values()
    assert any("p < .001" in cell or "p = " in cell for cell in rated)
    between = cells(gap_page, "gap-0-between-caption").values()
    assert any("p < .001" in cell or "p = " in cell for cell in between)


def test_the_page_names_both_literatures(gap_page: Page, rated_page: Page) -> None:
    for page in (gap_page, rated_page):
        said = page.by_id("gap-methods").text
        assert "10.1038/s41398-025-03379-3" in said
        assert "bias −5.93, SE 1.76" in said


def test_the_page_says_once_what_it_is_not(gap_page: Page) -> None:
    said = gap_page.all("body")[0].text
    assert said.count("not a diagnostic device and not a suicide-risk assessment") == 1


def test_provenance_is_on_the_page(gap_page: Page) -> None:
    facts, shown = gap_about(), gap_page.by_id("method").text
    for fact in (facts.version, facts.source, facts.command, facts.created, *facts.notes):
        assert fact in shown


def test_an_interval_far_wider_than_the_others_ends_in_an_arrow_and_flattens_nothing(
    inferred: GapResult,
) -> None:
    wide = effect("difference", "rare", n_sessions=2, small=True, ci_low=-90.0, ci_high=90.0)
    made = table(effect("difference", "calm"), effect("difference", "grief"), wide)
    html = render_gap_page(replace(inferred, effects=made), gap_about())
    ticks = re.findall(r">([+−]?\d+(?:\.\d+)?)</text>", html)
    assert all(abs(float(tick.replace("−", "-"))) < 2 for tick in ticks)
    described = html[html.index('id="gap-0-forest-d"') :]
    assert "(−90.00 to +90.00), small" in described[: described.index("</desc>")]


@pytest.mark.parametrize(
    ("sizes", "changes"),
    [
        ({"grief": 21}, {}),
        ({None: 21}, {}),
        ({"grief": 3, None: 3}, {}),
        ({"grief": 1}, {}),
        ({"grief": 4, "fear": 4}, {"companions": False}),
        ({"grief": 4, "fear": 4}, {"on_common_scale": True, "with_ratings": True}),
        ({f"{place} {ATTACK}" if place else "z" * 90: 2 for place in range(12)}, {"n_turns": 6}),
    ],
    ids=["one", "none", "some without", "one session", "no controls", "common scale", "twelve"],
)
def test_thin_and_odd_material_makes_a_page_without_a_hole(
    sizes: Mapping[str | None, int], changes: dict[str, object]
) -> None:
    settings: dict[str, object] = {"n_turns": 12, "options": GapOptions(draws=199)} | changes
    result = inferred_gap(sizes, **settings)  # type: ignore[arg-type]
    page = parse(render_gap_page(result, gap_about()))
    text = page.all("main")[0].text
    assert not re.search(r"\b(NaN|nan|None|undefined|inf)\b", text)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    found = (one.text for one in page.all("p") if "found" in one.attributes.get("class", ""))
    assert next(found)


def test_controls_that_were_not_run_say_why() -> None:
    result = inferred_gap({"grief": 6, "fear": 5}, n_turns=12, companions=False)
    said = parse(render_gap_page(result, gap_about())).by_id("gap").text
    assert "Length match, not run" in said
    assert "the scores hold no numbers of words" in said


def test_scores_that_never_vary_give_reasons_in_place_of_figures() -> None:
    scores, sessions = scores_and_sessions({"grief": 5, "fear": 4}, companions=False)
    constant = scores.with_columns(pl.lit(0.5).alias(measure) for measure in MEASURES)
    result = analyze_scores(constant, sessions, on_common_scale=False, options=OPTIONS)
    page = parse(render_gap_page(result, gap_about()))
    shown = cells(page, "gap-0-headline-caption")
    assert all("every session has the same value" in cell for cell in shown.values())


def test_figures_are_the_same_each_time(inferred: GapResult, gap_html: str) -> None:
    assert render_gap_page(inferred, gap_about()) == gap_html


def test_groups_by_another_column_are_said_to_be_its_values() -> None:
    scores, sessions = scores_and_sessions({"grief": 3, "fear": 3}, n_turns=12)
    sited = sessions.with_columns(pl.Series("site", ["north", "south"] * 3))
    options = GapOptions(draws=199, by="site")
    result = analyze_scores(scores, sited, on_common_scale=False, options=options)
    page = parse(render_gap_page(result, gap_about()))
    assert "A condition here is a value of the column site." in page.by_id("gap").text
    assert {group for group, _ in cells(page, "gap-0-headline-caption")} >= {"north", "south"}


def test_what_level_bias_and_size_leave_open_stands_beside_them(
    gap_page: Page, rated_page: Page
) -> None:
    inferred, rated = gap_page.by_id("gap").text, rated_page.by_id("gap").text
    assert "part of the trap is left" in inferred
    assert "The figure to read" not in inferred
    assert "its distance from the mean over all sessions" in inferred
    assert "draw closer" not in inferred
    assert "holds for sessions with these patients’ ratings" in rated
    assert "ratings of one side spread more" in rated
