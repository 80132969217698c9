"""Tell people of an event: in the app at once, by e-mail from a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import Membership, MembershipStatus
from events.models import Channel, Event, Notification
from events.tasks import send_notifications
from pleo.lib import work
from pleo.lib.ids import uuid7

BOTH = (Channel.IN_APP, Channel.EMAIL)
NEWS = timedelta(days=1)


def is_news(event: Event) -> bool:
    """Say whether an event is recent enough to tell people of. What is older was brought in later and is history."""
    return event.happened_at > timezone.now() - NEWS


def notify(
    *, event: Event, memberships: Iterable[Membership], channels: Sequence[str] = BOTH, to_actor: bool = False
) -> None:
    """Tell active people of an event, once per channel however often this is called, in the caller's transaction.

    Whoever did it knows already and is left out, unless `to_actor`. Mails go out after the commit; a sweep sends what was
    missed.
    """
    told = {
        person.pk: person
        for person in memberships
        if person.status == MembershipStatus.ACTIVE and (to_actor or person.pk != event.by_id)
    }
    rows = [
        Notification(id=uuid7(), company_id=person.company_id, membership=person, event=event, channel=channel)
        for person in told.values()
        for channel in channels
        if channel == Channel.IN_APP or person.user_id
    ]
    assert all(row.company_id == event.company_id for row in rows), "people of another company"
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.channel == Channel.EMAIL for row in rows):
        work.enqueue(send_notifications, event_id=event.pk)
