"""A sub-wallet's name and team."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Membership, Team
from events.record import record
from wallet.models import AccountKind, LedgerAccount
from wallet.open_sub_wallet import SubWalletNameTaken, clean_name


def change_sub_wallet(
    *, account: LedgerAccount, name: str, team: Team | None, by: Membership, now: datetime
) -> LedgerAccount:
    """Rename a sub-wallet or give it to a team. Cards, money and reference stay. Raises SubWalletNameMissing, SubWalletNameTaken."""
    assert account.kind == AccountKind.SUB_WALLET and account.company_id == by.company_id, "a sub-wallet of the company"
    assert team is None or team.company_id == by.company_id, "a team of another company"
    shown = clean_name(name)
    try:
        with transaction.atomic():
            locked: LedgerAccount = LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
            changes: dict[str, list[str | None]] = {}
            if locked.name != shown:
                changes["name"] = [locked.name, shown]
            if locked.team_id != (team.pk if team else None):
                changes["team"] = [str(locked.team) if locked.team else None, str(team) if team else None]
            if changes:
                locked.name, locked.team = shown, team
                # Only these two columns: the counters may have moved since the row was read on a database without locks.
                locked.save(update_fields=["name", "team"])
                record(company=by.company, verb="sub_wallet.changed", subject=locked, by=by, changes=changes, now=now)
    except IntegrityError:
        raise SubWalletNameTaken(name=shown) from None
    return locked
