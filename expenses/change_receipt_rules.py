"""Decide what happens when receipts are missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import ReceiptRules

DECLARATIONS = ("declarations_allowed", "declaration_review_above", "declarations_per_quarter")


@transaction.atomic
def change_receipt_rules(*, by: Membership, now: datetime, **values: Any) -> ReceiptRules:
    """Set some of a company's rules; the others stay. Raises NotYours.

    The row is locked: whoever acts by these rules in a transaction of their own waits for it.
    """
    assert set(values) <= set(DECLARATIONS), set(values)
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
    return rules


def locked_rules(by: Membership) -> ReceiptRules:
    """Return the company's row, made if there is none, locked until the transaction ends."""
    ReceiptRules.objects.bulk_create([ReceiptRules(company=by.company)], ignore_conflicts=True)
    rows = ReceiptRules.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    found: ReceiptRules = rows.get(company=by.company)
    return found
