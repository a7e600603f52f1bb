"""Take the pictures that the docs show, in a real browser: the report, the validity page and the
dashboard with the bundled sample, and an audit of invented companions.

    python tools/pictures.py
    python tools/pictures.py report dashboard audit

Needs Chromium at /usr/bin/chromium and writes docs/img: gap, conditions, session and validity (with
`report`), caseload, dashboard and live (with `dashboard`), audit; all of them where none is named.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from playwright.sync_api import Browser, Page, expect, sync_playwright

from attunement.sample import sample_folder
from attunement.transcripts import Corpus

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tools.invented_chats import write_chats

PICTURES = Path(__file__).parent.parent / "docs" / "img"
REPORTED, SHOWN, HEARD_LIVE = "scz-02", "scz-05", "anx-05"
CHOSEN_TURN = 19
TURNS_HEARD = 27
"""Of the session that is posted live: both lines have begun by then, and an alarm was raised."""
PATIENCE = 180_000


def main() -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        wanted = sys.argv[1:] or ["report", "dashboard", "audit"]
        if "report" in wanted:
            report(browser, Path(folder))
        if "dashboard" in wanted:
            with serving(Path(folder) / "data") as link:
                dashboard(browser, link)
        if "audit" in wanted:
            audit(browser, Path(folder))
        browser.close()


def report(browser: Browser, folder: Path) -> None:
    """Analyze the sample and hold it against its ratings; take what the tutorial shows."""
    analysis, validity = folder / "demo", folder / "validity"
    attunement("demo", "--no-open", "-o", str(analysis))
    with sample_folder() as sample:
        attunement("validate", str(sample), "-o", str(validity))
    wide = browser.new_page(viewport={"width": 1440, "height": 900})
    wide.goto((analysis / "report.html").as_uri())
    taken(wide, "gap")
    wide.goto((validity / "validity.html").as_uri())
    taken(wide, "validity")
    tall = browser.new_page(viewport={"width": 1120, "height": 1300})
    tall.goto((analysis / "report.html").as_uri())
    for name, heading in (("conditions", "Conditions side by side"), ("session", REPORTED)):
        part = tall.get_by_role("heading", name=heading, exact=True)
        part.evaluate("one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 50)")
        taken(tall, name, from_top=False)


def dashboard(browser: Browser, link: str) -> None:
    page = opened(browser, link)
    page.get_by_role("button", name="Load the sample").click()
    expect(page.get_by_text("20 sessions kept")).to_be_visible(timeout=PATIENCE)
    page.goto("/")
    taken(page, "caseload")
    session = page.get_by_role("link", name=SHOWN).first.get_attribute("href") or ""
    page.goto(f"{session.partition('?')[0]}?turn={CHOSEN_TURN}")
    expect(page.locator("[data-drawn]").first).to_be_visible(timeout=PATIENCE)
    taken(page, "dashboard")
    hear_live(page)
    taken(page, "live")


def audit(browser: Browser, folder: Path) -> None:
    """Audit the invented companions, and take the top of the page."""
    chats, out = folder / "chats", folder / "audit"
    chats.mkdir()
    write_chats(chats)
    attunement("audit", str(chats), "-o", str(out), "--title", "Three invented companions")
    page = browser.new_page(viewport={"width": 1200, "height": 1080})
    page.goto((out / "audit.html").as_uri())
    taken(page, "audit")


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """Start the service on a free port; give the link that logs in."""
    command = [sys.executable, "-m", "attunement.cli", "serve", "--no-open", "--port", "0"]
    data.mkdir()
    said = data / "said"
    with said.open("w") as out:
        running = subprocess.Popen([*command, "--data", str(data / "kept")], stderr=out)
    try:
        while not (found := re.search(r"http\S+links\S+(?=\n)", said.read_text())):
            sleep(0.2)
        yield found.group()
    finally:
        running.terminate()
        running.wait()


def opened(browser: Browser, link: str) -> Page:
    context = browser.new_context(
        base_url=link.partition("/links")[0],
        viewport={"width": 1200, "height": 1080},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(link)
    return page


def hear_live(page: Page) -> None:
    """Post a session of the sample by hand, as if it were going on."""
    with sample_folder() as folder:
        turns = next(one for one in Corpus(folder) if one.session_id == HEARD_LIVE).turns
    page.goto("/sessions/new")
    page.get_by_label("Patient").fill("P21")
    page.get_by_label("What to call the session").fill("Monday, ten o'clock")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/live")
    form = page.locator("#post-turn")
    for turn in turns[:TURNS_HEARD]:
        form.get_by_label(turn.role, exact=True).check()
        form.get_by_label("What was said").fill(turn.text)
        form.get_by_role("button", name="Post the turn").click()
        expect(page.locator("#said")).to_contain_text(f"Turn {turn.turn},", timeout=PATIENCE)
    page.reload()
    expect(page.locator("[data-drawn]")).to_have_count(2, timeout=PATIENCE)


def attunement(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "attunement.cli", *arguments], check=True)


def taken(page: Page, name: str, *, from_top: bool = True) -> None:
    if from_top:
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(700)  # until the lines are drawn
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
