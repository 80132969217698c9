"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import bookkeeping.models.books
import pleo.lib.ids
import pleo.lib.migrating


class Migration(migrations.Migration):
    replaces = [
        ("bookkeeping", "0001_initial"),
        ("bookkeeping", "0002_formats"),
        ("bookkeeping", "0003_files_of_older_exports"),
        ("bookkeeping", "0004_runs"),
        ("bookkeeping", "0005_every_book_item"),
        ("bookkeeping", "0006_period_close"),
        ("bookkeeping", "0007_dimensions"),
        ("bookkeeping", "0008_destinations"),
        ("bookkeeping", "0009_paper_report"),
        ("bookkeeping", "0010_client_runs"),
        ("bookkeeping", "0011_check_runs"),
        ("bookkeeping", "0012_corrections"),
        ("bookkeeping", "0013_retention"),
        ("bookkeeping", "0014_vouchers"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0003_receipt_mails"),
        ("expenses", "0001_squashed_0022_bulk_tags_and_wage_types"),
        ("receipts", "0001_squashed_0007_erasures"),
        ("wallet", "0001_squashed_0006_payouts"),
    ]

    operations = [
        pleo.lib.migrating.CreateModels(
            operations=[
                migrations.CreateModel(
                    name="BookDimension",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "group",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_dimension",
                                to="expenses.taggroup",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField()),
                        ("sie_number", models.PositiveSmallIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "place"), name="book_dimension_place_once"),
                            models.UniqueConstraint(
                                fields=("company", "sie_number"), name="book_dimension_sie_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("place__gte", 1), ("place__lte", 3)),
                                name="book_dimension_place_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sie_number__gte", 1), ("sie_number__lte", 999)),
                                name="book_dimension_sie_number",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookItem",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "movement",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_items",
                                to="expenses.movement",
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_items",
                                to="wallet.transfer",
                            ),
                        ),
                        (
                            "balance_entry",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_items",
                                to="expenses.balanceentry",
                            ),
                        ),
                        (
                            "expense",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_items",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "wallet",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        ("exchange", models.BigIntegerField(null=True)),
                        ("revision", models.PositiveSmallIntegerField(default=1)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("original", "Original"),
                                    ("adjustment", "Adjustment"),
                                    ("correction", "Correction"),
                                ],
                                default="original",
                                max_length=10,
                            ),
                        ),
                        (
                            "lane",
                            models.CharField(
                                choices=[
                                    ("", "Nothing to book yet"),
                                    ("unexported", "Unexported"),
                                    ("queue", "In queue"),
                                    ("exported", "Exported"),
                                ],
                                default="unexported",
                                max_length=10,
                            ),
                        ),
                        ("booked_date", models.DateField()),
                        (
                            "direction",
                            models.CharField(choices=[("spend", "Spent"), ("refund", "Refunded")], max_length=6),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("text", models.CharField(max_length=160)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "queued_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("queued_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "lane", "-booked_date", "-id"], name="book_item_by_lane")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("balance_entry__isnull", True),
                                        ("movement__isnull", False),
                                        ("transfer__isnull", True),
                                    ),
                                    models.Q(
                                        ("balance_entry__isnull", True),
                                        ("movement__isnull", True),
                                        ("transfer__isnull", False),
                                    ),
                                    models.Q(
                                        ("balance_entry__isnull", False),
                                        ("movement__isnull", True),
                                        ("transfer__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="book_item_one_source",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("movement__isnull", True), ("expense__isnull", False), _connector="OR"
                                ),
                                name="book_item_movement_has_expense",
                            ),
                            models.UniqueConstraint(fields=("movement", "revision"), name="book_item_movement_once"),
                            models.UniqueConstraint(fields=("transfer", "revision"), name="book_item_transfer_once"),
                            models.UniqueConstraint(
                                fields=("balance_entry", "revision"), name="book_item_balance_entry_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lane__in", ["unexported", "queue", "exported"]),
                                    models.Q(("kind", "correction"), ("lane", "")),
                                    _connector="OR",
                                ),
                                name="book_item_lane_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="book_item_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lane__in", ["", "unexported"]), ("queued_at__isnull", True)),
                                    models.Q(
                                        models.Q(("lane__in", ["", "unexported"]), _negated=True),
                                        ("queued_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="book_item_queued_since",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["original", "adjustment", "correction"])),
                                name="book_item_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["spend", "refund"])),
                                name="book_item_direction_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="book_item_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookLayout",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("look", models.JSONField()),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("archived_at__isnull", True)),
                                name="book_layout_name_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="book_layout_named"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BooksCheck",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.OneToOneField(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("checked_at", models.DateTimeField()),
                        ("findings", models.JSONField(default=dict)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="BookSettings",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.OneToOneField(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="book_settings",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "wallet_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "bank_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "out_of_pocket_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "cash_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "fees_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        ("fiscal_year_start_month", models.PositiveSmallIntegerField(default=1)),
                        ("csv_separator", models.CharField(default=";", max_length=1)),
                        ("csv_decimal_comma", models.BooleanField(default=True)),
                        ("formats", models.JSONField(default=bookkeeping.models.books.usual_formats)),
                        ("receipts_by_month", models.BooleanField(default=False)),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("journal", "Journal: the cost against the wallet"),
                                    (
                                        "payable",
                                        "Accounts payable: the cost against a supplier, the supplier against the wallet",
                                    ),
                                ],
                                default="journal",
                                max_length=8,
                            ),
                        ),
                        (
                            "supplier_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "receivable_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "payroll_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "disputes_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "rounding_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        (
                            "exchange_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        ("exchange_apart", models.BooleanField(default=False)),
                        ("datev_consultant", models.PositiveIntegerField(default=1001)),
                        ("datev_client", models.PositiveIntegerField(default=1)),
                        ("datev_account_length", models.PositiveSmallIntegerField(default=4)),
                        ("datev_chart", models.CharField(blank=True, max_length=2)),
                        ("retention_years", models.PositiveSmallIntegerField(null=True)),
                        ("erases", models.BooleanField(default=True)),
                        ("voucher_series", models.CharField(blank=True, max_length=4)),
                        ("voucher_start", models.PositiveIntegerField(default=1)),
                        ("voucher_yearly", models.BooleanField(default=False)),
                        ("lines_together", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("fiscal_year_start_month__gte", 1), ("fiscal_year_start_month__lte", 12)
                                ),
                                name="book_fiscal_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("csv_separator__in", [";", ",", "\t"])),
                                name="book_csv_separator_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("method__in", ["journal", "payable"])), name="book_method_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("datev_consultant__gte", 1001), ("datev_consultant__lte", 9999999)),
                                name="book_datev_consultant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("datev_client__gte", 1), ("datev_client__lte", 99999)),
                                name="book_datev_client",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("datev_account_length__gte", 4), ("datev_account_length__lte", 8)),
                                name="book_datev_account_length",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("datev_chart__in", ["", "03", "04"])), name="book_datev_chart_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("retention_years__isnull", True),
                                    models.Q(("retention_years__gte", 1), ("retention_years__lte", 30)),
                                    _connector="OR",
                                ),
                                name="book_retention_years",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("voucher_series__regex", "^[A-Z0-9]{0,4}$")),
                                name="book_voucher_series",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("voucher_start__gte", 1), ("voucher_start__lte", 900000000)),
                                name="book_voucher_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Being checked"),
                                    ("done", "Checked"),
                                    ("failed", "Stopped"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("progress_done", models.PositiveSmallIntegerField(default=0)),
                        ("findings", models.JSONField(default=dict)),
                        ("checked_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="check_run_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "done"), _negated=True),
                                    ("checked_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="check_run_done_has_moment",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=("company",),
                                name="check_run_open_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClientRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        ("starts", models.DateField(null=True)),
                        ("ends", models.DateField(null=True)),
                        ("formats", models.JSONField(default=list)),
                        ("with_receipts", models.BooleanField(default=True)),
                        ("queue_ready", models.BooleanField(default=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Stopped"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["created_at"],
                                name="client_run_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "client_key"), name="client_run_client_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="client_run_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("starts", None), ("ends", None), ("ends__gte", models.F("starts")), _connector="OR"
                                ),
                                name="client_run_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Destination",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("economic", "e-conomic, draft entries"),
                                    ("connector", "A connector of your own, by the API"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("config", models.JSONField(default=dict)),
                        ("sealed", models.TextField(blank=True, editable=False)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("tested_at", models.DateTimeField(editable=False, null=True)),
                        ("test_error", models.CharField(blank=True, max_length=60)),
                        ("disconnected_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("disconnected_at__isnull", True)),
                                fields=("company", "kind"),
                                name="destination_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["economic", "connector"])),
                                name="destination_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Export",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        ("number", models.PositiveBigIntegerField()),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("csv", "CSV, debit and credit lines"),
                                    ("xlsx", "Excel, debit and credit lines"),
                                    ("datev", "DATEV posting batch"),
                                    ("sie", "SIE 4I"),
                                    ("fec", "FEC-shaped journal"),
                                    ("xero", "Xero, manual journals"),
                                    ("xero_bills", "Xero, bills"),
                                    ("xero_bank", "Xero, bank statement"),
                                    ("quickbooks", "QuickBooks Online journal"),
                                    ("sage", "Sage 50 audit trail"),
                                    ("beancount", "beancount"),
                                    ("hledger", "hledger and ledger"),
                                    ("ofx", "OFX statement of the wallet"),
                                    ("custom", "Your own columns"),
                                ],
                                default="csv",
                                max_length=10,
                            ),
                        ),
                        ("formats", models.JSONField(default=list)),
                        ("with_receipts", models.BooleanField(default=True)),
                        ("with_reports", models.BooleanField(default=False)),
                        ("options", models.JSONField(default=dict)),
                        ("first_voucher", models.PositiveBigIntegerField(editable=False, null=True)),
                        ("item_count", models.PositiveIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Being made"),
                                    ("ready", "Ready"),
                                    ("failed", "Not made"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("progress_done", models.PositiveIntegerField(default=0)),
                        ("progress_total", models.PositiveIntegerField(default=0)),
                        ("first_date", models.DateField(null=True)),
                        ("last_date", models.DateField(null=True)),
                        ("totals", models.JSONField(default=dict)),
                        ("currency", models.CharField(max_length=3)),
                        ("file_key", models.CharField(blank=True, editable=False, max_length=200)),
                        ("file_name", models.CharField(blank=True, editable=False, max_length=120)),
                        ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                        ("receipts_key", models.CharField(blank=True, editable=False, max_length=200)),
                        ("receipts_name", models.CharField(blank=True, editable=False, max_length=120)),
                        ("receipts_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                        ("ready_at", models.DateTimeField(editable=False, null=True)),
                        ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-number"], name="export_by_number"),
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["created_at"],
                                name="export_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "number"), name="export_number_once"),
                            models.UniqueConstraint(fields=("company", "client_key"), name="export_client_key_once"),
                            models.CheckConstraint(condition=models.Q(("item_count__gt", 0)), name="export_not_empty"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "ready"), _negated=True),
                                    models.Q(
                                        models.Q(("file_key", ""), _negated=True),
                                        models.Q(("sha256", ""), _negated=True),
                                        ("ready_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="export_ready_has_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "ready", "failed"])),
                                name="export_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "format__in",
                                        [
                                            "csv",
                                            "xlsx",
                                            "datev",
                                            "sie",
                                            "fec",
                                            "xero",
                                            "xero_bills",
                                            "xero_bank",
                                            "quickbooks",
                                            "sage",
                                            "beancount",
                                            "hledger",
                                            "ofx",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="export_format_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    models.Q(("withdrawn_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="export_withdrawn_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="export_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LegalHold",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("receipt", "One receipt"),
                                    ("expense", "An expense"),
                                    ("person", "A person"),
                                    ("company", "The whole company"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legal_holds",
                                to="receipts.receipt",
                            ),
                        ),
                        (
                            "expense",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legal_holds",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legal_holds",
                                to="accounts.membership",
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("placed_at", models.DateTimeField()),
                        ("lifted_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("lifted_reason", models.CharField(blank=True, max_length=500)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-placed_at", "-id"], name="legal_hold_by_time"),
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["company", "scope"],
                                name="legal_hold_live",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("scope__in", ["receipt", "expense", "person", "company"])),
                                name="legal_hold_scope_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("expense__isnull", True),
                                        ("person__isnull", True),
                                        ("receipt__isnull", False),
                                        ("scope", "receipt"),
                                    ),
                                    models.Q(
                                        ("expense__isnull", False),
                                        ("person__isnull", True),
                                        ("receipt__isnull", True),
                                        ("scope", "expense"),
                                    ),
                                    models.Q(
                                        ("expense__isnull", True),
                                        ("person__isnull", False),
                                        ("receipt__isnull", True),
                                        ("scope", "person"),
                                    ),
                                    models.Q(
                                        ("expense__isnull", True),
                                        ("person__isnull", True),
                                        ("receipt__isnull", True),
                                        ("scope", "company"),
                                    ),
                                    _connector="OR",
                                ),
                                name="legal_hold_names_what_it_holds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="legal_hold_has_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("lifted_at__isnull", True), ("lifted_by__isnull", True), ("lifted_reason", "")
                                    ),
                                    models.Q(
                                        ("lifted_at__isnull", False),
                                        ("lifted_by__isnull", False),
                                        models.Q(("lifted_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="legal_hold_lifted_by_somebody_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaperReport",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("starts", models.DateField()),
                        ("ends", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Being made"),
                                    ("ready", "Ready"),
                                    ("failed", "Not made"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("progress_done", models.PositiveIntegerField(default=0)),
                        ("progress_total", models.PositiveIntegerField(default=0)),
                        ("expense_count", models.PositiveIntegerField(default=0)),
                        ("page_count", models.PositiveIntegerField(default=0)),
                        ("file_key", models.CharField(blank=True, editable=False, max_length=200)),
                        ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                        ("ready_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["created_at"],
                                name="paper_report_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "client_key"), name="paper_report_client_key_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends__gte", models.F("starts"))),
                                name="paper_report_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "ready"), _negated=True),
                                    models.Q(
                                        models.Q(("file_key", ""), _negated=True),
                                        models.Q(("sha256", ""), _negated=True),
                                        ("ready_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="paper_report_ready_has_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "ready", "failed"])),
                                name="paper_report_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PeriodClose",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("month", models.DateField()),
                        ("upto", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("points", models.JSONField(default=dict)),
                        ("open_count", models.PositiveIntegerField(default=0)),
                        ("reopened_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "reopened_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("reopened_reason", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reopened_at__isnull", True)),
                                fields=("company", "month"),
                                name="period_close_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("upto__gt", models.F("month"))),
                                name="period_close_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("open_count", 0), models.Q(("reason", ""), _negated=True), _connector="OR"
                                ),
                                name="period_close_open_points_have_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reopened_at__isnull", True),
                                        ("reopened_by__isnull", True),
                                        ("reopened_reason", ""),
                                    ),
                                    models.Q(
                                        ("reopened_at__isnull", False),
                                        ("reopened_by__isnull", False),
                                        models.Q(("reopened_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="period_close_reopened_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QueueRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        (
                            "act",
                            models.CharField(
                                choices=[("queue", "Queue what is ready"), ("unqueue", "Take out of the queue")],
                                max_length=8,
                            ),
                        ),
                        (
                            "undo_of",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undo",
                                to="bookkeeping.queuerun",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Stopped"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("moved", models.PositiveIntegerField(default=0)),
                        ("left", models.PositiveIntegerField(default=0)),
                        ("reasons", models.JSONField(default=list)),
                        ("cursor", models.UUIDField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["created_at"],
                                name="queue_run_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "client_key"), name="queue_run_client_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(("act__in", ["queue", "unqueue"])), name="queue_run_act_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="queue_run_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "queue"), ("undo_of__isnull", True)),
                                    models.Q(("act", "unqueue"), ("undo_of__isnull", False)),
                                    _connector="OR",
                                ),
                                name="queue_run_undoes_a_run",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetentionNotice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("due_on", models.DateField()),
                        ("count", models.PositiveIntegerField()),
                        ("told_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "due_on"), name="retention_notice_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxName",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("system", models.CharField(max_length=10)),
                        ("name", models.CharField(max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code", "system"), name="tax_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(("system__in", ["datev", "sage", "xero"])),
                                name="tax_name_system_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="tax_name_not_empty"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WalletAccount",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "wallet",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallet.ledgeraccount"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="ClientPart",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="bookkeeping.clientrun",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        (
                            "export",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="client_part",
                                to="bookkeeping.export",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "company"), name="client_part_company_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Correction",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="correction",
                                to="bookkeeping.bookitem",
                            ),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="bookkeeping.bookitem",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        ("reason", models.CharField(max_length=500)),
                        ("dropped_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "dropped_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("corrects",),
                                name="correction_once",
                            ),
                            models.UniqueConstraint(
                                fields=("company", "client_key"), name="correction_client_key_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("item", models.F("corrects")), _negated=True),
                                name="correction_of_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="correction_has_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportFile",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "export",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="bookkeeping.export",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("journal", "Entries"),
                                    ("receipts", "Receipts"),
                                    ("report", "A person’s expenses with receipts"),
                                    ("changes", "What the files write differently"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("format", models.CharField(blank=True, max_length=48)),
                        ("name", models.CharField(max_length=160)),
                        ("media_type", models.CharField(max_length=120)),
                        ("key", models.CharField(editable=False, max_length=200)),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("erased", models.PositiveIntegerField(default=0, editable=False)),
                        ("replaced_key", models.CharField(blank=True, default="", editable=False, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("export", "position"), name="export_file_position_once"),
                            models.UniqueConstraint(fields=("export", "name"), name="export_file_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["journal", "receipts", "report", "changes"])),
                                name="export_file_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="export_file_sha256_hex"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportItem",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "export",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="bookkeeping.export",
                            ),
                        ),
                        (
                            "book_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="export_items",
                                to="bookkeeping.bookitem",
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at__isnull", True)),
                                fields=("book_item",),
                                name="export_item_live_once",
                            ),
                            models.UniqueConstraint(fields=("export", "book_item"), name="export_item_once"),
                            models.UniqueConstraint(fields=("export", "position"), name="export_item_position_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportJob",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(editable=False, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("last_error", models.JSONField(editable=False, null=True)),
                        (
                            "destination",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="jobs",
                                to="bookkeeping.destination",
                            ),
                        ),
                        (
                            "export",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="jobs",
                                to="bookkeeping.export",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Waiting"),
                                    ("started", "On its way"),
                                    ("completed", "Done"),
                                    ("completed_with_errors", "Done, with errors"),
                                    ("failed", "Stopped"),
                                ],
                                default="pending",
                                max_length=21,
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("completed_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["pending", "started"])),
                                fields=["created_at"],
                                name="export_job_open",
                            ),
                            models.Index(fields=["company", "-id"], name="export_job_by_company"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("destination", "export"), name="export_job_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["pending", "started", "completed", "completed_with_errors", "failed"],
                                    )
                                ),
                                name="export_job_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JournalEntry",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "export",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="bookkeeping.export",
                            ),
                        ),
                        (
                            "book_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="bookkeeping.bookitem",
                            ),
                        ),
                        ("series", models.CharField(blank=True, default="", max_length=9)),
                        ("voucher_number", models.PositiveBigIntegerField()),
                        ("date", models.DateField()),
                        ("document_date", models.DateField()),
                        ("text", models.CharField(max_length=200)),
                        ("person_name", models.CharField(blank=True, max_length=120)),
                        ("merchant", models.CharField(blank=True, max_length=160)),
                        ("expense_number", models.PositiveBigIntegerField(null=True)),
                        ("foreign_amount", models.BigIntegerField(null=True)),
                        ("foreign_currency", models.CharField(blank=True, max_length=3)),
                        ("receipts", models.JSONField(default=list)),
                        ("receipt_names", models.TextField(blank=True)),
                        ("debit_total", models.BigIntegerField()),
                        ("credit_total", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "adjusts",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="bookkeeping.journalentry",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "series", "voucher_number"), name="journal_voucher_once"
                            ),
                            models.UniqueConstraint(fields=("export", "book_item"), name="journal_entry_item_once"),
                            models.CheckConstraint(
                                condition=models.Q(("debit_total", models.F("credit_total"))),
                                name="journal_entry_balances",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("debit_total__gt", 0)), name="journal_entry_not_empty"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="journal_entry_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectionLine",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "correction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="bookkeeping.correction",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "direction",
                            models.CharField(choices=[("spend", "Spent"), ("refund", "Refunded")], max_length=6),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "category",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.category",
                            ),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.taxcode",
                            ),
                        ),
                        ("tax_amount", models.BigIntegerField(default=0)),
                        ("text", models.CharField(blank=True, max_length=200)),
                        ("is_private", models.BooleanField(default=False)),
                        ("tags", models.ManyToManyField(related_name="+", to="expenses.tag")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("correction", "position"), name="correction_line_position_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="correction_line_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tax_amount__gte", 0), ("tax_amount__lte", models.F("amount"))),
                                name="correction_line_tax_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("category__isnull", False), ("is_private", False)),
                                    models.Q(
                                        ("category__isnull", True),
                                        ("is_private", True),
                                        ("tax_amount", 0),
                                        ("tax_code__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="correction_line_coded_or_private",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["spend", "refund"])),
                                name="correction_line_direction_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="correction_line_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportJobItem",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "job",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="bookkeeping.exportjob",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="job_items",
                                to="bookkeeping.journalentry",
                            ),
                        ),
                        ("voucher_number", models.PositiveBigIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Waiting"),
                                    ("in_progress", "On its way"),
                                    ("successful", "Arrived"),
                                    ("failed", "Refused"),
                                    ("abandoned", "Left out"),
                                ],
                                default="pending",
                                max_length=12,
                            ),
                        ),
                        ("failure_type", models.CharField(blank=True, max_length=60)),
                        ("failure_reason", models.CharField(blank=True, max_length=500)),
                        ("external_id", models.CharField(blank=True, max_length=120)),
                        ("external_url", models.CharField(blank=True, max_length=500)),
                        ("receipts_sent", models.PositiveSmallIntegerField(default=0)),
                        ("exported_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["job", "voucher_number"], name="export_job_item_order")],
                        "constraints": [
                            models.UniqueConstraint(fields=("job", "entry"), name="export_job_item_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["pending", "in_progress", "successful", "failed", "abandoned"])
                                ),
                                name="export_job_item_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "failed"), _negated=True),
                                    models.Q(("failure_type", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="export_job_item_failed_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "successful"), _negated=True),
                                    ("exported_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="export_job_item_arrived_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "company",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="bookkeeping.journalentry",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.chartaccount",
                            ),
                        ),
                        ("debit", models.BigIntegerField(default=0)),
                        ("credit", models.BigIntegerField(default=0)),
                        (
                            "tax_code",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.taxcode",
                            ),
                        ),
                        ("is_wallet", models.BooleanField(default=False)),
                        ("role", models.CharField(blank=True, max_length=10)),
                        ("account_type", models.CharField(blank=True, max_length=10)),
                        ("account_number", models.CharField(max_length=20)),
                        ("account_name", models.CharField(max_length=120)),
                        ("tax_code_name", models.CharField(blank=True, max_length=20)),
                        ("tax_rate", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                        ("category_name", models.CharField(blank=True, max_length=80)),
                        ("text", models.CharField(blank=True, max_length=200)),
                        ("dimensions", models.JSONField(default=list)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "position"), name="posting_position_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("credit", 0), ("debit__gt", 0)),
                                    models.Q(("credit__gt", 0), ("debit", 0)),
                                    _connector="OR",
                                ),
                                name="posting_one_side",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
