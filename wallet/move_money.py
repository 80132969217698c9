"""Move money from one of the company's wallets to another."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import WALLET_KINDS, LedgerAccount, TransferCode, WalletMove
from wallet.transfer import AmountNotPositive, OtherCurrency, SameAccount, transfer


class WalletClosed(DomainError):
    """The wallet to move to was put away."""

    code = "wallet_closed"
    status = 409
    field = "target"

    def message(self) -> str:
        return gettext("This sub-wallet was put away. Bring it back first.")


class MoveKeyReused(DomainError):
    """The same key came before with another amount or other wallets."""

    code = "move_key_reused"

    def message(self) -> str:
        return gettext("Another move was sent with this key before. Use a new key for each move.")


def move_money(
    *,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: Money,
    key: UUID,
    by: Membership,
    now: datetime,
    note: str = "",
) -> WalletMove:
    """Move available money between two wallets in one transaction. The same key again returns the first move.

    Nobody's wallet falls below zero by it, and reserved money stays. Raises AmountNotPositive, SameAccount, OtherCurrency,
    WalletClosed, MoveKeyReused, TooLittleAvailable.
    """
    assert source.company_id == target.company_id == by.company_id, "wallets of one company"
    assert source.kind in WALLET_KINDS and target.kind in WALLET_KINDS, "money is moved between wallets"
    if amount.amount <= 0:
        raise AmountNotPositive
    if source.pk == target.pk:
        raise SameAccount
    if not source.currency == target.currency == amount.currency:
        raise OtherCurrency(wallet=source.currency, asked=amount.currency)
    known = _known(by, key, source, target, amount)
    if known:
        return known
    try:
        with transaction.atomic():
            return _move(source, target, amount, key, by, now, note)
    except IntegrityError:
        # Pressed twice at once: the other press has moved it.
        known = _known(by, key, source, target, amount)
        if known is None:
            raise
        return known


def _known(by: Membership, key: UUID, source: LedgerAccount, target: LedgerAccount, amount: Money) -> WalletMove | None:
    known: WalletMove | None = WalletMove.objects.for_company(by.company).filter(key=key).first()
    if known and (known.source_id, known.target_id, known.money) != (source.pk, target.pk, amount):
        raise MoveKeyReused
    return known


def _move(
    source: LedgerAccount,
    target: LedgerAccount,
    amount: Money,
    key: UUID,
    by: Membership,
    now: datetime,
    note: str,
) -> WalletMove:
    move: WalletMove = WalletMove.objects.create(
        company=by.company,
        source=source,
        target=target,
        amount=amount.amount,
        currency=amount.currency,
        note=note.replace("\x00", "")[:120],
        key=key,
        by=by,
        created_at=now,
    )
    transfer(
        debit=source,
        credit=target,
        amount=amount,
        code=TransferCode.INTERNAL,
        subject=move,
        booked_at=now,
        value_date=by.company.day_of(now),
        text=move.note or str(move),
        only_available=True,
    )
    # Asked after both rows are locked by the transfer: whoever puts a wallet away locks its row too.
    if LedgerAccount.objects.filter(pk=target.pk, archived_at__isnull=False).exists():
        raise WalletClosed
    record(
        company=by.company,
        verb="wallet.moved",
        subject=move,
        by=by,
        changes={
            "amount": amount.amount,
            "currency": amount.currency,
            "source": str(source.pk),
            "target": str(target.pk),
        },
        now=now,
    )
    return move
