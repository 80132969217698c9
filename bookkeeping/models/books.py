"""The company's own books: what can be booked, what was, and the files that carried it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from bookkeeping.journal import NOT_FROM_WALLET
from expenses.models import BalanceEntry, ChartAccount, Direction, Expense, Lane, LineTag, Movement, TaxCode
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money
from pleo.lib.search import search_words
from pleo.lib.work import States, Work
from wallet.models import LedgerAccount, Transfer, TransferCode


class BookMethod(models.TextChoices):
    JOURNAL = "journal", _("Journal: the cost against the wallet")
    PAYABLE = "payable", _("Accounts payable: the cost against a supplier, the supplier against the wallet")


def usual_formats() -> list[str]:
    """What a company exports as until it chooses otherwise."""
    return ["csv"]


class BookSettings(CompanyOwned):
    """How a company books: its contra accounts, its fiscal year and how its files look. Made with the company.

    Vouchers are numbered in one range, or in one for each fiscal year (`voucher_yearly`), from `voucher_start` on, under a
    `voucher_series` of capitals and digits. `lines_together` books lines of the same account, VAT code and tags as one.
    """

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
    formats = models.JSONField(default=usual_formats)
    receipts_by_month = models.BooleanField(default=False)
    method = models.CharField(max_length=8, choices=BookMethod.choices, default=BookMethod.JOURNAL)
    supplier_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    receivable_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    payroll_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    disputes_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    # Nothing is booked on it and nobody is asked for it any more (docs/books.md); the column goes with a later release.
    rounding_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    exchange_account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="+")
    exchange_apart = models.BooleanField(default=False)
    datev_consultant = models.PositiveIntegerField(default=1001)
    datev_client = models.PositiveIntegerField(default=1)
    datev_account_length = models.PositiveSmallIntegerField(default=4)
    datev_chart = models.CharField(max_length=2, blank=True)
    # Years that receipts are kept; empty: what the country's law asks for (`retention_law.py`).
    retention_years = models.PositiveSmallIntegerField(null=True)
    erases = models.BooleanField(default=True)
    voucher_series = models.CharField(max_length=4, blank=True)
    voucher_start = models.PositiveIntegerField(default=1)
    voucher_yearly = models.BooleanField(default=False)
    lines_together = models.BooleanField(default=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__gte=1, fiscal_year_start_month__lte=12), name="book_fiscal_month"
            ),
            models.CheckConstraint(condition=Q(csv_separator__in=[";", ",", "\t"]), name="book_csv_separator_known"),
            choices_check("book", "method", BookMethod),
            models.CheckConstraint(
                condition=Q(datev_consultant__gte=1001, datev_consultant__lte=9_999_999), name="book_datev_consultant"
            ),
            models.CheckConstraint(
                condition=Q(datev_client__gte=1, datev_client__lte=99_999), name="book_datev_client"
            ),
            models.CheckConstraint(
                condition=Q(datev_account_length__gte=4, datev_account_length__lte=8), name="book_datev_account_length"
            ),
            models.CheckConstraint(condition=Q(datev_chart__in=["", "03", "04"]), name="book_datev_chart_known"),
            models.CheckConstraint(
                condition=Q(retention_years__isnull=True) | Q(retention_years__gte=1, retention_years__lte=30),
                name="book_retention_years",
            ),
            models.CheckConstraint(condition=Q(voucher_series__regex=r"^[A-Z0-9]{0,4}$"), name="book_voucher_series"),
            models.CheckConstraint(
                condition=Q(voucher_start__gte=1, voucher_start__lte=900_000_000), name="book_voucher_start"
            ),
        ]


class WalletAccount(CompanyOwned):
    """A sub-wallet with an account of its own in the books. What moves into it or out of it from then on is booked."""

    wallet = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ChartAccount, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()


class ItemKind(models.TextChoices):
    ORIGINAL = "original", _("Original")
    ADJUSTMENT = "adjustment", _("Adjustment")
    CORRECTION = "correction", _("Correction")


class BookItemQuerySet(CompanyQuerySet):
    """Facts to be booked."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others. What was taken back stands in no lane."""
        rows = self.for_company(membership.company).exclude(lane=Lane.NONE)
        return rows if membership.can("books.see") else rows.none()

    def free(self) -> Self:
        """Those that no batch holds. A batch that failed holds nothing: its items never left the queue."""
        holding = ExportItem.objects.filter(book_item=OuterRef("pk"), withdrawn_at=None)
        return self.filter(~Exists(holding.exclude(export__status=ExportStatus.FAILED)))

    def unheld(self) -> Self:
        """Those that no batch holds, failed ones included. What moves items asks this under lock, after letting go of the failed:
        a batch that fails in between still holds its items, and may be started again.
        """
        return self.filter(~Exists(ExportItem.objects.filter(book_item=OuterRef("pk"), withdrawn_at=None)))

    def about(self, query: str) -> Self:
        """Those that a query is about: every word stands in the item's or its expense's search text."""
        rows = self
        for word in search_words(query.replace("\x00", "")):
            rows = rows.filter(Q(search_text__contains=word) | Q(expense__search_text__contains=word))
        return rows

    def of_wallet(self) -> Self:
        """Those that change what the wallets hold together: not what people or cash paid, not money between two wallets,
        not another coding of the same money.
        """
        return self.filter(balance_entry=None).exclude(
            Q(expense__kind__in=NOT_FROM_WALLET) | Q(transfer__code=TransferCode.INTERNAL) | Q(kind=ItemKind.CORRECTION)
        )

    def with_facts(self) -> Self:
        """Fetch what checks, lists and the journal ask of an item in a fixed number of queries."""
        return self.select_related(
            "person",
            "transfer__debit_account",
            "transfer__credit_account",
            "movement",
            "expense__owner",
            "balance_entry__payout__run",
            "balance_entry__undoes",
            "correction__corrects",
        ).prefetch_related(
            "balance_entry__payout__items__entry",
            "expense__movements",
            "expense__lines__category__account",
            "expense__lines__tax_code__account",
            "expense__lines__tax_code__reverse_account",
            Prefetch("expense__lines__line_tags", LineTag.objects.select_related("tag", "group")),
            "correction__lines__category__account",
            "correction__lines__tax_code__account",
            "correction__lines__tax_code__reverse_account",
            "correction__lines__tags__group",
            Prefetch("correction__corrects__entries", JournalEntry.objects.live(), to_attr="counting"),
            "correction__corrects__counting__postings",
        )


