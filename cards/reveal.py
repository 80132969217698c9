"""Show a card's number or take its PIN, between the holder's browser and the issuer. Neither passes through here."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.activate import NotHolder
from cards.issuers import issuer_named
from cards.issuers.base import Feature, Reveal
from cards.models import Card, CardState
from events.record import record
from pleo.lib.errors import DomainError, WrongState

NUMBER, PIN = "number", "pin"
# How long the browser shows it. The issuer's own keys end at about the same time.
SECONDS = 60


class ProofMissing(DomainError):
    """A second factor must have been used a moment ago."""

    code = "proof_missing"
    status = 403

    def message(self) -> str:
        return gettext("This needs a fresh proof that it is you.")


class NotShown(WrongState):
    """The card has nothing to show, or its issuer shows it elsewhere."""

    code = "not_shown"

    def message(self) -> str:
        return gettext("This card has nothing to show here.")


def reveal(
    *, card: Card, what: str, by: Membership, is_proved: bool, nonce: str = "", now: datetime | None = None
) -> Reveal:
    """Return what the holder's browser needs for the issuer's own element, for a minute, and note that it was shown.

    The issuer is asked, so this never runs inside a transaction. Raises NotHolder, ProofMissing, NotShown, and the port's
    errors.
    """
    assert what in (NUMBER, PIN), what
    now = now or timezone.now()
    if card.cardholder_id != by.pk:
        raise NotHolder
    if not is_proved:
        raise ProofMissing
    features = issuer_named(card.issuer).features
    if what == NUMBER:
        may = card.is_live and Feature.SHOW_NUMBER in features
    else:
        may = card.state == CardState.ACTIVE and bool({Feature.SHOW_PIN, Feature.SET_PIN} & features)
    if not may:
        raise NotShown
    shown = issuer_named(card.issuer).reveal(card=card.issuer_reference, nonce=nonce, what=what, now=now)
    record(company=card.company, verb=f"card.{what}_shown", subject=card, by=by, now=now)
    return shown
