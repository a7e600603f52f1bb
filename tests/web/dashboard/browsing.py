"""A real browser at a real server, which notes whatever a page must not do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=30_000)  # a machine may have much else to do
_GRAVE = frozenset({"serious", "critical"})
_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => window.violations.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
window.alert = (words) => window.violations.push(`alert ${words}`);
"""


@dataclass(slots=True)
class Watched:
    """One person's browser.

    Attributes
    ----------
    context : BrowserContext
        It, with its cookies.
    page : Page
        Its one page.
    address : str
        The server's.
    faults : list of str
        What pages did that they must not: errors in the console, requests to other hosts, answers
        that say that the server failed.
    """

    context: BrowserContext
    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, *, address: str, width: int = 1280) -> Watched:
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        watched = cls(context, context.new_page(), address)
        watched._watch(watched.page)
        return watched

    def _watch(self, page: Page) -> None:
        page.add_init_script(_VIOLATIONS)
        page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        page.on(
            "console",
            lambda said: (
                self.faults.append(f"{said.type} {said.text}")
                if said.type in ("error", "warning")
                else None
            ),
        )
        host = urlsplit(self.address).netloc
        page.on(
            "request",
            lambda sent: (
                self.faults.append(f"asked {sent.url}")
                if sent.url.startswith("http") and urlsplit(sent.url).netloc != host
                else None
            ),
        )

    def must_be_clean(self) -> None:
        """Hold that nothing went wrong on the page since it was opened, nor before."""
        assert self.page.evaluate("window.violations") == []
        assert self.faults == []

    def must_be_usable(self) -> None:
        """Hold that axe finds nothing serious in light and dark, and nothing is cut off."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page).response["violations"]
            grave = [
                (one["id"], [node["html"] for node in one["nodes"]][:3])
                for one in found
                if one["impact"] in _GRAVE
            ]
            assert grave == [], f"{self.page.url} in {scheme}"
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{self.page.url} is wider than the window"
