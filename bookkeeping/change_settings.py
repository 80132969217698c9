"""Change how a company books."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.models import BookSettings
from events.record import record
from expenses.models import ChartAccount
from pleo.lib.errors import DomainError

FIELDS = (
    "wallet_account", "bank_account", "out_of_pocket_account", "cash_account", "fees_account",
    "fiscal_year_start_month", "csv_separator", "csv_decimal_comma",
)  # fmt: skip


class AccountUnusable(DomainError):
    """A contra account is archived or belongs to another company."""

    code = "account_unusable"

    def message(self) -> str:
        return gettext("Account %(account)s cannot be used. Choose one that is open.") % self.params


class SeparatorIsDecimal(DomainError):
    """Cells would be parted by the sign that stands before the decimals."""

    code = "separator_is_decimal"
    field = "csv_separator"

    def message(self) -> str:
        return gettext("The comma cannot part cells and decimals at once. Choose a semicolon or a tab.")


@dataclass(frozen=True)
class Wanted:
    """The settings as they shall be."""

    wallet_account: ChartAccount | None
    bank_account: ChartAccount | None
    out_of_pocket_account: ChartAccount | None
    cash_account: ChartAccount | None
    fees_account: ChartAccount | None
    fiscal_year_start_month: int
    csv_separator: str
    csv_decimal_comma: bool


@transaction.atomic
def change_settings(*, by: Membership, wanted: Wanted) -> BookSettings:
    """Set all of a company's book settings. Files made before keep their look. Raises AccountUnusable, SeparatorIsDecimal."""
    settings: BookSettings = BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    for name in FIELDS[:5]:
        account: ChartAccount | None = getattr(wanted, name)
        before_id = getattr(settings, f"{name}_id")
        if account and (account.company_id != by.company_id or (account.archived_at and account.pk != before_id)):
            raise AccountUnusable(account=account.number, field=name)
    if wanted.csv_separator == "," and wanted.csv_decimal_comma:
        raise SeparatorIsDecimal
    changes = {}
    for name in FIELDS:
        before, after = getattr(settings, name), getattr(wanted, name)
        if before != after:
            changes[name] = [_plain(before), _plain(after)]
            setattr(settings, name, after)
    if changes:
        settings.save(update_fields=list(changes))
        record(company=by.company, verb="books.settings_changed", subject=settings, by=by, changes=changes)
    return settings


def _plain(value: object) -> object:
    return value.number if isinstance(value, ChartAccount) else value
