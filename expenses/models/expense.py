"""One thing to be documented, its money and its lines."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models import Authorization, Clearing
from expenses import next_step
from expenses.models.masters import Category, TaxCode
from expenses.models.tags import Tag, TagGroup
from expenses.models.vendors import Vendor
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class ExpenseKind(models.TextChoices):
    CARD = "card", _("Card purchase")
    CASH = "cash", _("Cash withdrawal")
    REFUND = "refund", _("Refund")
    OUT_OF_POCKET = "out_of_pocket", _("Paid by the employee")
    CASH_PURCHASE = "cash_purchase", _("Paid from cash held")
    MILEAGE = "mileage", _("Mileage")
    PER_DIEM = "per_diem", _("Per diem")
    FEE = "fee", _("Fee")


class Direction(models.TextChoices):
    SPEND = "spend", _("Spent")
    REFUND = "refund", _("Refunded")


class PaymentState(models.TextChoices):
    RESERVED = "reserved", _("Reserved")
    CLEARED = "cleared", _("Settled")
    REVERSED = "reversed", _("Released")


class RateSource(models.TextChoices):
    """Where the rate of a foreign amount comes from; empty for the card network's own, which came with the clearing."""

    ECB = "ecb", _("European Central Bank")
    TYPED = "typed", _("Typed")


class Lane(models.TextChoices):
    """The least advanced of an expense's book items; `none` while nothing of it can be booked yet."""

    NONE = "", _("Nothing to book yet")
    UNEXPORTED = "unexported", _("Unexported")
    QUEUE = "queue", _("In queue")
    EXPORTED = "exported", _("Exported")


class ReviewOutcome(models.TextChoices):
    OKAY = "okay", _("Okay")
    NOT_OKAY = "not_okay", _("Not okay")
    NEEDS_DETAILS = "needs_details", _("Needs details")


class ExpenseQuerySet(CompanyQuerySet):
    """Expenses of a company, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """All for finance and accountants, the team's for its leads, one's own for everybody, and what one was asked to decide."""
        rows = self.for_company(membership.company)
        if membership.can("expenses.see_all"):
            return rows
        theirs = Q(owner=membership) | Q(owner__team__in=membership.led_teams.values("pk"))
        if membership.is_reviewer:
            from expenses.deciders import touched_by

            theirs |= touched_by(membership, now=timezone.now())
        return rows.filter(theirs)

    def at_step(self, *steps: str, seen_by: Membership | None = None) -> Self:
        """Keep those whose next step is one of these, whoever looks or as one person sees it. See `next_step.py`."""
        return self.filter(next_step.seen_as(steps, seen_by) if seen_by else next_step.at_steps(steps))

    def for_lists(self) -> Self:
        """Fetch what a row of a list shows in two queries: `coded` are its lines in their order, `card_name` its card's name."""
        lines = ExpenseLine.objects.select_related("category", "tax_code").order_by("position")
        rows = self.select_related("owner__team").annotate(card_name=F("authorization__card__name"))
        return rows.prefetch_related(models.Prefetch("lines", lines, to_attr="coded"))


