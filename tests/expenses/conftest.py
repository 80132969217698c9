"""Purchases for the tests of expenses: rows as the cards app leaves them, without its doors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Membership
from cards.models import Authorization, Card, CardState, Clearing, ClearingKind
from expenses import record_authorization, record_clearing
from expenses.claim import claim
from expenses.models import Category, Expense, Lane
from pleo.lib.money import Money
from receipts.models import Page, Reading, Receipt, ReceiptStatus
from wallet.models import AccountKind, LedgerAccount

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def make_card(holder: Membership, last_four: str = "4821") -> Card:
    account, _ = LedgerAccount.objects.get_or_create(
        company=holder.company, kind=AccountKind.WALLET, name="", defaults={"currency": holder.company.currency}
    )
    card, _ = Card.objects.get_or_create(
        company=holder.company, cardholder=holder, last_four=last_four,
        defaults={
            "state": CardState.ACTIVE, "name": "Everyday", "issuer": "simulator", "issuer_reference": str(uuid4()),
            "account": account,
        },
    )  # fmt: skip
    return card


def authorize(
    holder: Membership, amount: int = 14800, merchant: str = "Kaffebar Nordhavn", **fields: Any
) -> Authorization:
    """Make an approved authorization with its amount still held."""
    currency = holder.company.currency
    defaults: dict[str, Any] = {
        "company": holder.company, "card": make_card(holder), "issuer": "simulator", "issuer_reference": str(uuid4()),
        "amount": amount, "currency": currency, "merchant_amount": amount, "merchant_currency": currency,
        "merchant_name": merchant, "merchant_category_code": "5812", "merchant_country": holder.company.country,
        "channel": "chip", "outcome": "approved", "decided_by": "us", "our_answer": "approved",
        "authorized_total": amount, "open_amount": amount, "status": "pending", "occurred_at": NOON,
    }  # fmt: skip
    return Authorization.objects.create(**{**defaults, **fields})


def clear(
    authorization: Authorization | None, amount: int, *, kind: str = ClearingKind.PURCHASE, holder: Membership | None = None,
    merchant: str = "", days: int = 2, **fields: Any,
) -> Clearing:  # fmt: skip
    """Make a clearing, and take it off the open amount as the lifecycle does."""
    card = authorization.card if authorization else make_card(holder)  # type: ignore[arg-type]
    currency = card.company.currency
    if authorization and kind in (ClearingKind.PURCHASE, ClearingKind.CASH):
        authorization.open_amount = max(0, authorization.open_amount - amount)
        authorization.save(update_fields=["open_amount"])
    defaults: dict[str, Any] = {
        "company": card.company, "card": card, "authorization": authorization, "kind": kind, "issuer": "simulator",
        "issuer_reference": str(uuid4()), "amount": amount, "currency": currency, "merchant_amount": amount,
        "merchant_currency": currency, "merchant_category_code": "5812",
        "merchant_name": merchant or (authorization.merchant_name if authorization else "Kaffebar Nordhavn"),
        "cleared_at": (authorization.occurred_at if authorization else NOON) + timedelta(days=days),
    }  # fmt: skip
    return Clearing.objects.create(**{**defaults, **fields})


def buy(holder: Membership, amount: int = 14800, merchant: str = "Kaffebar Nordhavn", **fields: Any) -> Expense:
    """Make a settled purchase and return its expense."""
    authorization = authorize(holder, amount, merchant, **fields)
    record_authorization.record(authorization=authorization)
    return record_clearing.record(clearing=clear(authorization, amount)).expense


def make_receipt(
    sender: Membership, *, total: int | None = None, day: str = "2026-11-18", merchant: str = "", currency: str = "",
    tax: int = 0, last_four: str = "", amounts: tuple[int, ...] = (), status: str = ReceiptStatus.READY, **fields: Any,
) -> Receipt:  # fmt: skip
    """Make a receipt as the reader leaves it; without `total` and `merchant` nothing was read."""
    key = uuid4().hex
    receipt = Receipt.objects.create(**{
        "company": sender.company, "uploaded_by": sender, "source": "web", "client_key": key, "file_name": "slip.jpg",
        "media_type": "image/jpeg", "size": 1000, "sha256": (key * 2)[:64], "key": f"test/{key}/original", "page_count": 1,
        "status": status, "created_at": NOON + timedelta(hours=1), **fields,
    })  # fmt: skip
    if status != ReceiptStatus.READY:
        return receipt
    Page.objects.create(
        company=sender.company, receipt=receipt, number=1, image_key=f"test/{key}/page-1",
        thumbnail_key=f"test/{key}/thumb-1", width=800, height=1200,
    )  # fmt: skip
    found: dict[str, Any] = {}
    if total is not None:
        found["total"] = {"value": total, "confidence": "sure"}
        found["date"] = {"value": day, "confidence": "sure"}
        found["currency"] = {"value": currency or sender.company.currency, "confidence": "sure"}
    if merchant:
        found["merchant"] = {"value": merchant, "confidence": "sure"}
    if tax and total:
        vat = [{"rate": "25", "net": total - tax, "tax": tax, "gross": total}]
        found["vat"] = {"value": vat, "confidence": "sure"}
    if last_four:
        found["card_last_four"] = {"value": last_four, "confidence": "sure"}
    seen = sorted({*amounts, *([total] if total else [])})
    Reading.objects.create(
        company=sender.company, receipt=receipt, engine="test", version="1", fields=found, amounts=seen
    )
    return receipt


def pay_privately(person: Membership, amount: int | Money = 5000, **fields: Any) -> Expense:
    """Make a claim with its receipt."""
    money = amount if isinstance(amount, Money) else Money(amount, person.company.currency)
    values: dict[str, Any] = {
        "by": person, "receipt": make_receipt(person, total=money.amount), "merchant": "Apoteket", "purchased_on": NOON.date(),
        "amount": money, "category": category_of(person), "note": "", "now": NOON,
    }  # fmt: skip
    return claim(**{**values, **fields})


def category_of(person: Membership, code: str = "meals") -> Category:
    return Category.objects.get(company=person.company, code=code)


def freeze(expense: Expense, lane: str = Lane.QUEUE) -> Expense:
    """Put all of an expense into a lane, as bookkeeping does."""
    from expenses.lock import set_lanes

    lanes = dict.fromkeys(expense.movements.values_list("pk", flat=True), lane)
    set_lanes(lanes={expense.pk: lanes}, now=NOON)
    expense.refresh_from_db()
    return expense


@pytest.fixture
def bells(monkeypatch: Any) -> list[tuple[str, dict[str, Any]]]:
    """Collect what would be enqueued."""
    rung: list[tuple[str, dict[str, Any]]] = []
    from pleo.lib import work

    def ring(task: Any, **ids: Any) -> None:
        rung.append((task.name, ids))

    monkeypatch.setattr(work, "enqueue", ring)
    return rung


@pytest.fixture
def run_now(monkeypatch: Any) -> Callable[[], None]:
    """Run tasks at once where they would be enqueued."""
    from pleo.lib import work

    def ring(task: Any, **ids: Any) -> None:
        task.run(**{name: str(value) for name, value in ids.items()})

    monkeypatch.setattr(work, "enqueue", ring)
    return lambda: None
