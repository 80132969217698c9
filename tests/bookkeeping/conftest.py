"""Purchases, claims and top-ups as they arrive at the books: money in the ledger, movements on expenses, items in lanes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Company, Membership
from bookkeeping import sources
from bookkeeping.build import build
from bookkeeping.export import export
from bookkeeping.models import BookItem, Export
from bookkeeping.queue import queue
from cards.models import ClearingKind
from expenses import lines, record_authorization, record_clearing
from expenses.attach import attach
from expenses.models import Category, Expense, Movement, Review, ReviewOutcome
from expenses.record_clearing import CREDITS
from pleo.lib.money import Money
from receipts.models import Receipt
from tests.expenses.conftest import authorize, clear, make_receipt, pay_privately
from wallet.models import AccountKind, LedgerAccount, Transfer
from wallet.top_up import receive_top_up
from wallet.transfer import transfer

NOW = datetime(2026, 11, 21, 9, 31, tzinfo=UTC)
CODES = {
    ClearingKind.PURCHASE: "card_purchase", ClearingKind.CASH: "card_cash", ClearingKind.REFUND: "card_refund",
    ClearingKind.REFUND_REVERSAL: "card_refund_reversal", ClearingKind.CORRECTION_DEBIT: "correction_debit",
    ClearingKind.CORRECTION_CREDIT: "correction_credit", ClearingKind.CHARGEBACK: "chargeback",
    ClearingKind.CHARGEBACK_REVERSAL: "chargeback_reversal",
}  # fmt: skip


def account(company: Company, kind: str = AccountKind.WALLET) -> LedgerAccount:
    return LedgerAccount.objects.get(company=company, kind=kind, name="")


def settle(authorization: Any, amount: int, *, kind: str = ClearingKind.PURCHASE, **fields: Any) -> Movement:
    """Clear an amount: the transfer, the movement and its item."""
    clearing = clear(authorization, amount, kind=kind, **fields)
    wallet, scheme = account(clearing.company), account(clearing.company, AccountKind.CARD_SETTLEMENT)
    debit, credit = (scheme, wallet) if kind in CREDITS else (wallet, scheme)
    transfer(
        debit=debit, credit=credit, amount=Money(amount, clearing.currency), code=CODES[kind], subject=clearing,
        booked_at=clearing.cleared_at, value_date=clearing.cleared_at.date(),
    )  # fmt: skip
    movement = record_clearing.record(clearing=clearing)
    sources.book_movement(movement=movement)
    return movement


def purchase(
    holder: Membership, amount: int = 12500, *, merchant: str = "Bauhaus Altona", category: str = "office", receipt: bool = True,
    okay: bool = True, **fields: Any,
) -> Expense:  # fmt: skip
    """Make a settled purchase that is ready for the books, unless told otherwise."""
    authorization = authorize(holder, amount, merchant, **fields)
    record_authorization.record(authorization=authorization)
    expense = settle(authorization, amount).expense
    return make_ready(expense, category=category, receipt=receipt, okay=okay)


def make_ready(expense: Expense, *, category: str = "office", receipt: bool = True, okay: bool = True) -> Expense:
    """Give an expense what the checks ask for, as its owner, its receipt and its reviewer do."""
    expense.refresh_from_db()
    chosen = Category.objects.get(company=expense.company_id, code=category) if category else None
    lines.code(expense, category=chosen, tax_code=chosen.tax_code if chosen else None, tax=None)
    expense.save(update_fields=["is_coded"])
    if receipt:
        add_receipt(expense)
    return decide(expense, okay=okay)


def decide(expense: Expense, *, okay: bool = True) -> Expense:
    """Say okay as whoever is first in the company: who decided is of no interest to the books."""
    if okay:
        by = expense.company.memberships.order_by("created_at").first()
        Review.objects.create(company=expense.company, expense=expense, by=by, outcome=ReviewOutcome.OKAY)
    Expense.objects.filter(pk=expense.pk).update(review=ReviewOutcome.OKAY if okay else "", reading_open=False)
    expense.refresh_from_db()
    return expense


def add_receipt(expense: Expense, content: bytes = b"", **fields: Any) -> Receipt:
    """Attach a receipt whose original is in the storage."""
    receipt = make_receipt(expense.owner, **fields)
    default_storage.save(receipt.key, ContentFile(content or receipt.sha256.encode()))
    attach(expense=expense, receipt=receipt, by=None if not expense.receipt_count else expense.owner, now=NOW)
    return receipt


def claim(person: Membership, amount: int = 5000) -> Expense:
    """Make a claim that is ready for the books."""
    expense = pay_privately(person, amount)
    receipt = Receipt.objects.get(attachments__expense=expense)
    default_storage.save(receipt.key, ContentFile(b"claimed"))
    sources.book_movement(movement=expense.movements.get())
    return decide(expense)


def top_up(company: Company, amount: int = 1_000_000, day: date = date(2026, 11, 2)) -> BookItem:
    """Let money arrive from the bank."""
    made = receive_top_up(
        account=account(company),
        bank_line=str(uuid4()),
        amount=Money(amount, company.currency),
        value_date=day,
        now=NOW,
    )
    return sources.book_transfer(transfer=Transfer.objects.get(subject_id=made.pk))


def item_of(expense: Expense) -> BookItem:
    return BookItem.objects.get(expense=expense)


def queue_all(by: Membership) -> list[BookItem]:
    """Queue everything that is ready."""
    ids: list[UUID] = list(BookItem.objects.filter(company=by.company, lane="unexported").values_list("pk", flat=True))
    return queue(by=by, items=ids, now=NOW).done


def make_export(by: Membership, *, key: str = "", now: datetime = NOW, **options: Any) -> Export:
    """Queue what is ready, begin an export and let the worker finish it."""
    queue_all(by)
    batch = export(by=by, client_key=key or uuid4().hex, now=now, **options)
    build(export_id=batch.pk, now=now + timedelta(seconds=1))
    batch.refresh_from_db()
    return batch


def stored(key: str) -> bytes:
    with default_storage.open(key) as file:
        return file.read()


@pytest.fixture
def month(cast: Any) -> dict[str, Any]:
    """A small month of Havblik: money in, two purchases, a claim and a refund, all ready."""
    return {
        "top_up": top_up(cast.company),
        "paper": purchase(cast.carol, 12500),
        "coffee": purchase(cast.dave, 4200, merchant="Kaffebar ÆØÅ", category="travel"),
        "claim": claim(cast.carol, 5000),
        "refund": make_ready(
            settle(None, 2500, kind=ClearingKind.REFUND, holder=cast.carol, merchant="Bauhaus Altona").expense,
            receipt=False,
        ),
    }


@pytest.fixture
def bells(monkeypatch: Any) -> list[tuple[str, dict[str, Any]]]:
    """Collect what would be enqueued."""
    rung: list[tuple[str, dict[str, Any]]] = []
    from pleo.lib import work

    monkeypatch.setattr(work, "enqueue", lambda task, **ids: rung.append((task.name, ids)))
    return rung