class Expense(CompanyOwned):
    """One thing to be documented. What is still missing is computed (`next_step`), not stored.

    `amount` is the open hold until the first clearing, then the net of the movements, in the company's currency and in minor
    units; `direction` says which way it goes. `receipt_count` and `review` repeat the live attachments and the latest
    review, so that lists can be filtered; only `attach.py` and `review.py` write them. `receipt_wanted`, `policy_step` (what
    the company's rules still ask for) and `flag_level` (the strongest effect of its open flags) are written by
    `evaluate_policies.py`; `policies_stale` says that purchases like this one wait to be compared with it.
    review, so that lists can be filtered; only `attach.py` and `review.py` write them. `is_declared` says that all its
    papers are declarations: then its lines claim no VAT.
    """

    number = models.PositiveBigIntegerField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="expenses")
    kind = models.CharField(max_length=14, choices=ExpenseKind.choices)
    direction = models.CharField(max_length=6, choices=Direction.choices, default=Direction.SPEND)
    amount = amount_field()
    currency = currency_field()
    foreign_amount = amount_field(null=True)
    foreign_currency = currency_field(blank=True)
    rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    rate_source = models.CharField(max_length=10, choices=RateSource.choices, blank=True)
    rate_date = models.DateField(null=True)
    rate_reason = models.CharField(max_length=200, blank=True)
    merchant = models.CharField(max_length=120)
    # The name as it is compared (`merchant_name.plain`); empty on what was written before there was one.
    merchant_key = models.CharField(max_length=120, blank=True, editable=False)
    merchant_category_code = models.CharField(max_length=4, blank=True)
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT, related_name="expenses")
    purchased_at = models.DateTimeField()
    authorization = models.OneToOneField(Authorization, null=True, on_delete=models.PROTECT, related_name="expense")
    payment = models.CharField(max_length=10, choices=PaymentState.choices)
    refund_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="refunds")
    lines_total = amount_field()
    is_coded = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    note = models.CharField(max_length=1000, blank=True)
    document_date = models.DateField(null=True)
    receipt_count = models.PositiveSmallIntegerField(default=0)
    is_declared = models.BooleanField(default=False)
    reading_open = models.BooleanField(default=False)
    receipt_wanted = models.BooleanField(default=True)
    attendee_count = models.PositiveSmallIntegerField(default=0)
    policy_step = models.CharField(max_length=12, blank=True, default="")
    flag_level = models.CharField(max_length=8, blank=True, default="")
    policies_stale = models.BooleanField(default=False, editable=False)
    confirmed = models.JSONField(default=list)
    # What was not coded by a person: field -> where it came from, see `fill_in.py`.
    filled = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    review = models.CharField(max_length=14, blank=True)
    books_lane = models.CharField(max_length=10, choices=Lane.choices, blank=True, default=Lane.NONE)
    locked_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = ExpenseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="expense_number_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="expense_amount_not_negative"),
            models.CheckConstraint(condition=Q(lines_total=F("amount")), name="expense_lines_sum_to_amount"),
            models.CheckConstraint(
                condition=Q(foreign_amount__isnull=True, foreign_currency="")
                | (Q(foreign_amount__isnull=False) & ~Q(foreign_currency="")),
                name="expense_foreign_pair",
            ),
            choices_check("expense", "kind", ExpenseKind),
            choices_check("expense", "direction", Direction),
            choices_check("expense", "payment", PaymentState),
            models.CheckConstraint(
                condition=Q(rate_source="") | Q(rate__isnull=False, rate_date__isnull=False), name="expense_rate_dated"
            ),
            models.CheckConstraint(
                condition=~Q(rate_source="typed") | ~Q(rate_reason=""), name="expense_typed_rate_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(rate_source__in=["", *RateSource.values]), name="expense_rate_source_known"
            ),
            models.CheckConstraint(condition=Q(review__in=["", *ReviewOutcome.values]), name="expense_review_known"),
            models.CheckConstraint(condition=Q(books_lane__in=Lane.values), name="expense_books_lane_known"),
            currency_check("expense"),
            currency_check("expense", "foreign_currency", optional=True),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-purchased_at", "-id"], name="expense_by_date"),
            models.Index(fields=["owner", "-purchased_at", "-id"], name="expense_by_owner"),
            models.Index(fields=["company", "books_lane", "-purchased_at", "-id"], name="expense_by_lane"),
            models.Index(fields=["company", "amount", "id"], name="expense_by_amount"),
            models.Index(fields=["company", "merchant", "id"], name="expense_by_merchant"),
            models.Index(
                fields=["company", "merchant_key", "-purchased_at", "-id"],
                condition=~Q(merchant_key=""),
                name="expense_by_merchant_key",
            ),
            models.Index(
                fields=["company", "-purchased_at", "-id"],
                condition=Q(books_lane__in=["", "unexported"]),
                name="expense_open",
            ),
            models.Index(fields=["id"], condition=Q(payment="reserved"), name="expense_reserved"),
            models.Index(
                fields=["company", "-purchased_at", "-id"], condition=~Q(flag_level=""), name="expense_flagged"
            ),
            models.Index(fields=["id"], condition=Q(policies_stale=True), name="expense_policies_stale"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.merchant}"

    @property
    def booked(self) -> Money:
        """The amount in the company's currency, not signed; `direction` says which way."""
        return Money(self.amount, self.currency)

    @property
    def foreign(self) -> Money | None:
        return None if self.foreign_amount is None else Money(self.foreign_amount, self.foreign_currency)

    def next_step(self, membership: Membership) -> str:
        """Return the one thing to do now, as a person sees it."""
        return next_step.next_step(self, membership)

    @property
    def base_direction(self) -> str:
        """Which way the thing itself goes, whatever was paid back later."""
        return Direction.REFUND if self.kind == ExpenseKind.REFUND else Direction.SPEND

    @property
    def is_frozen(self) -> bool:
        """Say whether it stands in a batch for the books: nothing of it changes then."""
        return self.books_lane in (Lane.QUEUE, Lane.EXPORTED)

    def is_editable_by(self, membership: Membership) -> bool:
        """Say whether a person who may see it may code it and move its receipts."""
        if self.owner_id == membership.pk:
            return membership.can("expenses.edit")
        return membership.can("expenses.edit_all")


