"""What a company requires of an expense, what it flags, and the flags that were raised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class PolicyCheck(models.TextChoices):
    """What a rule looks at. The first three ask for something, the others flag."""

    RECEIPT = "receipt", _("Receipt needed")
    NOTE = "note", _("Note needed")
    ATTENDEES = "attendees", _("Attendees needed")
    OVER_AMOUNT = "over_amount", _("More than an amount")
    OVER_PER_PERSON = "over_per_person", _("More than an amount per person")
    DAY_OFF = "day_off", _("On a weekend or a holiday")
    DUPLICATE = "duplicate", _("Looks like a duplicate")
    CURRENCY = "currency", _("Another currency")
    MERCHANT = "merchant", _("At one of these merchants")
    NOT_ITEMISED = "not_itemised", _("Not split into its parts")
    TIP = "tip", _("A large tip")
    LATE = "late", _("Claimed late")
    DISTANCE = "distance", _("A long drive")
    JOURNEY = "journey", _("A long journey")


class PolicyEffect(models.TextChoices):
    """What follows from a rule that an expense meets, the mildest first."""

    REQUIRE = "require", _("Ask for it")
    WARN = "warn", _("Warn")
    NOTE = "note", _("Ask for a reason")
    REVIEW = "review", _("A person must review it")
    BLOCK = "block", _("Refuse the claim")


class PolicyRule(CompanyOwned):
    """A rule of the company's expense policy. What it says stands in its versions; archived, never deleted."""

    position = models.PositiveIntegerField()
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "position", "id"], name="policy_rule_in_order"),
        ]


class PolicyVersion(CompanyOwned):
    """What a rule says from a day on. A draft until it is switched on; never edited after.

    `scope` narrows it: `kinds`, `categories` and `teams` (ids as texts), `above` and `upto` (minor units of the company's
    currency, the first exclusive, the second inclusive), `except_merchants`. `parameters` are those of its check. The
    highest number whose first day has come is in force on a day.
    """

    rule = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    check_code = models.CharField(max_length=16, choices=PolicyCheck.choices)
    effect = models.CharField(max_length=8, choices=PolicyEffect.choices)
    scope = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    section = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField()
    valid_upto = models.DateField(null=True)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    switched_on_at = models.DateTimeField(null=True, editable=False)
    switched_on_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["rule", "number"], name="policy_version_number_once"),
            models.UniqueConstraint(
                fields=["rule"], condition=Q(switched_on_at__isnull=True), name="policy_version_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(valid_upto__isnull=True) | Q(valid_upto__gte=F("valid_from")), name="policy_version_days"
            ),
            models.CheckConstraint(
                condition=Q(check_code__in=["receipt", "note", "attendees"], effect="require")
                | (~Q(check_code__in=["receipt", "note", "attendees"]) & ~Q(effect="require")),
                name="policy_version_effect_fits",
            ),
            choices_check("policy_version", "check_code", PolicyCheck),
            choices_check("policy_version", "effect", PolicyEffect),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyFlag(CompanyOwned):
    """That an expense meets a rule, and the values that made it so. Cleared when the facts change, never deleted.

    An answer is the reason that was asked for. `passed_at` says that finance lets it pass whatever the effect.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="policy_flags")
    rule = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="flags")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="flags")
    check_code = models.CharField(max_length=16, choices=PolicyCheck.choices)
    effect = models.CharField(max_length=8, choices=PolicyEffect.choices)
    parameters = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, editable=False)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)
    passed_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    passed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["expense", "rule"], condition=Q(cleared_at__isnull=True), name="policy_flag_open_once"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="policy_flag_answered_with_words",
            ),
            choices_check("policy_flag", "check_code", PolicyCheck),
            choices_check("policy_flag", "effect", PolicyEffect),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["rule"], condition=Q(cleared_at__isnull=True), name="policy_flag_open_by_rule"),
        ]


class PolicyRunKind(models.TextChoices):
    PREVIEW = "preview", _("Preview")
    APPLY = "apply", _("Look at open expenses")


class PolicyRunStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Interrupted")


class PolicyRun(CompanyOwned, Work):
    """Going through many expenses with a version of a rule: to see what it would flag, or to flag it.

    `since` is the first day looked at. `cursor` is the last expense that was looked at, in the order of ids, so it may stop
    anywhere. `found` counts what was flagged, `amount` sums it in minor units, `examples` names the first of them by id.
    """

    WORK = States("waiting", "running", "done", "failed")
    LEASE = timedelta(minutes=1)

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=8, choices=PolicyRunKind.choices)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=PolicyRunStatus.choices, default=PolicyRunStatus.WAITING)
    since = models.DateField()
    is_everything = models.BooleanField(default=True)
    cursor = models.UUIDField(null=True, editable=False)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    examples = models.JSONField(default=list)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("policy_run", "kind", PolicyRunKind),
            choices_check("policy_run", "status", PolicyRunStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="policy_run_open"),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in (PolicyRunStatus.WAITING, PolicyRunStatus.RUNNING)


class Attendee(CompanyOwned):
    """Somebody who was there: a colleague, or a guest with the company they came from."""

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="attendees")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80, blank=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["expense", "membership"], name="attendee_colleague_once"),
            models.CheckConstraint(condition=~Q(name=""), name="attendee_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation}" if self.organisation else self.name


class Guideline(CompanyOwned):
    """The company's spending guidelines in its own words (Markdown). A draft until published; never edited after."""

    number = models.PositiveIntegerField()
    text = models.TextField()
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="guideline_number_once"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(published_at__isnull=True), name="guideline_one_draft"
            ),
        ]
