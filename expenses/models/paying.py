"""What the company owes people and they owe it, and how it is paid back."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib import append_only
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class AccountForm(models.TextChoices):
    """How a country writes an account that money can be sent to."""

    IBAN = "iban", _("IBAN")
    GB = "gb", _("Sort code and account number")
    DK = "dk", _("Registration and account number")
    SE = "se", _("Clearing and account number")


class BankAccountQuerySet(CompanyQuerySet):
    """Bank accounts."""

    def live(self) -> Self:
        """Those that nothing has replaced."""
        return self.filter(replaced_at=None)


class BankAccount(CompanyOwned):
    """Where a person is paid, or, without a person, where the company pays from. Changed by a new row, never in place.

    The number is kept sealed (`seal.py`) and shown masked; `holder` is the name that the bank knows.
    """

    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="bank_accounts")
    form = models.CharField(max_length=4, choices=AccountForm.choices)
    sealed = models.TextField(editable=False)
    masked = models.CharField(max_length=40)
    bic = models.CharField(max_length=11, blank=True)
    holder = models.CharField(max_length=70)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = BankAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(replaced_at__isnull=True, membership__isnull=False),
                name="bank_account_live_once",
            ),
            models.UniqueConstraint(
                fields=["company"], condition=Q(replaced_at__isnull=True, membership__isnull=True),
                name="bank_account_of_company_live_once",
            ),
            choices_check("bank_account", "form", AccountForm),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.masked


class RunMethod(models.TextChoices):
    SEPA = "sepa", _("Bank file, SEPA (pain.001)")
    DOMESTIC = "domestic", _("Bank file, domestic (CSV)")
    PAYROLL = "payroll", _("With the salary (CSV)")
    WALLET = "wallet", _("From the company’s wallet")


class RunStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    RELEASED = "released", _("On its way")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class PayoutStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    SENT = "sent", _("On its way")
    PAID = "paid", _("Paid back")
    FAILED = "failed", _("Refused by the bank")
    CANCELLED = "cancelled", _("Cancelled")


class RunQuerySet(CompanyQuerySet):
    """Runs: for those who see what everybody is owed."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        return rows if membership.can("balance.see_all") else rows.none()


class ReimbursementRun(CompanyOwned):
    """A proposal of who is paid back what, released by somebody else, then a file for the bank or the payroll.

    `client_key` comes with the form, so that pressing twice makes one run. The file is made once, at the release, and kept
    sealed; `fetched_at` is when somebody first took it: until then the run can be undone.
    """

    number = models.PositiveBigIntegerField()
    client_key = models.CharField(max_length=64, editable=False)
    method = models.CharField(max_length=10, choices=RunMethod.choices)
    schema = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.PROPOSED)
    currency = currency_field()
    execution_date = models.DateField()
    prepared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    released_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, editable=False)
    no_one_else_eligible = models.BooleanField(default=False)
    paid_from = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=80, blank=True, editable=False)
    sealed_file = models.TextField(blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, editable=False)
    fetched_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = RunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="run_number_once"),
            models.UniqueConstraint(fields=["company", "client_key"], name="run_client_key_once"),
            choices_check("run", "method", RunMethod),
            choices_check("run", "status", RunStatus),
            currency_check("run"),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")) | Q(no_one_else_eligible=True),
                name="run_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["released", "finished"])
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(sealed_file="") & ~Q(sha256="")),
                name="run_released_has_file",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False, fetched_at__isnull=True),
                name="run_cancelled_before_fetched",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "-number"], name="run_by_number")]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def message_id(self) -> str:
        """What the bank answers with: 35 characters at most."""
        return f"PLEO{self.pk.hex[:27].upper()}"


