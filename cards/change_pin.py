"""Give a plastic card another PIN. The holder's browser encrypts it for the issuer; nobody here can read it."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.activate import NotHolder
from cards.issuers import issuer_named
from cards.issuers.base import Feature
from cards.models import Card, CardKind, CardState, Pin, Plastic
from cards.reveal import NotShown, ProofMissing
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7

# Five parts in base64url with dots between: JSON Web Encryption, compact (RFC 7516, section 7.1).
ENCRYPTED = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}")
LONGEST = 5000


class PinUnreadable(DomainError):
    """What came is no encrypted PIN."""

    code = "pin_unreadable"
    field = "encrypted"

    def message(self) -> str:
        return gettext("Your browser did not encrypt the PIN. Nothing was sent on; try again, or use another browser.")


def change_pin(*, card: Card, encrypted: str, by: Membership, is_proved: bool, now: datetime | None = None) -> Card:
    """Pass a new PIN on to the issuer, as the holder's browser encrypted it. It is kept nowhere.

    The issuer is asked, so this never runs inside a transaction. A blocked PIN counts as set afterwards. Raises NotHolder,
    ProofMissing, NotShown (no plastic card in use, or an issuer that takes none), PinUnreadable, and the port's errors.
    """
    now = now or timezone.now()
    if card.cardholder_id != by.pk:
        raise NotHolder
    if not is_proved:
        raise ProofMissing
    issuer = issuer_named(card.issuer)
    is_in_use = card.kind == CardKind.PHYSICAL and card.state == CardState.ACTIVE
    if not is_in_use or Feature.CHANGE_PIN not in issuer.features:
        raise NotShown
    if len(encrypted) > LONGEST or not ENCRYPTED.fullmatch(encrypted):
        raise PinUnreadable
    issuer.change_pin(card=card.issuer_reference, encrypted=encrypted, key=f"{card.pk}:{uuid7()}")
    Plastic.objects.filter(card=card).update(pin=Pin.SET)
    record(company=card.company, verb="card.pin_changed", subject=card, by=by, now=now)
    return card
