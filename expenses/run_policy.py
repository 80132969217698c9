"""Go through many expenses with a version of a rule, some at a time: to see what it would flag, or to flag it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from expenses.evaluate_policies import evaluate_many, outcomes_of
from expenses.models import (
    Expense,
    Lane,
    PaymentState,
    PolicyFlag,
    PolicyRun,
    PolicyRunKind,
    PolicyVersion,
)
from expenses.policies_in_force import rule_of, versions_of
from expenses.policy_facts import gather
from expenses.policy_rules import Outcome, evaluate

LOT = 200
EXAMPLES = 50


def run_policy(run_id: Any) -> None:
    """Work through a run until nothing is left. Returns at once when another worker has it."""
    PolicyRun.in_lots(run_id, _lot)


def to_look_at(version: PolicyVersion, run: PolicyRun) -> QuerySet[Expense]:
    """Return the expenses of a run: with `is_everything` all of the days from `since` on, else those the rule has flagged."""
    rows = Expense.objects.for_company(version.company)
    midnight = datetime.combine(run.since, time.min, tzinfo=version.company.zone)
    if run.kind == PolicyRunKind.PREVIEW:
        return rows.filter(purchased_at__gte=midnight).exclude(payment=PaymentState.REVERSED)
    rows = rows.filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED])
    flagged = PolicyFlag.objects.filter(rule=version.rule_id, cleared_at=None).values("expense")
    chosen = Q(pk__in=flagged)
    if run.is_everything:
        chosen |= Q(purchased_at__gte=midnight)
    return rows.filter(chosen)


def _lot(run: PolicyRun, mine: Any) -> bool:
    """Look at some expenses and say whether there were any."""
    now = timezone.now()
    run.refresh_from_db()
    version = PolicyVersion.objects.select_related("company", "rule").get(pk=run.version_id)
    rows = to_look_at(version, run).order_by("pk")
    if run.cursor:
        rows = rows.filter(pk__gt=run.cursor)
    if run.kind == PolicyRunKind.APPLY:
        rows = rows.select_for_update(no_key=True, of=("self",))
    lot = list(rows.select_related("owner", "company")[:LOT])
    if not lot:
        return False
    met = _preview(version, lot) if run.kind == PolicyRunKind.PREVIEW else _apply(version, lot, now)
    room = max(0, EXAMPLES - len(run.examples))
    mine.update(
        cursor=lot[-1].pk, done=F("done") + len(lot), found=F("found") + len(met),
        amount=F("amount") + sum(row.amount for row in met),
        examples=[*run.examples, *(str(row.pk) for row in met[:room])],
    )  # fmt: skip
    return True


def _preview(version: PolicyVersion, lot: Sequence[Expense]) -> list[Expense]:
    """Return those that a rule would flag or ask something of, as if it had been in force all the time."""
    rule = rule_of(version)
    facts = gather(lot, [rule])
    return [row for row in lot if _is_met(row, evaluate(facts[row.pk], [rule]), version)]


def _apply(version: PolicyVersion, lot: Sequence[Expense], now: datetime) -> list[Expense]:
    evaluate_many(lot, now=now, quiet=True)
    outcomes = outcomes_of(lot, versions_of(version.company))
    return [row for row in lot if version.rule_id in outcomes[row.pk].found]


def _is_met(row: Expense, outcome: Outcome, version: PolicyVersion) -> bool:
    if version.check_code == "receipt":
        return outcome.receipt_wanted and not row.receipt_count
    return version.rule_id in outcome.found
