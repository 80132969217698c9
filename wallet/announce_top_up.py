"""Somebody says that money is on its way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import LedgerAccount, TopUp, TopUpStatus
from wallet.move_money import WalletClosed
from wallet.transfer import AmountNotPositive, OtherCurrency


class AnnouncementKeyReused(DomainError):
    """The same key came before with another amount or wallet."""

    code = "announcement_key_reused"

    def message(self) -> str:
        return gettext("Another top-up was announced with this key before. Use a new key for each.")


def announce_top_up(*, account: LedgerAccount, amount: Money, key: UUID, by: Membership, now: datetime) -> TopUp:
    """Note that a bank transfer was sent. It moves nothing: the bank's line does. The same key again returns the first note.

    Raises AmountNotPositive, OtherCurrency, WalletClosed, AnnouncementKeyReused.
    """
    assert account.company_id == by.company_id, "a wallet of another company"
    if amount.amount <= 0:
        raise AmountNotPositive
    if amount.currency != account.currency:
        raise OtherCurrency(wallet=account.currency, asked=amount.currency)
    if account.archived_at:
        raise WalletClosed
    try:
        with transaction.atomic():
            top_up: TopUp = TopUp.objects.create(
                company=by.company,
                account=account,
                amount=amount.amount,
                currency=amount.currency,
                value_date=by.company.day_of(now),
                status=TopUpStatus.PENDING,
                key=key,
                by=by,
                created_at=now,
            )
            changes = {"amount": amount.amount, "currency": amount.currency}
            record(company=by.company, verb="top_up.announced", subject=top_up, by=by, changes=changes, now=now)
    except IntegrityError:
        known: TopUp | None = TopUp.objects.for_company(by.company).filter(key=key).first()
        if known is None:
            raise
        if (known.account_id, known.money) != (account.pk, amount):
            raise AnnouncementKeyReused from None
        return known
    return top_up
