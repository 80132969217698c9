"""Let a card rest, and wake it up again. Each source of a freeze ends its own; a holder cannot end finance's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.models import Card, CardState, Freeze, FreezeSource
from cards.tell_issuer import tell_soon
from events.record import record
from pleo.lib.errors import DomainError, WrongState


class NotYours(DomainError):
    """The person neither holds the card, nor leads its holder's team, nor belongs to finance."""

    code = "card_not_yours"
    status = 403

    def message(self) -> str:
        return gettext("Only the cardholder, their team lead and finance can do this.")


class FrozenByFinance(DomainError):
    """The holder asked to wake up a card that somebody else put to rest."""

    code = "frozen_by_finance"

    def message(self) -> str:
        return gettext("%(name)s froze this card. Ask them to thaw it.") % {
            "name": self.params["name"] or gettext("Finance")
        }


class CardClosed(WrongState):
    """A closed card neither rests nor works."""

    code = "card_closed"

    def message(self) -> str:
        return gettext("This card is closed for good.")


def is_finance_for(person: Membership, card: Card) -> bool:
    """Say whether a person acts on this card for the company: finance, or the lead of the holder's team. Not on one's own."""
    if card.cardholder_id == person.pk or card.company_id != person.company_id:
        return False
    if person.can("cards.see_all") and person.can("cards.freeze"):
        return True
    return card.cardholder.team_id is not None and person.led_teams.filter(pk=card.cardholder.team_id).exists()


def may_freeze(person: Membership, card: Card) -> bool:
    """Say whether a person may put this card to rest."""
    return card.cardholder_id == person.pk or is_finance_for(person, card)


def may_manage(person: Membership, card: Card) -> bool:
    """Say whether a person may replace, report or end a card: its holder, or who manages the company's cards."""
    if card.company_id != person.company_id:
        return False
    return card.cardholder_id == person.pk or person.can("cards.manage")


def may_thaw(person: Membership, card: Card) -> bool:
    """Say whether a person can end every freeze that is open on this card."""
    sources = set(card.open_freezes().values_list("source", flat=True))
    return bool(sources) and sources <= _may_end(person, card)


def _may_end(person: Membership, card: Card) -> set[str]:
    if is_finance_for(person, card):
        return {FreezeSource.HOLDER, FreezeSource.ADMIN}
    return {FreezeSource.HOLDER} if card.cardholder_id == person.pk else set()


@transaction.atomic
def freeze(*, card: Card, by: Membership, reason: str = "", now: datetime | None = None) -> Freeze:
    """Put a card to rest, for the reason of whoever asks. Again by the same source, it returns the freeze that stands.

    What is already reserved or settles later is not touched. Raises NotYours, CardClosed.
    """
    if not may_freeze(by, card):
        raise NotYours
    if card.state == CardState.CLOSED:
        raise CardClosed
    now = now or timezone.now()
    source = FreezeSource.HOLDER if card.cardholder_id == by.pk else FreezeSource.ADMIN
    try:
        with transaction.atomic():
            row = Freeze.objects.create(
                company=card.company, card=card, source=source, by=by, reason=reason[:200], created_at=now
            )
    except IntegrityError:
        standing: Freeze | None = Freeze.objects.filter(card=card, source=source, ended_at=None).first()
        if standing is None:
            raise
        return standing
    record(
        company=card.company,
        verb="card.frozen",
        subject=card,
        by=by,
        changes={"source": source, "reason": reason},
        now=now,
    )
    tell_soon(card)
    return row


@transaction.atomic
def thaw(*, card: Card, by: Membership, now: datetime | None = None, only: Collection[UUID] | None = None) -> Card:
    """End the freezes that this person may end, of `only` these if given. A card that rests for none changes nothing.

    Raises NotYours; FrozenByFinance when what keeps the card at rest is not this person's to end.
    """
    if not may_freeze(by, card):
        raise NotYours
    now = now or timezone.now()
    standing = [row for row in card.open_freezes() if only is None or row.pk in only]
    if not standing:
        return card
    mine = [row for row in standing if row.source in _may_end(by, card)]
    if not mine:
        raise FrozenByFinance(name=standing[0].by.name if standing[0].by else "")
    ended = Freeze.objects.filter(pk__in=[row.pk for row in mine], ended_at=None).update(ended_at=now, ended_by=by)
    if ended:
        sources = sorted(row.source for row in mine)
        record(company=card.company, verb="card.thawed", subject=card, by=by, changes={"sources": sources}, now=now)
        tell_soon(card)
    return card


@transaction.atomic
def freeze_again(*, card: Card, ended: Collection[UUID], by: Membership, now: datetime) -> None:
    """Put a card back to the rest that a thaw ended: for the same sources, people and reasons, so that who could end it still can.

    A source that froze it anew meanwhile stays as it is. Raises NotYours, CardClosed, FrozenByFinance.
    """
    if not may_freeze(by, card):
        raise NotYours
    if card.state == CardState.CLOSED:
        raise CardClosed
    standing = set(card.open_freezes().values_list("source", flat=True))
    for former in Freeze.objects.filter(card=card, pk__in=ended).select_related("by").order_by("id"):
        if former.source in standing:
            continue
        if former.source not in _may_end(by, card):
            raise FrozenByFinance(name=former.by.name if former.by else "")
        Freeze.objects.create(
            company=card.company, card=card, source=former.source, by=former.by, reason=former.reason, created_at=now
        )
        changes = {"source": former.source, "reason": former.reason}
        record(company=card.company, verb="card.frozen", subject=card, by=by, changes=changes, now=now)
    tell_soon(card)
