"""Let us collect money from the company's bank account."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.iban import compact, is_iban
from wallet.models import Mandate
from wallet.open_accounts import ALPHABET
from wallet.withdraw import HolderMissing, IbanWrong


class NoDirectDebit(DomainError):
    """No bank stands behind this company that collects for us."""

    code = "no_direct_debit"

    def message(self) -> str:
        return gettext("No bank of this installation collects by direct debit. Top up by bank transfer.")


def sign_mandate(*, holder: str, iban: str, by: Membership, now: datetime) -> Mandate:
    """Note a mandate for an account, once while it lives; signed again, it is the first one.

    Only the simulator's bank collects today. Raises NoDirectDebit, HolderMissing, IbanWrong.
    """
    number, name = compact(iban), " ".join(holder.replace("\x00", "").split())[:70]
    if by.company.issuer != "simulator":
        raise NoDirectDebit
    if not name:
        raise HolderMissing
    if not is_iban(number):
        raise IbanWrong
    try:
        with transaction.atomic():
            row: Mandate = Mandate.objects.create(
                company=by.company,
                holder=name,
                iban=number,
                reference="PLEO-DD-" + "".join(secrets.choice(ALPHABET) for _ in range(12)),
                signed_by=by,
                created_at=now,
            )
            record(company=by.company, verb="mandate.signed", subject=row, by=by, now=now)
    except IntegrityError:
        known: Mandate | None = Mandate.objects.for_company(by.company).filter(iban=number, revoked_at=None).first()
        if known is None:
            raise
        return known
    return row