class BookItem(CompanyOwned):
    """One fact to be booked, from exactly one source, in one of three lanes. `sources.py` says which facts become items.

    A movement, a transfer that no movement tells of, or a step of a person's account that no expense tells of. `wallet` is the
    sub-wallet that a movement was paid from, `exchange` what it cost more than when it was bought because the rate changed.
    `expense` and `person` repeat the source's, `booked_date` its date, `direction` and `amount` its amount (in: money came
    into the wallet or back to the company), for lists and totals. An item whose batch is being made stays in the queue and
    has a live ExportItem, which is what keeps it out of any other batch. A correction repeats the source of what it corrects
    under the next `revision`; taken back, it is in no lane.
    """

    movement = models.ForeignKey(Movement, null=True, on_delete=models.PROTECT, related_name="book_items")
    transfer = models.ForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="book_items")
    balance_entry = models.ForeignKey(BalanceEntry, null=True, on_delete=models.PROTECT, related_name="book_items")
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="book_items")
    wallet = models.ForeignKey(LedgerAccount, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    exchange = models.BigIntegerField(null=True)
    revision = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=ItemKind.choices, default=ItemKind.ORIGINAL)
    lane = models.CharField(max_length=10, choices=Lane.choices, default=Lane.UNEXPORTED)
    booked_date = models.DateField()
    direction = models.CharField(max_length=6, choices=Direction.choices)
    amount = amount_field()
    currency = currency_field()
    text = models.CharField(max_length=160)
    search_text = models.TextField(blank=True, editable=False)
    person = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    queued_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = BookItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(movement__isnull=False, transfer__isnull=True, balance_entry__isnull=True)
                | Q(movement__isnull=True, transfer__isnull=False, balance_entry__isnull=True)
                | Q(movement__isnull=True, transfer__isnull=True, balance_entry__isnull=False),
                name="book_item_one_source",
            ),
            models.CheckConstraint(
                condition=Q(movement__isnull=True) | Q(expense__isnull=False), name="book_item_movement_has_expense"
            ),
            models.UniqueConstraint(fields=["movement", "revision"], name="book_item_movement_once"),
            models.UniqueConstraint(fields=["transfer", "revision"], name="book_item_transfer_once"),
            models.UniqueConstraint(fields=["balance_entry", "revision"], name="book_item_balance_entry_once"),
            models.CheckConstraint(
                condition=Q(lane__in=["unexported", "queue", "exported"]) | Q(lane="", kind="correction"),
                name="book_item_lane_known",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="book_item_amount_positive"),
            models.CheckConstraint(
                condition=Q(lane__in=["", "unexported"], queued_at__isnull=True)
                | (~Q(lane__in=["", "unexported"]) & Q(queued_at__isnull=False)),
                name="book_item_queued_since",
            ),
            choices_check("book_item", "kind", ItemKind),
            choices_check("book_item", "direction", Direction),
            currency_check("book_item"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "lane", "-booked_date", "-id"], name="book_item_by_lane"),
        ]

    def __str__(self) -> str:
        if self.expense:
            return self.expense.merchant
        return self.text or self.what

    @property
    def what(self) -> str:
        """Say what kind of money moved, where no expense tells of it."""
        if self.transfer:
            return str(self.transfer.get_code_display())
        return str(self.balance_entry.get_kind_display()) if self.balance_entry else ""

    @property
    def booked(self) -> Money:
        """The amount, not signed; `direction` says which way."""
        return Money(self.amount, self.currency)


