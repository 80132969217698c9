"""A company's books begin with the company, on the contra accounts of its country's start set."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Company
from bookkeeping.models import BookSettings
from expenses.models import ChartAccount
from expenses.start_set import set_of
from pleo.lib import format

ROLES = (
    "wallet", "bank", "out_of_pocket", "cash", "fees", "supplier", "receivable", "payroll", "disputes", "exchange",
)  # fmt: skip


@transaction.atomic
def open_books(*, company: Company) -> BookSettings:
    """Make the settings of a new company, in the transaction that makes it; a second call changes nothing.

    Files look as the country's spreadsheets expect: where the comma is the decimal sign, cells are parted by semicolons.
    """
    numbers = set_of(company.country).contra
    accounts = {
        account.number: account
        for account in ChartAccount.objects.for_company(company).filter(number__in=numbers.values())
    }
    comma = format.number_locale(company.region).number_symbols["latn"]["decimal"] == ","
    settings, _ = BookSettings.objects.get_or_create(
        company=company,
        defaults={
            **{f"{role}_account": accounts.get(numbers.get(role, "")) for role in ROLES},
            "csv_separator": ";" if comma else ",",
            "csv_decimal_comma": comma,
        },
    )
    return settings


def open_for_new_company(sender: object, *, company: Company, **_: object) -> None:
    """Receive accounts.signals.company_created, after the coding masters were made."""
    open_books(company=company)
