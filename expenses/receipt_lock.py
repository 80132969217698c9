"""Cards rest while too many receipts are missing: never without three days of notice, and they wake with the receipt.

One row stands from the warning to the end (`ReceiptLock`). Whoever changes it locks the person's row first and then counts
anew, so that a receipt that comes at the same moment either is counted or finds the lock and ends it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Company, Membership
from cards.lock_cards import lock_cards, lockable, unlock_cards
from cards.models import CardKind
from events.models import Actor
from events.notify import BOTH, notify
from events.record import record
from expenses.debts import owed
from expenses.models import Expense, ExpenseKind, LockEnd, LockPause, ReceiptLock, ReceiptRules
from pleo.lib.errors import DomainError

logger = logging.getLogger(__name__)
# Only what a card paid counts: what people paid themselves is simply not paid back without a receipt.
BY_CARD = (ExpenseKind.CARD, ExpenseKind.CASH)


@dataclass(frozen=True)
class Terms:
    """When cards rest: from `count` receipts on that are owed for `days`, after `notice`."""

    count: int
    days: int
    notice: timedelta
    spares_vendor_cards: bool
    spared_merchants: Sequence[str]

    @classmethod
    def of(cls, rules: ReceiptRules) -> Terms:
        return cls(
            rules.lock_count, rules.lock_days, timedelta(hours=rules.lock_notice_hours), rules.lock_spares_vendor_cards,
            rules.lock_spared_merchants,
        )  # fmt: skip

    def falls_at(self, since: Iterable[datetime]) -> datetime | None:
        """Return the moment at which so many receipts are late that cards would rest, whether past or to come."""
        ordered = sorted(since)
        return ordered[self.count - 1] + timedelta(days=self.days) if len(ordered) >= self.count else None


def counted(company: Company, terms: Terms) -> QuerySet[Any]:
    """Return the purchases whose missing receipts count."""
    rows = owed(Expense.objects.for_company(company)).filter(kind__in=BY_CARD)
    if terms.spares_vendor_cards:
        rows = rows.exclude(authorization__card__kind=CardKind.VENDOR)
    return rows


def is_spared(merchant: str, terms: Terms) -> bool:
    """Say whether the company waits for no receipt of this merchant."""
    name = merchant.casefold()
    return any(word in name for word in terms.spared_merchants)


def tend(*, now: datetime) -> None:
    """Warn, lock and thaw in every company that locks, or did. A person for whom it fails waits for the next time."""
    companies = ReceiptRules.objects.filter(lock_is_on=True).values("company")
    open_ones = ReceiptLock.objects.open().values("company")
    for company in Company.objects.filter(Q(pk__in=companies) | Q(pk__in=open_ones)).order_by("pk"):
        rules = ReceiptRules.objects.select_related("company").get(company=company)
        for person_id in _in_question(company, Terms.of(rules), now):
            try:
                tend_person(person_id=person_id, now=now)
            except DomainError:
                logger.exception("the receipt lock of a person waits: person=%s", person_id)


def _in_question(company: Company, terms: Terms, now: datetime) -> list[UUID]:
    """Return who has a warning or a lock, or would be warned now."""
    since: dict[UUID, list[datetime]] = defaultdict(list)
    for owner, merchant, moment in counted(company, terms).values_list("owner_id", "merchant", "owed_since").iterator():
        if not is_spared(merchant, terms):
            since[owner].append(moment)
    wanted = set(ReceiptLock.objects.open().filter(company=company).values_list("person_id", flat=True))
    for owner, moments in since.items():
        falls = terms.falls_at(moments)
        if falls is not None and falls - terms.notice <= now:
            wanted.add(owner)
    return sorted(wanted)


@transaction.atomic
def tend_person(*, person_id: UUID, now: datetime) -> ReceiptLock | None:
    """Bring one person's warning or lock to what the rules say now. The rules' row is locked: a switch waits or is seen."""
    found = Membership.objects.only("company_id").get(pk=person_id)
    rules = (
        ReceiptRules.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
        .filter(company_id=found.company_id).first()
    )  # fmt: skip
    if rules is None:
        return None
    return _follow(_lock(person_id), rules, now)


def release(*, person_id: UUID, company: Company, now: datetime, by: Membership | None = None) -> None:
    """End a warning or thaw the cards where the receipt that just came was the one too many, in the caller's transaction.

    Nothing is warned or locked here: that is the sweep's, always with notice.
    """
    if not ReceiptLock.objects.open().filter(person=person_id).exists():
        return
    person = _lock(person_id)
    standing = ReceiptLock.objects.open().filter(person=person).first()
    rules = ReceiptRules.objects.filter(company=company).first()
    if standing is None or rules is None:
        return
    if not _still_stands(standing, _falls_at(person, Terms.of(rules)), Terms.of(rules), now):
        end_lock(standing, person, because=LockEnd.SETTLED, by=by, now=now)


def _lock(person_id: UUID) -> Membership:
    rows = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("company", "user")
    found: Membership = rows.get(pk=person_id)
    return found


def _falls_at(person: Membership, terms: Terms) -> datetime | None:
    """Count anew, under the person's lock."""
    rows = counted(person.company, terms).filter(owner=person).values_list("merchant", "owed_since")
    return terms.falls_at(moment for merchant, moment in rows if not is_spared(merchant, terms))


