"""Compare a read receipt with the expenses it may belong to: attach it when certain, else keep the proposals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.record import record
from expenses.attach import AlreadyMatched, attach, open_reading
from expenses.errors import ExpenseLocked
from expenses.lock_period import PeriodLocked
from expenses.match import AHEAD, CERTAIN, SHOWN, Candidate, Facts, Match, certain, rank, together
from expenses.models import Attachment, Expense, Lane, MatchRun, PaymentState
from expenses.next_step import WITH_RECEIPT
from pleo.lib.money import Money
from receipts.alike import SAME_PICTURE, twins_of
from receipts.models import Reading, Receipt, ReceiptStatus, Source

# A receipt is printed within days of the purchase; a bill paid later is matched by hand.
BEFORE, AFTER = timedelta(days=10), timedelta(days=10)
LOOK_BACK = timedelta(days=60)
COMPARED = 400
WAITING = 60
# How many purchases tell the rate of a currency, and how many receipts the names of merchants.
RATES_FROM, NAMES_FROM = 15, 200


def match_receipt(*, receipt: Receipt, now: datetime) -> MatchRun:
    """Compare and remember. Receipts that are on an expense only ask for a look at what was read; repeating is safe.

    An employee's file is compared with that employee's own expenses alone; finance's with everybody's.
    """
    attached = _ask_for_a_look(receipt)
    reading = receipt.readings.order_by("-id").first()
    ranked: list[Match] = []
    if not attached and reading is not None:
        facts = facts_of(receipt, reading)
        fitting = [candidate_of(expense) for expense in with_names(candidates(receipt, facts, now))]
        ranked = rank(facts, fitting)
        sure = certain(ranked)
        if sure is not None and (_is_second(receipt) or _fits_better_elsewhere(receipt, facts, sure, now)):
            ranked = [replace(match, reasons=(*match.reasons, {"code": "seen_before"})) for match in ranked]
        elif (sure is not None and _attach(receipt, sure, now)) or (
            sure is None and _attach_together(receipt, facts, fitting, now)
        ):
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
    currency = value("currency") or ""
    home = receipt.company.currency
    return Facts(
        clock=_clock_of(value("time")),
        rates={home: rate} if currency not in ("", home) and (rate := usual_rate(receipt, currency)) else {},
        amounts=frozenset(amount for amount in reading.amounts if isinstance(amount, int)),
        total=total if isinstance(total, int) else None,
        currency=currency,
        date=printed,
        merchant=value("merchant") or "",
        last_four=value("card_last_four") or "",
        uploader=receipt.uploaded_by_id,
    )


def _clock_of(text: Any) -> time | None:
    try:
        return time.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def usual_rate(receipt: Receipt, currency: str) -> Decimal | None:
    """Return what a minor unit of a currency cost on the company's last purchases in it, in minor units of its own."""
    rows = Expense.objects.for_company(receipt.company).filter(
        foreign_currency=currency, foreign_amount__gt=0, amount__gt=0
    )
    pairs = rows.exclude(currency=currency).order_by("-purchased_at", "-id").values_list("amount", "foreign_amount")
    rates = sorted(Decimal(amount) / Decimal(foreign) for amount, foreign in pairs[:RATES_FROM])
    return rates[len(rates) // 2] if rates else None


def candidates(receipt: Receipt, facts: Facts, now: datetime) -> QuerySet[Expense]:
    """Return the expenses without a receipt that a file may belong to, near its date. One it was taken off is not one."""
    refused = Attachment.objects.filter(receipt=receipt, detached_at__isnull=False).values("expense")
    undocumented = Q(receipt_count=0) | Q(is_declared=True)
    rows = open_purchases(receipt).filter(undocumented, books_lane__in=[Lane.NONE, Lane.UNEXPORTED])
    rows = rows.exclude(pk__in=refused)
    if not receipt.uploaded_by.can("expenses.see_all"):
        rows = rows.filter(owner=receipt.uploaded_by)
    # A day may be misread, and then the amount alone finds the purchase.
    in_time = near(receipt, facts, now)
    by_amount = (
        rows.filter(on_receipt(facts)).filter(in_time | _recent(now)).order_by("-purchased_at", "-id")[:COMPARED]
    )
    own = rows.filter(in_time, owner=receipt.uploaded_by).order_by("-purchased_at", "-id")[:COMPARED]
    ids = {*by_amount.values_list("pk", flat=True), *own.values_list("pk", flat=True)}
    return Expense.objects.filter(pk__in=ids).select_related("authorization__card", "company", "owner")


def open_purchases(receipt: Receipt) -> QuerySet[Expense]:
    """Return the purchases of a company that are documented by receipts and were not called off."""
    rows = Expense.objects.for_company(receipt.company).exclude(payment=PaymentState.REVERSED)
    return rows.filter(kind__in=WITH_RECEIPT)


def on_receipt(facts: Facts) -> Q:
    """Select purchases one of whose amounts was read anywhere on the receipt."""
    amounts = [amount for amount in {*facts.amounts, facts.total} if amount]
    return Q(amount__in=amounts) | Q(foreign_amount__in=amounts) | Q(authorization__amount__in=amounts)


def near(receipt: Receipt, facts: Facts, now: datetime) -> Q:
    """Select purchases around the day that was read, else of the last weeks."""
    if not facts.date:
        return _recent(now)
    midnight = datetime.combine(facts.date, datetime.min.time(), tzinfo=receipt.company.zone)
    return Q(purchased_at__gte=midnight - BEFORE, purchased_at__lt=midnight + AFTER)


def _recent(now: datetime) -> Q:
    return Q(purchased_at__gte=now - LOOK_BACK, purchased_at__lt=now + timedelta(days=1))


def with_names(expenses: QuerySet[Expense]) -> list[Expense]:
    """Fetch expenses with `known_names`: what stood on earlier receipts of the same merchants, which cards call otherwise."""
    found = list(expenses)
    live = Attachment.objects.filter(detached_at=None, expense__merchant__in={expense.merchant for expense in found})
    names: dict[str, list[str]] = {}
    if found:
        live = live.filter(company=found[0].company_id).order_by("-id")[:NAMES_FROM]
        latest = live.values_list("expense__merchant", "receipt__readings__fields__merchant__value")
        for merchant, name in latest:
            if isinstance(name, str) and name not in names.setdefault(merchant, []):
                names[merchant].append(name)
    for expense in found:
        expense.known_names = tuple(names.get(expense.merchant, [])[:5])  # type: ignore[attr-defined]
    return found


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
        at=expense.purchased_at.astimezone(expense.company.zone),
        category_code=expense.merchant_category_code,
        aliases=getattr(expense, "known_names", ()),
    )


