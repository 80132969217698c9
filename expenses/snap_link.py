"""A link in a mail that opens the upload for one purchase, for the person it was sent to, without signing in.

It lets its holder add a receipt and shows what the mail said: merchant, day and amount. It ends after three weeks, and once the
receipt is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import CompanyStatus, Membership, MembershipStatus
from expenses.models import Expense

SALT = "expenses.snap"
VALID = timedelta(days=21)


@dataclass(frozen=True)
class Snap:
    """Whose purchase the link is for."""

    expense: Expense
    person: Membership


def snap_path(expense_id: UUID, person_id: UUID) -> str:
    """Return the path of the link."""
    return reverse("snap", args=[signing.dumps([str(expense_id), str(person_id)], salt=SALT, compress=True)])


def open_snap(token: str) -> Snap | None:
    """Return what a link is for, or None when it ended, was changed, or its person may not act any more."""
    try:
        expense_id, person_id = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Membership.objects.filter(pk=person_id, status=MembershipStatus.ACTIVE, company__status=CompanyStatus.ACTIVE)
    person = rows.filter(user__is_active=True).select_related("user", "company").first()
    if person is None:
        return None
    found = Expense.objects.filter(pk=expense_id, owner=person).select_related("owner", "company").first()
    return Snap(found, person) if found else None
