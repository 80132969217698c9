"""Decide what happens when receipts are missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import LockEnd, ReceiptLock, ReceiptRules
from expenses.receipt_lock import end_lock

FIELDS = frozenset(
    {
        "declarations_allowed", "declaration_review_above", "declarations_per_quarter", "chase_is_on", "chase_first_days",
        "chase_every_days", "chase_most", "escalate_days", "lock_is_on", "lock_count", "lock_days", "lock_notice_hours",
        "lock_spares_vendor_cards", "lock_spared_merchants",
    }
)  # fmt: skip


@transaction.atomic
def change_receipt_rules(*, by: Membership, now: datetime, **values: Any) -> ReceiptRules:
    """Set some of a company's rules; the others stay. Raises NotYours.

    The row is locked: whoever acts by these rules in a transaction of their own waits for it. Switching the lock off wakes
    every card that rests for it, in this transaction.
    """
    assert set(values) <= FIELDS, set(values) - FIELDS
    if not by.can("receipts.rules"):
        raise NotYours
    rules = locked_rules(by)
    changes = {name: [getattr(rules, name), value] for name, value in values.items() if getattr(rules, name) != value}
    if not changes:
        return rules
    for name, (_, value) in changes.items():
        setattr(rules, name, value)
    rules.save(update_fields=list(changes))
    record(company=by.company, verb="receipt_rules.changed", subject=by.company, by=by, changes=changes, now=now)
    if "lock_is_on" in changes and not rules.lock_is_on:
        _thaw_all(rules, by, now)
    return rules


def locked_rules(by: Membership) -> ReceiptRules:
    """Return the company's row, made if there is none, locked until the transaction ends."""
    ReceiptRules.objects.bulk_create([ReceiptRules(company=by.company)], ignore_conflicts=True)
    rows = ReceiptRules.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    found: ReceiptRules = rows.get(company=by.company)
    return found


def _thaw_all(rules: ReceiptRules, by: Membership, now: datetime) -> None:
    """End every warning and lock, people in id order. A job that would lock waits for the rules' row and then sees it off."""
    waiting = ReceiptLock.objects.open().filter(company=rules.company).values_list("person_id", flat=True)
    people = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    for person in people.filter(pk__in=list(waiting)).order_by("pk"):
        standing = ReceiptLock.objects.open().filter(person=person).first()
        if standing is not None:
            end_lock(standing, person, because=LockEnd.SWITCHED_OFF, by=by, now=now)
