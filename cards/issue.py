"""Make a card for somebody: write that we want it, ask the issuer, write what came of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus
from cards.close import retire_before
from cards.issuers import issuer_named
from cards.issuers.base import Address, Feature, IssuedCard, IssuerRefused, IssuerUnavailable
from cards.issuers.reading import redact
from cards.limits import set_limit
from cards.models import (
    Card,
    CardKind,
    CardState,
    Freeze,
    FreezeSource,
    Interval,
    IssuerStatus,
    Leaving,
    LeavingStatus,
    Period,
    Plastic,
)
from cards.order import keep_holder, note_refused, order_of
from cards.tell_issuer import tell_issuer, tell_soon
from cards.watch_subscription import start_subscription
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text
from wallet.models import LedgerAccount

logger = logging.getLogger(__name__)
LONGEST = timedelta(days=366)
# A wish that an issuer refused is put before it again after this: somebody may have set right what it minded.
REFUSED_FOR = timedelta(hours=1)


class HolderLeft(DomainError):
    """The person has left the company."""

    code = "holder_left"
    field = "cardholder"

    def message(self) -> str:
        return gettext("%(name)s has left the company.") % self.params


class HolderLeaving(DomainError):
    """Somebody has begun to let this person go."""

    code = "holder_leaving"
    field = "cardholder"

    def message(self) -> str:
        return gettext("%(name)s is leaving the company.") % self.params


class HolderCannotSpend(DomainError):
    """The person's role has no card: accountants from outside and service accounts do not spend."""

    code = "holder_cannot_spend"
    field = "cardholder"

    def message(self) -> str:
        return gettext("%(name)s has a role without a card.") % self.params


class CardNameMissing(DomainError):
    """A card needs a name that people tell it by."""

    code = "card_name_missing"
    field = "name"

    def message(self) -> str:
        return gettext("Give the card a name, for example Travel.")


class NumberAsName(DomainError):
    """A card number was typed where its name belongs; it must not be kept."""

    code = "number_as_name"
    field = "name"

    def message(self) -> str:
        return gettext("That looks like a card number. Give the card a name, for example Travel.")


class AddressMissing(DomainError):
    """A plastic card has to be sent somewhere."""

    code = "address_missing"
    field = "line1"

    def message(self) -> str:
        return gettext("Say where the card shall be sent: street, postal code, city and country.")


class NoPlastic(DomainError):
    """The company's issuer makes no plastic cards."""

    code = "no_plastic"
    field = "kind"

    def message(self) -> str:
        return gettext("The issuer of this company makes no plastic cards.")


class PeriodWrong(DomainError):
    """A temporary card ends after it starts, in the future, and within a year."""

    code = "period_wrong"
    field = "ends_on"

    def message(self) -> str:
        return gettext("A temporary card ends after it starts, after today, and within a year.")


class TotalMissing(DomainError):
    """A temporary card has an amount that it may spend in all."""

    code = "total_missing"
    field = "limit_total"

    def message(self) -> str:
        return gettext("Say how much the card may spend in all.")


@dataclass(frozen=True)
class VendorTerms:
    """What a vendor card is for: a merchant (nobody named means the first that charges it), its price and its rhythm."""

    merchant: str = ""
    period: str = Period.MONTH
    price: Money | None = None
    renews_on: date | None = None


@dataclass(frozen=True)
class Wish:
    """What a card shall be besides whose it is. Times are for temporary cards, the address for plastic ones.

    `replaces` is the card before it in its chain, `because` why.
    """

    kind: str = CardKind.VIRTUAL
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ship_to: Address | None = None
    vendor: VendorTerms = VendorTerms()
    replaces: Card | None = None
    because: str = ""


def issue(
    *,
    cardholder: Membership,
    name: str,
    by: Membership | None,
    wish: Wish | None = None,
    limit_purchase: Money | None = None,
    limit_month: Money | None = None,
    limit_total: Money | None = None,
    card_id: UUID | None = None,
    now: datetime | None = None,
) -> Card:
    """Make a card with its limits. `card_id`, made by the caller, makes a repeat return the first card.

    The issuer is asked after the wish is committed, never inside a transaction when it is far away: until it answers, the
    card is "being made" and the sweep asks again. Raises HolderLeft, HolderLeaving, HolderCannotSpend, CardNameMissing,
    NumberAsName, AddressMissing,
    NoPlastic, PeriodWrong, TotalMissing, LimitNegative, LimitCurrency, and WrongState when the id belongs to another
    company's card.
    """
    now = now or timezone.now()
    wish = wish or Wish()
    _check(cardholder, name, wish, limit_total, now)
    caps = {Interval.PURCHASE: limit_purchase, Interval.MONTH: limit_month, Interval.TOTAL: limit_total}
    try:
        card = _want(cardholder, name.strip()[:60], by, wish, caps, card_id or uuid7(), now)
    except IntegrityError:
        known = Card.objects.for_company(cardholder.company).filter(pk=card_id).first()
        if known is None:
            # Another company has a card of that id, which is nothing to tell this one.
            raise WrongState from None
        card = known
    return make(card=card, now=now)


