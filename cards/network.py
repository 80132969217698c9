"""Play the card network beyond the till: everything that may be said about a purchase or a card, through the signed doors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cards import simulate
from cards.issuers.simulator import INCREMENT, INQUIRY, compose, merchant_fields
from cards.models import Authorization, Card, Channel, Clearing, ClearingKind, Dispute, MessageKind, Outcome
from cards.simulate import NAME, NothingToPlay, NotSimulated, Reply, about, merchant_of, money_of
from pleo.lib.ids import uuid7
from pleo.lib.money import Money


def _ask(kind: str, now: datetime, **asked: Any) -> dict[str, Any]:
    document = compose(kind, message_id=f"req_{uuid7().hex}", now=now, authorization=asked)
    return simulate.post("authorizations", document, now)


def grow(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> Reply:
    """Ask at the door for more on top of what is reserved; without an amount, a tenth of it. Raises as `simulate.buy`."""
    now = now or timezone.now()
    amount = amount or Money(authorization.open_amount // 10 or 1, authorization.currency)
    names = about(authorization)
    answer = _ask(
        INCREMENT,
        now,
        id=names["authorization"],
        card=names["card"],
        **money_of(amount),
        **merchant_of(authorization),
    )
    return Reply(authorization.issuer_reference, bool(answer["approved"]), answer.get("reason", ""))


def advise(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Tell the real amount, decided elsewhere, as a fuel pump does when it stops. Raises as `simulate.buy`."""
    simulate.tell(MessageKind.ADVICE, now, **about(authorization), **money_of(amount or authorization.billing))


