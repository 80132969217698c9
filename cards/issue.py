"""Make a card for somebody: write that we want it, ask the issuer, write what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus
from cards.issuers import issuer_named
from cards.limits import set_limit
from cards.models import Card, CardState, Interval
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text
from wallet.models import LedgerAccount


class HolderLeft(DomainError):
    """The person has left the company."""

    code = "holder_left"
    field = "cardholder"

    def message(self) -> str:
        return gettext("%(name)s has left the company.") % self.params


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


def issue(
    *,
    cardholder: Membership,
    name: str,
    by: Membership | None,
    limit_purchase: Money | None = None,
    limit_month: Money | None = None,
    card_id: UUID | None = None,
    now: datetime | None = None,
) -> Card:
    """Make a virtual card with its limits. `card_id`, made by the caller, makes a repeat return the first card.

    The issuer is asked after the wish is committed, never inside a transaction when it is far away: until it answers, the
    card is "being made" and the sweep asks again. Raises HolderLeft, HolderCannotSpend, CardNameMissing, LimitNegative,
    LimitCurrency, and WrongState when the id belongs to another company's card.
    """
    now = now or timezone.now()
    if cardholder.status == MembershipStatus.LEFT:
        raise HolderLeft(name=cardholder.name)
    if not cardholder.can("cards.see") or not cardholder.can("expenses.claim"):
        raise HolderCannotSpend(name=cardholder.name)
    if not name.strip():
        raise CardNameMissing
    try:
        card = _want(cardholder, name.strip()[:60], by, limit_purchase, limit_month, card_id or uuid7(), now)
    except IntegrityError:
        known = Card.objects.for_company(cardholder.company).filter(pk=card_id).first()
        if known is None:
            # Another company has a card of that id, which is nothing to tell this one.
            raise WrongState from None
        card = known
    return make(card=card, now=now)


@transaction.atomic
def _want(
    cardholder: Membership,
    name: str,
    by: Membership | None,
    limit_purchase: Money | None,
    limit_month: Money | None,
    card_id: UUID,
    now: datetime,
) -> Card:
    company = cardholder.company
    card: Card = Card.objects.create(
        id=card_id,
        company=company,
        cardholder=cardholder,
        name=name,
        issuer=company.issuer,
        account=LedgerAccount.objects.wallet_of(company),
        issued_by=by,
        created_at=now,
        search_text=search_text(name),
    )
    record(
        company=company,
        verb="card.issued",
        subject=card,
        by=by,
        changes={"cardholder": str(cardholder.pk), "name": name},
        label=f"{name}, {cardholder.name}",
        now=now,
    )
    for interval, amount in ((Interval.PURCHASE, limit_purchase), (Interval.MONTH, limit_month)):
        if amount is not None:
            set_limit(card=card, interval=interval, amount=amount, by=by, now=now)
    return card


def make(*, card: Card, now: datetime | None = None) -> Card:
    """Ask the issuer for a card that is wanted, and write its reference. Done before, it changes nothing.

    The card's id is the issuer's idempotency key, so that asking twice makes one card.
    """
    if card.state != CardState.ISSUING:
        return card
    now = now or timezone.now()
    issuer = issuer_named(card.issuer)
    if issuer.is_remote and connection.in_atomic_block:
        return card
    made = issuer.create_card(
        key=card.pk, holder=card.cardholder.name, currency=card.account.currency, today=card.company.day_of(now)
    )
    Card.objects.filter(pk=card.pk, state=CardState.ISSUING).update(
        state=CardState.ACTIVE,
        issuer_reference=made.reference,
        last_four=made.last_four,
        expires_month=made.expires_month,
        search_text=search_text(card.name, made.last_four),
    )
    card.refresh_from_db()
    return card


def make_wanted(*, now: datetime | None = None, waiting: timedelta = timedelta(seconds=30)) -> int:
    """Ask again for cards whose issuer did not answer the first time. Returns how many were made."""
    now = now or timezone.now()
    wanted = Card.objects.filter(state=CardState.ISSUING, created_at__lte=now - waiting).select_related(
        "company", "cardholder", "account"
    )
    return sum(make(card=card, now=now).state == CardState.ACTIVE for card in wanted[:100])
