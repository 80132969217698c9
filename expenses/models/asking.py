"""What people ask for before they spend, who said what about it, and what was spent on it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from cards.models import Card, Limit
from expenses.models.expense import Expense
from expenses.models.masters import Category
from expenses.models.routing import RouteSeat
from expenses.models.tags import Tag
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class AskStatus(models.TextChoices):
    OPEN = "open", _("Waiting")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Not approved")
    WITHDRAWN = "withdrawn", _("Taken back")
    EXPIRED = "expired", _("Ran out unanswered")
    CLOSED = "closed", _("Closed")


class AskStage(models.TextChoices):
    """Whose turn it is; empty when nobody's."""

    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")


class Deed(models.TextChoices):
    """What an approval does."""

    NOTE = "note", _("Pay as usual, matched afterwards")
    RAISE = "raise", _("Raise a card’s limits until then")
    TEMPORARY = "temporary", _("A temporary card")
    SINGLE_USE = "single_use", _("A card that pays once")


class AskEnd(models.TextChoices):
    """Why a request was closed."""

    USED = "used", _("spent")
    ENDED = "ended", _("its time is over")
    BY_HAND = "by_hand", _("closed by hand")


class SpendRequestQuerySet(CompanyQuerySet):
    """Requests, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """All for finance and accountants, else one's own and those of the people one manages or leads."""
        rows = self.for_company(membership.company)
        if membership.can("expenses.see_all"):
            return rows
        mine = Q(asked_by=membership) | Q(asked_by__manager=membership)
        if membership.is_reviewer:
            mine |= Q(Exists(_seats_of(membership)))
        return rows.filter(mine | Q(asked_by__team__in=membership.led_teams.values("pk")))


def _seats_of(membership: Membership) -> models.QuerySet[RouteSeat]:
    """Return the seats on the ways of requests that are a person's, or of somebody in whose place they decide."""
    ids = {membership.pk, *membership.stands_in.filter(ended_at=None).values_list("person_id", flat=True)}
    seats = RouteSeat.objects.filter(approver__in=ids, stage__route__subject_type="expenses.spendrequest")
    return seats.filter(stage__route__subject_id=models.OuterRef("pk")).exclude(stage__route__state="dropped")


class SpendRequest(CompanyOwned):
    """Somebody asks before spending: what, how much in any currency, until which day (counted).

    `value` is the amount in the company's currency on the day of asking; `granted` is what was approved of it, which may be
    another amount. What it did stands in `deed`: the raised limits, or the card that was made. `client_key` comes with the
    form: pressing twice asks once.
    """

    number = models.PositiveBigIntegerField()
    client_key = models.CharField(max_length=64, editable=False)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="spend_requests")
    asked_at = models.DateTimeField()
    title = models.CharField(max_length=120)
    reason = models.CharField(max_length=500, blank=True)
    merchant = models.CharField(max_length=120, blank=True)
    amount = amount_field()
    currency = currency_field()
    value = amount_field()
    value_currency = currency_field()
    rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    rate_date = models.DateField(null=True)
    until = models.DateField()
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tag = models.ForeignKey(Tag, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=AskStatus.choices, default=AskStatus.OPEN)
    stage = models.CharField(max_length=8, choices=AskStage.choices, blank=True)
    granted = amount_field(null=True)
    deed = models.CharField(max_length=10, choices=Deed.choices, blank=True)
    raised: Any = models.ManyToManyField(Limit, related_name="+")
    made = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    end = models.CharField(max_length=8, choices=AskEnd.choices, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = SpendRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="ask_number_once"),
            models.UniqueConstraint(fields=["asked_by", "client_key"], name="ask_client_key_once"),
            choices_check("ask", "status", AskStatus),
            models.CheckConstraint(condition=Q(stage__in=["", *AskStage.values]), name="ask_stage_known"),
            models.CheckConstraint(condition=Q(deed__in=["", *Deed.values]), name="ask_deed_known"),
            models.CheckConstraint(condition=Q(end__in=["", *AskEnd.values]), name="ask_end_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, value__gt=0) & (Q(granted__isnull=True) | Q(granted__gt=0)),
                name="ask_amounts_positive",
            ),
            models.CheckConstraint(
                condition=(Q(status="open") & ~Q(stage="")) | (~Q(status="open") & Q(stage="")),
                name="ask_open_has_a_turn",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "closed"], granted__isnull=False, decided_at__isnull=False)
                & ~Q(deed="")
                | ~Q(status__in=["approved", "closed"]) & Q(deed="", made__isnull=True),
                name="ask_approved_is_done",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(end="")
                | ~Q(status="closed") & Q(closed_at__isnull=True, end=""),
                name="ask_closed_says_why",
            ),
            currency_check("ask"),
            currency_check("ask", "value_currency"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-asked_at", "-id"], name="ask_by_time"),
            models.Index(fields=["until"], condition=Q(status__in=["open", "approved"]), name="ask_by_end"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def wanted(self) -> Money:
        """What was asked for, in its own currency."""
        return Money(self.amount, self.currency)

    @property
    def worth(self) -> Money:
        """What was asked for, in the company's currency."""
        return Money(self.value, self.value_currency)

    @property
    def allowed(self) -> Money | None:
        """What was approved."""
        return None if self.granted is None else Money(self.granted, self.value_currency)

    @property
    def is_foreign(self) -> bool:
        return self.currency != self.value_currency


class AskFile(CompanyOwned):
    """An offer or a plan that explains a request."""

    request = models.ForeignKey(SpendRequest, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["request", "sha256"], name="ask_file_once"),
        ]


class AskVerdict(models.TextChoices):
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Not approved")
    UNDONE = "undone", _("Taken back")


class AskDecision(CompanyOwned):
    """What somebody said about a request at a stage. Never edited: taking it back is a row of its own.

    `owner` repeats who asked, so that the database refuses a decision about one's own wish. `over_reason` is why a hard
    budget was overridden.
    """

    request = models.ForeignKey(SpendRequest, on_delete=models.PROTECT, related_name="decisions")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=8, choices=AskStage.choices)
    verdict = models.CharField(max_length=8, choices=AskVerdict.choices)
    amount = amount_field()
    currency = currency_field()
    comment = models.CharField(max_length=500, blank=True)
    over_reason = models.CharField(max_length=300, blank=True)
    no_one_else_eligible = models.BooleanField(default=False)
    decided_at = models.DateTimeField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~Q(by=F("owner")) | Q(no_one_else_eligible=True), name="ask_decision_not_own"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ask_decision_amount_positive"),
            choices_check("ask_decision", "stage", AskStage),
            choices_check("ask_decision", "verdict", AskVerdict),
            currency_check("ask_decision"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["request", "id"], name="ask_decision_by_request")]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class AskSpend(CompanyOwned):
    """That an expense was asked for. `by` is empty where it was plain; taken off again, it is not matched by itself a second time."""

    request = models.ForeignKey(SpendRequest, on_delete=models.PROTECT, related_name="spends")
    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="asked_for")
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["expense"], condition=Q(removed_at__isnull=True), name="ask_spend_of_one_request"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["request"], condition=Q(removed_at__isnull=True), name="ask_spend_live")
        ]
