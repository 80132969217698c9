"""Every page that people reach by links: no barrier that axe finds, in both themes, at both widths; nothing in the console;
nothing wider than a small phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from pleo.demo.logins import PASSWORD
from tests.browser.conftest import Window
from tests.installation import ROOT, Installation
from tests.services_plugin import REQUIRED

pytestmark = [pytest.mark.chromium, pytest.mark.redis, pytest.mark.slow]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW, SMALLEST = 1440, 390, 320
# Whose pages are walked: Freja spends, Katrine runs the finances, Lars keeps the books of two companies.
# What finance has shown is not looked at again for the accountant.
PEOPLE = {
    "employee": ["freja@havblik.example"],
    "finance and accountant": ["katrine@havblik.example", "lf@fjordholm.example"],
}
# Files, not pages; leaving; Django's own admin; the API's page, which a package draws.
NO_PAGE = re.compile(
    r"/(operator|logout|api|static|files)/|/(export|csv|original|file|receipts\.zip|letter)/?\?|download|/history/export"
)
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|/\d{4}-\d\d/")
COMPANY = re.compile(r"/c/[^/]+/")
FIRST_STEPS = ("/login/", "/signup/", "/password/reset/", "/nowhere/")

Open = Callable[..., Window]


@pytest.fixture(scope="session")
def demo_product(product: Installation) -> Installation:
    """The running product with a small demo in it."""
    product.manage("demo", "--again", "--scale", "0.04", "--processes", "0")
    return product


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        reason = "axe-core is needed: npm ci"
        pytest.fail(reason, pytrace=False) if REQUIRED else pytest.skip(reason)
    return AXE.read_text()


def walk(page: Page, start: str, address: str, seen: set[str]) -> Iterator[str]:
    """Open each kind of page that links lead to, once; ids in addresses make no other kind."""
    waiting = [(start, "signing in")]
    while waiting:
        url, came_from = waiting.pop(0)
        kind = COMPANY.sub("/c/*/", IDS.sub("/*/", url.split("#")[0].split("?")[0]))
        if kind in seen:
            continue
        seen.add(kind)
        try:
            answer = page.goto(url)
        except Exception as error:  # a file comes down instead of a page
            if "Download is starting" in str(error):
                continue
            raise
        assert answer is not None and answer.status < 400, (
            f"{url} on {came_from} answered {answer.status if answer else None}"
        )
        if "text/html" not in (answer.headers.get("content-type") or ""):
            continue
        yield kind.removeprefix(address)
        links = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
        waiting += [(link, kind) for link in links if link.startswith(address) and not NO_PAGE.search(link)]


def barriers(page: Page, **options: Any) -> list[str]:
    """Return what axe finds, as "rule: the first place"."""
    standard = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = page.evaluate(
        "options => axe.run(document, options)", {"runOnly": standard, "resultTypes": ["violations"], **options}
    )
    return [f"{rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:160]}" for rule in found["violations"]]


def looks(page: Page, axe: str, dark: tuple[int, ...] = (WIDE, NARROW)) -> list[str]:
    """Look at a page wide and narrow, and in the dark at some widths, and say what is wrong with it."""
    contrast = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    wrong = []
    page.evaluate(axe)
    page.evaluate(STILL)
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        wrong += [f"{width} light, {barrier}" for barrier in barriers(page)]
        if width not in dark:
            continue
        page.emulate_media(color_scheme="dark")
        wrong += [f"{width} dark, {barrier}" for barrier in barriers(page, **contrast)]
    page.set_viewport_size({"width": SMALLEST, "height": 800})
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if overflow > 0:
        wrong.append(f"{SMALLEST}: {overflow} px wider than the window, {page.evaluate(WIDEST)}")
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.emulate_media(color_scheme="light")
    return wrong


# A colour on its way from one theme to the other is neither's.
STILL = """() => { const still = new CSSStyleSheet(); still.replaceSync('*, *::before, *::after { transition: none !important }')
  document.adoptedStyleSheets = [still] }"""
WIDEST = """() => [...document.querySelectorAll('main *, header *, nav *')]
  .filter(node => node.getBoundingClientRect().right > innerWidth + 1).slice(-1).map(node => node.outerHTML.slice(0, 120))[0]"""


def sign_in(window: Window, email: str) -> str:
    window.go("/login/")
    window.fill(login=email, password=PASSWORD)
    window.page.locator("form[action$='/login/'] button").first.click()
    window.page.wait_for_url(re.compile("/(c/[^/]+|companies|clients)/"))
    return window.page.url


@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_has_a_barrier(who: str, demo_product: Installation, open_window: Open, axe: str) -> None:
    address, seen = demo_product.env["BASE_URL"], set[str]()
    wrong: dict[str, list[str]] = {}
    for email in PEOPLE[who]:
        window = open_window(width=WIDE, scheme="light")
        start = sign_in(window, email)
        for kind in walk(window.page, start, address, seen):
            # Finance works at a desk: on a phone, its dark is the employee's dark.
            found = looks(window.page, axe, (WIDE, NARROW) if who == "employee" else (WIDE,))
            if found:
                wrong[kind] = found
    assert len(seen) >= {"employee": 8}.get(who, 30), sorted(seen)
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_no_page_before_signing_in_has_a_barrier(product: Installation, open_window: Open, axe: str) -> None:
    window = open_window(width=WIDE, scheme="light")
    wrong = {}
    for path in FIRST_STEPS:
        window.page.goto(path)
        found = looks(window.page, axe)
        if found:
            wrong[path] = found
    window.complaints = [said for said in window.complaints if "404" not in said]
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)
