"""Files that go from the page straight into the bucket, and the usual way where the bucket does not let them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Window
from tests.browser.test_receipts import drop, home, slip
from tests.installation import Installation

__all__ = ["home"]
pytestmark = [pytest.mark.chromium, pytest.mark.redis, pytest.mark.s3, pytest.mark.slow]
Open = Callable[..., Window]


class Traffic:
    """Where the page posted what: to the bucket, to the doors of direct uploads, or whole files to us."""

    def __init__(self, window: Window, bucket: str) -> None:
        self.bucket, self.put, self.asked, self.whole = urlsplit(bucket).netloc, 0, 0, 0
        window.page.on("requestfinished", self._seen)

    def _seen(self, request: Request) -> None:
        if request.method != "POST":
            return
        parts = urlsplit(request.url)
        if parts.netloc == self.bucket:
            answer = request.response()
            assert answer is not None and answer.status in (200, 201, 204), answer and answer.status
            self.put += 1
        elif "/upload/direct/" in parts.path:
            self.asked += 1
        elif parts.path.endswith("/receipts/upload/"):
            self.whole += 1


@pytest.fixture
def traffic(home: Window, product: Installation) -> Traffic:
    return Traffic(home, product.env["S3_ENDPOINT"])


@pytest.mark.parametrize("width", [1440, 390])
def test_files_go_straight_into_the_bucket(home: Window, traffic: Traffic, width: int) -> None:
    page = home.page
    page.set_viewport_size({"width": width, "height": 844})
    pictures = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": slip(f"Laden {n}")} for n in (1, 2)]
    page.locator("main input[type=file]").set_input_files(pictures)  # type: ignore[arg-type]
    expect(page.locator("#latest .row")).to_have_count(2, timeout=60_000)
    assert (traffic.put, traffic.asked, traffic.whole) == (2, 4, 0), "asked and told for each, and nothing passed by us"
    page.locator("#latest a.row__title, #latest .row a").first.click()
    page.locator("[data-shows=total]").wait_for(timeout=120_000)
    picture = page.locator(".receipt__view img").first
    assert urlsplit(picture.get_attribute("src") or "").netloc == traffic.bucket
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_dropped_file_goes_the_same_way_and_is_read(home: Window, traffic: Traffic) -> None:
    drop(home.page, "kaffee.jpg", slip("Kaffeekontor"))
    home.page.wait_for_url("**/receipts/*-*/", timeout=60_000)
    assert (traffic.put, traffic.asked, traffic.whole) == (1, 2, 0)
    home.page.locator("[data-shows=total]").wait_for(timeout=120_000)


def test_what_is_no_receipt_is_refused_in_words_though_it_lay_in_the_bucket(home: Window, traffic: Traffic) -> None:
    drop(home.page, "page.jpg", b"<!doctype html><p>no receipt")
    row = home.page.locator(".upload").first
    expect(row).to_have_attribute("data-state", "refused")
    expect(row).to_contain_text("web page")
    assert (traffic.put, traffic.whole) == (1, 0)


@pytest.mark.parametrize("fault", ["shut", "no"])
def test_a_bucket_that_does_not_take_it_costs_nobody_their_file(home: Window, traffic: Traffic, fault: str) -> None:
    page = home.page

    def answer(route: Any) -> None:
        if fault == "shut":
            route.abort()
        else:
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"}, body="no")

    page.route(
        f"**://{traffic.bucket}/**",
        lambda route: answer(route) if route.request.method == "POST" else route.continue_(),
    )
    drop(page, "kaffee.jpg", slip("Umweg"))
    page.wait_for_url("**/receipts/*-*/", timeout=60_000)
    assert traffic.whole == 1
    page.locator("[data-shows=total]").wait_for(timeout=120_000)
    home.complaints.clear()  # The browser remarks on the bucket that we shut.
