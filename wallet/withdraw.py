"""Ask for money to go back to the company's bank. It goes when a second person has said okay."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.iban import compact, is_iban
from pleo.lib.money import Money
from wallet.models import LedgerAccount, Withdrawal
from wallet.transfer import AmountNotPositive, OtherCurrency, TooLittleAvailable


class IbanWrong(DomainError):
    """The account number does not prove itself."""

    code = "iban_wrong"
    field = "iban"

    def message(self) -> str:
        return gettext("This is not an IBAN: look at its digits again.")


class HolderMissing(DomainError):
    """A bank sends no money to nobody."""

    code = "holder_missing"
    field = "holder"

    def message(self) -> str:
        return gettext("Write whose account it is.")


class WithdrawalKeyReused(DomainError):
    """The same key came before with another amount or account."""

    code = "withdrawal_key_reused"

    def message(self) -> str:
        return gettext("Another withdrawal was asked for with this key before. Use a new key for each.")


def withdraw(
    *, account: LedgerAccount, amount: Money, holder: str, iban: str, key: UUID, by: Membership, now: datetime
) -> Withdrawal:
    """Ask for available money to be sent to a bank account. Nothing moves or is reserved until it is decided.

    The same key again returns the first request. Raises AmountNotPositive, OtherCurrency, HolderMissing, IbanWrong,
    TooLittleAvailable, WithdrawalKeyReused.
    """
    assert account.company_id == by.company_id, "a wallet of another company"
    number, name = compact(iban), " ".join(holder.replace("\x00", "").split())[:70]
    if amount.amount <= 0:
        raise AmountNotPositive
    if amount.currency != account.currency:
        raise OtherCurrency(wallet=account.currency, asked=amount.currency)
    if not name:
        raise HolderMissing
    if not is_iban(number):
        raise IbanWrong
    known: Withdrawal | None = Withdrawal.objects.for_company(by.company).filter(key=key).first()
    if known is None:
        free = account.balance.amount - account.debits_pending
        if amount.amount > free:
            raise TooLittleAvailable
        known = _ask(account, amount, name, number, key, by, now)
    if (known.account_id, known.money, known.iban) != (account.pk, amount, number):
        raise WithdrawalKeyReused
    return known


def deciders(by: Membership) -> list[Membership]:
    """Return the people other than the one who asked who may decide on a withdrawal."""
    able = CAPABILITIES["wallet.withdraw"]
    rows = Membership.objects.for_company(by.company).filter(role__in=able, status="active", user__isnull=False)
    return list(rows.exclude(pk=by.pk).exclude(user=by.user))


def _ask(
    account: LedgerAccount, amount: Money, holder: str, iban: str, key: UUID, by: Membership, now: datetime
) -> Withdrawal:
    try:
        with transaction.atomic():
            row: Withdrawal = Withdrawal.objects.create(
                company=by.company,
                account=account,
                amount=amount.amount,
                currency=amount.currency,
                holder=holder,
                iban=iban,
                key=key,
                by=by,
                created_at=now,
            )
            changes = {"amount": amount.amount, "currency": amount.currency}
            event = record(company=by.company, verb="withdrawal.asked", subject=row, by=by, changes=changes, now=now)
            if is_news(event):
                notify(event=event, memberships=deciders(by))
    except IntegrityError:
        known: Withdrawal | None = Withdrawal.objects.for_company(by.company).filter(key=key).first()
        if known is None:
            raise
        return known
    return row
