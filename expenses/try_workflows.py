"""What workflows would do: with an expense that might be, and with those of the last days. Nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from accounts.models import Company, Membership
from expenses.models import Expense, LineTag, PaymentState
from expenses.review_facts import facts_with, people_of, plans_of
from expenses.route_words import KINDS
from expenses.workflow import ALL, USUAL, Facts, Group, Plan, Step, fitting, steps_of

PREVIEW_DAYS = 90
PREVIEW_ROWS = 5_000


@dataclass(frozen=True)
class Tried:
    """What would happen to one thing: which workflow, and who decides at each stage, in words."""

    name: str
    stages: list[str]


def try_facts(company: Company, facts: Facts) -> Tried:
    """Return who would decide about something, by the workflows as they are."""
    plan = fitting(plans_of(company), facts) or USUAL
    steps = steps_of(plan, facts, people_of(company))
    wanted = {one for step in steps.stages for group in step.groups for one in group.people}
    names = dict(Membership.objects.for_company(company).filter(pk__in=wanted).values_list("pk", "name"))
    return Tried(plan.name or gettext("The usual way"), [_said(step, names) for step in steps.stages])


def _said(step: Step, names: dict[UUID, str]) -> str:
    if not step.groups:
        return gettext("Nobody could decide: it would be the person’s own money.")
    joined = gettext(" and ") if step.mode == ALL else gettext(" or ")
    return joined.join(_group(group, names) for group in step.groups)


def _group(group: Group, names: dict[UUID, str]) -> str:
    if not group.people:
        return str(KINDS["finance"])
    return gettext(" or ").join(names.get(one, "–") for one in group.people)


def preview(company: Company, plans: Sequence[Plan], *, now: datetime) -> tuple[Counter[Any], int]:
    """Return how many expenses of the last 90 days each plan would take, by its key (None for the usual way), and of how many.

    At most the newest 5,000 are looked at. Expenses stand as they are now, in the people's teams of today.
    """
    rows = Expense.objects.for_company(company).exclude(payment=PaymentState.REVERSED)
    rows = rows.filter(purchased_at__gte=now - timedelta(days=PREVIEW_DAYS)).order_by("-purchased_at", "-id")
    found = list(rows.select_related("owner").prefetch_related("lines")[:PREVIEW_ROWS])
    tags: dict[UUID, set[UUID]] = defaultdict(set)
    tagged = LineTag.objects.filter(
        company=company, line__expense__purchased_at__gte=now - timedelta(days=PREVIEW_DAYS)
    )
    for expense_id, tag_id in tagged.values_list("line__expense_id", "tag_id"):
        tags[expense_id].add(tag_id)
    counted: Counter[Any] = Counter()
    for expense in found:
        plan = fitting(plans, facts_with(expense, tags=frozenset(tags[expense.pk])))
        counted[plan.key.workflow_id if plan else None] += 1
    return counted, len(found)
