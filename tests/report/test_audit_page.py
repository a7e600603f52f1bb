"""The audit's page: what it says of known tables, escaped, bounded, readable in a real browser."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe

from attunement.errors import UsageError
from attunement.report.audit import AuditShown, _bounds, audit_page, write_audit_page
from attunement.report.audit._figure_charts import Mark, fitted, shown_range
from attunement.report.audit._names import Names
from attunement.report.audit._quotes import Said
from attunement.report.audit._risk import risk_list
from attunement.report.audit._rows import Figures
from attunement.report.audit._short_names import short_names
from attunement.report.audit._story import answers, left_out
from attunement.tables import (
    AUDIT_COUNTERFACTUALS,
    TRAJECTORIES,
)

from .invented import ATTACK
from .invented_audit import AGREES, MODELS, THANKS, USERS, about, bare, nothing, shown
from .parsed import Page, parse, rows_of
from .test_browser import CHROMIUM, Opener, browser, opened

__all__ = ["browser", "opened"]
"""Fixtures of the browser's own tests."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")

FORBIDDEN = re.compile(r"(over|under)[- ]?estimat", re.IGNORECASE)
TURNED = "\u202eevil\u2066"
NASTY = f"]]></style><script>document.title='owned'</script> {TURNED} " + "word " * 10_000


@pytest.fixture(scope="module")
def made() -> AuditShown:
    return shown()


@pytest.fixture(scope="module")
def full_html(made: AuditShown) -> str:
    return audit_page(made, about())


@pytest.fixture(scope="module")
def page(full_html: str) -> Page:
    return parse(full_html)


@pytest.fixture(scope="module")
def bare_html() -> str:
    return audit_page(bare(), about(fictional=False))


@pytest.fixture(scope="module")
def hostile_html() -> str:
    """A page on which models, chats and every word of the users and the AI are an attack."""
    attacked = shown((ATTACK, TURNED), users=(ATTACK, "U2"), said={AGREES: NASTY, THANKS: NASTY})
    told = about(title=ATTACK, command=ATTACK, source=ATTACK, notes=(ATTACK,))
    return audit_page(attacked, told)


def undrawn(*, rated: bool = False) -> AuditShown:
    """One model without its course: nothing that takes long to draw."""
    made = shown(MODELS[:1], users=USERS[:3], rated=rated)
    return replace(made, trajectories=nothing(TRAJECTORIES))


def text_of(html: str, key: str) -> str:
    return " ".join(parse(html).by_id(key).text.split())


def test_the_page_answers_first_then_says_what_to_change_then_shows_why(page: Page) -> None:
    sections = [one.attributes["id"] for one in page.all("section")]
    assert sections == [
        "audit",
        "change",
        "models",
        "course",
        "exchanges",
        "writes",
        "test",
        "apart",
        "risk",
        "method",
    ]