class Payout(CompanyOwned):
    """What one person gets in a run: the net of all their open entries. `end_to_end_id` comes back with the bank's answer."""

    run = models.ForeignKey(ReimbursementRun, on_delete=models.PROTECT, related_name="payouts")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="payouts")
    amount = amount_field()
    currency = currency_field()
    end_to_end_id = models.CharField(max_length=35, unique=True)
    status = models.CharField(max_length=10, choices=PayoutStatus.choices, default=PayoutStatus.PROPOSED)
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=140)
    failure_code = models.CharField(max_length=35, blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "membership"], name="payout_person_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
            choices_check("payout", "status", PayoutStatus),
            currency_check("payout"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class BalanceKind(models.TextChoices):
    CLAIM = "claim", _("Claim")
    PRIVATE = "private", _("Private purchase")
    CASH = "cash", _("Cash")
    PAYOUT = "payout", _("Paid back")
    PAYOUT_FAILED = "payout_failed", _("Payment came back")
    REPAYMENT = "repayment", _("Paid to the company")
    DEDUCTION = "deduction", _("Taken off the salary")
    UNDONE = "undone", _("Undone")


class Owed(models.TextChoices):
    """Which way: to the person, or by the person."""

    TO_PERSON = "to", _("The company owes")
    BY_PERSON = "by", _("The person owes")


class BalanceEntryQuerySet(CompanyQuerySet):
    """What people are owed and owe."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        return rows if membership.can("balance.see_all") else rows.filter(membership=membership)

    def open(self) -> Self:
        """Those that no live payout has taken; payouts themselves are never taken."""
        taken = PayoutItem.objects.filter(entry=OuterRef("pk"), released_at=None)
        paying = (BalanceKind.PAYOUT, BalanceKind.PAYOUT_FAILED)
        return self.exclude(kind__in=paying).filter(~Exists(taken))


@append_only.register
class BalanceEntry(CompanyOwned):
    """One step of a person's account with the company. Append-only; each source stands in it once.

    An expense has as many entries as its effect changed, numbered by `revision`: their sum is what it counts for now. A
    payout has one when it was paid, and one more when it came back.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="balance_entries")
    kind = models.CharField(max_length=14, choices=BalanceKind.choices)
    owed = models.CharField(max_length=2, choices=Owed.choices)
    amount = amount_field()
    currency = currency_field()
    booked_date = models.DateField()
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="balance_entries")
    revision = models.PositiveSmallIntegerField(default=1)
    payout = models.ForeignKey(Payout, null=True, on_delete=models.PROTECT, related_name="balance_entries")
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    client_key = models.CharField(max_length=64, blank=True, editable=False)
    text = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = BalanceEntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="balance_amount_positive"),
            models.UniqueConstraint(fields=["expense", "revision"], name="balance_expense_revision_once"),
            models.UniqueConstraint(fields=["payout", "kind"], name="balance_payout_once"),
            models.UniqueConstraint(
                fields=["company", "client_key"], condition=~Q(client_key=""), name="balance_client_key_once"
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["claim", "private", "cash"]) & Q(expense__isnull=False, payout=None, undoes=None)
                )
                | (Q(kind__in=["payout", "payout_failed"]) & Q(expense=None, payout__isnull=False, undoes=None))
                | (
                    Q(kind__in=["repayment", "deduction"])
                    & Q(expense=None, payout=None, undoes=None)
                    & ~Q(client_key="")
                )
                | (Q(kind="undone") & Q(expense=None, payout=None, undoes__isnull=False)),
                name="balance_one_source",
            ),
            choices_check("balance", "kind", BalanceKind),
            choices_check("balance", "owed", Owed),
            currency_check("balance"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["membership", "-booked_date", "-id"], name="balance_by_person"),
        ]

    @property
    def signed(self) -> Money:
        """The amount as the person counts it: above zero what they get."""
        return Money(self.amount if self.owed == Owed.TO_PERSON else -self.amount, self.currency)


class PayoutItem(CompanyOwned):
    """An entry that a payout settles. It can stand in one live payout only; failing or cancelling releases it.

    `taxable` is what of it is above the tax-free rate, in minor units; below zero when earlier payouts told too much.
    """

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="items")
    entry = models.ForeignKey(BalanceEntry, on_delete=models.PROTECT, related_name="payout_items")
    taxable = models.BigIntegerField(default=0, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(released_at__isnull=True), name="payout_item_live_once"
            ),
        ]


class RunInterval(models.TextChoices):
    WEEK = "week", _("Each week")
    MONTH = "month", _("Each month")


class RunSchedule(CompanyOwned):
    """When a company's runs are proposed by themselves; somebody still releases each."""

    company = models.OneToOneField(
        "accounts.Company", on_delete=models.PROTECT, related_name="run_schedule", editable=False
    )
    interval = models.CharField(max_length=5, choices=RunInterval.choices)
    method = models.CharField(max_length=10, choices=RunMethod.choices)
    next_on = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("run_schedule", "interval", RunInterval),
            choices_check("run_schedule", "method", RunMethod),
        ]


class WageTypes(CompanyOwned):
    """What the company's payroll calls the kinds of lines that we send it; empty where it needs no number."""

    company = models.OneToOneField(
        "accounts.Company", on_delete=models.PROTECT, related_name="wage_types", editable=False
    )
    tax_free = models.CharField(_("free of tax"), max_length=20, blank=True)
    taxable = models.CharField(_("taxable"), max_length=20, blank=True)
    deduction = models.CharField(_("taken off"), max_length=20, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "wage types"


class LockKind(models.TextChoices):
    CLAIMS = "claims", _("New claims")
    EDITS = "edits", _("Changes of expenses")


class PeriodLock(CompanyOwned):
    """Up to and with a day nothing of a kind is accepted any more. The newest row of a kind that was not lifted is in force."""

    kind = models.CharField(max_length=6, choices=LockKind.choices)
    upto = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("period_lock", "kind", LockKind),
            models.UniqueConstraint(
                fields=["company", "kind"], condition=Q(lifted_at__isnull=True), name="period_lock_live_once"
            ),
        ]
