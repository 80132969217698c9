"""Who has to look at what: workflows as people write them, and the way that one thing goes through the people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses import workflow as rules
from expenses.models.expense import Expense, ReviewOutcome
from pleo.lib import append_only
from pleo.lib.models import (
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)


class Workflow(CompanyOwned):
    """A rule of who decides. Lower positions are asked first; what it says stands in its newest version."""

    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    is_on = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["company", "position", "id"], condition=Q(archived_at__isnull=True), name="workflow_in_order"
            ),
        ]


@append_only.register
class WorkflowVersion(CompanyOwned):
    """What a workflow says, and said: things on their way stay with the version they began with, so it never changes.

    `conditions` and `stages` are those of `workflow.py`. `answer_days` is after how many days finance is asked too, 0 for
    never.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    conditions = models.JSONField(default=dict)
    stages = models.JSONField(default=list)
    sample_percent = models.PositiveSmallIntegerField(default=0)
    answer_days = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_once"),
            models.CheckConstraint(condition=Q(sample_percent__lte=100), name="workflow_sample_percent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def plan(self) -> rules.Plan:
        """The version as the rules read it."""
        return rules.Plan(
            name=self.name,
            conditions=rules.Conditions.load(self.conditions),
            stages=tuple(rules.Stage.load(one) for one in self.stages),
            sample_percent=self.sample_percent,
            answer_days=self.answer_days,
            key=self,
        )


class RouteState(models.TextChoices):
    OPEN = "open", _("On its way")
    DONE = "done", _("Okay")
    DROPPED = "dropped", _("Began anew")


class Route(CompanyOwned):
    """The way of one thing through the people: an expense, or any other subject by type and id. One at a time.

    `version` is empty for the usual way of things that no workflow names. `amount` is what the thing was when it was last
    looked at, in minor units; `facts` are those of `workflow.py`. A question or a no leaves the way open: the answer comes back to whoever
    asked.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="routes")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(WorkflowVersion, null=True, on_delete=models.PROTECT, related_name="routes")
    amount = amount_field()
    currency = currency_field()
    facts = models.JSONField(default=dict)
    seen_version = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=RouteState.choices, default=RouteState.OPEN)
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("route", "state", RouteState),
            currency_check("route"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="route_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="route_ended_when_not_open",
            ),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], condition=~Q(state="dropped"), name="route_live_once"
            ),
            models.CheckConstraint(
                condition=Q(expense__isnull=True) | Q(subject_id=F("expense")), name="route_expense_is_the_subject"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["expense", "state"], name="route_of_expense"),
            models.Index(fields=["company", "id"], condition=Q(state="open"), name="route_open"),
        ]


class StageState(models.TextChoices):
    WAITING = "waiting", _("Later")
    OPEN = "open", _("Now")
    DONE = "done", _("Okay")


class RouteStage(CompanyOwned):
    """One step of a way. At most one is open, so that there is one next thing to do."""

    route = models.ForeignKey(Route, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=4)
    state = models.CharField(max_length=8, choices=StageState.choices, default=StageState.WAITING)
    opened_at = models.DateTimeField(null=True, editable=False)
    fell_back_at = models.DateTimeField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("route_stage", "state", StageState),
            models.CheckConstraint(condition=Q(mode__in=rules.MODES), name="route_stage_mode_known"),
            models.UniqueConstraint(fields=["route", "position"], name="route_stage_once"),
            models.UniqueConstraint(fields=["route"], condition=Q(state="open"), name="route_stage_open_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(decided_at__isnull=False), name="route_stage_done_when"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["opened_at"], condition=Q(state="open"), name="route_stage_waiting"),
        ]


class RouteSeat(CompanyOwned):
    """Who can decide a stage. Seats of one `group` speak for the same approver; without a person it is everybody of finance.

    The owner of the money is repeated here so that the database refuses to seat them.
    """

    stage = models.ForeignKey(RouteStage, on_delete=models.PROTECT, related_name="seats")
    group = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16)
    approver = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="review_seats")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    is_fallback = models.BooleanField(default=False)
    is_filled = models.BooleanField(default=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=rules.APPROVERS), name="route_seat_kind_known"),
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | ~Q(approver=F("owner")), name="route_seat_not_own_money"
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=False) | Q(kind=rules.FINANCE), name="route_seat_of_somebody"
            ),
            models.UniqueConstraint(fields=["stage", "group", "approver"], name="route_seat_once"),
            models.UniqueConstraint(
                fields=["stage", "group"], condition=Q(approver__isnull=True), name="route_seat_finance_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["approver", "stage"], name="route_seat_of_person"),
        ]


class Via(models.TextChoices):
    """How a decision came."""

    PAGE = "page", _("on the page")
    API = "api", _("by the API")
    BULK = "bulk", _("together with others")
    MAIL = "mail", _("by e-mail link")


class StageDecision(CompanyOwned):
    """What somebody said at a stage. Never edited, but taken back; `for_whom` is the absent person they stood in for."""

    stage = models.ForeignKey(RouteStage, on_delete=models.PROTECT, related_name="decisions")
    group = models.PositiveSmallIntegerField(null=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    for_whom = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=14, choices=ReviewOutcome.choices)
    reason = models.CharField(max_length=500, blank=True)
    via = models.CharField(max_length=4, choices=Via.choices, default=Via.PAGE)
    amount = amount_field()
    no_one_else_eligible = models.BooleanField(default=False)
    decided_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("stage_decision", "outcome", ReviewOutcome),
            choices_check("stage_decision", "via", Via),
            models.CheckConstraint(
                condition=~Q(by=F("owner")) | Q(no_one_else_eligible=True), name="stage_decision_not_own_money"
            ),
            models.UniqueConstraint(
                fields=["stage", "by"], condition=Q(outcome="okay", withdrawn_at__isnull=True),
                name="stage_decision_one_okay_each",
            ),
            models.UniqueConstraint(
                fields=["stage", "group"], condition=Q(outcome="okay", withdrawn_at__isnull=True),
                name="stage_decision_one_okay_per_seat",
            ),
        ]  # fmt: skip


class Absence(CompanyOwned):
    """Somebody is away, both days included, and somebody else decides in their place."""

    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="absences")
    substitute = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="stands_in")
    starts_on = models.DateField()
    ends_on = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_start"),
            models.CheckConstraint(condition=~Q(substitute=F("person")), name="absence_substitute_is_another"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "ends_on"], condition=Q(ended_at__isnull=True), name="absence_live"),
        ]


@append_only.register
class SampleDraw(CompanyOwned):
    """The number that decides whether an expense is in a sample, drawn once: 0 to 9999, below the percentage times 100."""

    expense = models.OneToOneField(Expense, on_delete=models.PROTECT, related_name="sample_draw")
    number = models.PositiveSmallIntegerField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(number__lt=10_000), name="sample_draw_number"),
        ]


class ReviewSettings(models.Model):
    """How a company reviews. `mail_limit` is the most that a link in a mail can decide, in minor units; empty turns links off."""

    company = models.OneToOneField(Company, primary_key=True, on_delete=models.PROTECT, related_name="review_settings")
    mail_limit = amount_field(null=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(mail_limit__isnull=True) | Q(mail_limit__gt=0), name="review_mail_limit_positive"
            ),
        ]
