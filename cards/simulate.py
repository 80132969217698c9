"""Play the shop and the card network: signed messages through the same HTTP doors that a real issuer uses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cards.issuers.base import AuthorizationRequest, Merchant
from cards.issuers.simulator import AT_ONCE, HEADER, REQUEST, adapter, compose, merchant_fields, sign
from cards.models import Authorization, Card, Channel, DecidedBy, MessageKind, Outcome
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.money import Money, exponent

NAME = adapter.name


class NotSimulated(DomainError):
    """The card was made by a real issuer: nobody plays with it."""

    code = "not_simulated"

    def message(self) -> str:
        return gettext("Only cards of the simulator can be played with.")


class DoorClosed(DomainError):
    """Nothing answers at the issuer's door."""

    code = "door_closed"
    status = 503

    def message(self) -> str:
        return gettext("The door at %(url)s did not answer. Is Pleo running there? Nothing was bought.") % self.params


class DoorRefused(DomainError):
    """The door answered with a refusal of the message itself."""

    code = "door_refused"

    def message(self) -> str:
        return gettext("The door refused the message: %(answer)s (%(status)s).") % self.params


class NothingToPlay(DomainError):
    """There is no money left that this message could speak of."""

    code = "nothing_to_play"
    field = "amount"

    def message(self) -> str:
        return gettext("There is nothing left of this purchase to do that with.")


@dataclass(frozen=True)
class Shop:
    """A shop to buy at with one press: who it is, how it takes cards, what it usually costs in euro cents."""

    key: str
    icon: str
    title: Promise | str
    hint: Promise | str
    merchant: Merchant
    channel: str
    usual: int


SHOPS: dict[str, Shop] = {
    shop.key: shop
    for shop in (
        Shop(
            "cafe", "coffee", _("Café"), _("Chip, a small sum"),
            Merchant("Kaffebar Nordhavn", "SIM-CAFE", "5814", "København", "DK"), Channel.CHIP, 643,
        ),
        Shop(
            "fuel", "fuel", _("Fuel pump"), _("Asks for a round sum first"),
            Merchant("Circle K Brabrand", "SIM-FUEL", "5542", "Brabrand", "DK"), Channel.CHIP, 13_400,
        ),
        Shop(
            "hotel", "bed", _("Hotel"), _("Four nights, extras later"),
            Merchant("Hotel Limfjorden", "SIM-HOTEL", "7011", "Aalborg", "DK"), Channel.CONTACTLESS, 66_800,
        ),
        Shop(
            "subscription", "app-window", _("Subscription"), _("Online, each month"),
            Merchant("Figma", "SIM-FIGMA", "5734", "San Francisco", "US"), Channel.ONLINE, 3_600,
        ),
        Shop(
            "cash", "banknote", _("Cash machine"), _("Asks and takes at once"),
            Merchant("Danske Bank Automat", "SIM-CASH", "6011", "Aarhus", "DK"), Channel.CASH, 6_710,
        ),
        Shop("own", "pencil", _("Your own"), _("Any name, code, country"), Merchant(), Channel.CHIP, 1_000),
    )
}  # fmt: skip

# Pretend rates, units of a currency for one euro. The real ones come with the network's messages.
RATES: dict[str, Decimal] = {
    "EUR": Decimal(1),
    "DKK": Decimal("7.46"),
    "SEK": Decimal("11.20"),
    "NOK": Decimal("11.60"),
    "GBP": Decimal("0.85"),
    "USD": Decimal("1.09"),
    "CHF": Decimal("0.95"),
    "PLN": Decimal("4.30"),
    "CZK": Decimal("24.30"),
    "RON": Decimal("5.05"),
    "HUF": Decimal(390),
    "ISK": Decimal(145),
    "JPY": Decimal(163),
}


def convert(amount: Money, currency: str) -> Money:
    """Return an amount in another currency by the pretend rates. Raises KeyError for a currency without one."""
    if amount.currency == currency:
        return amount
    per_unit = RATES[currency] / RATES[amount.currency]
    scale = Decimal(10) ** (exponent(currency) - exponent(amount.currency))
    return Money(amount.share(per_unit * scale).amount, currency)


