"""Check the chain of seals over the audit log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events.check_events import check_events
from events.models import SealedEvent


class Command(BaseCommand):
    help = "Recompute every seal of the audit log. Ends with status 1 when the chain is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = check_events()
        for place in broken:
            self.stderr.write(f"entry {place.number}: {place.code} {place.event_id}".rstrip())
        if broken:
            raise CommandError(f"The audit log is broken in {len(broken)} places.")
        self.stdout.write(f"{SealedEvent.objects.count()} entries, unbroken.")