def announce_refund(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Announce that a shop will pay back. Raises as `simulate.buy`, and NothingToPlay."""
    amount = amount or authorization.cleared or authorization.billing
    if not amount:
        raise NothingToPlay
    fields = about(authorization) | merchant_of(authorization) | money_of(amount)
    simulate.tell(MessageKind.REFUND_AUTHORIZATION, now, **fields)


def _last(authorization: Authorization, *kinds: str) -> Clearing:
    """Return the latest clearing of some kinds. Raises NothingToPlay."""
    found = authorization.clearings.filter(kind__in=kinds).order_by("-cleared_at", "-id").first()
    if found is None:
        raise NothingToPlay
    clearing: Clearing = found
    return clearing


def _about_clearing(
    kind: MessageKind, authorization: Authorization, original: Clearing, amount: Money | None, now: datetime | None
) -> None:
    fields = about(authorization) | merchant_of(authorization) | money_of(amount or original.billing)
    simulate.tell(kind, now, **fields, original=original.issuer_reference, reference=f"clr_{uuid7().hex}")


def take_refund_back(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Take the last refund back. Raises as `simulate.buy`, and NothingToPlay."""
    original = _last(authorization, ClearingKind.REFUND)
    _about_clearing(MessageKind.REFUND_REVERSAL, authorization, original, amount, now)


def charge_back(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Bring the money of the last settled part back from the shop's bank. Raises as `simulate.buy`, and NothingToPlay."""
    original = _last(authorization, ClearingKind.PURCHASE, ClearingKind.CASH)
    _about_clearing(MessageKind.CHARGEBACK, authorization, original, amount, now)


def present_again(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Let the shop's bank take the money of a chargeback again. Raises as `simulate.buy`, and NothingToPlay."""
    original = _last(authorization, ClearingKind.CHARGEBACK)
    _about_clearing(MessageKind.SECOND_PRESENTMENT, authorization, original, amount, now)


def report(
    *, authorization: Authorization, amount: Money | None = None, refused: bool = False, now: datetime | None = None
) -> None:
    """Report what the network did, perhaps against our answer. Raises as `simulate.buy`."""
    simulate.tell(
        MessageKind.AUTHORIZATION,
        now,
        **about(authorization),
        **merchant_of(authorization),
        **money_of(amount or authorization.billing),
        outcome=(Outcome.DECLINED if refused else Outcome.APPROVED).value,
    )


def refuse_after_all(*, authorization: Authorization, amount: Money | None = None, now: datetime | None = None) -> None:
    """Report a no of the network against our yes. Raises as `simulate.buy`."""
    report(authorization=authorization, amount=amount, refused=True, now=now)


def tell_of_dispute(*, dispute: Dispute, state: str, amount: Money | None = None, now: datetime | None = None) -> None:
    """Say how a contested purchase stands: provisional_credit, won, lost. Raises as `simulate.buy`."""
    if dispute.issuer != NAME:
        raise NotSimulated(issuer=dispute.issuer)
    fields = {"dispute": dispute.issuer_reference, "state": state}
    simulate.tell(MessageKind.DISPUTE, now, **fields, **money_of(amount))


def verify(*, card: Card, amount: Money, now: datetime | None = None) -> Reply:
    """Check that a card exists, for an amount of zero. Raises as `simulate.buy`."""
    return simulate.buy(card=card, shop=simulate.SHOPS["subscription"], amount=Money(0, amount.currency), now=now)


def inquire(*, card: Card, amount: Money, now: datetime | None = None) -> Money | None:
    """Ask at a cash machine how much the card could spend. None when it says nothing. Raises as `simulate.buy`."""
    now = now or timezone.now()
    currency = card.account.currency
    asked = {"id": f"auth_{uuid7().hex}", "card": _of(card), "amount": 0, "currency": currency}
    answer = _ask(INQUIRY, now, **asked, channel=Channel.CASH.value)
    return Money(answer["balance"], answer["currency"]) if "balance" in answer else None


def _of(card: Card) -> str:
    if card.issuer != NAME:
        raise NotSimulated(issuer=card.issuer)
    return card.issuer_reference


def _alone(kind: MessageKind, card: Card, amount: Money, now: datetime | None) -> None:
    shop = merchant_fields(simulate.SHOPS["cafe"].merchant)
    billed = simulate.convert(amount, card.account.currency)
    fields = {"card": _of(card), "merchant": shop, "reference": f"clr_{uuid7().hex}"}
    simulate.tell(kind, now, **fields, **money_of(billed, amount))


def refund_from_nowhere(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Pay back to a card without saying for what. Raises as `simulate.buy`."""
    _alone(MessageKind.REFUND, card, amount, now)


def announce_from_nowhere(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Announce a refund without saying for what. Raises as `simulate.buy`."""
    _alone(MessageKind.REFUND_AUTHORIZATION, card, amount, now)


def correct_against(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Let the scheme correct against the company. Raises as `simulate.buy`."""
    _alone(MessageKind.CORRECTION_DEBIT, card, amount, now)


def correct_for(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Let the scheme correct for the company. Raises as `simulate.buy`."""
    _alone(MessageKind.CORRECTION_CREDIT, card, amount, now)


def stand_in(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Approve in our place, as a network does when it cannot reach us. Raises as `simulate.buy`."""
    billed = simulate.convert(amount, card.account.currency)
    simulate.tell(
        MessageKind.AUTHORIZATION,
        now,
        card=_of(card),
        authorization=f"auth_{uuid7().hex}",
        merchant=merchant_fields(simulate.SHOPS["fuel"].merchant),
        channel=Channel.CHIP.value,
        outcome=Outcome.APPROVED.value,
        decided_by="stand_in",
        **money_of(billed, amount),
    )


def say_nonsense(*, card: Card, amount: Money, now: datetime | None = None) -> None:
    """Send a kind of message that nobody knows. Raises as `simulate.buy`."""
    simulate.tell("weather.report", now, card=_of(card), sky="grey")


@dataclass(frozen=True)
class Saying:
    """One thing the network can say, for the page, the command and the API."""

    key: str
    title: Promise | str
    play: Callable[..., Any]


# About a purchase. Each takes an authorization and, but for expiry, an amount or none.
OF_PURCHASE: dict[str, Saying] = {
    saying.key: saying
    for saying in (
        Saying("settle", _("Settle"), simulate.clear),
        Saying("part", _("Settle a part"), simulate.clear_part),
        Saying("release", _("Release"), simulate.reverse),
        Saying("expire", _("Let it expire"), simulate.expire),
        Saying("refund", _("Refund"), simulate.refund),
        Saying("grow", _("Grow by, asked at the door"), grow),
        Saying("advise", _("Advise the real amount"), advise),
        Saying("announce", _("Announce a refund"), announce_refund),
        Saying("unrefund", _("Take the refund back"), take_refund_back),
        Saying("chargeback", _("Chargeback"), charge_back),
        Saying("present", _("Charge again (second presentment)"), present_again),
        Saying("report", _("Report as approved"), report),
        Saying("refuse", _("Report as declined after all"), refuse_after_all),
    )
}
# The first five have buttons of their own.
MORE = tuple(list(OF_PURCHASE)[5:])

# About a card. Each takes a card and what the shop's amount is.
OF_CARD: dict[str, Saying] = {
    saying.key: saying
    for saying in (
        Saying("stand_in", _("Approved without us (stand-in)"), stand_in),
        Saying("refund", _("Refund of nothing known"), refund_from_nowhere),
        Saying("announce", _("Announce a refund of nothing known"), announce_from_nowhere),
        Saying("debit", _("Correction, against the company"), correct_against),
        Saying("credit", _("Correction, for the company"), correct_for),
        Saying("verify", _("Check the card for zero"), verify),
        Saying("inquire", _("Ask for the balance"), inquire),
        Saying("nonsense", _("A kind that nobody knows"), say_nonsense),
    )
}
OF_DISPUTE = ("provisional_credit", "won", "lost")
