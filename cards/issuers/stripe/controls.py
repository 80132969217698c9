"""Our rules as Stripe holds them: coarser, in calendar windows of UTC, and only to stop the worst when it cannot ask us."""

from __future__ import annotations

from typing import Any

from cards.issuers.base import Controls

INTERVALS = {
    "purchase": "per_authorization",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "year": "yearly",
    "total": "all_time",
}
# Stripe has names of its own for merchant category codes. These are the ones worth stopping without us: money for money, and bets.
CATEGORIES = {
    "4829": "wires_money_orders",
    "6010": "manual_cash_disburse",
    "6011": "automated_cash_disburse",
    "6012": "financial_institutions",
    "6051": "non_fi_money_orders",
    "6211": "security_brokers_dealers",
    "7800": "government_owned_lotteries_us_region_only",
    "7801": "government_licensed_online_casions_online_gambling_us_region_only",
    "7802": "government_licensed_horse_dog_racing_us_region_only",
    "7995": "betting_casino_gambling",
    "9406": "government_owned_lotteries_non_us_region",
}


def spending_controls(controls: Controls) -> dict[str, Any]:
    """Return the whole of a card's rules in Stripe's form: what is not in it ends there. A list is for or against, never both."""
    wanted: dict[str, Any] = {
        "spending_limits": [
            {"amount": amount, "interval": INTERVALS[interval]}
            for interval, amount in sorted(controls.caps.items())
            if interval in INTERVALS
        ],
        "blocked_categories": sorted({CATEGORIES[code] for code in controls.blocked_categories if code in CATEGORIES}),
    }
    wanted["allowed_merchant_countries"] = sorted(controls.allowed_countries)
    wanted["blocked_merchant_countries"] = [] if controls.allowed_countries else sorted(controls.blocked_countries)
    # An empty list would be left out on the way; an empty text says that nothing is wanted any more.
    return {name: value or "" for name, value in wanted.items()}