class RunAct(models.TextChoices):
    QUEUE = "queue", _("Queue what is ready")
    UNQUEUE = "unqueue", _("Take out of the queue")


class RunStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped")


class QueueRun(CompanyOwned, Work):
    """Everything that is ready put into the queue, or all of a run taken out again, by a worker that counts.

    `moved` and `left` count items; `reasons` are the first that stayed, as `[text, code, params]`. `cursor` is the last item
    looked at. Items carry the run's `created_at` as the moment of their queueing: that is how its undoing finds them.
    """

    WORK: ClassVar[States] = States("waiting", "running", "done", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=3)

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=64, editable=False)
    act = models.CharField(max_length=8, choices=RunAct.choices)
    undo_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undo")
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.WAITING)
    total = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list)
    cursor = models.UUIDField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "client_key"], name="queue_run_client_key_once"),
            choices_check("queue_run", "act", RunAct),
            choices_check("queue_run", "status", RunStatus),
            models.CheckConstraint(
                condition=Q(act="queue", undo_of__isnull=True) | Q(act="unqueue", undo_of__isnull=False),
                name="queue_run_undoes_a_run",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["created_at"], condition=Q(status__in=["waiting", "running"]), name="queue_run_open"),
        ]

    @property
    def is_open(self) -> bool:
        """Say whether a worker still has it before it."""
        return self.status in (RunStatus.WAITING, RunStatus.RUNNING)


