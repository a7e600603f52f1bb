"""A newcomer walks through every page, in a real browser at a real server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect, sync_playwright
from sqlalchemy import func, select
from tests.web.dashboard.browsing import CHROMIUM, Watched
from tests.web.serving import Served, serving

from attunement.live import Listener
from attunement.sample import sample_folder
from attunement.tables import Role
from attunement.web._settings import Settings
from attunement.web.accounts import Caller
from attunement.web.accounts._setup import link_for_owner
from attunement.web.storage import SpokenTurn, TherapySession
from attunement.wire import NewTurn

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")

SESSION = "scz-05"
TALK = 19
"""Turns that a program posts: enough for estimates to have intervals."""
ATTACK = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, new_database: Path, listener: Listener
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(new_database, folder / "attunement.db")
    with serving(
        Settings(data_folder=folder, requests_per_minute=100_000), listener=listener
    ) as it:
        yield it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def owner(served: Served, browser: Browser) -> Watched:
    """Somebody who opens the link that `attunement serve` prints, and is told what to do first."""
    watched = Watched.open(browser, address=served.address)
    watched.page.goto(f"/links/{link_for_owner(served.service)}")
    for first in ("Load the sample", "Choose files", "Start a live session"):
        expect(watched.page.get_by_text(first, exact=True)).to_be_visible()
    watched.must_be_usable()
    watched.must_be_clean()
    return watched


@pytest.fixture(scope="module")
def loaded(owner: Watched) -> Watched:
    """Who has uploaded a part of the sample, having looked into it first."""
    page = owner.page
    page.goto("/upload")
    owner.must_be_usable()
    with sample_folder() as sample:
        page.set_input_files("#files", sample / "transcripts" / "more-sessions.jsonl")
        page.get_by_role("button", name="Look into them").click()
        expect(page.get_by_role("button", name="Read 6 sessions")).to_be_visible()
    owner.must_be_usable()
    page.get_by_role("button", name="Read 6 sessions").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator("#job")).to_contain_text("6 sessions kept")
    owner.must_be_usable()
    owner.must_be_clean()
    return owner


def test_progress_is_seen_while_transcripts_are_read(served: Served, owner: Watched) -> None:
    page = owner.page
    page.goto("/upload")
    lines = "".join(f"Patient: I walked {n} miles.\nTherapist: And then?\n" for n in range(150))
    page.set_input_files(
        "#files", FilePayload(name="long.txt", mimeType="text/plain", buffer=lines.encode())
    )
    page.get_by_role("button", name="Look into them").click()
    page.get_by_label("Patient's code").fill("P-long")
    page.get_by_role("button", name="Read 1 session").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator("#job")).to_contain_text("1 session kept")
    owner.must_be_clean()


def test_speakers_who_are_not_known_are_named_before_anything_is_kept(owner: Watched) -> None:
    page = owner.page
    page.goto("/upload")
    said = b"ANNA: I slept badly.\nBEN: What was it?\nANNA: The noise.\nBEN: I see.\n"
    page.set_input_files("#files", FilePayload(name="two.txt", mimeType="text/plain", buffer=said))
    page.get_by_role("button", name="Look into them").click()
    expect(page.locator("#found")).to_contain_text("Nothing can be read as it is")
    expect(page.get_by_role("button", name="into the caseload")).to_have_count(0)
    owner.must_be_usable()
    page.get_by_label("ANNA is").select_option(label="the patient")
    page.get_by_label("BEN is").select_option(label="the therapist")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("button", name="Read 1 session")).to_be_enabled()
    expect(page.get_by_label("ANNA is")).to_have_value("patient=ANNA")
    owner.must_be_clean()


def test_a_click_on_a_point_shows_its_words_and_keys_go_on(loaded: Watched) -> None:
    page = loaded.page
    open_session(page, SESSION)
    loaded.must_be_usable()
    words = texts_by_turn(page)
    wanted = patient_turns(page)[4]
    assert wanted != chosen(page), "the click would change nothing"
    point = page.locator('[data-chart="alliance"] .mark-symbol').first.locator("path").nth(4)
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#reading h3")).to_contain_text(f"Turn {wanted} ")
    shown = chosen(page)
    assert shown == wanted
    expect(page.locator("#reading .said")).to_contain_text(words[shown])
    page.locator("#turn").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#reading h3")).to_contain_text(f"Turn {shown + 1} ")
    expect(page.locator("#reading .said")).to_contain_text(words[shown + 1])
    assert f"turn={shown + 1}" in page.url
    loaded.must_be_clean()


def test_an_alarm_is_first_on_the_caseload_with_its_words_until_it_is_seen(
    loaded: Watched,
) -> None:
    page = loaded.page
    page.goto("/")
    loaded.must_be_usable()
    alarm = page.locator(".alarms li").filter(has_text="Withdrawal")
    expect(alarm).to_contain_text("I'd rather not go into")
    before = page.locator(".alarms li").count()
    alarm.get_by_role("button").click()
    expect(page.locator(".alarms li")).to_have_count(before - 1)
    loaded.must_be_clean()


def test_filters_leave_the_sessions_that_fit(loaded: Watched) -> None:
    page = loaded.page
    page.goto("/")
    page.get_by_label("Patient, session or condition").fill(SESSION)
    expect(page.locator("table.sessions tbody tr")).to_have_count(1)
    assert SESSION not in page.url
    loaded.must_be_clean()


def test_a_live_turn_moves_the_line_and_nothing_in_it_runs(
    served: Served, owner: Watched, browser: Browser
) -> None:
    page = owner.page
    page.goto("/sessions/new")
    owner.must_be_usable()
    page.get_by_label("Patient").fill(ATTACK)
    page.get_by_label("What to call the session").fill(f"live {ATTACK}")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/live")
    expect(page.locator("#connection")).to_contain_text("Connected")
    labels = page.locator("[data-chart=gap] .role-axis-label").last.locator("text")
    assert sorted(map(number, labels.all_text_contents())) == [-0.5, 0, 0.5]
    post(page, "It has been a good week.", role="patient")
    talk_on(served, page, turns=TALK)
    expect(page.locator("#said")).to_contain_text(f"Turn {TALK},")
    expect(page.locator("#connection")).to_contain_text("Connected")
    page.reload()
    expect(page.locator("[data-drawn]")).to_have_count(2)
    before = line(page)
    post(page, f"This is useless, you never listen to me. {ATTACK}", role="patient")
    expect(page.locator("#now")).to_contain_text("you never listen to me")
    expect(page.locator("#now")).to_contain_text("Confrontation")
    expect(page.locator("#said")).to_contain_text(f"Turn {TALK + 1},")
    page.wait_for_function(
        "before => document.querySelector('[data-chart=alliance] .mark-line path')"
        ".getAttribute('d') !== before",
        arg=before,
    )
    type_while_a_turn_is_on_its_way(page)
    owner.must_be_usable()
    owner.must_be_clean()
    rate_and_compare(owner)
    erase_patient(served, owner)


def type_while_a_turn_is_on_its_way(page: Page) -> None:
    """Type the next turn, and who says it, before the service has answered to the last."""
    form = page.locator("#post-turn")
    text, button = form.get_by_label("What was said"), form.get_by_role("button")
    on_its_way: list[Route] = []
    page.route("**/live/turns", lambda route: on_its_way.append(route))
    form.get_by_label("therapist", exact=True).check()
    text.fill("I hear that.")
    with page.expect_request("**/live/turns"):
        button.click()
    expect(button).to_be_disabled()
    text.fill("I hear that. What would help?")
    form.get_by_label("other", exact=True).check()
    on_its_way.pop().continue_()
    expect(form.locator("[name=number]")).to_have_value(str(TALK + 3))
    expect(text).to_have_value("What would help?")
    expect(form.get_by_label("other", exact=True)).to_be_checked()
    page.unroute("**/live/turns")
    expect(page.locator("#said")).to_contain_text(f"Turn {TALK + 2},")


def rate_and_compare(owner: Watched) -> None:
    page = owner.page
    page.get_by_role("button", name="End the session").click()
    expect(page.get_by_role("button", name="Keep this rating")).to_be_visible()
    expect(page.locator("[data-chart]")).to_have_count(0)
    owner.must_be_usable()
    for scale, value in (("task", 6), ("bond", 5), ("goal", 6)):
        page.locator(f'input[name="{scale}"][value="{value}"]').check()
    page.get_by_role("button", name="Keep this rating").click()
    expect(page.locator("#comparison")).to_contain_text("not a diagnosis")
    expect(page.locator("#rate table")).to_contain_text("6.00")
    expect(page.locator("#reading .said")).to_contain_text("useless")
    owner.must_be_usable()
    owner.must_be_clean()


def erase_patient(served: Served, owner: Watched) -> None:
    page = owner.page
    session = page.url
    page.get_by_role("link", name=re.compile("^Patient")).click()
    owner.must_be_usable()
    page.get_by_label("Type the code").fill("not it")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was erased")
    # The answer's status says so too, which the browser puts down as an error.
    assert len(owner.faults) == 1
    owner.faults.clear()
    page.get_by_label("Type the code").fill(ATTACK)
    page.get_by_role("button", name="Erase for good").click()
    page.wait_for_url("**/erasures*")
    expect(page.locator("tr.new")).to_contain_text(f"{TALK + 3} turns")
    owner.must_be_usable()
    owner.must_be_clean()
    page.goto("/")
    expect(page.locator("main")).not_to_contain_text("onerror")
    answer = page.goto(session)
    assert answer is not None
    assert answer.status == 404
    owner.faults.clear()
    identity = session.rsplit("/", 1)[-1].partition("?")[0].partition("#")[0]
    with served.service.database.unscoped() as db:
        for table, column in (
            (TherapySession, TherapySession.id),
            (SpokenTurn, SpokenTurn.session_id),
        ):
            left = select(func.count()).select_from(table).where(column == identity)
            assert db.scalar(left) == 0


def test_conditions_and_the_pages_of_the_admin_are_usable(loaded: Watched) -> None:
    page = loaded.page
    for address in ("/conditions", "/people", "/audit", "/erasures"):
        page.goto(address)
        loaded.must_be_usable()
        loaded.must_be_clean()


def test_pages_fit_a_phone(served: Served, loaded: Watched) -> None:
    page = loaded.page
    page.set_viewport_size({"width": 360, "height": 740})
    for address in ("/", "/upload", "/conditions", "/sessions/new", "/erasures"):
        page.goto(address)
        loaded.must_be_usable()
    open_session(page, SESSION)
    loaded.must_be_usable()
    loaded.must_be_clean()
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_theme_is_remembered(loaded: Watched) -> None:
    page = loaded.page
    page.emulate_media(color_scheme="light")
    page.goto("/")
    light = background(page)
    page.get_by_role("button", name="Dark colours").click()
    dark = background(page)
    assert dark != light
    page.reload()
    assert background(page) == dark
    page.get_by_role("button", name="Light colours").click()
    assert background(page) == light


def test_the_first_tab_leads_to_the_content(loaded: Watched) -> None:
    page = loaded.page
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_without_scripts_a_turn_is_read_all_the_same(
    served: Served, loaded: Watched, browser: Browser
) -> None:
    cookies = loaded.context.cookies()
    open_session(loaded.page, SESSION)
    address = loaded.page.url.partition("?")[0]
    with browser.new_context(base_url=served.address, java_script_enabled=False) as plain:
        plain.add_cookies(cookies)  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto(f"{address}?turn=3")
        expect(page.locator("#reading h3")).to_contain_text("Turn 3 ")
        page.get_by_role("link", name="Later turn").click()
        expect(page.locator("#reading h3")).to_contain_text("Turn 4 ")


def open_session(page: Page, label: str) -> None:
    page.goto("/")
    page.locator("table.sessions").get_by_role("link", name=label, exact=True).last.click()
    expect(page.locator("[data-drawn]")).to_have_count(5)


def talk_on(served: Served, page: Page, *, turns: int) -> None:
    """Post further turns as a program does, while the page is open."""
    session_id = page.url.split("/")[-2]
    service = served.service
    with service.database.unscoped() as db:
        session = db.get_one(TherapySession, session_id)
        caller = Caller(
            organisation_id=session.organisation_id, role="admin", user_id=session.therapist_id
        )
    said = ("I slept well.", "What helped?", "The walk, I think.", "And what else?")
    for number in range(1, turns + 1):
        role: Role = "patient" if number % 2 == 0 else "therapist"
        text = f"{said[number % 4]} That was day {number}."
        new = NewTurn(turn_id=f"told-{number}", number=number, role=role, text=text)
        service.listening.post(caller, session_id, new)


def texts_by_turn(page: Page) -> dict[int, str]:
    rows = page.locator("#numbers ~ details tbody tr")
    cells = rows.evaluate_all(
        "rows => rows.map(row => [0, 2].map(place => row.cells[place].textContent.trim()))"
    )
    return {int(number): words for number, words in cells}


def patient_turns(page: Page) -> list[int]:
    """Give the turns of the patient's points, in the order they are drawn."""
    given = json.loads(page.locator("#charts").text_content() or "")
    rows = given["rows"]["alliance"]
    return [row["turn"] for row in rows if row["role"] == "patient" and row["own"] is not None]


def chosen(page: Page) -> int:
    return int(page.locator("#turn").input_value())


def line(page: Page) -> str:
    path = page.locator("[data-chart=alliance] .mark-line path").first
    return path.get_attribute("d") or ""


def post(page: Page, text: str, *, role: str) -> None:
    form = page.locator("#post-turn")
    number = form.locator("[name=number]").input_value()
    form.get_by_label(role, exact=True).check()
    form.get_by_label("What was said").fill(text)
    form.get_by_role("button", name="Post the turn").click()
    expect(form.locator("[name=number]")).to_have_value(str(int(number) + 1))
    expect(page.locator("#said")).to_contain_text(f"Turn {number},")


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
