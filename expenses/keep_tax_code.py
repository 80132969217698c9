"""Add a VAT code, or change one. A rate that was used is never changed: a new rate is a new row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.models import ChartAccount, TaxCode
from pleo.lib.errors import DomainError


class CodeTaken(DomainError):
    """Another VAT code of that date has this code."""

    code = "tax_code_taken"
    status = 409
    field = "code"

    def message(self) -> str:
        return gettext("There is a VAT code %(code)s from that day already.") % self.params


class RateUsed(DomainError):
    """Expenses were coded at the old rate; changing it would change the past."""

    code = "tax_rate_used"
    status = 409
    field = "rate"

    def message(self) -> str:
        return gettext("This rate was used. Add the new rate as a VAT code of its own, and archive this one.")


class AccountNeeded(DomainError):
    """Tax that can be claimed back needs an account to stand on."""

    code = "tax_account_needed"
    field = "account"

    def message(self) -> str:
        return gettext("A rate above zero needs the account that the VAT is booked on.")


@transaction.atomic
def keep_tax_code(
    *, by: Membership, code: str, name: str, rate: Decimal, account: ChartAccount | None, valid_from: date, now: datetime,
    tax_code: TaxCode | None = None,
) -> TaxCode:  # fmt: skip
    """Make a VAT code, or change `tax_code`. Raises CodeTaken, RateUsed, AccountNeeded."""
    if rate and account is None:
        raise AccountNeeded
    new = tax_code is None
    row = TaxCode(company=by.company) if tax_code is None else TaxCode.objects.select_for_update().get(pk=tax_code.pk)
    before: list[str | None] | None = None if new else [row.code, row.name, f"{row.rate.normalize():f}"]
    if not new and row.rate != rate and row.lines.exists():
        raise RateUsed
    row.code, row.name, row.rate, row.account, row.valid_from = code.strip(), name.strip(), rate, account, valid_from
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise CodeTaken(code=row.code) from None
    after = [row.code, row.name, f"{rate.normalize():f}"]
    if before != after:
        pairs = zip(("code", "name", "rate"), before or [None] * 3, after, strict=True)
        changes = {key: [a, b] for key, a, b in pairs if a != b}
        verb = "master.created" if new else "master.changed"
        record(company=by.company, verb=verb, subject=row, by=by, changes=changes, now=now)
    return row
