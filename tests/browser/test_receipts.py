"""Receipts in a browser: dropped on any page, refused in words, sent again after a lost connection, looked at closely."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from pleo.demo.receipts import Slip, draw
from tests.browser.conftest import Window

pytestmark = [pytest.mark.chromium, pytest.mark.redis, pytest.mark.slow]
Open = Callable[..., Window]

DROP = """([name, type, content]) => {
  const data = new DataTransfer()
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
  data.items.add(new File([bytes], name, { type }))
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }))
}"""


def slip(merchant: str) -> bytes:
    """Draw a receipt of today."""
    return draw(
        Slip(
            merchant=merchant, address=("Kaistraße 7", "20095 Hamburg"), tax_number="DE118509716", country="DE", region="DE",
            at=datetime.now(tz=UTC), currency="EUR", items=(("Kaffee", 440),), total=440, tax_rate=Decimal(19), number="17",
        )
    ).page  # fmt: skip


def drop(page: Page, name: str, content: bytes, media_type: str = "image/jpeg") -> None:
    """Let go of a file over the page, as a person does who dragged it there."""
    page.evaluate(DROP, [name, media_type, base64.b64encode(content).decode()])


@pytest.fixture
def home(open_window: Open) -> Window:
    """A company that was just set up, at its page for adding receipts."""
    window = open_window(width=1440, scheme="light")
    number = datetime.now(tz=UTC).strftime("%H%M%S%f")
    window.go("/signup/")
    window.fill(name="Rita Rezept", email=f"rita.{number}@example.com", password1="correct horse battery")
    window.press("Continue")
    window.page.wait_for_url("**/companies/**")
    if not window.page.url.endswith("/companies/new/"):
        window.press("Set up a company")
    window.fill(name=f"Rezepte {number}", country="DE", currency="EUR")
    window.press("Create company")
    window.page.wait_for_url("**/c/rezepte-**")
    window.go(f"{window.page.url.split('/c/')[0]}/c/{window.page.url.split('/c/')[1].split('/')[0]}/receipts/upload/")
    return window


def test_a_file_dropped_on_a_page_is_read_and_its_words_are_shown_where_they_stand(home: Window) -> None:
    page = home.page
    drop(page, "kaffee.jpg", slip("Kaffeekontor"))
    page.wait_for_url("**/receipts/*-*/", timeout=60_000)
    total = page.locator("[data-shows=total]")
    total.wait_for(timeout=90_000)
    total.focus()
    expect(page.locator("[data-mark=total][data-lit]").first).to_have_count(1)
    assert page.locator("[data-lit]:not([data-mark=total])").count() == 0
    page.get_by_role("button", name="Enlarge the receipt").click()
    sheet = page.locator(".zoom__sheet").first
    before = sheet.bounding_box()
    page.keyboard.press("+")
    expect(sheet).to_have_attribute("data-size", "2")
    after = sheet.bounding_box()
    assert before and after and after["width"] > before["width"]
    page.keyboard.press("r")
    expect(sheet).to_have_attribute("data-turn", "90")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_refused_file_says_why_and_can_only_be_dismissed(home: Window) -> None:
    page = home.page
    drop(page, "page.html", b"<!doctype html><p>no receipt", "text/html")
    row = page.locator(".upload").first
    expect(row).to_have_attribute("data-state", "refused")
    expect(row).to_contain_text("web page")
    expect(row.get_by_role("button", name="Try again")).to_have_count(0)
    row.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".uploads")).to_be_hidden()


PASTE = DROP.replace('for (const kind of ["dragover", "drop"])', 'for (const kind of ["paste"])').replace(
    "new DragEvent(kind, { dataTransfer: data,", "new ClipboardEvent(kind, { clipboardData: data,"
)


def waiting(page: Page) -> Locator:
    """The rows of receipts that wait in this browser."""
    return page.locator(".upload[data-state=waiting]")


def test_a_lost_connection_keeps_the_file_and_sends_it_once(home: Window) -> None:
    page = home.page
    page.route(
        "**/receipts/upload/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    drop(page, "kaffee.jpg", slip("Zweimal Kaffee"))
    expect(waiting(page)).to_have_count(1)
    home.complaints.clear()  # The browser remarks on the connection that we cut.
    page.unroute("**/receipts/upload/**")
    waiting(page).get_by_role("button", name="Send now").click()
    expect(page.locator("#latest .row")).to_have_count(1, timeout=60_000)
    expect(waiting(page)).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("Came before")


def test_photos_taken_offline_wait_survive_a_reload_and_are_sent_once(home: Window) -> None:
    page = home.page
    home.context.set_offline(True)
    drop(page, "eins.jpg", slip("Kiosk Eins"))
    expect(waiting(page)).to_have_count(1)
    drop(page, "zwei.jpg", slip("Kiosk Zwei"))
    expect(page.locator(".uploads")).to_contain_text("2 waiting to be sent")
    # The browser comes back while the server still does not: nothing is lost by looking again.
    page.route(
        "**/receipts/upload/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    home.context.set_offline(False)
    page.reload()
    expect(page.locator(".uploads")).to_contain_text("2 waiting to be sent")
    page.locator(".upload", has_text="zwei.jpg").get_by_role("button", name="Remove").click()
    expect(page.locator(".uploads")).to_contain_text("1 waiting to be sent")
    page.unroute("**/receipts/upload/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#latest .row")).to_have_count(1, timeout=60_000)
    page.reload()
    expect(page.locator("#latest .row")).to_have_count(1)
    expect(page.locator(".uploads")).to_be_hidden()
    home.complaints.clear()


def test_a_photo_taken_offline_survives_a_closed_page_and_is_sent_once(home: Window) -> None:
    page, here = home.page, home.page.url
    home.context.set_offline(True)
    drop(page, "unterwegs.jpg", slip("Rasthof"))
    expect(waiting(page)).to_have_count(1)
    page.close()
    home.context.set_offline(False)
    # Two pages opened at once both find it; the key it was taken under makes one receipt of it.
    pages = [home.context.new_page() for _ in range(2)]
    for each in pages:
        each.goto(here, wait_until="commit")
    for each in pages:
        expect(each.locator("#latest .row")).to_have_count(1, timeout=60_000)
        expect(waiting(each)).to_have_count(0, timeout=60_000)
    pages[0].reload()
    expect(pages[0].locator("#latest .row")).to_have_count(1)
    expect(pages[0].locator(".uploads")).to_be_hidden()
    expect(pages[0].locator("main")).not_to_contain_text("Came before")
    home.complaints.clear()


def test_who_is_logged_out_loses_nothing_and_nobody_else_sends_it(home: Window) -> None:
    page = home.page
    home.context.clear_cookies()
    drop(page, "kaffee.jpg", slip("Abgemeldet"))
    expect(waiting(page)).to_have_count(1)
    waiting(page).get_by_role("button", name="Send now").click()
    expect(waiting(page)).to_contain_text("Log in to send it")
    upload = page.url
    home.go("/signup/")
    other = f"other.{datetime.now(tz=UTC).strftime('%H%M%S%f')}@example.com"
    home.fill(name="Andere Person", email=other, password1="correct horse battery")
    home.press("Continue")
    page.wait_for_url("**/companies/**")
    assert upload
    kept = page.evaluate(
        """() => new Promise((done) => { const open = indexedDB.open("pleo-outbox", 1)
        open.onsuccess = () => { const all = open.result.transaction("files").objectStore("files").getAll()
        all.onsuccess = () => done(all.result.length) } })"""
    )
    assert kept == 1
    home.complaints.clear()


@pytest.mark.parametrize("width", [1440, 390])
def test_every_way_to_bring_files_shows_progress_and_ends_on_the_receipt(home: Window, width: int) -> None:
    page = home.page
    page.set_viewport_size({"width": width, "height": 844})
    for field in page.locator("input[type=file]").all():
        accepted = (field.get_attribute("accept") or "").split(",")
        assert {"image/*", "application/pdf", ".xml", ".eml"} <= set(accepted)
    pictures = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": slip(f"Laden {n}")} for n in (1, 2)]
    page.locator("main input[type=file]").set_input_files(pictures)
    expect(page.locator("#latest .row")).to_have_count(2, timeout=60_000)
    page.evaluate(PASTE, ["image.png", "image/jpeg", base64.b64encode(slip("Aus der Ablage")).decode()])
    page.wait_for_url("**/receipts/*-*/", timeout=60_000)
    page.locator("[data-shows=total]").wait_for(timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
