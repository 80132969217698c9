"""What the bell did not ring for: rows of lower apps that no expense stands for yet.

Keys are ordered by time, so "made since" is a range of the primary key and stays fast over years of rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from cards.models import Authorization, Clearing, Outcome
from expenses.models import Expense, MatchRun, Movement, PaymentState
from pleo.lib.ids import earliest_id
from receipts.models import Receipt, ReceiptStatus

# Longer than any outage; an authorization lives at most 31 days, and its clearing may follow weeks later.
LOOK_BACK = timedelta(days=60)
PATIENCE = timedelta(seconds=10)
LIMIT = 500


def _recent(now: datetime) -> Q:
    return Q(pk__gte=earliest_id(now - LOOK_BACK), pk__lt=earliest_id(now - PATIENCE))


def authorizations(*, now: datetime) -> list[UUID]:
    """Return approved authorizations without an expense, and those whose reserved amount the expense does not show."""
    has_expense = Exists(Expense.objects.filter(authorization=OuterRef("pk")))
    missing = (
        Authorization.objects.filter(_recent(now), outcome=Outcome.APPROVED)
        .filter(Q(amount__gt=0) | Q(authorized_total__gt=0))
        .exclude(has_expense)
    )
    behind = Expense.objects.filter(payment=PaymentState.RESERVED).exclude(amount=F("authorization__open_amount"))
    return [
        *missing.order_by("pk").values_list("pk", flat=True)[:LIMIT],
        *behind.order_by("pk").values_list("authorization_id", flat=True)[:LIMIT],
    ]


def clearings(*, now: datetime) -> list[UUID]:
    """Return clearings without a movement, oldest first."""
    has_movement = Exists(Movement.objects.filter(clearing=OuterRef("pk")))
    rows = Clearing.objects.filter(_recent(now)).exclude(has_movement)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:LIMIT])


def receipts(*, now: datetime) -> list[UUID]:
    """Return read receipts that were compared with nothing yet."""
    compared = Exists(MatchRun.objects.filter(receipt=OuterRef("pk")))
    rows = Receipt.objects.filter(_recent(now), status=ReceiptStatus.READY, erased_at=None).exclude(compared)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:LIMIT])
