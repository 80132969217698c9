"""The checks of a decision, in their order. Each is kept as code, passed and parameters, so that any answer can be explained.

company_active  card_active  not_frozen  cardholder_active  currency  limit_purchase  limit_day ... limit_total  funds
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import CompanyStatus, MembershipStatus
from cards import limits
from cards.issuers.base import AuthorizationRequest
from cards.limits import CARD, PERSON, Used
from cards.models import Card, CardState, Freeze, Interval, Limit
from wallet.models import LedgerAccount

Check = dict[str, Any]


def check(code: str, passed: bool, **params: Any) -> Check:
    """Make a stored check: plain JSON values, people and rows by id."""
    return {"code": code, "passed": passed, "params": params}


def all_passed(checks: Sequence[Check]) -> bool:
    return all(each["passed"] for each in checks)


def first_failed(checks: Sequence[Check]) -> str:
    """Return the code of the first check that failed, or nothing."""
    return next((each["code"] for each in checks if not each["passed"]), "")


def standing(card: Card, request: AuthorizationRequest, freezes: Sequence[Freeze]) -> list[Check]:
    """Who asks: the company, the card, its freezes, its holder, the currency it is billed in."""
    return [
        check("company_active", card.company.status == CompanyStatus.ACTIVE),
        check("card_active", card.state == CardState.ACTIVE, state=card.state),
        check("not_frozen", not freezes, freezes=[_freeze(freeze) for freeze in freezes]),
        check("cardholder_active", card.cardholder.status == MembershipStatus.ACTIVE, status=card.cardholder.status),
        check(
            "currency",
            request.amount.currency == card.account.currency,
            asked=request.amount.currency,
            wallet=card.account.currency,
        ),
    ]


def _freeze(freeze: Freeze) -> dict[str, Any]:
    return {
        "source": freeze.source,
        "by": str(freeze.by_id) if freeze.by_id else None,
        "at": freeze.created_at.isoformat(),
        "reason": freeze.reason,
    }


def purchase(live: Sequence[Limit], request: AuthorizationRequest) -> list[Check]:
    """The limits that look at this purchase alone."""
    return [
        _limit(limit, request, used=0, passed=request.amount.amount <= limit.amount)
        for limit in live
        if limit.interval == Interval.PURCHASE
    ]


def windows(live: Sequence[Limit], request: AuthorizationRequest, used_before: Used) -> list[Check]:
    """The limits that count. A soft one lets the purchase through that crosses it, and none after."""
    found = []
    for limit in live:
        if limit.interval == Interval.PURCHASE:
            continue
        used = used_before.get((CARD if limit.card_id else PERSON, limit.interval), 0)
        fits = used + request.amount.amount <= limit.amount if limit.hard else used < limit.amount
        found.append(_limit(limit, request, used=used, passed=fits))
    return found


def _limit(limit: Limit, request: AuthorizationRequest, *, used: int, passed: bool) -> Check:
    return check(
        f"limit_{limit.interval}",
        passed,
        limit=str(limit.pk),
        owner=CARD if limit.card_id else PERSON,
        amount=limit.amount,
        currency=limit.currency,
        used=used,
        over=max(0, used + request.amount.amount - limit.amount),
        hard=limit.hard,
        set_by=str(limit.set_by_id) if limit.set_by_id else None,
        set_at=limit.set_at.isoformat(),
    )


def funds(request: AuthorizationRequest, available: int, *, passed: bool | None = None) -> Check:
    """Whether the wallet has enough. `passed` overrides the comparison where the database has already said no."""
    enough = available >= request.amount.amount if passed is None else passed
    return check(
        "funds",
        enough,
        available=available,
        missing=max(0, request.amount.amount - available),
        currency=request.amount.currency,
    )


def preview(card: Card, request: AuthorizationRequest, *, now: datetime) -> list[Check]:
    """Return every check as it would turn out now. Reads only: nothing is counted, held or stored."""
    live = limits.live_limits(card)
    return [*standing(card, request, list(card.open_freezes())), *rest(card, request, live, now)]


def rest(card: Card, request: AuthorizationRequest, live: Sequence[Limit], now: datetime) -> list[Check]:
    """The checks about money, by reading. A purchase in a foreign account currency has none: there is nothing to compare."""
    if request.amount.currency != card.account.currency or not request.amount:
        return []
    counted = limits.used(card, request.occurred_at)
    available = LedgerAccount.objects.get(pk=card.account_id).available.amount
    return [*purchase(live, request), *windows(live, request, counted), funds(request, available)]
