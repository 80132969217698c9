"""How expenses are coded without a person: templates of shares, rules, cards' own coding, and running rules again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models import Card
from expenses.models.masters import Category, TaxCode
from expenses.models.vendors import Vendor
from pleo.lib import format
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class AllocationTemplate(CompanyOwned):
    """Shares that a cost is spread by, such as 60 % here and 40 % there. `share_total` repeats their sum and must be 100."""

    name = models.CharField(_("name"), max_length=80)
    share_total = models.DecimalField(max_digits=8, decimal_places=4)
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("company", Lower("name"), name="allocation_template_name_once"),
            models.CheckConstraint(condition=Q(share_total=100), name="allocation_shares_make_100_percent"),
        ]

    def __str__(self) -> str:
        return self.name


class AllocationShare(Base):
    """One share of a template, in percent. An empty category or tag leaves what the expense has; `tags` are ids of tags."""

    template = models.ForeignKey(AllocationTemplate, on_delete=models.CASCADE, related_name="shares")
    position = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    tags = models.JSONField(default=list)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["template", "position"], name="allocation_share_once"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="allocation_share_percent"),
        ]

    @property
    def shown(self) -> str:
        """The share as people of the region write it."""
        return format.percent(self.percent, decimals=4)


class Coding(models.Model):
    """What is filled in by a rule or for a card. Empty leaves the field to whoever comes next; `tags` are ids of tags."""

    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(AllocationTemplate, null=True, on_delete=models.PROTECT, related_name="+")
    tags = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class CodingRule(CompanyOwned, Coding):
    """If all conditions fit, fill in. Rules are asked in the order of `position`; for each field the first that fits decides.

    `conditions` has the shape that `coding_rules.Conditions` reads.
    """

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField()
    is_on = models.BooleanField(default=True)
    conditions = models.JSONField(default=dict)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "position"], condition=Q(archived_at=None), name="coding_rule_position_once"
            ),
            models.CheckConstraint(condition=~Q(conditions={}), name="coding_rule_has_conditions"),
        ]

    def __str__(self) -> str:
        return self.name


class CardCoding(CompanyOwned, Coding):
    """What the purchases of one card are, such as a card for one vendor. It comes before every rule."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="coding")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Interrupted")


class RuleRun(CompanyOwned, Work):
    """The rules asked again for the expenses that nobody coded yet. `after` is the last one looked at."""

    WORK = States("waiting", "running", "done", "failed")
    LEASE = timedelta(minutes=1)

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    after = models.UUIDField(null=True)
    total = models.PositiveIntegerField()
    handled = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("rule_run", "status", RunState),
            models.CheckConstraint(condition=Q(handled__gte=F("changed")), name="rule_run_changed_of_handled"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(status__in=["waiting", "running"]), name="rule_run_one_open"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in (RunState.WAITING, RunState.RUNNING)


class ImportState(models.TextChoices):
    PREVIEW = "preview", _("To be confirmed")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Interrupted")


class MasterImport(CompanyOwned, Work):
    """A file of masters: read and shown first, applied when somebody confirms. `rows` are the values as they were read."""

    WORK = States("waiting", "running", "done", "failed")
    LEASE = timedelta(minutes=5)

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=16)
    file_name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    read_as = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.PREVIEW)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [choices_check("master_import", "status", ImportState)]

    @property
    def is_open(self) -> bool:
        return self.status in (ImportState.WAITING, ImportState.RUNNING)
