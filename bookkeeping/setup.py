"""The set-up check: what a company's books lack before a first export, or what a chosen format could not take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, ngettext

from accounts.models import Company
from bookkeeping import checks, facts
from bookkeeping.dimensions import without_code
from bookkeeping.formats import sage, xero
from bookkeeping.journal import Contra
from bookkeeping.models import BookMethod, BookSettings
from expenses.models import ChartAccount

# What the account numbers of a format look like; every other format takes any.
NUMBERS: dict[str, Any] = {
    "sie": re.compile(r"[0-9]+"), "fec": re.compile(r"[0-9]{3}[0-9A-Za-z]*"), "sage": sage.NOMINAL,
    "xero": re.compile(rf".{{1,{xero.ACCOUNT}}}"), "xero_bills": re.compile(rf".{{1,{xero.ACCOUNT}}}"),
}  # fmt: skip
SHOWN = 3


def missing(settings: BookSettings) -> list[str]:
    """Return what is missing, as sentences; nothing when all that settles can be exported."""
    accounts = facts.contra_of(settings)
    found = [*_contra(settings, accounts), *_formats(settings), *_dimensions(settings)]
    if not ChartAccount.objects.for_company(settings.company).filter(archived_at=None).exists():
        found.insert(0, gettext("The chart of accounts is empty."))
    return found


def _contra(settings: BookSettings, accounts: Contra) -> Iterator[str]:
    roles = dict(checks.ROLES)
    if settings.method == BookMethod.PAYABLE:
        roles["supplier"] = checks.SUPPLIER
    for role, word in {**roles, **checks.STOOD_IN}.items():
        account = accounts.named(role)
        if account is None and role in roles:
            yield gettext("No contra account is chosen for %(role)s.") % {"role": word}
        elif account is not None and not account.is_open and (role in roles or getattr(accounts, role)):
            yield gettext("The contra account for %(role)s, %(account)s, was archived.") % {
                "role": word,
                "account": account.number,
            }
    for account in accounts.wallets.values():
        if not account.is_open:
            yield gettext("Account %(account)s, of a wallet, was archived.") % {"account": account.number}


def _formats(settings: BookSettings) -> Iterator[str]:
    shapes = {**NUMBERS, "datev": re.compile(rf"[0-9]{{1,{settings.datev_account_length + 1}}}")}
    labels = {"sie": "SIE", "fec": "FEC", "datev": "DATEV", "sage": "Sage", "xero": "Xero", "xero_bills": "Xero"}
    for key, shape in shapes.items():
        if key in settings.formats and (wrong := _unfit(settings.company, shape)):
            named = ", ".join(wrong[:SHOWN]) + ("…" if len(wrong) > SHOWN else "")
            yield ngettext(
                "%(format)s cannot take this account number: %(accounts)s.",
                "%(format)s cannot take these account numbers: %(accounts)s.",
                len(wrong),
            ) % {"format": labels[key], "accounts": named}
    if "datev" in settings.formats and settings.datev_consultant == 1001 and settings.datev_client == 1:
        yield gettext("DATEV: the consultant’s and the client’s number are not filled in. Your tax adviser has them.")
    if "fec" in settings.formats and not re.search(r"\d{9}", settings.company.vat_number):
        yield gettext("FEC: the company’s VAT number with its SIREN is missing, so the file is named by zeros.")


def _dimensions(settings: BookSettings) -> Iterator[str]:
    for group, count, names in without_code(settings.company_id):
        named = ", ".join(names[:SHOWN]) + ("…" if count > SHOWN else "")
        yield ngettext(
            "A tag of %(group)s has no code for the books: %(tags)s.",
            "%(count)s tags of %(group)s have no code for the books: %(tags)s.",
            count,
        ) % {"group": group, "count": count, "tags": named}


def _unfit(company: Company, shape: re.Pattern[str]) -> list[str]:
    numbers = ChartAccount.objects.for_company(company).filter(archived_at=None).order_by("number")
    return [number for number in numbers.values_list("number", flat=True) if not shape.fullmatch(number)]