def _fits_better_elsewhere(receipt: Receipt, facts: Facts, sure: Match, now: datetime) -> bool:
    """Say whether a purchase that has its receipt, or a colleague's, fits as well: then this paper may be that one's."""
    rows = open_purchases(receipt).filter(on_receipt(facts)).filter(near(receipt, facts, now)).exclude(pk=sure.key)
    taken = rows.filter(Q(receipt_count__gt=0, is_declared=False) | ~Q(owner=receipt.uploaded_by))[:COMPARED]
    rivals = taken.select_related("authorization__card", "company", "owner")
    return any(
        match.score > sure.score - AHEAD and match.has_amount for match in rank(facts, map(candidate_of, rivals))
    )


def _is_second(receipt: Receipt) -> bool:
    """Say whether the same paper is on an expense already: then it would only fall on a purchase that is alike."""
    twins = [twin.receipt.pk for twin in twins_of([receipt]).get(receipt.pk, []) if twin.why != SAME_PICTURE]
    return Attachment.objects.filter(receipt__in=twins, detached_at=None).exists()


def _attach_together(receipt: Receipt, facts: Facts, fitting: list[Candidate], now: datetime) -> bool:
    """Put this and another waiting receipt of the same sender on the one purchase that their totals make, if there is one."""
    if not facts.total or not fitting:
        return False
    waiting = unmatched(Receipt.objects.for_company(receipt.company)).filter(
        uploaded_by=receipt.uploaded_by, status=ReceiptStatus.READY, created_at__gte=now - LOOK_BACK
    )
    found = []
    for other in waiting.exclude(pk=receipt.pk).order_by("-id")[:WAITING]:
        reading = other.readings.order_by("-id").first()
        if reading is None:
            continue
        others = facts_of(other, reading)
        for candidate in fitting:
            one, two = together(facts, others, candidate), together(others, facts, candidate)
            if one and two and min(one.score, two.score) >= CERTAIN:
                found.append((other, one, two))
    if len(found) != 1:
        return False
    other, one, two = found[0]
    if Attachment.objects.filter(receipt=other, expense=one.key).exists():
        return False  # A person took it off that purchase.
    with transaction.atomic():
        if _attach(receipt, one, now) and _attach(other, two, now, joins=True):
            return True
        transaction.set_rollback(True)
    return False


def waiting_for(expense: Expense, *, now: datetime) -> list[UUID]:
    """Return read receipts that wait for an expense and may be this one's, newest first."""
    if (expense.receipt_count and not expense.is_declared) or expense.is_frozen:
        return []
    # A spender's file fits the spender's own purchases alone; finance's may fit anybody's.
    fitting = Q(uploaded_by=expense.owner_id) | Q(uploaded_by__role__in=CAPABILITIES["expenses.see_all"])
    rows = unmatched(Receipt.objects.for_company(expense.company)).filter(
        fitting, status=ReceiptStatus.READY, created_at__gte=now - LOOK_BACK
    )
    return list(rows.order_by("-id").values_list("pk", flat=True)[:WAITING])


def unmatched(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """Keep the receipts that are on no expense. A declaration waits for none: it was signed for one purchase."""
    sent = receipts.filter(erased_at=None).exclude(source=Source.DECLARED)
    return sent.filter(~Exists(Attachment.objects.filter(receipt=OuterRef("pk"), detached_at=None)))


@transaction.atomic
def _ask_for_a_look(receipt: Receipt) -> bool:
    """Open the questions of expenses that had the file before it was read; returns whether it is on any."""
    ids = list(receipt.attachments.filter(detached_at=None).order_by("expense_id").values_list("expense_id", flat=True))
    first_time = not MatchRun.objects.filter(receipt=receipt).exists()
    for expense in Expense.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
        if first_time and not expense.is_frozen and not expense.confirmed:
            open_reading(expense)
    return bool(ids)


def _attach(receipt: Receipt, match: Match, now: datetime, *, joins: bool = False) -> bool:
    expense = Expense.objects.select_related("owner").get(pk=match.key)
    if expense.owner_id != receipt.uploaded_by_id and not receipt.uploaded_by.can("expenses.see_all"):
        return False
    try:
        attach(
            expense=expense, receipt=receipt, by=None, now=now, score=match.score, reasons=match.reasons, joins=joins
        )
    except (AlreadyMatched, ExpenseLocked, PeriodLocked):
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
