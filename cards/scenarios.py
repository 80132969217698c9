"""Scripted lives of several steps, and days that pass at once. Everything goes through the signed doors."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from cards import intake, network, simulate
from cards.disputes import file, open_dispute
from cards.issuers.base import Merchant
from cards.models import (
    Authorization,
    Card,
    Channel,
    DisputeReason,
    IssuerMessage,
    MessageStatus,
    SimulatedDay,
)
from cards.simulate import NAME, SHOPS, NotSimulated, Shop
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

RESTAURANT = Shop(
    "restaurant", "utensils", _("Restaurant"), "",
    Merchant("Restaurant Skovly", "SIM-DINER", "5812", "Aarhus", "DK"), Channel.CHIP, 9_400,
)  # fmt: skip
STRANGER = Shop(
    "stranger", "ban", _("Stranger"), "",
    Merchant("QWERTY ELECTRO 24H", "SIM-FRAUD", "5732", "Nicosia", "CY"), Channel.ONLINE, 31_900,
)  # fmt: skip


class StoryEnds(DomainError):
    """The card said no where the story needs a yes."""

    code = "story_ends"

    def message(self) -> str:
        if not self.params["reason"]:
            return gettext("The story ends here: %(shop)s got no answer in time.") % self.params
        return gettext("The story ends here: %(shop)s was declined (%(reason)s).") % self.params


def _usual(card: Card, shop: Shop, share: str = "1") -> Money:
    return simulate.usual(shop, card.account.currency).share(Decimal(share))


def _buy(card: Card, shop: Shop, amount: Money) -> Authorization:
    """Buy and return what was decided. Raises StoryEnds for a no."""
    reply = simulate.buy(card=card, shop=shop, amount=amount)
    if not reply.is_approved:
        raise StoryEnds(shop=shop.merchant.name, reason=reply.reason)
    return _again(reply.reference)


def _again(reference: str) -> Authorization:
    row: Authorization = Authorization.objects.select_related("card", "company").get(
        issuer=NAME, issuer_reference=reference
    )
    return row


def _heard(authorization: Authorization, *, patience: float = 5.0) -> Authorization:
    """Take in what was just said about a card, or wait for the worker that does, so that the next step can build on it."""
    deadline = time.monotonic() + patience
    open_ones = IssuerMessage.objects.filter(
        issuer=NAME,
        card_reference=authorization.card.issuer_reference,
        status__in=[MessageStatus.RECEIVED, MessageStatus.PROCESSING],
    )
    while rows := list(open_ones.values_list("pk", flat=True)[:50]):
        for message_id in rows:
            intake.take_in(message_id=message_id)
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return _again(authorization.issuer_reference)


def _line(text: str, amount: Money) -> str:
    return f"{text}: {format.amount(amount)}"


Story = Callable[[Card, Membership], Iterator[str]]


def _fuel(card: Card, by: Membership) -> Iterator[str]:
    asked, real = _usual(card, SHOPS["fuel"]), _usual(card, SHOPS["fuel"], "0.584")
    row = _buy(card, SHOPS["fuel"], asked)
    yield _line(gettext("The pump asked for a round sum"), asked)
    network.advise(authorization=row, amount=real)
    yield _line(gettext("It told the real amount"), real)
    simulate.clear(authorization=row, amount=real)
    yield _line(gettext("Settled"), real)


def _hotel(card: Card, by: Membership) -> Iterator[str]:
    night = _usual(card, SHOPS["hotel"])
    row = _buy(card, SHOPS["hotel"], night)
    yield _line(gettext("Four nights reserved"), night)
    for extra in ("0.13", "0.06"):
        more = night.share(Decimal(extra))
        reply = network.grow(authorization=row, amount=more)
        yield _line(gettext("Grew by") if reply.is_approved else gettext("Growing was declined"), more)
    total = night.share(Decimal("1.22"))
    simulate.clear(authorization=row, amount=total)
    yield _line(gettext("Settled with the minibar"), total)


def _tip(card: Card, by: Membership) -> Iterator[str]:
    bill = _usual(card, RESTAURANT)
    row = _buy(card, RESTAURANT, bill)
    yield _line(gettext("Dinner reserved"), bill)
    total = bill.share(Decimal("1.15"))
    simulate.clear(authorization=row, amount=total)
    yield _line(gettext("Settled with the tip"), total)


def _subscription(card: Card, by: Membership) -> Iterator[str]:
    for share, text in (("1", gettext("First month")), ("1", gettext("Second month")), ("1.2", gettext("Third month"))):
        price = _usual(card, SHOPS["subscription"], share)
        row = _buy(card, SHOPS["subscription"], price)
        simulate.clear(authorization=row)
        yield _line(text, price)


def _offline(card: Card, by: Membership) -> Iterator[str]:
    amount = _usual(card, SHOPS["cafe"], "2")
    simulate.force_post(card=card, shop=SHOPS["cafe"], amount=amount)
    yield _line(gettext("Taken without asking"), amount)


def _refund(card: Card, by: Membership) -> Iterator[str]:
    price = _usual(card, RESTAURANT, "2")
    row = _buy(card, RESTAURANT, price)
    simulate.clear(authorization=row)
    yield _line(gettext("Settled"), price)
    row, part = _heard(row), price.share(Decimal("0.4"))
    network.announce_refund(authorization=row, amount=part)
    yield _line(gettext("A refund was announced, which is not money yet"), part)
    simulate.refund(authorization=row, amount=part)
    rest = price - part
    simulate.refund(authorization=row, amount=rest)
    yield _line(gettext("Refunded in two parts"), price)


def _twice(card: Card, by: Membership) -> Iterator[str]:
    price = _usual(card, SHOPS["cafe"])
    row = _buy(card, SHOPS["cafe"], price)
    names = simulate.about(row) | simulate.merchant_of(row) | simulate.money_of(price)
    for _number in range(2):
        simulate.tell("clearing", None, **names, final=True, reference=f"clr_{row.pk.hex}")
        yield _line(gettext("Settled under one reference"), price)


def _cash(card: Card, by: Membership) -> Iterator[str]:
    amount = _usual(card, SHOPS["cash"])
    row = _buy(card, SHOPS["cash"], amount)
    yield _line(gettext("The machine asked and took at once, its fee on top"), row.billing)


def _fraud(card: Card, by: Membership) -> Iterator[str]:
    price = _usual(card, STRANGER)
    row = _buy(card, STRANGER, price)
    simulate.clear(authorization=row)
    yield _line(gettext("A stranger bought"), price)
    row = _heard(row)
    taken = row.clearings.select_related("card", "company").get()
    dispute = open_dispute(clearing=taken, by=by, reason=DisputeReason.FRAUD)
    dispute = file(dispute_id=dispute.pk) or dispute
    dispute.refresh_from_db()
    yield _line(gettext("Disputed"), dispute.money)
    network.tell_of_dispute(dispute=dispute, state="provisional_credit", amount=dispute.money)
    yield _line(gettext("Credited for now"), dispute.money)
    network.charge_back(authorization=row)
    yield _line(gettext("The shop’s bank returned it"), price)


@dataclass(frozen=True)
class Scenario:
    """A story to play with one press."""

    key: str
    icon: str
    title: Promise | str
    hint: Promise | str
    story: Story


SCENARIOS: dict[str, Scenario] = {
    scenario.key: scenario
    for scenario in (
        Scenario("fuel", "fuel", _("Fuel, less than asked"), _("Asks for a round sum, tells the real one"), _fuel),
        Scenario("hotel", "bed", _("Hotel with extras"), _("Grows twice, settles above"), _hotel),
        Scenario("tip", "utensils", _("Dinner with a tip"), _("Settles with 15 % on top"), _tip),
        Scenario("subscription", "app-window", _("Price goes up"), _("Third month 20 % more"), _subscription),
        Scenario("offline", "plane", _("Bought without asking"), _("Settles with no reserve"), _offline),
        Scenario("refund", "undo-2", _("Return, part by part"), _("Announced, then two refunds"), _refund),
        Scenario("twice", "copy", _("Settled twice"), _("Under one reference: booked once"), _twice),
        Scenario("cash", "banknote", _("Cash machine"), _("Asks and takes at once, with a fee"), _cash),
        Scenario("fraud", "flag", _("Fraud and dispute"), _("Disputed, credited, returned"), _fraud),
    )
}


def play(*, name: str, card: Card, by: Membership) -> list[str]:
    """Play a story on a card and return what happened, line by line.

    Raises NotSimulated, StoryEnds, DoorClosed, DoorRefused, and what `open_dispute` raises.
    """
    if card.issuer != NAME:
        raise NotSimulated(issuer=card.issuer)
    return list(SCENARIOS[name].story(card, by))


# Days after which shops of a kind settle; others after two. One in ten never comes for its money.
SETTLES_AFTER = {"5814": 1, "5542": 1, "7011": 3}
NEVER = 10


@dataclass(frozen=True)
class Passed:
    """What a day brought."""

    settled: int
    expired: int


def pass_day(*, company: Company, by: Membership | None = None, now: datetime | None = None) -> Passed:
    """Let a day pass: shops settle what is old enough, and reserves that nobody came for run out.

    Raises NotSimulated, DoorClosed, DoorRefused.
    """
    now = now or timezone.now()
    if company.issuer != NAME:
        raise NotSimulated(issuer=company.issuer)
    SimulatedDay.objects.create(company=company, by=by, created_at=now)
    passed = list(SimulatedDay.objects.for_company(company).values_list("created_at", flat=True))
    settled = expired = 0
    rows = Authorization.objects.for_company(company).filter(issuer=NAME, open_amount__gt=0).select_related("card")
    for row in rows.order_by("occurred_at", "id")[:500]:
        age = (now - row.occurred_at).days + sum(moment > row.created_at for moment in passed)
        is_forgotten = zlib.crc32(row.issuer_reference.encode()) % NEVER == 0
        if not is_forgotten and age >= SETTLES_AFTER.get(row.merchant_category_code, 2):
            simulate.clear(authorization=row)
            settled += 1
        elif age >= Authorization.LIFETIME.days:
            simulate.expire(authorization=row)
            expired += 1
    return Passed(settled, expired)
