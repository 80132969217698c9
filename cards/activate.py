"""The holder has the plastic in hand and proves it with its last four digits: from now on it works in shops too."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from cards.close import retire_before
from cards.freeze import NotYours
from cards.models import Card, CardState, Plastic
from cards.tell_issuer import tell_soon
from events.record import record
from pleo.lib.errors import DomainError, WrongState


class NotHolder(NotYours):
    """Only the holder has the card in hand."""

    code = "not_holder"

    def message(self) -> str:
        return gettext("Only the cardholder can do this.")


class NotWaiting(WrongState):
    """The card is no plastic card that waits for its activation."""

    code = "not_waiting"

    def message(self) -> str:
        return gettext("This card is not waiting to be activated.")


class WrongDigits(DomainError):
    """The four digits are not those of the card."""

    code = "wrong_digits"
    field = "last_four"

    def message(self) -> str:
        left = self.params["left"]
        return ngettext(
            "Those are not the last four digits. %(left)s try left.",
            "Those are not the last four digits. %(left)s tries left.",
            left,
        ) % {"left": left}


class TooManyTries(DomainError):
    """The digits were wrong too often: finance must allow more tries."""

    code = "too_many_tries"
    status = 409
    field = "last_four"

    def message(self) -> str:
        return gettext("Too many wrong tries. Ask finance to let you try again.")


def activate(*, card: Card, last_four: str, by: Membership, now: datetime | None = None) -> Card:
    """Activate a plastic card. The cards that it replaces are closed by that.

    A wrong try counts even though it is refused: whoever calls this inside a transaction of their own would forget it. Raises
    NotHolder, NotWaiting, WrongDigits, TooManyTries.
    """
    now = now or timezone.now()
    if card.cardholder_id != by.pk:
        raise NotHolder
    if card.state != CardState.PENDING:
        raise NotWaiting
    with transaction.atomic():
        # Counted before it is compared: a hundred tries at the same moment are a hundred tries.
        rows = Plastic.objects.filter(card=card, tries__lt=Plastic.MAX_TRIES)
        if not rows.update(tries=F("tries") + 1):
            raise TooManyTries
        left = Plastic.objects.get(card=card).tries_left
    if last_four.strip() != card.last_four:
        raise WrongDigits(left=left) if left else TooManyTries()
    return _wake(card, by, now)


@transaction.atomic
def _wake(card: Card, by: Membership, now: datetime) -> Card:
    woken = Card.objects.filter(pk=card.pk, state=CardState.PENDING).update(state=CardState.ACTIVE, activated_at=now)
    if not woken:
        raise NotWaiting
    Plastic.objects.filter(card=card).update(tries=0)
    card.refresh_from_db()
    record(company=card.company, verb="card.activated", subject=card, by=by, now=now)
    if card.replaces_id:
        retire_before(card=card, by=by, now=now)
    tell_soon(card)
    return card


@transaction.atomic
def allow_tries(*, card: Card, by: Membership, now: datetime | None = None) -> Card:
    """Let the holder try the digits again after too many wrong ones. Raises NotYours when it is not finance who asks."""
    if not by.can("cards.manage") or by.company_id != card.company_id:
        raise NotYours
    if Plastic.objects.filter(card=card, tries__gt=0).update(tries=0):
        record(company=card.company, verb="card.tries_allowed", subject=card, by=by, now=now)
    return card
