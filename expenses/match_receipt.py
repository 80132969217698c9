"""Compare a read receipt with the expenses it may belong to: attach it when certain, else keep the proposals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.record import record
from expenses.attach import AlreadyMatched, attach, open_reading
from expenses.errors import ExpenseLocked
from expenses.match import SHOWN, Candidate, Facts, Match, certain, rank
from expenses.models import Attachment, Expense, Lane, MatchRun, PaymentState
from expenses.next_step import WITH_RECEIPT
from pleo.lib.money import Money
from receipts.models import Reading, Receipt, ReceiptStatus

# A receipt is printed within days of the purchase; a bill paid later is matched by hand.
BEFORE, AFTER = timedelta(days=10), timedelta(days=10)
LOOK_BACK = timedelta(days=60)
COMPARED = 400
WAITING = 60


def match_receipt(*, receipt: Receipt, now: datetime) -> MatchRun:
    """Compare and remember. Receipts that are on an expense only ask for a look at what was read; repeating is safe.

    An employee's file is compared with that employee's own expenses alone; finance's with everybody's.
    """
    attached = _ask_for_a_look(receipt)
    reading = receipt.readings.order_by("-id").first()
    ranked: list[Match] = []
    if not attached and reading is not None:
        facts = facts_of(receipt, reading)
        ranked = rank(facts, [candidate_of(expense) for expense in candidates(receipt, facts, now)])
        sure = certain(ranked)
        if sure is not None and _attach(receipt, sure, now):
            ranked = []
    return _remember(receipt, ranked[:SHOWN], now)


def facts_of(receipt: Receipt, reading: Reading) -> Facts:
    """Return what a reading says, in the form the scoring takes; anything odd counts as not read."""

    def value(name: str) -> Any:
        return (reading.fields.get(name) or {}).get("value")

    total = value("total")
    try:
        printed: date | None = date.fromisoformat(value("date"))
    except (TypeError, ValueError):
        printed = None
    return Facts(
        amounts=frozenset(amount for amount in reading.amounts if isinstance(amount, int)),
        total=total if isinstance(total, int) else None,
        currency=value("currency") or "",
        date=printed,
        merchant=value("merchant") or "",
        last_four=value("card_last_four") or "",
        uploader=receipt.uploaded_by_id,
    )


def candidates(receipt: Receipt, facts: Facts, now: datetime) -> QuerySet[Expense]:
    """Return the expenses without a receipt that a file may belong to, near its date. One it was taken off is not one."""
    refused = Attachment.objects.filter(receipt=receipt, detached_at__isnull=False).values("expense")
    rows = Expense.objects.for_company(receipt.company).filter(receipt_count=0).exclude(payment=PaymentState.REVERSED)
    rows = rows.exclude(pk__in=refused).filter(kind__in=WITH_RECEIPT)
    if not receipt.uploaded_by.can("expenses.see_all"):
        rows = rows.filter(owner=receipt.uploaded_by)
    rows = rows.filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED])
    first, last = now - LOOK_BACK, now + timedelta(days=1)
    if facts.date:
        midnight = datetime.combine(facts.date, datetime.min.time(), tzinfo=receipt.company.zone)
        first, last = midnight - BEFORE, midnight + AFTER
    rows = rows.filter(purchased_at__gte=first, purchased_at__lt=last)
    amounts = [amount for amount in {*facts.amounts, facts.total} if amount]
    on_receipt = Q(amount__in=amounts) | Q(foreign_amount__in=amounts) | Q(authorization__amount__in=amounts)
    by_amount = rows.filter(on_receipt).order_by("-purchased_at", "-id")[:COMPARED]
    own = rows.filter(owner=receipt.uploaded_by).order_by("-purchased_at", "-id")[:COMPARED]
    ids = {*by_amount.values_list("pk", flat=True), *own.values_list("pk", flat=True)}
    return Expense.objects.filter(pk__in=ids).select_related("authorization__card", "company", "owner")


def candidate_of(expense: Expense) -> Candidate:
    """Return an expense in the form the scoring takes."""
    amounts = [expense.booked, expense.foreign]
    authorization = expense.authorization
    if authorization is not None:
        amounts.append(Money(authorization.amount, authorization.currency))
    return Candidate(
        key=expense.pk,
        amounts=tuple(dict.fromkeys(amount for amount in amounts if amount)),
        day=expense.company.day_of(expense.purchased_at),
        merchant=expense.merchant,
        last_four=authorization.card.last_four if authorization else "",
        owner=expense.owner_id,
    )


def waiting_for(expense: Expense, *, now: datetime) -> list[UUID]:
    """Return read receipts that wait for an expense and may be this one's, newest first."""
    if expense.receipt_count or expense.is_frozen:
        return []
    # A spender's file fits the spender's own purchases alone; finance's may fit anybody's.
    fitting = Q(uploaded_by=expense.owner_id) | Q(uploaded_by__role__in=CAPABILITIES["expenses.see_all"])
    rows = unmatched(Receipt.objects.for_company(expense.company)).filter(
        fitting, status=ReceiptStatus.READY, created_at__gte=now - LOOK_BACK
    )
    return list(rows.order_by("-id").values_list("pk", flat=True)[:WAITING])


def unmatched(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """Keep the receipts that are on no expense."""
    return receipts.filter(~Exists(Attachment.objects.filter(receipt=OuterRef("pk"), detached_at=None)))


@transaction.atomic
def _ask_for_a_look(receipt: Receipt) -> bool:
    """Open the questions of expenses that had the file before it was read; returns whether it is on any."""
    ids = list(receipt.attachments.filter(detached_at=None).order_by("expense_id").values_list("expense_id", flat=True))
    first_time = not MatchRun.objects.filter(receipt=receipt).exists()
    for expense in Expense.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
        if first_time and not expense.is_frozen and not expense.confirmed:
            open_reading(expense)
    return bool(ids)


def _attach(receipt: Receipt, match: Match, now: datetime) -> bool:
    expense = Expense.objects.select_related("owner").get(pk=match.key)
    if expense.owner_id != receipt.uploaded_by_id and not receipt.uploaded_by.can("expenses.see_all"):
        return False
    try:
        attach(expense=expense, receipt=receipt, by=None, now=now, score=match.score, reasons=match.reasons)
    except (AlreadyMatched, ExpenseLocked):
        return False
    return True


@transaction.atomic
def _remember(receipt: Receipt, ranked: list[Match], now: datetime) -> MatchRun:
    proposals = [{"expense": str(match.key), "score": match.score, "reasons": list(match.reasons)} for match in ranked]
    before = MatchRun.objects.filter(receipt=receipt).first()
    run, _ = MatchRun.objects.update_or_create(
        receipt=receipt,
        defaults={"proposals": proposals},
        create_defaults={"proposals": proposals, "company": receipt.company},
    )
    if proposals and (before is None or before.proposals != proposals):
        changes = {"expenses": [proposal["expense"] for proposal in proposals], "score": proposals[0]["score"]}
        record(
            company=receipt.company,
            verb="receipt.match_proposed",
            subject=receipt,
            actor=Actor.SYSTEM,
            changes=changes,
            now=now,
        )
    return run
