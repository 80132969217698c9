"""What the bank told us: statements as they were sent, and their lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money
from pleo.lib.work import States, Work
from wallet.models.ledger import WalletQuerySet
from wallet.models.top_ups import TopUp


class StatementStatus(models.TextChoices):
    WAITING = "waiting", _("Waits to be read")
    READING = "reading", _("Being read")
    READ = "read", _("Read")
    FAILED = "failed", _("Not read")


class BankStatement(Work, CompanyOwned):
    """A file from the bank, kept as it came. The same file again is the same row.

    `parts` holds, for each statement in it: form, name, account, currency, opening and closing (minor units, or None),
    first and last day, number of lines, and whether opening plus lines was proved to be closing.
    """

    WORK = States(
        StatementStatus.WAITING.value,
        StatementStatus.READING.value,
        StatementStatus.READ.value,
        StatementStatus.FAILED.value,
    )
    LEASE = timedelta(minutes=5)

    number = models.PositiveIntegerField(editable=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=200, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveIntegerField(editable=False)
    status = models.CharField(max_length=10, choices=StatementStatus.choices, default=StatementStatus.WAITING)
    parts = models.JSONField(default=list, editable=False)
    line_count = models.PositiveIntegerField(default=0, editable=False)
    first_day = models.DateField(null=True, editable=False)
    last_day = models.DateField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "sha256"], name="bank_statement_file_once"),
            models.UniqueConstraint(fields=["company", "number"], name="bank_statement_number_once"),
            choices_check("bank_statement", "status", StatementStatus),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in (StatementStatus.WAITING, StatementStatus.READING)


class LineStatus(models.TextChoices):
    NEW = "new", _("Being matched")
    WAITING = "waiting", _("Waits for you")
    MATCHED = "matched", _("Top-up")
    IGNORED = "ignored", _("Ignored")
    REPEATED = "repeated", _("Known already")
    OUTGOING = "outgoing", _("Outgoing")


class BankLine(CompanyOwned):
    """One line of a statement. Incoming ones become top-ups, by themselves or by a person; outgoing ones are announced.

    `line_key` is what tells it apart in whatever statement it is reported (`wallet/line_keys.py`); the same key again is kept
    as `repeated` and moves nothing. `looks_like` is an earlier line that it may be, so that a person decides.
    """

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    part = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    line_key = models.CharField(max_length=64)
    direction = models.CharField(max_length=6, choices=[("credit", _("In")), ("debit", _("Out"))])
    amount = amount_field()
    currency = currency_field()
    booked_on = models.DateField()
    value_date = models.DateField()
    text = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=35, blank=True)
    end_to_end_id = models.CharField(max_length=35, blank=True)
    bank_reference = models.CharField(max_length=35, blank=True)
    counterparty = models.CharField(max_length=140, blank=True)
    counterparty_account = models.CharField(max_length=34, blank=True)
    is_reversal = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=LineStatus.choices)
    looks_like = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    top_up = models.OneToOneField(TopUp, null=True, on_delete=models.PROTECT, related_name="line")
    how = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=160, blank=True)
    decided_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "line_key"], condition=~Q(status=LineStatus.REPEATED), name="bank_line_once"
            ),
            models.UniqueConstraint(fields=["statement", "part", "position"], name="bank_line_place_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="bank_line_amount_not_negative"),
            models.CheckConstraint(condition=Q(direction__in=["credit", "debit"]), name="bank_line_direction_known"),
            models.CheckConstraint(
                condition=Q(status=LineStatus.MATCHED, top_up__isnull=False)
                | (~Q(status=LineStatus.MATCHED) & Q(top_up__isnull=True)),
                name="bank_line_matched_has_top_up",
            ),
            models.CheckConstraint(
                condition=~Q(status=LineStatus.MATCHED) | Q(direction="credit"), name="bank_line_matched_came_in"
            ),
            models.CheckConstraint(
                condition=~Q(status=LineStatus.IGNORED) | (~Q(reason="") & Q(decided_by__isnull=False)),
                name="bank_line_ignored_says_why",
            ),
            choices_check("bank_line", "status", LineStatus),
            currency_check("bank_line"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "status", "-booked_on", "-id"], name="bank_line_by_status"),
            models.Index(fields=["company", "booked_on", "amount"], name="bank_line_by_day"),
        ]

    def __str__(self) -> str:
        return self.counterparty or self.text[:60] or self.bank_reference

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def signed(self) -> Money:
        """The amount below zero when money went out."""
        return self.money if self.direction == "credit" else -self.money
