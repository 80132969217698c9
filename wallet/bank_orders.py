"""The port to the bank that pays people out of wallets: who has one, and what it says about a payment that was ordered."""

from __future__ import annotations

from datetime import datetime, timedelta

PAID, REFUSED, WAITS = "paid", "refused", ""
# The simulator's bank takes its time, and refuses what goes to an account that ends in these digits.
SIMULATED_SECONDS = timedelta(seconds=60)
REFUSED_ENDING = "0000"


def can_pay_out(issuer: str) -> bool:
    """Say whether wallets of an issuer can pay people. Only the simulator's can today."""
    return issuer == "simulator"


def answer(*, issuer: str, account: str, ordered_at: datetime, now: datetime) -> str:
    """Return what the bank says about a payment: paid, refused, or nothing yet. `account` is masked, its last digits stand."""
    assert can_pay_out(issuer), f"{issuer} pays nobody"
    if now - ordered_at < SIMULATED_SECONDS:
        return WAITS
    return REFUSED if account.replace(" ", "").endswith(REFUSED_ENDING) else PAID
