"""One running product for all tests of pages in a browser: real processes, as `make run` starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.installation import Installation, Template

# Quiet and alone: nothing in a test's browser calls out by itself.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="session")
def product(installation_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The whole product on a database of its own: web, issuer's doors, workers, clock, broker."""
    with installation_template.installed(tmp_path_factory.mktemp("browser") / "var") as made:
        made.start_product()
        if made.env.get("S3_BUCKET"):
            made.manage("bucket_cors")
        yield made


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False, args=ARGUMENTS)
        yield running
        running.close()


class Window:
    """Somebody's browser at one width, in one theme. `complaints` is what the console said that it should not."""

    def __init__(self, browser: Browser, address: str, *, width: int, scheme: Any, bypass_csp: bool = False) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme=scheme,
            has_touch=width < 600,
            locale="en-GB",
            bypass_csp=bypass_csp,
            accept_downloads=True,
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _console(self, message: Any) -> None:
        # A refused form answers 422, and the browser remarks on every such answer.
        if message.type in ("error", "warning") and "422" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def go(self, path: str) -> Page:
        """Open a page; anything but a good answer fails the test."""
        answer = self.page.goto(path)
        assert answer is not None and answer.status < 400, f"{path} answered {answer.status if answer else None}"
        return self.page

    def fill(self, **fields: str) -> None:
        """Fill fields of the page by their names; a select takes the value."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name={name}]:visible, [name={name}]:visible").first
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, words: str) -> None:
        """Press the button or link that says this."""
        page = self.page
        page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words)).first.click()

    def sees(self, words: str, *, timeout: float = 15_000) -> None:
        """Wait until the page says this, reloading nothing."""
        self.page.get_by_text(words).first.wait_for(timeout=timeout)

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def open_window(browser: Browser, product: Installation) -> Iterator[Callable[..., Window]]:
    """Open windows on the product; all are closed in the end, and none may have complained."""
    opened: list[Window] = []

    def open_one(**options: Any) -> Window:
        opened.append(Window(browser, product.env["BASE_URL"], **options))
        return opened[-1]

    yield open_one
    complaints = [complaint for window in opened for complaint in window.complaints]
    for window in opened:
        window.close()
    assert complaints == []
