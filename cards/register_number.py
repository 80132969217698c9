"""Tell a card that is being made by what number a processor asks about it. The number itself is forgotten at once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from cards.issue import write_made
from cards.issuers.base import IssuedCard
from cards.issuers.iso8583.messages import NAME
from cards.issuers.reading import is_card_number, tokenise
from cards.models import Card, CardState
from pleo.lib.errors import DomainError, WrongState


class NotACardNumber(DomainError):
    """The digits are no card number: their check digit is wrong, or there are too few of them."""

    code = "not_a_card_number"
    field = "number"

    def message(self) -> str:
        return gettext("This is not a card number.")


class NumberTaken(DomainError):
    """Another card is known by this number."""

    code = "number_taken"
    field = "number"

    def message(self) -> str:
        return gettext("Another card has this number.")


def register_number(*, card: Card, number: str, expires_month: date, now: datetime | None = None) -> Card:
    """Make a wanted card work under a processor's number, of which the token and the last four digits are kept.

    Raises NotACardNumber, NumberTaken, and WrongState when the card is not waiting or another issuer makes it.
    """
    digits = number.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and is_card_number(digits)):
        raise NotACardNumber
    if card.state != CardState.ISSUING or card.issuer != NAME:
        raise WrongState
    kept = tokenise(digits)
    made = IssuedCard(reference=kept["token"], last_four=kept["last_four"], expires_month=expires_month)
    try:
        with transaction.atomic():
            return write_made(card=card, made=made, now=now or timezone.now())
    except IntegrityError:
        raise NumberTaken from None
