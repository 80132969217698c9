"""A passkey in a real browser: made on the security page after confirming the address, then used to log in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Window

pytestmark = [pytest.mark.chromium, pytest.mark.redis, pytest.mark.slow]
PASSWORD = "correct horse battery"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_opens_the_account(open_window: Callable[..., Window]) -> None:
    window = open_window(width=390, scheme="light")
    page, device = window.page, window.context.new_cdp_session(window.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    window.go("/signup/")
    window.fill(name="Nora Lys", email="nora@passkeys.example", password1=PASSWORD)
    window.press("Continue")
    page.wait_for_url("**/companies/new/")

    window.go("/account/security/")
    window.sees("Confirm your address first")
    window.go("/mailbox/")
    window.press("Confirm your address")
    page.locator(".sheet a").click()
    window.press("Yes, confirm")
    page.wait_for_url("**/account/profile/")

    window.go("/account/security/passkeys/add/")
    if "/account/confirm/" in page.url:
        window.fill(password=PASSWORD)
        window.press("Continue")
        page.wait_for_url("**/passkeys/add/")
    window.fill(name="Work laptop")
    window.press("Make passkey")
    page.wait_for_url("**/account/security/codes/")
    window.go("/account/security/passkeys/")
    window.sees("Work laptop")

    window.go("/logout/")
    window.press("Log out")
    page.wait_for_url("**/login/")
    window.press("Use a passkey")
    page.wait_for_url("**/companies/new/")
