"""The company's own books: what can be booked, what was, and the files that carried it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models import ChartAccount, Lane, Movement, TaxCode
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.work import States, Work
from wallet.models import Transfer


class BookSettings(CompanyOwned):
    """How a company books: its contra accounts, its fiscal year and how its files look."""

    company = models.OneToOneField(
        "accounts.Company", on_delete=models.PROTECT, related_name="book_settings", editable=False
    )
    wallet_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    bank_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    out_of_pocket_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    cash_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    fees_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    fiscal_year_start_month = models.PositiveSmallIntegerField(default=1)
    csv_separator = models.CharField(max_length=1, default=";")
    csv_decimal_comma = models.BooleanField(default=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__gte=1, fiscal_year_start_month__lte=12), name="book_fiscal_month"
            ),
            models.CheckConstraint(condition=Q(csv_separator__in=[";", ",", "\t"]), name="book_csv_separator_known"),
        ]


class ItemKind(models.TextChoices):
    ORIGINAL = "original", _("Original")
    ADJUSTMENT = "adjustment", _("Adjustment")


class BookItem(CompanyOwned):
    """One fact to be booked, from exactly one source, in one of three lanes. `sources.py` says which facts become items.

    `expense` and `person` repeat the source's, `booked_date` its date and `amount` its amount, for lists and totals.
    """

    movement = models.ForeignKey(Movement, null=True, on_delete=models.PROTECT, related_name="book_items")
    transfer = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="book_items")
    revision = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=ItemKind.choices, default=ItemKind.ORIGINAL)
    lane = models.CharField(max_length=10, choices=Lane.choices, default=Lane.UNEXPORTED)
    booked_date = models.DateField()
    amount = amount_field()
    currency = currency_field()
    text = models.CharField(max_length=160)
    person = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    queued_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(movement__isnull=False, transfer__isnull=True)
                | Q(movement__isnull=True, transfer__isnull=False),
                name="book_item_one_source",
            ),
            models.UniqueConstraint(fields=["movement", "revision"], name="book_item_movement_once"),
            models.UniqueConstraint(fields=["transfer", "revision"], name="book_item_transfer_once"),
            models.CheckConstraint(condition=Q(lane__in=["unexported", "queue", "exported"]), name="book_item_lane_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="book_item_amount_positive"),
            choices_check("book_item", "kind", ItemKind),
            currency_check("book_item"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "lane", "-booked_date", "-id"], name="book_item_by_lane"),
        ]


class ExportStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Not made")


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV, debit and credit lines")


class Export(CompanyOwned, Work):
    """A batch that was handed to the books. Its files are made once and given out byte for byte ever after.

    `totals` are the control totals in minor units: `{"debit", "credit", "entries", "by_account": [[number, name, debit, credit]]}`.
    """

    WORK: ClassVar[States] = States("waiting", "running", "ready", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=10)
    MAX_ATTEMPTS: ClassVar[int] = 3

    number = models.PositiveBigIntegerField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=10, choices=ExportFormat.choices, default=ExportFormat.CSV)
    with_receipts = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=ExportStatus.choices, default=ExportStatus.WAITING)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    first_date = models.DateField(null=True)
    last_date = models.DateField(null=True)
    totals = models.JSONField(default=dict)
    currency = currency_field()
    file_key = models.CharField(max_length=200, blank=True, editable=False)
    file_name = models.CharField(max_length=120, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    receipts_key = models.CharField(max_length=200, blank=True, editable=False)
    receipts_name = models.CharField(max_length=120, blank=True, editable=False)
    receipts_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    ready_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="export_number_once"),
            choices_check("export", "status", ExportStatus),
            choices_check("export", "format", ExportFormat),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""), name="export_withdrawn_has_reason"
            ),
            currency_check("export"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-number"], name="export_by_number"),
            models.Index(fields=["created_at"], condition=Q(status__in=["waiting", "running"]), name="export_open"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class ExportItem(CompanyOwned):
    """An item in a batch. It can stand in one live batch only."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="items")
    book_item = models.ForeignKey(BookItem, on_delete=models.PROTECT, related_name="export_items")
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["book_item"], condition=Q(withdrawn_at__isnull=True), name="export_item_live_once"
            ),
            models.UniqueConstraint(fields=["export", "book_item"], name="export_item_once"),
        ]


class JournalEntry(CompanyOwned):
    """A balanced entry, made when its batch is frozen. A withdrawn entry keeps its voucher number."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="entries")
    book_item = models.ForeignKey(BookItem, on_delete=models.PROTECT, related_name="entries")
    voucher_number = models.PositiveBigIntegerField()
    date = models.DateField()
    document_date = models.DateField()
    text = models.CharField(max_length=200)
    debit_total = amount_field()
    credit_total = amount_field()
    currency = currency_field()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "voucher_number"], name="journal_voucher_once"),
            models.UniqueConstraint(fields=["export", "book_item"], name="journal_entry_item_once"),
            models.CheckConstraint(condition=Q(debit_total=F("credit_total")), name="journal_entry_balances"),
            models.CheckConstraint(condition=Q(debit_total__gt=0), name="journal_entry_not_empty"),
            currency_check("journal_entry"),
        ]


class Posting(CompanyOwned):
    """One side of one account in an entry, in minor units of the company's currency."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(ChartAccount, on_delete=models.PROTECT, related_name="+")
    debit = amount_field(default=0)
    credit = amount_field(default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=200, blank=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["entry", "position"], name="posting_position_once"),
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0), name="posting_one_side"
            ),
        ]