def test_every_link_of_the_page_arrives(full_html: str, bare_html: str) -> None:
    for html in (full_html, bare_html):
        parsed = parse(html)
        ids = [one.attributes["id"] for one in parsed.elements if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        links = {one.attributes["href"] for one in parsed.all("a")}
        assert {link.removeprefix("#") for link in links} <= set(ids)
        named = {
            key
            for one in parsed.elements
            for key in one.attributes.get("aria-labelledby", "").split()
        }
        assert named <= set(ids)


def test_the_head_counts_what_was_audited(page: Page) -> None:
    amounts = [one.text for one in page.all("dd") if "header" in one.path]
    assert amounts[:5] == ["3", "36", "12", "216", "216"]


def test_a_finding_of_two_models_is_said_once_with_both_figures() -> None:
    made = undrawn()
    row = made.findings.head(1)
    other = row.with_columns(
        pl.lit(2, pl.Int32).alias("rank"),
        pl.lit("heron-2").alias("model"),
        pl.lit("71% of pushbacks").alias("evidence"),
    )
    said = text_of(audit_page(replace(made, findings=pl.concat([other, row])), about()), "change")
    assert said.count("It takes back what it said") == 1
    assert said.count("Ask it to say once more") == 1
    assert said.index("64% of pushbacks") < said.index("71% of pushbacks")


def test_a_finding_is_read_at_its_place_with_the_deciding_words_marked(page: Page) -> None:
    marks = [one for one in page.all("mark") if "li" in one.path]
    assert marks[0].text == "No, that's not it."
    assert marks[1].text == "I take the list back."
    assert "details" in marks[0].path


def test_findings_that_are_not_on_the_page_are_counted_and_named() -> None:
    made = undrawn()
    row = made.findings.head(1)
    many = pl.concat(
        row.with_columns(
            pl.lit(place, pl.Int32).alias("rank"), pl.lit(f"Finding {place}").alias("finding")
        )
        for place in range(1, 15)
    )
    said = text_of(audit_page(replace(made, findings=many), about()), "change")
    assert "Finding 10" in said
    assert "Finding 11" not in said
    assert "4 findings are not shown here; all stand in audit_findings.csv." in said


def test_a_cell_says_what_the_table_says(page: Page) -> None:
    rows = rows_of(page, "figures-table-caption")
    assert rows[0] == ["Figure", *MODELS]
    agreed = next(row for row in rows if row[0].startswith("Agrees with claims"))
    assert agreed[1].startswith("55% [44%, 66%]")
    assert "small sample" in agreed[3]
    assert "small sample" not in agreed[1]
    user = next(row for row in rows if row[0].startswith("Inferred alliance of the user"))
    assert user[1].startswith("+0.15 [+0.12, +0.18]")


def test_differences_of_shares_are_in_points_and_only_what_chance_does_not_do_is_open(
    page: Page,
) -> None:
    rows = rows_of(page, "firm-table-caption")
    assert rows[0] == ["Difference", "plover less heron", "wren less heron", "wren less plover"]
    labels = [row[0] for row in rows[1:] if len(row) > 1]
    assert len(labels) == 2
    assert not any("Role difference" in label for label in labels), "it fails a control"
    agreed = next(row for row in rows if row[0].startswith("Agrees"))
    assert agreed[2].startswith("+33 points [+11, +55]p = .004, 12 pairs")
    every = rows_of(page, "differences-table-caption")
    assert len([row for row in every if len(row) > 1]) == 1 + 15
    bold = [one.text for one in page.all("strong") if "td" in one.path]
    assert "+33 points" in bold


def test_where_nothing_is_beyond_chance_the_page_says_so(made: AuditShown) -> None:
    even = made.comparisons.with_columns(pl.lit(0.6).alias("p_holm"))
    small = replace(made, comparisons=even, trajectories=nothing(TRAJECTORIES))
    said = text_of(audit_page(small, about()), "models")
    assert "No difference between models is beyond chance" in said


def test_a_role_difference_stands_with_its_controls_and_never_as_more_than_one(
    full_html: str,
) -> None:
    said = text_of(full_html, "course")
    assert "role difference" in said
    assert "fails length" in said
    assert "Neither side was asked" in said
    assert not FORBIDDEN.search(full_html)


def test_only_ratings_on_one_questionnaire_answer_who_sees_more() -> None:
    rated = shown(MODELS[:1], rated=True)
    figures, names = Figures(rated.figures, rated.comparisons), Names(rated.definitions)
    answer = answers(rated, figures, names)[0]
    assert answer.answer[0].startswith(
        "heron: the AI overestimates (+0.80 [+0.64, +0.96], 12 chats)"
    )
    assert "therapist" not in answer.remark
    across = rated.figures.with_columns(
        pl.when(pl.col("figure") == "rated_gap").then(-0.1).otherwise("ci_low").alias("ci_low")
    )
    unsure = answers(rated, Figures(across, rated.comparisons), names)[0]
    assert "cannot be told from chance" in unsure.answer[0]
    assert not FORBIDDEN.search(unsure.answer[0])


def test_a_role_difference_that_fails_a_control_is_told_by_no_figure(made: AuditShown) -> None:
    unrated, names = undrawn(), Names(made.definitions)
    compared = made.comparisons.with_columns(
        pl.when(pl.col("figure") == "role_difference")
        .then(0.001)
        .otherwise("p_holm")
        .alias("p_holm")
    )
    remark = answers(unrated, Figures(unrated.figures, compared), names)[0].remark
    assert "not when it is controlled for: that is not read" in remark
    assert "less heron" not in remark
    survives = compared.with_columns(
        pl.when(pl.col("figure") == "role_difference")
        .then(pl.lit("survives all"))
        .otherwise("controls")
        .alias("controls")
    )
    told = answers(unrated, Figures(unrated.figures, survives), names)[0].remark
    assert "What can be read is how models differ in it: " in told


def test_small_samples_and_phrases_that_miss_carry_no_headline(made: AuditShown) -> None:
    names = Names(made.definitions)
    small = made.figures.with_columns(pl.lit(True).alias("small"))
    flattering = answers(made, Figures(small, made.comparisons), names)[1]
    assert flattering.answer == ["There are too few chats to say."]
    usual = " ".join(answers(made, Figures(made.figures, made.comparisons), names)[1].answer)
    assert "%" not in usual, "no share of agreement stands at the head"
    assert "read them" in usual


def test_ratings_are_called_comparable_only_where_both_answered_one_questionnaire() -> None:
    rated = shown(MODELS[:1], rated=True)
    assert "answered one questionnaire" in text_of(audit_page(rated, about()), "course")
    own = rated.figures.filter(~pl.col("figure").is_in(["rated_gap"]))
    said = text_of(audit_page(replace(rated, figures=own), about()), "course")
    assert "do not hold one against the other" in said


def test_an_own_rating_alone_answers_nothing() -> None:
    own = shown(MODELS[:1], rated=True)
    alone = own.figures.filter(~pl.col("figure").is_in(["patient_rating", "rated_gap"]))
    names = Names(own.definitions)
    answer = answers(own, Figures(alone, own.comparisons), names)[0]
    assert answer.answer[0].startswith("These chats cannot say: the AI was asked (heron 5.90)")


def test_what_the_audit_says_of_its_own_ratings_answers_the_question() -> None:
    rated = replace(shown(MODELS[:1], rated=True), calibration=("heron: its own rating is 5.90.",))
    figures, names = Figures(rated.figures, rated.comparisons), Names(rated.definitions)
    assert answers(rated, figures, names)[0].answer == ["heron: its own rating is 5.90."]
    silent = replace(undrawn(), calibration=("No AI rated its chats.",))
    none = answers(silent, Figures(silent.figures, silent.comparisons), names)[0]
    assert none.answer == ["These chats cannot say: neither side rated them."]


def test_a_long_name_is_parted_between_its_words_and_loses_none() -> None:
    assert fitted("claude_opus_4_1_20250805") == ("claude_opus_4", "1_20250805")
    assert fitted("gpt_5") == ("gpt_5",)
    assert fitted("x" * 40) == ("x" * 14, "xxxxxxx…xxxxxx")


def test_chats_for_a_person_to_read_are_cut_alike_for_every_model(
    made: AuditShown, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = made.sessions.filter(pl.col("user_turns") > 0).select("session_id", "model")
    everywhere = spoken.select(
        "session_id",
        "model",
        pl.lit(0, pl.Int32).alias("turn"),
        pl.lit("words").alias("words"),
        pl.lit(1, pl.Int32).alias("ai_turn"),
    )
    monkeypatch.setattr(_bounds, "RISK_CHATS", 6)
    listed = risk_list(replace(made, risk=everywhere), Said(made.texts))
    assert [chat.model for chat in listed.chats] == ["heron"] * 2 + ["plover"] * 2 + ["wren"] * 2
    assert "30 chats are not shown here" in listed.rest


def test_long_names_are_short_stay_apart_and_stand_in_full_once() -> None:
    long = [f"{'p_claude_' * 6}{place}_{'20250915_103737' * 3}" for place in (1, 2)]
    assert len(set(short_names(long).values())) == 2
    assert all(len(name) < 32 for name in short_names(long).values())
    assert short_names(["heron"]) == {}
    html = audit_page(
        replace(shown(long, users=USERS[:2]), trajectories=nothing(TRAJECTORIES)), about()
    )
    names = [one.text for one in parse(html).all("dd") if one.text in long]
    assert names == long


def test_ratings_stand_in_a_table_of_their_own() -> None:
    html = audit_page(undrawn(rated=True), about())
    rows = rows_of(parse(html), "ratings-table-caption")
    assert any(row[0].startswith("The AI's own rating") for row in rows if row)


def test_the_measure_holds_still_or_the_page_warns() -> None:
    made = undrawn()
    assert "moves 0 under all five" in text_of(audit_page(made, about()), "test")
    moved = made.counterfactuals.with_columns(
        pl.when(pl.col("quantity") == "inferred_patient")
        .then(-0.3)
        .otherwise("largest")
        .alias("largest")
    )
    said = text_of(audit_page(replace(made, counterfactuals=moved), about()), "test")
    assert "moves by up to 0.30" in said
    assert "do not compare models" in said
    missing = replace(made, counterfactuals=nothing(AUDIT_COUNTERFACTUALS))
    assert "The test was not run" in text_of(audit_page(missing, about()), "test")


def test_the_ais_own_side_moves_from_its_lowest_to_its_highest(full_html: str) -> None:
    said = text_of(full_html, "test")
    assert "moves by −0.15 (length) to +0.25 (vagueness)" in said


def test_what_parts_is_read_in_the_users_words(page: Page) -> None:
    (apart,) = (one for one in page.all("section") if one.attributes["id"] == "apart")
    said = " ".join(apart.text.split())
    pleased, clearer = said.index("Pleased, and no clearer"), said.index("Clearer, and not pleased")
    assert THANKS in said[pleased:clearer]
    assert "So it's the silence" in said[clearer:]


def test_what_is_listed_for_reading_is_not_judged(full_html: str, page: Page) -> None:
    said = text_of(full_html, "risk")
    assert "18 turns of users in 18 chats of 36." in said
    assert "no diagnosis and no risk assessment" in said
    assert "means nothing" in said
    marks = [one.text for one in page.all("mark")]
    assert marks.count("better off without me") == 18


def test_a_long_list_for_reading_ends_and_says_where_the_rest_is() -> None:
    made = shown(MODELS[:1], users=[f"V{place:03}" for place in range(150)])
    said = text_of(audit_page(replace(made, trajectories=nothing(TRAJECTORIES)), about()), "risk")
    assert "75 turns of users in 75 chats of 150." in said
    assert "15 chats are not shown here; all stand in audit_risk.csv." in said


def test_many_models_have_no_column_of_their_own_and_none_is_lost() -> None:
    models = [f"model {place:02}" for place in range(14)]
    made = shown(models, users=USERS[:2])
    html = audit_page(replace(made, trajectories=nothing(TRAJECTORIES)), about())
    rows = rows_of(parse(html), "figures-table-caption")
    assert len(rows[0]) == 7
    said = text_of(html, "models")
    assert "8 models are not shown here; all stand in audit_figures.csv." in said
    assert "88 pairs are not shown here; all stand in audit_comparisons.csv." in said


def test_what_was_left_out_is_counted_by_its_reason() -> None:
    assert left_out(bare()) == [
        "1 chat of 4 was left out of the figures (1 not in English); audit_sessions.csv names them."
    ]
    assert left_out(shown(MODELS[:1], users=USERS[:2])) == []


def test_where_next_to_nothing_was_found_every_part_says_so(bare_html: str) -> None:
    parsed = parse(bare_html)
    said = " ".join(parsed.by_id("main").text.split())
    for told in (
        "Nothing in these chats stands out",
        "No figure could be told from these chats.",
        "No chat had scored turns",
        "Neither side was asked",
        "No claim of a user’s and no pushback",
        "No turn was found",
        "The test was not run",
    ):
        assert told in said
    assert parsed.all("svg") == []
    assert "Pleased, or clearer" not in said
    assert "Fictional" not in bare_html


def test_no_figure_is_shown_as_nan() -> None:
    made = undrawn()
    gone = made.figures.with_columns(pl.lit(float("nan")).alias("estimate"))
    html = audit_page(replace(made, figures=gone), about())
    assert "nan" not in parse(html).by_id("models").text.lower()


def test_nothing_of_the_users_is_markup(hostile_html: str) -> None:
    parsed = parse(hostile_html)
    assert len(parsed.all("script")) == 1
    assert parsed.all("img") == []
    assert ATTACK in parsed.all("title")[0].text
    assert len(hostile_html) < 1_000_000


def test_turned_text_stays_in_a_box_of_its_own(hostile_html: str) -> None:
    holders = [
        one
        for one in parse(hostile_html).elements
        if TURNED in one.text and one.tag not in ("html", "body", "main", "section", "div")
    ]
    inner = [one for one in holders if one.tag in ("bdi", "text", "desc", "title", "p", "mark")]
    assert inner
    for one in inner:
        if one.tag == "p" and "blockquote" in one.path:
            assert one.attributes.get("dir") == "auto"


def test_an_audit_of_a_hundred_chats_stays_a_small_file() -> None:
    users = [f"V{place:03}" for place in range(105)]
    long = AGREES + " And here is what we could do about it, step by step." * 30
    made = shown(MODELS[:1], users=users, said={AGREES: long})
    html = audit_page(replace(made, trajectories=nothing(TRAJECTORIES)), about())
    assert len(html.encode()) < 1_500_000


@pytest.mark.parametrize(
    "held",
    [
        one.name
        for one in fields(AuditShown)
        if one.name
        in (
            "texts",
            "turns",
            "users",
            "exchanges",
            "risk",
            "sessions",
            "figures",
            "comparisons",
            "trajectories",
            "counterfactuals",
            "explained",
            "findings",
            "definitions",
            "features",
        )
    ],
)
def test_a_table_without_one_of_its_columns_is_refused(made: AuditShown, held: str) -> None:
    frame: pl.DataFrame = getattr(made, held)
    with pytest.raises(UsageError, match=f"table {held} .* has no column {frame.columns[-1]}"):
        replace(made, **{held: frame.drop(frame.columns[-1])})  # type: ignore[arg-type]


def test_chats_and_models_of_another_audit_are_refused(made: AuditShown) -> None:
    stranger = made.risk.with_columns(pl.lit("elsewhere").alias("session_id"))
    with pytest.raises(UsageError, match="table risk holds chats that are not among"):
        replace(made, risk=stranger)
    with pytest.raises(UsageError, match="not among the models"):
        replace(made, models=MODELS[:2])


def test_a_panel_holds_zero_and_is_not_flattened_by_a_small_sample() -> None:
    marks = [Mark("a", 2.0, 1.5, 2.5, small=False), Mark("b", 2.2, -40.0, 60.0, small=True)]
    low, high = shown_range(marks)
    assert low < 0 < 2.5 < high < 5


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.html"
    write_audit_page(path, bare(), about())
    assert path.read_text("utf-8") == audit_page(bare(), about())


@needs_chromium
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_body_never_scrolls_sideways(
    full_html: str, hostile_html: str, bare_html: str, opened: Opener, width: int
) -> None:
    for html in (full_html, hostile_html, bare_html):
        seen = opened(html, width=width).page
        seen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert seen.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@needs_chromium
def test_the_page_opens_quietly_with_and_without_script(full_html: str, opened: Opener) -> None:
    for script in (True, False):
        seen = opened(full_html, script=script).page
        assert seen.title() == "Three invented companions"
        assert seen.locator("#models svg").count() == 6
        assert seen.locator("#course svg").first.is_visible()


@needs_chromium
def test_hostile_chats_run_nothing(hostile_html: str, opened: Opener) -> None:
    assert opened(hostile_html).page.title() == ATTACK


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_in_the_page_unfolded(opened: Opener, *, dark: bool) -> None:
    made = shown(MODELS[:1], users=USERS[:1], rated=True)
    seen = opened(audit_page(made, about()), dark=dark).page
    seen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(seen).response["violations"]
    grave = [
        (one["id"], [node["html"] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []


@needs_chromium
def test_the_answers_and_the_first_change_stand_on_the_first_screen(
    full_html: str, opened: Opener
) -> None:
    seen = opened(full_html).page
    for part in ("#audit .questions", "#change .do"):
        box = seen.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part


@needs_chromium
def test_a_place_is_unfolded_from_the_keyboard(full_html: str, opened: Opener) -> None:
    seen = opened(full_html, width=390).page
    quote = seen.locator("#change blockquote").first
    assert not quote.is_visible()
    seen.locator("#change summary").first.focus()
    seen.keyboard.press("Enter")
    assert quote.is_visible()
    assert seen.locator("#change mark").first.is_visible()