class Movement(CompanyOwned):
    """One booked part of an expense: each clearing makes exactly one, on its own booking date; a claim has one without."""

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="movements")
    clearing = models.OneToOneField(Clearing, null=True, on_delete=models.PROTECT, related_name="movement")
    direction = models.CharField(max_length=6, choices=Direction.choices)
    amount = amount_field()
    currency = currency_field()
    booked_date = models.DateField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="movement_amount_positive"),
            choices_check("movement", "direction", Direction),
            currency_check("movement"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "booked_date", "id"], name="movement_by_date"),
        ]


class ExpenseLine(CompanyOwned):
    """A part of an expense with its coding. Gross minor units; written only by `lines.py`, which keeps `lines_total`.

    `movement` is empty for a shared line, spread over the movements when booked. A locked line never changes. `is_rest`
    marks what is not split yet: it takes the difference when the amount of a split expense changes. `is_private` marks what
    the person bought for themselves: it has no category and no VAT, and the person owes it.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(default=1)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    amount = amount_field()
    currency = currency_field()
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="lines")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="lines")
    tax_amount = amount_field(default=0)
    text = models.CharField(max_length=200, blank=True)
    is_rest = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    movement = models.ForeignKey(Movement, null=True, on_delete=models.PROTECT, related_name="own_lines")
    locked_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="line_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(tax_amount__gte=0) & Q(tax_amount__lte=F("amount")), name="line_tax_within_amount"
            ),
            models.UniqueConstraint(fields=["expense", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=Q(is_private=False)
                | Q(category__isnull=True, tax_code__isnull=True, tax_amount=0, is_rest=False),
                name="line_private_is_not_coded",
            ),
            choices_check("line", "direction", Direction),
            currency_check("line"),
        ]

    @property
    def gross(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_amount, self.currency)

    @property
    def deductible_tax(self) -> Money:
        """The VAT that the company claims back; the rest stays with the cost."""
        return self.tax - self.tax_code.lost_of(self.tax) if self.tax_code else self.tax


class LineTag(CompanyOwned):
    """One tag on one line: of each group at most one. `group` repeats the tag's own, for the constraint."""

    line = models.ForeignKey(ExpenseLine, on_delete=models.CASCADE, related_name="line_tags")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="line_tags")
    group = models.ForeignKey(TagGroup, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["line", "group"], name="line_tag_once_of_a_group")
        ]