class BooksCheck(CompanyOwned):
    """The last time that everything was checked, and what did not hold: `findings` maps a rule's code to how much was wrong."""

    company = models.OneToOneField("accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False)
    checked_at = models.DateTimeField()
    findings = models.JSONField(default=dict)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()


class ExportQuerySet(CompanyQuerySet):
    """Batches."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()

    def live(self) -> Self:
        """Those whose files count: ready and not withdrawn."""
        return self.filter(status=ExportStatus.READY, withdrawn_at=None)


class ExportStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Not made")


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV, debit and credit lines")
    XLSX = "xlsx", _("Excel, debit and credit lines")
    DATEV = "datev", _("DATEV posting batch")
    SIE = "sie", _("SIE 4I")
    FEC = "fec", _("FEC-shaped journal")
    XERO = "xero", _("Xero, manual journals")
    XERO_BILLS = "xero_bills", _("Xero, bills")
    XERO_BANK = "xero_bank", _("Xero, bank statement")
    QUICKBOOKS = "quickbooks", _("QuickBooks Online journal")
    SAGE = "sage", _("Sage 50 audit trail")
    BEANCOUNT = "beancount", _("beancount")
    HLEDGER = "hledger", _("hledger and ledger")
    OFX = "ofx", _("OFX statement of the wallet")
    CUSTOM = "custom", _("Your own columns")


class Export(CompanyOwned, Work):
    """A batch that was handed to the books. Its files are made once and given out byte for byte ever after.

    `totals` are the control totals in minor units: `{"debit", "credit", "entries", "by_account": [[number, name, debit,
    credit]], "tax": [[code, rate, amount]]}`. `options` is how the files look and what they say of the company, as it was when
    the batch was begun. `formats` are the keys of its file formats, `format` the first of them; its first file is repeated here,
    all of them are `files`. Vouchers are `first_voucher` plus the item's position, or as `options["runs"]` says
    (`vouchers.py`). `client_key` comes with the form, so that pressing twice makes one batch.
    """

    WORK: ClassVar[States] = States("waiting", "running", "ready", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=10)
    MAX_ATTEMPTS: ClassVar[int] = 3

    number = models.PositiveBigIntegerField()
    client_key = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=10, choices=ExportFormat.choices, default=ExportFormat.CSV)
    formats = models.JSONField(default=list)
    with_receipts = models.BooleanField(default=True)
    with_reports = models.BooleanField(default=False)
    options = models.JSONField(default=dict)
    first_voucher = models.PositiveBigIntegerField(null=True, editable=False)
    item_count = models.PositiveIntegerField()
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
    objects: ClassVar[Any] = ExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="export_number_once"),
            models.UniqueConstraint(fields=["company", "client_key"], name="export_client_key_once"),
            models.CheckConstraint(condition=Q(item_count__gt=0), name="export_not_empty"),
            models.CheckConstraint(
                condition=~Q(status="ready") | (~Q(file_key="") & ~Q(sha256="") & Q(ready_at__isnull=False)),
                name="export_ready_has_file",
            ),
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

    @property
    def is_open(self) -> bool:
        """Say whether it is still being made."""
        return self.status in (ExportStatus.WAITING, ExportStatus.RUNNING)

    @property
    def files_in_order(self) -> list[ExportFile]:
        """Its files as they were made; none before it is ready."""
        return sorted(self.files.all(), key=lambda file: file.position)

    @property
    def debit_total(self) -> Money:
        return Money(self.totals.get("debit", 0), self.currency)


class FileKind(models.TextChoices):
    JOURNAL = "journal", _("Entries")
    RECEIPTS = "receipts", _("Receipts")
    REPORT = "report", _("A person’s expenses with receipts")
    CHANGES = "changes", _("What the files write differently")


class ExportFile(CompanyOwned):
    """A file of an export, given out byte for byte as it was made. `changed` counts the texts that it had to write differently."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=FileKind.choices)
    format = models.CharField(max_length=48, blank=True)
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=120)
    key = models.CharField(max_length=200, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    changed = models.PositiveIntegerField(default=0)
    # Only an archive of receipts is made anew: without the erased ones. The one it replaces is remembered until it is removed.
    erased = models.PositiveIntegerField(default=0, editable=False)
    replaced_key = models.CharField(max_length=200, blank=True, default="", editable=False)
    label: str
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["export", "position"], name="export_file_position_once"),
            models.UniqueConstraint(fields=["export", "name"], name="export_file_name_once"),
            choices_check("export_file", "kind", FileKind),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="export_file_sha256_hex"),
        ]

    def __str__(self) -> str:
        return self.name


