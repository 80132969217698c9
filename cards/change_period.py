"""Move the days between which a temporary card works."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from cards.card_policies import CardClosed
from cards.issue import LONGEST, PeriodWrong
from cards.models import Card, CardKind
from events.record import record
from pleo.lib.errors import WrongState


@transaction.atomic
def change_period(
    *, card: Card, starts_at: datetime, ends_at: datetime, by: Membership, now: datetime | None = None
) -> Card:
    """Let a temporary card begin or end at other times, from the next purchase on. The same times change nothing.

    Raises CardClosed (over is over: a card whose time has passed is closed), WrongState for another kind of card, PeriodWrong.
    """
    now = now or timezone.now()
    held: Card = Card.objects.select_for_update(no_key=True).select_related("company").get(pk=card.pk)
    if held.kind != CardKind.TEMPORARY:
        raise WrongState
    if not held.is_open:
        raise CardClosed
    assert held.starts_at is not None and held.ends_at is not None, "a temporary card has a period"
    if not max(starts_at, now) < ends_at <= starts_at + LONGEST:
        raise PeriodWrong
    before = held.starts_at, held.ends_at
    if before == (starts_at, ends_at):
        return held
    held.starts_at, held.ends_at = starts_at, ends_at
    held.save(update_fields=["starts_at", "ends_at"])
    changes = {"period": [_days(held, before), _days(held, (starts_at, ends_at))]}
    record(company=held.company, verb="card.period_changed", subject=held, by=by, changes=changes, now=now)
    return held


def _days(card: Card, period: tuple[datetime, datetime]) -> str:
    """Return first and last day, as the log keeps them (ISO 8601 interval)."""
    first, last = card.company.day_of(period[0]), card.company.day_of(period[1] - timedelta(seconds=1))
    return f"{first.isoformat()}/{last.isoformat()}"
