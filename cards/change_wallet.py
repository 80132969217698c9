"""Let a card pay from another of the company's wallets."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cards.freeze import CardClosed
from cards.models import Card, CardState
from events.record import record
from wallet.models import WALLET_KINDS, LedgerAccount
from wallet.move_money import WalletClosed


@transaction.atomic
def change_wallet(*, card: Card, account: LedgerAccount, by: Membership, now: datetime) -> Card:
    """Let a card take its next purchases from a wallet. What is reserved already stays, and settles, where it was.

    To the wallet that it has, it changes nothing. Raises CardClosed, WalletClosed.
    """
    assert card.company_id == account.company_id == by.company_id, "a wallet of the card's company"
    assert account.kind in WALLET_KINDS, "a card pays from a wallet"
    locked: Card = Card.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=card.pk)
    if locked.state == CardState.CLOSED:
        raise CardClosed
    if locked.account_id == account.pk:
        return locked
    # Locked before it is asked: whoever puts the wallet away locks the same row and then counts its cards.
    target = LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if target.archived_at:
        raise WalletClosed
    before, locked.account = locked.account, target
    locked.save(update_fields=["account"])
    record(
        company=card.company, verb="card.wallet_changed", subject=locked, by=by, now=now,
        changes={"wallet": [str(before), str(target)], "accounts": [str(before.pk), str(target.pk)]},
    )  # fmt: skip
    return locked