class ExportItem(CompanyOwned):
    """An item in a batch. It can stand in one live batch only."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="items")
    book_item = models.ForeignKey(BookItem, on_delete=models.PROTECT, related_name="export_items")
    position = models.PositiveIntegerField()
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["book_item"], condition=Q(withdrawn_at__isnull=True), name="export_item_live_once"
            ),
            models.UniqueConstraint(fields=["export", "book_item"], name="export_item_once"),
            models.UniqueConstraint(fields=["export", "position"], name="export_item_position_once"),
        ]


class JournalEntryQuerySet(CompanyQuerySet):
    """Entries."""

    def live(self) -> Self:
        """Those that count: of exports that are ready and not withdrawn."""
        return self.filter(export__status=ExportStatus.READY, export__withdrawn_at=None)


class JournalEntry(CompanyOwned):
    """A balanced entry, made when its batch is frozen. A withdrawn entry keeps its voucher number.

    Names, numbers and texts are copied as they were that day, so that the file can be made again from the rows alone.
    `receipts` are `[name in the ZIP, receipt id]`, `receipt_names` the same names as the file writes them.
    `adjusts` is the newest voucher of the same expense that counted when this one was made, where this one adjusts it; of a
    correction the voucher whose lines it turns round.
    """

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="entries")
    book_item = models.ForeignKey(BookItem, on_delete=models.PROTECT, related_name="entries")
    series = models.CharField(max_length=9, blank=True, default="")
    voucher_number = models.PositiveBigIntegerField()
    date = models.DateField()
    document_date = models.DateField()
    text = models.CharField(max_length=200)
    person_name = models.CharField(max_length=120, blank=True)
    merchant = models.CharField(max_length=160, blank=True)
    expense_number = models.PositiveBigIntegerField(null=True)
    foreign_amount = amount_field(null=True)
    foreign_currency = currency_field(blank=True)
    receipts = models.JSONField(default=list)
    receipt_names = models.TextField(blank=True)
    debit_total = amount_field()
    credit_total = amount_field()
    currency = currency_field()
    adjusts = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="adjustments", editable=False)
    objects: ClassVar[Any] = JournalEntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "series", "voucher_number"], name="journal_voucher_once"),
            models.UniqueConstraint(fields=["export", "book_item"], name="journal_entry_item_once"),
            models.CheckConstraint(condition=Q(debit_total=F("credit_total")), name="journal_entry_balances"),
            models.CheckConstraint(condition=Q(debit_total__gt=0), name="journal_entry_not_empty"),
            currency_check("journal_entry"),
        ]

    @property
    def voucher(self) -> str:
        """The number as people say it: 17, or 2026-17 in a series."""
        return f"{self.series}-{self.voucher_number}" if self.series else str(self.voucher_number)


class Posting(CompanyOwned):
    """One side of one account in an entry, in minor units of the company's currency, with the words of that day.

    `role` is what it is in its entry (see `formats/document.py`); both it and `account_type` are empty on the oldest rows.
    `dimensions` are `[place, SIE number, group, code, name]`, one for each dimension that the cost was tagged with.
    """

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(ChartAccount, on_delete=models.PROTECT, related_name="+")
    debit = amount_field(default=0)
    credit = amount_field(default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    is_wallet = models.BooleanField(default=False)
    role = models.CharField(max_length=10, blank=True)
    account_type = models.CharField(max_length=10, blank=True)
    account_number = models.CharField(max_length=20)
    account_name = models.CharField(max_length=120)
    tax_code_name = models.CharField(max_length=20, blank=True)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    category_name = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200, blank=True)
    dimensions = models.JSONField(default=list)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["entry", "position"], name="posting_position_once"),
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0), name="posting_one_side"
            ),
        ]
