"""What the rules of review ask about: an expense, the company's people, and its workflows in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, QuerySet

from accounts import permissions
from accounts.models import Company, Membership, Team, keyed_hash
from expenses.models import Expense, LineTag, Tag, WorkflowVersion
from expenses.workflow import Facts, People, Plan

FINANCE_ROLES = permissions.CAPABILITIES["expenses.review"]
DRAWS = 10_000


def facts_of(expense: Expense) -> Facts:
    """Return what the rules ask about an expense as it stands."""
    tags = LineTag.objects.filter(line__expense=expense).values_list("tag_id", flat=True)
    return facts_with(expense, tags=frozenset(tags))


def facts_with(expense: Expense, *, tags: frozenset[UUID]) -> Facts:
    """The same with the tags known already; lines and owner are used as fetched."""
    return Facts(
        kind=expense.kind,
        amount=expense.amount,
        owner=expense.owner_id,
        team=expense.owner.team_id,
        categories=frozenset(line.category_id for line in expense.lines.all() if line.category_id),
        tags=tags,
        flags=frozenset({expense.flag_level} if expense.flag_level else ()),
    )


def live_versions(company: Company) -> QuerySet[WorkflowVersion]:
    """Return the newest versions of the workflows that are on, in the order in which they are asked."""
    rows = WorkflowVersion.objects.for_company(company).filter(number=F("workflow__version"))
    rows = rows.filter(workflow__archived_at=None, workflow__is_on=True).select_related("workflow")
    return rows.order_by("workflow__position", "workflow_id")


def plans_of(company: Company) -> list[Plan]:
    """Return the company's plans in the order in which they are asked; each has its version as its key."""
    return [version.plan for version in live_versions(company)]


def people_of(company: Company) -> People:
    """Return who can decide in a company. A person's managers are the one named for them, else the leads of their team."""
    rows = Membership.objects.active().filter(company=company).exclude(role=permissions.SERVICE)
    people = list(rows.order_by("name", "id").values_list("pk", "role", "manager_id", "team_id"))
    active = frozenset(pk for pk, *_ in people)
    leads: dict[UUID, list[UUID]] = defaultdict(list)
    pairs = Team.objects.for_company(company).filter(leads__isnull=False).order_by("leads__name", "leads")
    for team, lead in pairs.values_list("pk", "leads"):
        leads[team].append(lead)
    managers: dict[UUID, Sequence[UUID]] = {}
    for pk, _, manager, team in people:
        managers[pk] = (manager,) if manager else tuple(lead for lead in leads[team] if lead != pk) if team else ()
    owners: dict[UUID, Sequence[UUID]] = {}
    for tag, owner in Tag.objects.for_company(company).filter(owner__isnull=False).values_list("pk", "owner"):
        owners[tag] = (owner,)
    finance = frozenset(pk for pk, role, *_ in people if role in FINANCE_ROLES)
    return People(managers=managers, finance=finance, active=active, tag_owners=owners)


def drawn(expense_id: UUID) -> int:
    """Return the number from 0 to 9999 of an expense for the samples: always the same, and nobody without the key foresees it."""
    return int(keyed_hash(f"sample:{expense_id}"), 16) % DRAWS
