"""Cards on the pages of wallets: who pays from one, and how many keep it from being put away."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership
from cards.models import Card, CardState
from wallet.archive_sub_wallet import add_users
from wallet.models import LedgerAccount
from wallet.parts import add_part

SHOWN = 20


def drawing_on(account: LedgerAccount) -> int:
    """Return how many cards that are not closed pay from a wallet."""
    return Card.objects.filter(account=account).exclude(state=CardState.CLOSED).count()


def part(account: LedgerAccount, viewer: Membership) -> dict[str, Any] | None:
    """Return the cards of a wallet for whoever may see cards at all."""
    if not viewer.can("cards.see_all"):
        return None
    rows = Card.objects.visible_to(viewer).with_frozen().filter(account=account).exclude(state=CardState.CLOSED)
    return {
        "account": account,
        "cards": list(rows.select_related("cardholder").order_by("cardholder__name", "id")[:SHOWN]),
        "count": rows.count(),
        "company": viewer.company,
        "may_change": viewer.can("cards.manage") and account.archived_at is None,
    }


def register() -> None:
    add_users(drawing_on)
    add_part("cards", template="cards/wallet_cards.html", context=part)
