"""Add a VAT code, or change one. A rate that was used is never changed: a new rate is a new row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.master_event import tell
from expenses.models import ChartAccount, TaxCode, TaxMethod
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


class ReverseAccountNeeded(DomainError):
    """VAT that the company owes itself needs an account for what is owed."""

    code = "tax_reverse_account_needed"
    field = "reverse_account"

    def message(self) -> str:
        return gettext("Reverse charge needs the account that the VAT owed is booked on.")


class EndsTooEarly(DomainError):
    """A code that ended before it began."""

    code = "tax_code_ends_too_early"
    field = "valid_to"

    def message(self) -> str:
        return gettext("The last day is before the first.")


@transaction.atomic
def keep_tax_code(
    *, by: Membership, code: str, name: str, rate: Decimal, account: ChartAccount | None, valid_from: date, now: datetime,
    tax_code: TaxCode | None = None, method: str = TaxMethod.INCLUSIVE, non_deductible: Decimal = Decimal(0),
    country: str = "", reverse_account: ChartAccount | None = None, valid_to: date | None = None,
) -> TaxCode:  # fmt: skip
    """Make a VAT code, or change `tax_code`. Raises CodeTaken, RateUsed, AccountNeeded, ReverseAccountNeeded,
    EndsTooEarly."""
    is_reverse = method == TaxMethod.REVERSE
    if (rate or is_reverse) and account is None:
        raise AccountNeeded
    if is_reverse and reverse_account is None:
        raise ReverseAccountNeeded
    if valid_to is not None and valid_to < valid_from:
        raise EndsTooEarly
    new = tax_code is None
    row = TaxCode(company=by.company) if tax_code is None else TaxCode.objects.select_for_update().get(pk=tax_code.pk)
    before = None if new else _told(row)
    counts = (rate, method, non_deductible)
    if not new and (row.rate, row.method, row.non_deductible) != counts and row.lines.exists():
        raise RateUsed
    row.code, row.name, row.rate, row.account, row.valid_from = code.strip(), name.strip(), rate, account, valid_from
    row.method, row.non_deductible, row.country = method, non_deductible, country
    row.reverse_account, row.valid_to = reverse_account if is_reverse else None, valid_to
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise CodeTaken(code=row.code) from None
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


def _told(row: TaxCode) -> dict[str, str | None]:
    """Return what the log says of a VAT code."""
    return {
        "code": row.code,
        "name": row.name,
        "rate": f"{Decimal(row.rate).normalize():f}",
        "method": row.method,
        "non_deductible": f"{Decimal(row.non_deductible).normalize():f}",
        "country": row.country,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }
