"""Order what a rule fetches when its wallet runs low."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from events.models import Actor
from events.record import record
from pleo.lib.money import Money
from wallet.models import CapInterval, LedgerAccount, RuleStatus, TopUp, TopUpRule, TopUpSource, TopUpStatus


def collect_due(*, now: datetime) -> int:
    """Order for every rule whose wallet is below its threshold; returns how many. Safe to run at any time, by many at once."""
    rules = TopUpRule.objects.filter(status=RuleStatus.ON, account__archived_at=None).values_list("pk", flat=True)
    return sum(collect(rule_id=pk, now=now) is not None for pk in rules)


def collect(*, rule_id: UUID, now: datetime) -> TopUp | None:
    """Order one collection of a rule, unless the wallet has enough, one is on its way, or the cap is reached.

    The rule's row is locked first, and one order at a time is a unique index: two workers make one order.
    """
    try:
        with transaction.atomic():
            rows = TopUpRule.objects.select_for_update(no_key=True, of=("self",)).filter(status=RuleStatus.ON)
            rule: TopUpRule | None = rows.select_related("company", "mandate").filter(pk=rule_id).first()
            return _order(rule, now) if rule else None
    except IntegrityError:
        if TopUp.objects.filter(rule_id=rule_id, status=TopUpStatus.PENDING).exists():
            return None
        raise


def used_of_cap(rule: TopUpRule, now: datetime) -> Money:
    """Return what was ordered for the rule's wallet in the current interval, whatever rule ordered it."""
    day = rule.company.day_of(now)
    first = day if rule.cap_interval == CapInterval.DAY else day.replace(day=1)
    since = datetime.combine(first, time.min, tzinfo=rule.company.zone)
    ordered = TopUp.objects.filter(account_id=rule.account_id, source=TopUpSource.DIRECT_DEBIT, created_at__gte=since)
    counted = ordered.exclude(status__in=(TopUpStatus.FAILED, TopUpStatus.CANCELLED))
    return Money(counted.aggregate(total=Sum("amount"))["total"] or 0, rule.currency)


def _order(rule: TopUpRule, now: datetime) -> TopUp | None:
    account: LedgerAccount = LedgerAccount.objects.get(pk=rule.account_id)
    if account.available >= rule.below or rule.mandate.revoked_at or account.archived_at:
        return None
    if TopUp.objects.filter(rule=rule, status=TopUpStatus.PENDING).exists():
        return None
    if used_of_cap(rule, now) + rule.money > rule.cap:
        return None
    top_up: TopUp = TopUp.objects.create(
        company=rule.company,
        account=account,
        source=TopUpSource.DIRECT_DEBIT,
        amount=rule.amount,
        currency=rule.currency,
        payer=rule.mandate.holder,
        value_date=rule.company.day_of(now),
        status=TopUpStatus.PENDING,
        mandate=rule.mandate,
        rule=rule,
        created_at=now,
    )
    record(
        company=rule.company,
        verb="top_up.ordered",
        subject=top_up,
        actor=Actor.SYSTEM,
        changes={"amount": top_up.amount, "currency": top_up.currency},
        now=now,
    )
    return top_up
