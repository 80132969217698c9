"""Put a country's accounts, VAT codes and categories beside those a company has; what is there stays as it is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from expenses.import_masters import NEW, plan, write
from expenses.start_set import ENGLISH, SETS, SINCE, StartSet

Rows = list[tuple[int, dict[str, str]]]
# Accounts first: the others point to them.
ORDER = ("accounts", "tax-codes", "categories")


def rows_of(country: str, *, in_english: bool = False) -> dict[str, Rows]:
    """Return a set as rows of texts by column, as an import reads them. Raises KeyError for a country without a set."""
    start = SETS[country]
    accounts = [{"number": number, "name": name, "type": str(type)} for number, name, type in start.accounts]
    codes = [_tax_code(start, *code) for code in start.tax_codes]
    categories = [
        {"name": ENGLISH[key] if in_english else name, "account": number, "tax_code": code}
        for key, (name, number, code) in start.categories.items()
    ]
    found = {"accounts": accounts, "tax-codes": codes, "categories": categories}
    return {what: list(enumerate(rows, 1)) for what, rows in found.items()}


def _tax_code(start: StartSet, code: str, name: str, rate: str, account: str) -> dict[str, str]:
    return {
        "code": code, "name": name, "rate": rate, "account": account, "valid_from": SINCE.isoformat(),
        "non_deductible": start.lost.get(code, "0"), "reverse_account": start.reverse.get(code, ""),
        "method": "reverse" if code in start.reverse else "inclusive",
    }  # fmt: skip


@transaction.atomic
def add_start_set(*, by: Membership, country: str, now: datetime, in_english: bool = False) -> dict[str, int]:
    """Add what is new of a country's set and return how many of each kind. Doing it twice adds nothing."""
    added = {}
    rows = rows_of(country, in_english=in_english)
    for what in ORDER:
        plans = plan(company=by.company, what=what, rows=rows[what])
        new = [(one.line, one.values) for one in plans if one.state == NEW]
        added[what] = write(by=by, what=what, rows=new, now=now)[NEW]
    return added
