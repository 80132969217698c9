"""What tills and issuers say, in one line each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from cards.activate import activate
from cards.authorize import authorize
from cards.close import close
from cards.intake import deliver
from cards.issue import Wish, issue
from cards.issuers.base import Address, AuthorizationRequest, Merchant, Message
from cards.models import Authorization, Card, CardKind, IssuerMessage, LimitUse, MessageKind
from pleo.lib.money import Money
from wallet.models import LedgerAccount
from wallet.top_up import receive_top_up

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
CAFE = Merchant(name="Kaffebar Nordhavn", id="M-1", category_code="5814", city="København", country="DK")
_numbers = count(1)


def kroner(amount: int) -> Money:
    """Minor units of Danish kroner."""
    return Money(amount, "DKK")


def fund(company: Any, amount: int, *, line: str = "") -> None:
    """Let money arrive from the bank, in minor units of the company's currency."""
    receive_top_up(
        account=LedgerAccount.objects.wallet_of(company),
        bank_line=line or f"line {next(_numbers)}",
        amount=Money(amount, company.currency),
        value_date=date(2026, 11, 1),
        now=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )


def in_days(days: int) -> datetime:
    """Return the real time some days from now, for pages that ask the clock."""
    return timezone.now() + timedelta(days=days)


def new_card(holder: Membership, **options: Any) -> Card:
    """Issue a card without limits."""
    return issue(cardholder=holder, name="Everyday", by=None, **options)


PLASTIC = Wish(
    kind=CardKind.PHYSICAL,
    ship_to=Address(name="Carol", line1="Havnegade 3", postal_code="8000", city="Aarhus", country="DK"),
)


def plastic(holder: Membership, *, active: bool = True, **options: Any) -> Card:
    """A plastic card, in the holder's hands and activated, or still in the post."""
    card = new_card(holder, wish=PLASTIC, **options)
    return activate(card=card, last_four=card.last_four, by=holder, now=NOON) if active else card


def end(card: Card) -> Card:
    """Close a card for good."""
    return close(card=card, reason="cancelled", by=None, now=NOON)


def request(card: Card, amount: int, **changes: Any) -> AuthorizationRequest:
    """A till asks for an amount in the card's currency."""
    number = next(_numbers)
    money = Money(amount, changes.pop("currency", card.account.currency))
    values: dict[str, Any] = {
        "issuer": card.issuer,
        "request_id": f"request {number}",
        "reference": f"auth {number}",
        "card_reference": card.issuer_reference,
        "amount": money,
        "merchant_amount": money,
        "merchant": CAFE,
        "channel": "chip",
        "occurred_at": NOON,
    }
    return AuthorizationRequest(**(values | changes))


def buy(card: Card, amount: int, **changes: Any) -> Authorization:
    """Ask and be answered."""
    return authorize(request=request(card, amount, **changes), now=changes.get("occurred_at", NOON))


def message(kind: MessageKind, card: Card, amount: int | None = None, **changes: Any) -> Message:
    """An issuer's message about a card."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "issuer": card.issuer,
        "message_id": f"message {number}",
        "kind": kind,
        "occurred_at": NOON + timedelta(minutes=number % 50),
        "sequence": number,
        "card_reference": card.issuer_reference,
        "reference": f"network {number}",
        "amount": None if amount is None else Money(amount, changes.pop("currency", card.account.currency)),
        "merchant": CAFE,
    }
    return Message(**(values | changes))


def tell(kind: MessageKind, authorization: Authorization, amount: int | None = None, **changes: Any) -> IssuerMessage:
    """An issuer's message about an authorization, taken in at once; the authorization is read again."""
    told = message(kind, authorization.card, amount, authorization_reference=authorization.issuer_reference, **changes)
    row = deliver(message=told, now=NOON)
    authorization.refresh_from_db()
    return row


def clear(authorization: Authorization, amount: int, *, is_final: bool = True, **changes: Any) -> IssuerMessage:
    return tell(MessageKind.CLEARING, authorization, amount, is_final=is_final, **changes)


def wallet(company: Any) -> LedgerAccount:
    """The company's wallet as it is now."""
    found: LedgerAccount = LedgerAccount.objects.wallet_of(company)
    return found


def used_by(card: Card, interval: str) -> int:
    """What the card used, over all windows of an interval."""
    return sum(LimitUse.objects.filter(card=card.limit_owner, interval=interval).values_list("used", flat=True))