def _check(cardholder: Membership, name: str, wish: Wish, limit_total: Money | None, now: datetime) -> None:
    if cardholder.status == MembershipStatus.LEFT:
        raise HolderLeft(name=cardholder.name)
    if Leaving.objects.filter(membership=cardholder, status=LeavingStatus.STARTED).exists():
        raise HolderLeaving(name=cardholder.name)
    if not cardholder.can("cards.see") or not cardholder.can("expenses.claim"):
        raise HolderCannotSpend(name=cardholder.name)
    if not name.strip():
        raise CardNameMissing
    if redact(name) != name:
        raise NumberAsName
    if wish.kind == CardKind.PHYSICAL:
        to = wish.ship_to
        if Feature.PHYSICAL not in issuer_named(cardholder.company.issuer).features:
            raise NoPlastic
        if to is None or not all(part.strip() for part in (to.name, to.line1, to.city, to.postal_code, to.country)):
            raise AddressMissing
    if wish.kind == CardKind.TEMPORARY:
        starts, ends = wish.starts_at, wish.ends_at
        if starts is None or ends is None or not max(starts, now) < ends <= starts + LONGEST:
            raise PeriodWrong
        if limit_total is None and wish.replaces is None:
            raise TotalMissing


@transaction.atomic
def _want(
    cardholder: Membership,
    name: str,
    by: Membership | None,
    wish: Wish,
    caps: dict[Interval, Money | None],
    card_id: UUID,
    now: datetime,
) -> Card:
    company, before = cardholder.company, wish.replaces
    is_temporary = wish.kind == CardKind.TEMPORARY
    card: Card = Card.objects.create(
        id=card_id,
        company=company,
        cardholder=cardholder,
        kind=wish.kind,
        name=name,
        issuer=company.issuer,
        account=before.account if before else LedgerAccount.objects.wallet_of(company),
        issued_by=by,
        replaces=before,
        head=(before.head or before) if before else None,
        starts_at=wish.starts_at if is_temporary else None,
        ends_at=wish.ends_at if is_temporary else None,
        created_at=now,
        search_text=search_text(name),
    )
    if wish.kind == CardKind.PHYSICAL:
        _address(card, wish.ship_to, now)
    if before:
        _rest_as(before, card)
    elif wish.kind == CardKind.VENDOR:
        terms = wish.vendor
        start_subscription(
            card=card,
            merchant=terms.merchant,
            period=terms.period,
            price=terms.price,
            renews_on=terms.renews_on,
            by=by,
            now=now,
        )
    record(
        company=company,
        verb="card.issued",
        subject=card,
        by=by,
        changes={"cardholder": str(cardholder.pk), "name": name, "kind": wish.kind}
        | ({"replaces": str(before.pk), "because": wish.because} if before else {}),
        label=f"{name}, {cardholder.name}",
        now=now,
    )
    for interval, amount in caps.items():
        if amount is not None:
            set_limit(card=card, interval=interval, amount=amount, by=by, now=now)
    return card


def _address(card: Card, to: Address | None, now: datetime) -> None:
    assert to is not None, "checked before"
    Plastic.objects.create(
        company=card.company,
        card=card,
        recipient=to.name[:80],
        line1=to.line1[:80],
        line2=to.line2[:80],
        postal_code=to.postal_code[:16],
        city=to.city[:60],
        country=to.country.upper(),
        ordered_at=now,
    )


def _rest_as(before: Card, card: Card) -> None:
    """Freeze a new card as the one it replaces: nobody gets out of finance's freeze by losing a card."""
    for row in before.open_freezes().exclude(source=FreezeSource.HOLDER):
        Freeze.objects.create(company=card.company, card=card, source=row.source, by=row.by, reason=row.reason)


def make(*, card: Card, now: datetime | None = None) -> Card:
    """Ask the issuer for a card that is wanted, and write its reference. Done before, it changes nothing.

    The card's id is the issuer's idempotency key, so that asking twice makes one card. A card that was closed meanwhile is
    closed at the issuer too. No answer leaves the card "being made".
    """
    if card.state != CardState.ISSUING:
        return card
    now = now or timezone.now()
    issuer = issuer_named(card.issuer)
    if issuer.is_remote and connection.in_atomic_block:
        return card
    if issuer.is_remote and card.replaces is not None:
        # An issuer replaces a lost card only once it knows that it is lost.
        tell_issuer(card=card.replaces)
    try:
        made = issuer.create_card(order_of(card, today=card.company.day_of(now)))
    except IssuerUnavailable as error:
        logger.warning("the issuer made no card yet: card=%s error=%s", card.pk, error)
        return card
    except IssuerRefused as refused:
        note_refused(card, refused.code, now)
        return card
    return write_made(card=card, made=made, now=now)


def write_made(*, card: Card, made: IssuedCard, now: datetime) -> Card:
    """Write what an issuer made of a wish; done before, it changes nothing."""
    is_plastic = card.kind == CardKind.PHYSICAL
    known = {
        "issuer_reference": made.reference,
        "last_four": made.last_four,
        "expires_month": made.expires_month,
        "issuer_status": IssuerStatus.FROZEN if is_plastic else made.status,
        "search_text": search_text(card.name, made.last_four),
    }
    state = CardState.PENDING if is_plastic else CardState.ACTIVE
    keep_holder(card, made.holder_reference)
    if not Card.objects.filter(pk=card.pk, state=CardState.ISSUING).update(state=state, **known):
        Card.objects.filter(pk=card.pk, issuer_reference="").update(**known)
    card.refresh_from_db()
    tell_soon(card)
    if card.state == CardState.ACTIVE and card.replaces_id:
        retire_before(card=card, by=card.issued_by, now=now)
    return card


def make_wanted(*, now: datetime | None = None, waiting: timedelta = timedelta(seconds=30)) -> int:
    """Ask again for cards whose issuer did not answer the first time. Returns how many were made."""
    now = now or timezone.now()
    wanted = (
        Card.objects.filter(state=CardState.ISSUING, created_at__lte=now - waiting)
        .exclude(issuer_copy__sent_at__gt=now - REFUSED_FOR, issuer_copy__refused__gt="")
        .select_related("company", "cardholder", "account", "replaces")
    )
    return sum(make(card=card, now=now).is_live for card in wanted[:100])
