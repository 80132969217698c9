"""Movements and statements as files to download."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Company
from pleo.lib.csv import csv_response
from pleo.lib.money import Money
from wallet.models import LedgerAccount, Transfer
from wallet.movements import change


def head() -> list[str]:
    """Return the head of a file of movements; the balance is there where the file tells of a whole period."""
    return [_("Date"), _("Kind"), _("Text"), _("Amount"), _("Currency"), _("Balance")]


def cells(company: Company, row: Transfer, change_: Money) -> list[str]:
    """Return a movement as cells, all but the balance."""
    return [
        company.day_of(row.booked_at).isoformat(),
        row.code,
        row.text,
        f"{change_.decimal:f}",
        change_.currency,
    ]


def movements_file(account: LedgerAccount, rows: Any, name: str) -> HttpResponseBase:
    """Answer with an account's movements as a file, oldest first."""
    ordered = rows.order_by("booked_at", "id").iterator(chunk_size=500)
    lines = (cells(account.company, row, change(account, row)) for row in ordered)
    return csv_response(name, head()[:-1], lines)
