"""Put a rule away and bring it back; its flags go and come with it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import PolicyRule, PolicyVersion
from expenses.start_policy_run import start_run
from pleo.lib.errors import WrongState


@transaction.atomic
def archive_rule(*, rule: PolicyRule, by: Membership, now: datetime, archived: bool = True) -> PolicyRule:
    """Archive a rule: what it flagged is looked at again. Restored, it speaks of expenses as they next change.

    Raises NotYours, WrongState.
    """
    if not by.can("policies.manage"):
        raise NotYours
    rows = PolicyRule.objects.filter(pk=rule.pk, archived_at__isnull=archived)
    if not rows.update(archived_at=now if archived else None):
        raise WrongState
    rule.refresh_from_db()
    last = newest(rule)
    verb = "policy.archived" if archived else "policy.restored"
    record(company=by.company, verb=verb, subject=rule, label=last.name, by=by, now=now)
    if archived and last.switched_on_at:
        start_run(version=last, by=by, kind="apply", since=last.valid_from, everything=last.check_code == "receipt")
    return rule


def newest(rule: PolicyRule) -> PolicyVersion:
    """Return the newest version that was switched on, else the draft."""
    rows = rule.versions.order_by("switched_on_at", "-number")
    found: PolicyVersion = rows.filter(switched_on_at__isnull=False).order_by("-number").first() or rows.get()
    return found
