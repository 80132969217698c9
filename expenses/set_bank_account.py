"""Say where a person is paid, or where the company pays from. The person is told by mail of every change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.notify import BOTH, is_news, notify
from events.record import record
from expenses.errors import NotYours
from expenses.models import AccountForm, BankAccount
from expenses.seal import seal, unseal
from pleo.lib.errors import DomainError

# The parts of each national form: name -> (fewest digits, most digits).
PARTS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    AccountForm.GB: {"bank": (6, 6), "number": (8, 8)},
    AccountForm.DK: {"bank": (4, 4), "number": (6, 10)},
    AccountForm.SE: {"bank": (4, 5), "number": (6, 10)},
}
HOLDER_LENGTH = 70


class NumberWrong(DomainError):
    """The number is not one that a bank gives out: its length or its check digits are wrong."""

    code = "account_number_wrong"
    field: ClassVar[str] = "number"

    def message(self) -> str:
        return {
            AccountForm.IBAN: gettext(
                "This is no IBAN: a digit is wrong or missing. It stands on your bank statement."
            ),
            AccountForm.GB: gettext("A sort code has 6 digits, an account number 8."),
            AccountForm.DK: gettext("A registration number has 4 digits, an account number 6 to 10."),
            AccountForm.SE: gettext("A clearing number has 4 or 5 digits, an account number 6 to 10."),
        }[AccountForm(self.params["form"])]


@dataclass(frozen=True)
class Number:
    """An account number in its form: an IBAN stands in `number` alone, national forms have a bank's number too."""

    form: str
    number: str
    bank: str = ""
    bic: str = ""

    @property
    def masked(self) -> str:
        """Show the country and the last four digits, which people know their account by."""
        lead = self.number[:2] if self.form == AccountForm.IBAN else self.form.upper()
        return f"{lead} •••• {self.number[-4:]}"


def read_number(*, form: str, number: str, bank: str = "") -> Number:
    """Check what a person typed and return it without spaces. Raises NumberWrong.

    An IBAN is checked by the registry of its country: length, form and check digits (modulo 97).
    """
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    if form == AccountForm.IBAN:
        try:
            iban = IBAN(re.sub(r"[\s\-.]", "", number)[:34].upper())
        except SchwiftyException:
            raise NumberWrong(form=form) from None
        return Number(form, str(iban), bic=str(iban.bic or ""))
    typed = {"bank": bank, "number": number}
    found = {name: re.sub(r"[\s\-.]", "", text) for name, text in typed.items()}
    for name, (fewest, most) in PARTS[form].items():
        if not re.fullmatch(rf"\d{{{fewest},{most}}}", found[name], flags=re.ASCII):
            raise NumberWrong(form=form)
    return Number(form, found["number"], found["bank"])


def number_of(account: BankAccount) -> Number:
    """Open the sealed number of an account. For payment files alone: pages show `masked`."""
    return Number(**json.loads(unseal(account.sealed)))


@transaction.atomic
def set_bank_account(
    *, by: Membership, person: Membership | None, number: Number, holder: str, now: datetime
) -> BankAccount:
    """Put an account in the place of the one there was; without a person it is the company's own. Raises NotYours.

    Everybody sets their own, finance sets anybody's and the company's. Runs that were proposed to the old account are
    refused at their release.
    """
    is_own = person is not None and person.pk == by.pk and by.can("expenses.claim")
    if not is_own and not by.can("balance.manage"):
        raise NotYours
    company_id = by.company_id
    assert person is None or person.company_id == company_id, "the account of a person of this company"
    if person is not None:
        Membership.objects.select_for_update(no_key=True).get(pk=person.pk)
    live = BankAccount.objects.filter(company_id=company_id, membership=person).live()
    before = live.first()
    live.update(replaced_at=now)
    row = BankAccount.objects.create(
        company_id=company_id, membership=person, form=number.form, masked=number.masked, bic=number.bic,
        holder=holder.replace("\x00", "").strip()[:HOLDER_LENGTH], by=by,
        sealed=seal(json.dumps({"form": number.form, "number": number.number, "bank": number.bank, "bic": number.bic}).encode()),
    )  # fmt: skip
    changes = {"account": [before.masked if before else None, row.masked]}
    subject = person or by.company
    verb = "bank_account.changed" if person else "bank_account.company_changed"
    event = record(company=by.company, verb=verb, subject=subject, by=by, changes=changes, now=now)
    if person is not None and is_news(event):
        notify(event=event, memberships=[person], channels=BOTH, to_actor=True)
    return row
