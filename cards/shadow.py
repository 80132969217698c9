"""What a rule on trial has said so far, read from the decisions it was stored with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cards.backtest import DAYS, concerned
from cards.models import Authorization, Control, Limit, Outcome
from pleo.lib.money import Money


@dataclass(frozen=True)
class Ran:
    """How many purchases were decided since a rule runs on trial, and how many approved ones it would have declined."""

    purchases: int
    declined: int
    sum: Money


def ran(rule: Control | Limit, now: datetime) -> Ran:
    """Count what a rule on trial has said since it was set, at most over the days that a replay covers.

    Only purchases of the cards it concerns are read.
    """
    key, name = str(rule.pk), "control" if isinstance(rule, Control) else "limit"
    since = max(rule.set_at, now - timedelta(days=DAYS))
    rows = Authorization.objects.filter(
        concerned(rule),
        company=rule.company_id,
        occurred_at__range=(since, now),
        outcome=Outcome.APPROVED,
        amount__gt=0,
    ).values_list("amount", "checks")
    seen = declined = total = 0
    for amount, checks in rows.iterator(chunk_size=500):
        said = next((each for each in checks if each["params"].get(name) == key), None)
        if said is None:
            continue
        seen += 1
        if not said["passed"]:
            declined, total = declined + 1, total + amount
    return Ran(seen, declined, Money(total, rule.company.currency))
