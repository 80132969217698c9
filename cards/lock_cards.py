"""Let all cards of a person rest because receipts are missing, and wake them again. Other freezes are nobody's business here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import Membership
from cards.models import OPEN_STATES, Card, CardKind, Freeze, FreezeSource
from cards.tell_issuer import tell_soon
from events.models import Actor
from events.record import record


def lockable(company_id: Any, *, spare_vendor_cards: bool) -> Any:
    """Return the open cards of a company that a lock reaches and that do not rest for it yet."""
    rows = Card.objects.filter(company_id=company_id, state__in=OPEN_STATES)
    rows = rows.exclude(pk__in=Freeze.objects.filter(source=FreezeSource.LOCK, ended_at=None).values("card"))
    return rows.exclude(kind=CardKind.VENDOR) if spare_vendor_cards else rows


def lock_cards(*, person: Membership, spare_vendor_cards: bool, now: datetime) -> int:
    """Put every open card of a person to rest, in the caller's transaction; return how many. Repeating changes nothing.

    The caller holds the lock on the person's row, under which all of this source's freezes are made and ended.
    """
    rows = lockable(person.company_id, spare_vendor_cards=spare_vendor_cards).filter(cardholder=person)
    cards = list(rows.select_related("company").order_by("id"))
    for card in cards:
        Freeze.objects.create(company=card.company, card=card, source=FreezeSource.LOCK, by=None, created_at=now)
        changes = {"source": FreezeSource.LOCK.value, "reason": ""}
        record(company=card.company, verb="card.frozen", subject=card, actor=Actor.SYSTEM, changes=changes, now=now)
        tell_soon(card)
    return len(cards)


def unlock_cards(*, person: Membership, by: Membership | None, now: datetime) -> int:
    """End the freezes of this source alone; return how many cards woke or rest for other reasons only."""
    mine = Freeze.objects.filter(card__cardholder=person, source=FreezeSource.LOCK, ended_at=None)
    rows = list(mine.select_related("card__company").order_by("card_id"))
    for row in rows:
        Freeze.objects.filter(pk=row.pk).update(ended_at=now, ended_by=by)
        changes = {"sources": [FreezeSource.LOCK.value]}
        record(
            company=row.card.company, verb="card.thawed", subject=row.card, by=by, actor=None if by else Actor.SYSTEM,
            changes=changes, now=now,
        )  # fmt: skip
        tell_soon(row.card)
    return len(rows)