def usual(shop: Shop, currency: str) -> Money:
    """Return what a shop usually asks for, in a currency, without odd minor units."""
    exact = convert(Money(shop.usual, "EUR"), currency)
    step = 10 ** exponent(currency)
    return Money(max(step, exact.amount // step * step), currency)


@dataclass(frozen=True)
class Reply:
    """What came back from a purchase: the answer, or that the network answered in our place."""

    reference: str
    is_approved: bool
    reason: str = ""
    is_fallback: bool = False
    granted: Money | None = None


# What the owner of a cash machine charges, in euro cents.
CASH_FEE = Money(270, "EUR")


def request_for(card: Card, shop: Shop, amount: Money, *, channel: str = "", now: datetime) -> AuthorizationRequest:
    """Return the request that a purchase would send. A cash machine puts its fee on top. Raises NotSimulated."""
    if card.issuer != NAME:
        raise NotSimulated(issuer=card.issuer)
    is_cash = (channel or shop.channel) == Channel.CASH
    fee = convert(CASH_FEE, card.account.currency) if is_cash and amount else None
    return AuthorizationRequest(
        issuer=NAME,
        request_id=f"req_{uuid7().hex}",
        reference=f"auth_{uuid7().hex}",
        card_reference=card.issuer_reference,
        amount=convert(amount, card.account.currency) + (fee or Money(0, card.account.currency)),
        merchant_amount=amount,
        merchant=shop.merchant,
        channel=channel or shop.channel,
        occurred_at=now,
        takes_at_once=is_cash,
        fee=fee,
    )


def buy(
    *,
    card: Card,
    shop: Shop,
    amount: Money,
    channel: str = "",
    takes_part: bool = False,
    now: datetime | None = None,
) -> Reply:
    """Ask at the door whether a purchase may go through. `amount` is what the shop asks for, in any known currency.

    A cash machine takes the money with the yes. With `takes_part` the till would take a smaller yes.

    No answer in time is what a network makes of it: a decline of its own, which is then reported. Raises NotSimulated,
    DoorClosed, DoorRefused.
    """
    now = now or timezone.now()
    asked = request_for(card, shop, amount, channel=channel, now=now)
    document = compose(
        AT_ONCE if asked.takes_at_once else REQUEST,
        message_id=asked.request_id,
        now=now,
        authorization={
            "id": asked.reference,
            "card": asked.card_reference,
            "amount": asked.amount.amount,
            "currency": asked.amount.currency,
            "merchant_amount": asked.merchant_amount.amount,
            "merchant_currency": asked.merchant_amount.currency,
            "merchant": merchant_fields(asked.merchant),
            "channel": asked.channel,
            **({"fee": asked.fee.amount} if asked.fee else {}),
            **({"partial": True} if takes_part else {}),
        },
    )
    try:
        answer = _post("authorizations", document, now)
    except TimeoutError:
        answer = {"approved": False, "fallback": True}
    reply = Reply(
        asked.reference,
        bool(answer["approved"]),
        answer.get("reason", ""),
        bool(answer.get("fallback")),
        Money(answer["amount"], answer["currency"]) if "amount" in answer else None,
    )
    if reply.is_fallback:
        _report(asked, now)
    return reply


def _report(asked: AuthorizationRequest, now: datetime) -> None:
    """Tell what the network did when no answer came in time."""
    fields = {
        "card": asked.card_reference,
        "authorization": asked.reference,
        "amount": asked.amount.amount,
        "currency": asked.amount.currency,
        "merchant": merchant_fields(asked.merchant),
        "channel": asked.channel,
        "outcome": Outcome.DECLINED.value,
        "decided_by": DecidedBy.FALLBACK.value,
    }
    tell(MessageKind.AUTHORIZATION, now, **fields)


def clear(
    *, authorization: Authorization, amount: Money | None = None, is_final: bool = True, now: datetime | None = None
) -> None:
    """Settle a purchase, for what is still reserved or for another amount: with a tip, in part.

    When nothing is reserved any more the shop comes late, or twice, and takes what it first asked for. Raises as `buy`.
    """
    amount = amount or authorization.reserved or authorization.billing
    if not amount:
        raise NothingToPlay
    merchant_amount = None
    if authorization.merchant_currency == amount.currency:
        merchant_amount = amount
    elif authorization.amount:
        merchant_amount = authorization.merchant_money.share(Decimal(amount.amount) / authorization.amount)
    tell(
        MessageKind.CLEARING,
        now,
        **about(authorization),
        **merchant_of(authorization),
        **money_of(amount, merchant_amount),
        final=is_final,
        reference=f"clr_{uuid7().hex}",
    )


def clear_part(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Settle a part; more may follow. Raises as `clear`."""
    clear(authorization=authorization, amount=amount, is_final=False, now=now)


def reverse(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Release a purchase, whole or in part. Raises as `buy`, and NothingToPlay."""
    if not authorization.open_amount:
        raise NothingToPlay
    tell(MessageKind.REVERSAL, now, **about(authorization), **money_of(amount))


def expire(*, authorization: Authorization, now: datetime | None = None) -> None:
    """Let a purchase's reserve run out, as the network reports it. Raises as `buy`, and NothingToPlay."""
    if not authorization.open_amount:
        raise NothingToPlay
    tell(MessageKind.EXPIRY, now, **about(authorization))


def refund(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Give money back for a settled purchase, all of it or a part. Raises as `buy`, and NothingToPlay."""
    amount = amount or authorization.cleared
    if not amount:
        raise NothingToPlay
    fields = about(authorization) | merchant_of(authorization) | money_of(amount)
    tell(MessageKind.REFUND, now, **fields, reference=f"ref_{uuid7().hex}")


def force_post(*, card: Card, shop: Shop, amount: Money, channel: str = "", now: datetime | None = None) -> None:
    """Take money without asking, as a shop that was offline does. Raises as `buy`."""
    asked = request_for(card, shop, amount, channel=channel, now=now or timezone.now())
    tell(
        MessageKind.CLEARING,
        now,
        card=asked.card_reference,
        merchant=merchant_fields(asked.merchant),
        channel=asked.channel,
        **money_of(asked.amount, asked.merchant_amount),
        final=True,
        reference=f"clr_{uuid7().hex}",
    )


def own_shop(name: str, *, category_code: str = "", country: str = "", city: str = "") -> Shop:
    """Return a shop that somebody made up."""
    return replace(
        SHOPS["own"], merchant=Merchant(name or "Sample shop", "SIM-OWN", category_code, city, country.upper())
    )


def about(authorization: Authorization) -> dict[str, Any]:
    """Name the purchase that a message speaks of. Raises NotSimulated."""
    if authorization.issuer != NAME:
        raise NotSimulated(issuer=authorization.issuer)
    return {"card": authorization.card.issuer_reference, "authorization": authorization.issuer_reference}


def merchant_of(authorization: Authorization) -> dict[str, Any]:
    """Name the shop of a purchase, as the issuer sends it."""
    shop = Merchant(
        authorization.merchant_name,
        authorization.merchant_id,
        authorization.merchant_category_code,
        authorization.merchant_city,
        authorization.merchant_country,
    )
    return {"merchant": merchant_fields(shop), "channel": authorization.channel}


def money_of(amount: Money | None, merchant_amount: Money | None = None) -> dict[str, Any]:
    """Write amounts as the issuer sends them."""
    fields: dict[str, Any] = {}
    if amount is not None:
        fields |= {"amount": amount.amount, "currency": amount.currency}
    if merchant_amount:
        fields |= {"merchant_amount": merchant_amount.amount, "merchant_currency": merchant_amount.currency}
    return fields


def tell(kind: MessageKind | str, now: datetime | None, **fields: Any) -> str:
    """Send a signed message of a kind to the door, and return its id. Raises DoorClosed, DoorRefused."""
    now = now or timezone.now()
    message_id = f"msg_{uuid7().hex}"
    document = compose(kind, message_id=message_id, now=now, sequence=int(now.timestamp() * 1000), **fields)
    post("messages", document, now)
    return message_id


def post(door: str, document: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Send a document and return the answer. Raises DoorClosed, also when nobody answers in time, and DoorRefused."""
    try:
        return _post(door, document, now)
    except TimeoutError:
        raise DoorClosed(url=settings.ISSUER_URL) from None


def _post(door: str, document: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Send a signed message. Raises TimeoutError when nobody answers in time, DoorClosed when nobody is there."""
    body = json.dumps(document).encode()
    request = urllib.request.Request(  # noqa: S310 - the address is a setting, not input
        f"{settings.ISSUER_URL}/issuer/{NAME}/{door}",
        data=body,
        headers={"Content-Type": "application/json", HEADER: sign(body, now)},
    )
    try:
        with urllib.request.urlopen(request, timeout=settings.SIMULATOR_SECONDS) as response:  # noqa: S310
            answer: dict[str, Any] = json.loads(response.read(65_536))
            return answer
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(300).decode(errors="replace")
        raise DoorRefused(status=error.code, answer=text) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise TimeoutError from None
        raise DoorClosed(url=settings.ISSUER_URL) from None
    except (ConnectionError, ValueError):
        raise DoorClosed(url=settings.ISSUER_URL) from None
