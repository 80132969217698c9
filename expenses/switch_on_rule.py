"""Switch a draft of a rule on; what it says of expenses that are there already is a choice of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.keep_rule import said
from expenses.models import PolicyRule, PolicyRun, PolicyVersion
from expenses.start_policy_run import start_run
from pleo.lib.errors import DomainError, WrongState


class FirstDayPast(DomainError):
    """A rule that begins in the past is about expenses that are there already."""

    code = "policy_first_day_past"
    field = "valid_from"

    def message(self) -> str:
        return gettext("It begins in the past. Say that open expenses are looked at too, or let it begin today.")


@transaction.atomic
def switch_on_rule(*, version: PolicyVersion, by: Membership, now: datetime, open_too: bool = False) -> PolicyRun:
    """Put a version in force, and look again at what the rule flagged before; `open_too`: at all open expenses of its days.

    Returns the run that does it. Raises NotYours, WrongState, FirstDayPast.
    """
    if not by.can("policies.manage"):
        raise NotYours
    rule = PolicyRule.objects.select_for_update().get(pk=version.rule_id)
    if rule.archived_at:
        raise WrongState
    if not open_too and version.valid_from < by.company.day_of(now):
        raise FirstDayPast
    rows = PolicyVersion.objects.filter(pk=version.pk, switched_on_at=None)
    if not rows.update(switched_on_at=now, switched_on_by=by):
        raise WrongState
    version.refresh_from_db()
    changes = {**said(version), "open_too": open_too}
    record(
        company=by.company, verb="policy.switched_on", subject=rule, label=version.name, by=by, changes=changes, now=now
    )
    return start_run(version=version, by=by, kind="apply", since=version.valid_from, everything=open_too)
