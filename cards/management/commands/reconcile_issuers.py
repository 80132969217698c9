"""Look now at what the issuers have and we do not, and print what was found."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cards import reconcile


class Command(BaseCommand):
    """`manage.py reconcile_issuers`: the look that the clock takes each hour, at once and with its result."""

    help = "Look for messages, money and cards that an issuer has and Pleo has not."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        begun = reconcile.begin(now=now)
        if not begun:
            self.stdout.write("No issuer here can be looked at, or somebody is looking.")
        for row in begun:
            done = reconcile.run(reconciliation_id=row.pk, now=now) or row
            done.refresh_from_db()
            self.stdout.write(reconcile.digest(done))
            for one in done.differs:
                self.stdout.write(f"  {json.dumps(one, sort_keys=True)}")
