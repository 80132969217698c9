"""The one place that inserts an expense: it gets its number, its search text and its event here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from accounts.models import Membership, ReceiptMails
from accounts.numbering import next_number
from cards.models import Authorization
from events.models import Actor, Channel
from events.notify import BOTH, is_news, notify
from events.record import record
from expenses import merchant_name, next_step
from expenses.models import Direction, Expense, ExpenseKind, PaymentState
from pleo.lib.money import Money
from pleo.lib.search import search_text

RANGE = "expense"


def insert_expense(
    *,
    owner: Membership,
    kind: str,
    merchant: str,
    purchased_at: datetime,
    currency: str,
    merchant_category_code: str = "",
    authorization: Authorization | None = None,
    foreign: Money | None = None,
    rate: Decimal | None = None,
    refund_of: Expense | None = None,
    by: Membership | None = None,
    now: datetime | None = None,
) -> Expense:
    """Insert an expense of nothing yet, in the caller's transaction, which then gives it money through `lines.py`."""
    is_foreign = foreign is not None and foreign.currency != currency
    expense = Expense.objects.create(
        company_id=owner.company_id,
        number=next_number(company=owner.company, range=RANGE),
        owner=owner,
        kind=kind,
        direction=Direction.REFUND if kind == ExpenseKind.REFUND else Direction.SPEND,
        amount=0,
        lines_total=0,
        currency=currency,
        foreign_amount=foreign.amount if is_foreign and foreign else None,  # type: ignore[misc]
        foreign_currency=foreign.currency if is_foreign and foreign else "",
        rate=rate if is_foreign else None,
        merchant=merchant[:120],
        merchant_key=merchant_name.plain(merchant),
        merchant_category_code=merchant_category_code,
        purchased_at=purchased_at,
        authorization=authorization,
        payment=PaymentState.REVERSED,
        refund_of=refund_of,
    )
    refresh_search(expense)
    event = record(
        company=owner.company,
        verb="expense.created",
        subject=expense,
        by=by,
        actor=None if by else Actor.SYSTEM,
        changes={"kind": kind, "owner": str(owner.pk), "number": expense.number},
        now=now,
    )
    if kind in next_step.WITH_RECEIPT:
        wants_mail = owner.user is not None and owner.user.receipt_mails == ReceiptMails.AT_ONCE and is_news(event)
        notify(event=event, memberships=[owner], channels=BOTH if wants_mail else [Channel.IN_APP])
    return expense


def refresh_search(expense: Expense) -> None:
    """Write anew what the expense is found by."""
    names = expense.lines.filter(category__isnull=False).values_list("category__name", flat=True)
    expense.search_text = search_text_of(expense, names)
    expense.save(update_fields=["search_text"])


def search_text_of(expense: Expense, categories: Iterable[str]) -> str:
    """Return what an expense is found by: merchant, person, number, note and the names of its categories."""
    return search_text(
        expense.merchant, expense.owner.name, f"#{expense.number}", expense.note, *sorted(set(categories))
    )