def _still_stands(standing: ReceiptLock, falls: datetime | None, terms: Terms, now: datetime) -> bool:
    if falls is None:
        return False
    return falls <= now if standing.locked_at else falls - terms.notice <= now


def is_paused(person: Membership, now: datetime) -> bool:
    """Say whether finance leaves this person's cards alone."""
    row: LockPause | None = LockPause.objects.filter(person=person, ended_at=None).first()
    return row is not None and row.holds(now)


def _follow(person: Membership, rules: ReceiptRules, now: datetime) -> ReceiptLock | None:
    """Do what is due for a person whose row the caller holds, with the rules' row."""
    standing: ReceiptLock | None = ReceiptLock.objects.open().filter(person=person).first()
    terms = Terms.of(rules)
    if not rules.lock_is_on or is_paused(person, now):
        if standing is not None:
            because = LockEnd.PAUSED if rules.lock_is_on else LockEnd.SWITCHED_OFF
            end_lock(standing, person, because=because, by=None, now=now)
        return None
    falls = _falls_at(person, terms)
    if standing is None:
        return _warn(person, falls, terms, now) if falls is not None and falls - terms.notice <= now else None
    if not _still_stands(standing, falls, terms, now):
        end_lock(standing, person, because=LockEnd.SETTLED, by=None, now=now)
        return None
    assert falls is not None, "what stands falls some time"
    if standing.locked_at is None and falls > standing.locks_at:
        standing.locks_at = falls
        standing.save(update_fields=["locks_at"])
    if standing.locked_at is None and now >= standing.locks_at:
        _begin(standing, person, now)
    if standing.locked_at is not None:
        # Also cards that were made since: the lock is the person's.
        lock_cards(person=person, spare_vendor_cards=terms.spares_vendor_cards, now=now)
    return standing


def _warn(person: Membership, falls: datetime, terms: Terms, now: datetime) -> ReceiptLock:
    made: ReceiptLock = ReceiptLock.objects.create(
        company_id=person.company_id, person=person, warned_at=now, locks_at=max(falls, now + terms.notice)
    )
    _say("receipt_lock.warned", made, person, now=now, by=None)
    return made


def _begin(standing: ReceiptLock, person: Membership, now: datetime) -> None:
    standing.locked_at = now
    standing.save(update_fields=["locked_at"])
    _say("receipt_lock.locked", standing, person, now=now, by=None)


def end_lock(
    standing: ReceiptLock, person: Membership, *, because: LockEnd, by: Membership | None, now: datetime
) -> None:
    """End a warning or a lock and wake the cards, in the caller's transaction, which holds the person's row."""
    standing.ended_at, standing.ended_because = now, because
    standing.save(update_fields=["ended_at", "ended_because"])
    unlock_cards(person=person, by=by, now=now)
    _say("receipt_lock.ended" if standing.locked_at else "receipt_lock.lifted", standing, person, now=now, by=by)


def _say(verb: str, standing: ReceiptLock, person: Membership, *, now: datetime, by: Membership | None) -> None:
    day = person.company.day_of(standing.locks_at).isoformat()
    event = record(
        company=person.company, verb=verb, subject=standing, by=by, actor=None if by else Actor.SYSTEM, now=now,
        changes={"owner": str(person.pk), "locks_on": day, "ended_because": str(standing.ended_because)},
    )  # fmt: skip
    notify(event=event, memberships=[person], channels=BOTH, to_actor=True)


@dataclass(frozen=True)
class Preview:
    """What a lock would do this moment if it were on, without the notice that it always gives."""

    people: list[tuple[Membership, int]]
    cards: int

    @property
    def count(self) -> int:
        return len(self.people)


def preview(*, company: Company, terms: Terms, now: datetime) -> Preview:
    """Return whose cards would rest by these terms, with the number of late receipts, and how many cards. Writes nothing."""
    late: dict[UUID, int] = defaultdict(int)
    before = now - timedelta(days=terms.days)
    rows = counted(company, terms).filter(owed_since__lte=before).values_list("owner_id", "merchant")
    for owner, merchant in rows.iterator():
        late[owner] += not is_spared(merchant, terms)
    paused = LockPause.objects.for_company(company).filter(ended_at=None).filter(Q(until=None) | Q(until__gt=now))
    spared = set(paused.values_list("person_id", flat=True))
    hit = {owner: number for owner, number in late.items() if number >= terms.count and owner not in spared}
    people = Membership.objects.for_company(company).filter(pk__in=list(hit)).order_by("name", "id")
    cards = lockable(company.pk, spare_vendor_cards=terms.spares_vendor_cards).filter(cardholder__in=list(hit)).count()
    return Preview([(person, hit[person.pk]) for person in people], cards)
