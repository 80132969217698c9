"""Put a sub-wallet away once nothing is in it and nothing draws on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from wallet.models import AccountKind, LedgerAccount

# Apps above say how many of their things draw on an account ("cards"), without this app knowing of them.
Users = Callable[[LedgerAccount], int]
_users: list[Users] = []


class SubWalletNotEmpty(DomainError):
    """Money is in it, or reserved in it."""

    code = "sub_wallet_not_empty"

    def message(self) -> str:
        return gettext(
            "There is still money in it, or reserved. Move the money and wait for what is reserved to settle."
        )


class SubWalletInUse(DomainError):
    """Cards still pay from it."""

    code = "sub_wallet_in_use"

    def message(self) -> str:
        count = self.params["cards"]
        return ngettext(
            "%(count)s card still pays from it. Move it to another wallet first.",
            "%(count)s cards still pay from it. Move them to another wallet first.",
            count,
        ) % {"count": count}


def add_users(count: Users) -> None:
    """Let an app above say what draws on an account. Called from its `apps.py`."""
    if count not in _users:
        _users.append(count)


def users_of(account: LedgerAccount) -> int:
    """Return how many cards draw on an account."""
    return sum(count(account) for count in _users)


@transaction.atomic
def archive_sub_wallet(*, account: LedgerAccount, by: Membership, now: datetime) -> LedgerAccount:
    """Put an empty sub-wallet away; `restore_sub_wallet` brings it back. Raises SubWalletNotEmpty, SubWalletInUse, WrongState.

    The condition stands in the statement that closes it, so money that arrives at the same moment is either seen here or
    arrives in a closed wallet, where the page still shows it: a settlement is never refused.
    """
    assert account.kind == AccountKind.SUB_WALLET and account.company_id == by.company_id, "a sub-wallet of the company"
    rows = LedgerAccount.objects.filter(pk=account.pk, archived_at=None)
    closed = rows.filter(credits_posted=F("debits_posted"), debits_pending=0).update(archived_at=now)
    if not closed:
        if rows.exists():
            raise SubWalletNotEmpty
        raise WrongState
    # Asked after the row is locked: whoever gives a card this wallet locks the same row first.
    if cards := users_of(account):
        raise SubWalletInUse(cards=cards)
    account.refresh_from_db()
    record(company=by.company, verb="sub_wallet.archived", subject=account, by=by, now=now)
    return account
