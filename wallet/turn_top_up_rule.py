"""Let a rule rest, go on, or end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import RuleStatus, TopUpRule
from wallet.set_top_up_rule import MandateRevoked

# What may follow each state; an ended rule is history.
TRANSITIONS = {
    RuleStatus.ON.value: {RuleStatus.PAUSED.value, RuleStatus.ENDED.value},
    RuleStatus.PAUSED.value: {RuleStatus.ON.value, RuleStatus.ENDED.value},
    RuleStatus.ENDED.value: set[str](),
}
VERBS = {
    RuleStatus.ON.value: "top_up_rule.resumed",
    RuleStatus.PAUSED.value: "top_up_rule.paused",
    RuleStatus.ENDED.value: "top_up_rule.ended",
}


@transaction.atomic
def turn_top_up_rule(*, rule: TopUpRule, status: str, by: Membership, now: datetime) -> TopUpRule:
    """Change a rule's state. Raises WrongState for one that cannot follow, MandateRevoked when it has nothing to collect with."""
    before = [state for state, after in TRANSITIONS.items() if status in after]
    if status == RuleStatus.ON and rule.mandate.revoked_at:
        raise MandateRevoked
    rows = TopUpRule.objects.for_company(by.company).filter(pk=rule.pk, status__in=before)
    if not rows.update(status=status, pause_code=""):
        raise WrongState
    rule.refresh_from_db()
    record(company=by.company, verb=VERBS[status], subject=rule, by=by, now=now)
    return rule
