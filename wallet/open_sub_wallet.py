"""Set a part of the company's money aside under a name."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, Team
from events.record import record
from pleo.lib.errors import DomainError
from wallet.models import AccountKind, LedgerAccount
from wallet.open_accounts import new_reference

NAME_LENGTH = 60


class SubWalletNameTaken(DomainError):
    """Another sub-wallet of the company has the name, perhaps one that was put away."""

    code = "sub_wallet_name_taken"
    field = "name"

    def message(self) -> str:
        return gettext("Another sub-wallet has this name, perhaps one that was put away.")


class SubWalletNameMissing(DomainError):
    """A sub-wallet is told apart by its name."""

    code = "sub_wallet_name_missing"
    field = "name"

    def message(self) -> str:
        return gettext("Give it a name of up to %(limit)s letters.") % {"limit": NAME_LENGTH}


def open_sub_wallet(*, name: str, team: Team | None = None, by: Membership, now: datetime) -> LedgerAccount:
    """Make an empty sub-wallet in the company's currency, with a top-up reference of its own.

    Raises SubWalletNameMissing, SubWalletNameTaken.
    """
    assert team is None or team.company_id == by.company_id, "a team of another company"
    shown = clean_name(name)
    try:
        with transaction.atomic():
            account: LedgerAccount = LedgerAccount.objects.create(
                company=by.company,
                kind=AccountKind.SUB_WALLET,
                name=shown,
                team=team,
                currency=by.company.currency,
                top_up_reference=new_reference(),
                created_at=now,
            )
            record(company=by.company, verb="sub_wallet.opened", subject=account, by=by, now=now)
    except IntegrityError:
        raise SubWalletNameTaken(name=shown) from None
    return account


def clean_name(name: str) -> str:
    """Return a name without surrounding or repeated blanks. Raises SubWalletNameMissing."""
    shown = " ".join(name.replace("\x00", "").split())
    if not 0 < len(shown) <= NAME_LENGTH:
        raise SubWalletNameMissing
    return shown
