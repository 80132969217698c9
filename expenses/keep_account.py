"""Add an account to the company's chart, or change one."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.models import ChartAccount
from pleo.lib.errors import DomainError


class NumberTaken(DomainError):
    """Another account has this number, perhaps an archived one."""

    code = "account_number_taken"
    status = 409
    field = "number"

    def message(self) -> str:
        return gettext("Another account has the number %(number)s.") % self.params


@transaction.atomic
def keep_account(
    *, by: Membership, number: str, name: str, type: str, now: datetime, account: ChartAccount | None = None
) -> ChartAccount:
    """Make an account, or give `account` this number, name and kind. Raises NumberTaken."""
    new = account is None
    row = (
        ChartAccount(company=by.company)
        if account is None
        else ChartAccount.objects.select_for_update().get(pk=account.pk)
    )
    before = [row.number, row.name, row.type]
    row.number, row.name, row.type = number.strip(), name.strip(), type
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NumberTaken(number=row.number) from None
    after = [row.number, row.name, row.type]
    if new or before != after:
        changes = {
            key: ([None, b] if new else [a, b])
            for key, a, b in zip(("number", "name", "kind"), before, after, strict=True)
            if new or a != b
        }
        verb = "master.created" if new else "master.changed"
        record(company=by.company, verb=verb, subject=row, by=by, changes=changes, now=now)
    return row
