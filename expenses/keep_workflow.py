"""Write down who has to look at what: a new workflow, a new version of one, their order, and when one is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus
from events.record import record
from expenses.errors import NotYours
from expenses.models import Route, RouteState, Workflow, WorkflowVersion
from expenses.route import drop_route, mark_reviewers
from expenses.workflow import MOST_APPROVERS, MOST_STAGES, PERSON, Conditions, Stage
from pleo.lib.errors import DomainError, WrongState

MAX_WORKFLOWS = 100


class WorkflowWrong(DomainError):
    """What was asked for makes no workflow."""

    code = "workflow_wrong"

    def message(self) -> str:
        return {
            "name": gettext("Give it a name."),
            "amounts": gettext("The upper amount must be more than the lower one."),
            "stages": gettext("Ask at most %(most)s times, and name somebody each time.") % {"most": MOST_STAGES},
            "person": gettext("Choose an active person of this company."),
            "sample": gettext("A sample is drawn from 0 to 100 percent of what nobody has to look at."),
            "days": gettext("Wait between 0 and 90 days."),
            "many": gettext("There are %(most)s workflows already.") % {"most": MAX_WORKFLOWS},
        }[self.params["what"]]


@dataclass(frozen=True)
class Wanted:
    """What a workflow shall say. Amounts in minor units of the company's currency."""

    name: str
    conditions: Conditions
    stages: tuple[Stage, ...]
    sample_percent: int = 0
    answer_days: int = 0


@transaction.atomic
def keep_workflow(*, by: Membership, wanted: Wanted, now: datetime, workflow: Workflow | None = None) -> Workflow:
    """Add a workflow at the end, or give one a new version; what is on its way stays with the version it began with.

    Raises NotYours, WorkflowWrong, WrongState (it was archived).
    """
    _refuse_stranger(by)
    _check(by, wanted)
    if workflow is None:
        rows = Workflow.objects.for_company(by.company).filter(archived_at=None)
        if rows.count() >= MAX_WORKFLOWS:
            raise WorkflowWrong(what="many")
        last = rows.aggregate(last=Max("position"))["last"] or 0
        row, verb = Workflow.objects.create(company_id=by.company_id, position=last + 1), "workflow.added"
    else:
        row, verb = _lock(workflow), "workflow.changed"
        row.version += 1
        row.save(update_fields=["version"])
    WorkflowVersion.objects.create(
        company_id=by.company_id, workflow=row, number=row.version, name=wanted.name.strip()[:80],
        conditions=wanted.conditions.dump(), stages=[stage.dump() for stage in wanted.stages],
        sample_percent=wanted.sample_percent, answer_days=wanted.answer_days, by=by,
    )  # fmt: skip
    mark_reviewers(_named(wanted))
    changes = {"conditions": wanted.conditions.dump(), "stages": [stage.dump() for stage in wanted.stages]}
    _say(row, verb, by, now, changes | {"sample_percent": wanted.sample_percent, "answer_days": wanted.answer_days})
    return row


@transaction.atomic
def archive_workflow(*, workflow: Workflow, by: Membership, now: datetime, back: bool = False) -> Workflow:
    """End a workflow, or bring it back at its place. What is on its way goes on. Raises NotYours, WrongState."""
    _refuse_stranger(by)
    moved = Workflow.objects.filter(pk=workflow.pk, archived_at__isnull=not back)
    if not moved.update(archived_at=None if back else now):
        raise WrongState
    workflow.refresh_from_db()
    _say(workflow, "workflow.restored" if back else "workflow.archived", by, now, {})
    return workflow


@transaction.atomic
def order_workflows(*, by: Membership, ids: Sequence[UUID], now: datetime) -> None:
    """Put the workflows into this order. Raises NotYours, WrongState when they are no longer the same ones."""
    _refuse_stranger(by)
    rows = Workflow.objects.for_company(by.company).filter(archived_at=None).select_for_update(no_key=True)
    known = {row.pk: row for row in rows.order_by("pk")}
    if set(known) != set(ids) or len(ids) != len(known):
        raise WrongState
    moved = [pk for number, pk in enumerate(ids, 1) if known[pk].position != number]
    for number, pk in enumerate(ids, 1):
        Workflow.objects.filter(pk=pk).update(position=number)
    if moved:
        known[moved[0]].refresh_from_db()
        _say(known[moved[0]], "workflow.moved", by, now, {"position": known[moved[0]].position})


@transaction.atomic
def reroute(*, workflow: Workflow, by: Membership, now: datetime) -> int:
    """Let what is on its way with an older version of a workflow begin anew. Returns how many things that is. Raises NotYours."""
    _refuse_stranger(by)
    rows = Route.objects.filter(
        state=RouteState.OPEN, version__workflow=workflow, expense__isnull=False
    ).select_for_update(no_key=True)
    old = list(rows.exclude(version__number=workflow.version).order_by("pk"))
    for route in old:
        drop_route(route, now=now)
    if old:
        _say(workflow, "workflow.rerouted", by, now, {"count": len(old)})
    return len(old)


def _refuse_stranger(by: Membership) -> None:
    if not by.can("workflows.manage"):
        raise NotYours


def _lock(workflow: Workflow) -> Workflow:
    row: Workflow = Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
    if row.archived_at:
        raise WrongState
    return row


def _named(wanted: Wanted) -> set[UUID]:
    return {one.person for stage in wanted.stages for one in stage.approvers if one.kind == PERSON and one.person}


def _check(by: Membership, wanted: Wanted) -> None:
    asked = wanted.conditions
    if not wanted.name.strip():
        raise WorkflowWrong(what="name")
    if asked.amount_from is not None and asked.amount_below is not None and asked.amount_below <= asked.amount_from:
        raise WorkflowWrong(what="amounts")
    if len(wanted.stages) > MOST_STAGES or any(
        not 1 <= len(stage.approvers) <= MOST_APPROVERS for stage in wanted.stages
    ):
        raise WorkflowWrong(what="stages")
    if not 0 <= wanted.sample_percent <= 100 or (wanted.sample_percent and wanted.stages):
        raise WorkflowWrong(what="sample")
    if not 0 <= wanted.answer_days <= 90:
        raise WorkflowWrong(what="days")
    named = _named(wanted)
    people = Membership.objects.for_company(by.company).filter(pk__in=named, status=MembershipStatus.ACTIVE)
    if people.exclude(role="service").count() != len(named):
        raise WorkflowWrong(what="person")


def _say(workflow: Workflow, verb: str, by: Membership, now: datetime, changes: dict[str, Any]) -> None:
    version = WorkflowVersion.objects.get(workflow=workflow, number=workflow.version)
    record(company=by.company, verb=verb, subject=workflow, by=by, changes=changes, label=version.name, now=now)
