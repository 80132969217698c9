"""What may be spent in a while, and who was told how much of it is gone."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from expenses.models.masters import Category
from expenses.models.tags import Tag
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class BudgetInterval(models.TextChoices):
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")
    ONCE = "once", _("Once, from day to day")


class BudgetQuerySet(CompanyQuerySet):
    """Budgets, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """All for finance and accountants, else those one owns and those of the teams one leads."""
        rows = self.for_company(membership.company)
        if membership.can("expenses.see_all"):
            return rows
        return rows.filter(Q(owner=membership) | Q(team__in=membership.led_teams.values("pk")))

    def live(self) -> Self:
        return self.filter(archived_at=None)


class Budget(CompanyOwned):
    """An amount for a while: of a team, a category, a tag with all below it, what several of them share, or (of none) the company.

    Periods of a month, a quarter or a year begin anew from the month of `starts_on`; one that holds once goes from
    `starts_on` to `ends_on`, both counted. `amount` is the amount of now; `BudgetAmount` keeps since when. A hard budget
    refuses the approval of a request that would go over it; a soft one warns. `warn_at` are percentages, ascending.
    """

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="budgets")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tag = models.ForeignKey(Tag, null=True, on_delete=models.PROTECT, related_name="+")
    interval = models.CharField(max_length=7, choices=BudgetInterval.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    amount = amount_field()
    currency = currency_field()
    is_hard = models.BooleanField(default=False)
    rolls_over = models.BooleanField(default=False)
    warn_at = models.JSONField(default=list)
    archived_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = BudgetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                "company", Lower("name"), condition=Q(archived_at__isnull=True), name="budget_name_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_amount_positive"),
            models.CheckConstraint(
                condition=Q(interval="once", ends_on__isnull=False, ends_on__gte=F("starts_on"), rolls_over=False)
                | (~Q(interval="once") & Q(ends_on__isnull=True, starts_on__day=1)),
                name="budget_period_whole",
            ),
            choices_check("budget", "interval", BudgetInterval),
            currency_check("budget"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "name", "id"], name="budget_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def whose(self) -> str:
        """Whose money it is, in words; empty for the whole company."""
        return ", ".join(str(part.name) for part in (self.team, self.category, self.tag) if part)


class BudgetAmount(CompanyOwned):
    """What a budget was from the first day of a period on, until the next row. Past periods keep theirs."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="amounts")
    valid_from = models.DateField()
    amount = amount_field()
    currency = currency_field()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["budget", "valid_from"], name="budget_amount_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_amount_row_positive"),
            currency_check("budget_amount"),
        ]


class BudgetAlert(CompanyOwned):
    """That a share of a budget was gone in a period, which its owner was told: once, whatever comes and goes after it."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="alerts")
    period_start = models.DateField()
    percent = models.PositiveSmallIntegerField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["budget", "period_start", "percent"], name="budget_alert_once"),
        ]
