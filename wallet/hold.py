"""Reserve money for an authorization: take it when there is enough, and set it to what is still open."""

from __future__ import annotations

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext

from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money
from wallet.models import Hold, LedgerAccount


class InsufficientFunds(DomainError):
    """Less is available than the hold would take."""

    code = "funds"

    def message(self) -> str:
        return gettext("The company wallet has too little for this.")


def take_hold(*, account: LedgerAccount, amount: Money, hold: Hold | None = None) -> Hold:
    """Reserve money for a yes of our own, in the caller's transaction. Raises InsufficientFunds when `available` would fall
    below zero; nothing is written then, and the transaction goes on.

    The condition stands in the statement that takes the money: two requests at once cannot both take the last of it,
    on either database, whatever the caller has locked. `hold` is the row to write, where the caller has made it already.
    """
    assert connection.in_atomic_block, "a hold and what it is for are one transaction"
    assert amount.amount > 0, "a hold is taken for money"
    assert amount.currency == account.currency, "a hold is in the currency of its account"
    taken = LedgerAccount.objects.filter(
        pk=account.pk, credits_posted__gte=F("debits_posted") + F("debits_pending") - F("overdraft") + amount.amount
    ).update(debits_pending=F("debits_pending") + amount.amount)
    if not taken:
        raise InsufficientFunds(account=str(account.pk), asked=amount.amount, currency=amount.currency)
    hold = hold or Hold(company_id=account.company_id, account=account, amount=amount.amount, currency=amount.currency)
    hold.save(force_insert=True)
    return hold


def open_hold(*, account: LedgerAccount, amount: Money) -> Hold:
    """Reserve money for an approval given elsewhere (stand-in, advice, issuer): unconditional, `available` may go below zero."""
    assert connection.in_atomic_block, "a hold and what it is for are one transaction"
    assert amount.amount >= 0, "a hold is never negative"
    assert amount.currency == account.currency, "a hold is in the currency of its account"
    moved = LedgerAccount.objects.filter(pk=account.pk).update(debits_pending=F("debits_pending") + amount.amount)
    assert moved == 1, "the account of a hold exists"
    return Hold.objects.create(
        company_id=account.company_id, account=account, amount=amount.amount, currency=amount.currency
    )


def set_hold(*, hold: Hold, amount: Money) -> None:
    """Set a hold to what the lifecycle says is open, unconditionally; it may grow again.

    Raises WrongState when the hold changed since it was read: the caller holds no lock on it.
    """
    assert connection.in_atomic_block, "a hold and what it is for are one transaction"
    assert amount.amount >= 0, "a hold is never negative"
    assert amount.currency == hold.currency, "a hold keeps its currency"
    change = amount.amount - hold.amount
    if not change:
        return
    if not Hold.objects.filter(pk=hold.pk, amount=hold.amount).update(amount=amount.amount):
        raise WrongState
    moved = LedgerAccount.objects.filter(pk=hold.account_id).update(debits_pending=F("debits_pending") + change)
    assert moved == 1, "the account of a hold exists"
    hold.amount = amount.amount
