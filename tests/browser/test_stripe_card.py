"""The script that shows a card of Stripe's, against a pretend Stripe.js: it asks once, mounts the frames, and leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.installation import ROOT

pytestmark = [pytest.mark.chromium]

SCRIPT = (ROOT / "static" / "js" / "stripe-card.js").read_text()
STRIPE = """
window.Stripe = (key) => ({
  createEphemeralKeyNonce: async ({ issuingCard }) => ({ nonce: `nonce of ${issuingCard} by ${key}` }),
  elements: () => ({ create: (kind, { ephemeralKeySecret, nonce }) => ({
    mount: (place) => { place.textContent = `${kind} ${ephemeralKeySecret} ${nonce}` } }) }),
})
"""
PAGE = """<!doctype html><title>Card</title><script src="/stripe.js" defer></script><script type="module" src="/card.js"></script>
<div data-stripe-failed hidden>failed</div>
<div data-stripe-places hidden><p data-stripe-element="issuingCardNumberDisplay"></p></div>
<form method="post" action="/look" data-stripe-card="ic_1" data-key="pk_1" data-seconds="1" data-back="/card">
<input type="hidden" name="csrfmiddlewaretoken" value="t"><button>Show</button></form>"""


@pytest.fixture
def window(browser: Browser) -> Iterator[tuple[Page, dict[str, Any]]]:
    asked: dict[str, Any] = {"status": 200, "bodies": []}

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix("http://pleo.test")
        if path == "/look":
            asked["bodies"].append(route.request.post_data)
            answer = json.dumps({"key": "ek_1", "nonce": "n_1"})
            route.fulfill(status=asked["status"], body=answer, content_type="application/json")
            return
        body, kind = {
            "/stripe.js": (STRIPE, "text/javascript"),
            "/card.js": (SCRIPT, "text/javascript"),
            "/": (PAGE, "text/html"),
        }.get(path, ("<title>Back</title>", "text/html"))
        route.fulfill(body=body, content_type=kind)

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", serve)
    page.goto("http://pleo.test/")
    yield page, asked
    context.close()


def test_the_frames_are_mounted_and_leave_by_themselves(window: tuple[Page, dict[str, Any]]) -> None:
    page, asked = window
    page.click("button")
    expect(page.locator("[data-stripe-element]")).to_have_text("issuingCardNumberDisplay ek_1 n_1")
    assert "nonce of ic_1 by pk_1" in asked["bodies"][0] and "csrfmiddlewaretoken" in asked["bodies"][0]
    expect(page).to_have_title("Back", timeout=5000)
    assert len(asked["bodies"]) == 1


def test_a_no_is_said_and_can_be_tried_again(window: tuple[Page, dict[str, Any]]) -> None:
    page, asked = window
    asked["status"] = 503
    page.click("button")
    expect(page.locator("[data-stripe-failed]")).to_be_visible()
    expect(page.locator("button")).to_be_enabled()
    expect(page.locator("[data-stripe-places]")).to_be_hidden()
