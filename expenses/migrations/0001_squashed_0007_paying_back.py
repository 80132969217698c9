"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids
from pleo.lib.search_index import trigram_index


class Migration(migrations.Migration):
    replaces = [
        ("expenses", "0001_initial"),
        ("expenses", "0002_search_index"),
        ("expenses", "0003_lines_and_kinds"),
        ("expenses", "0004_bulk_edits"),
        ("expenses", "0005_saved_views"),
        ("expenses", "0006_review_amount"),
        ("expenses", "0007_paying_back"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cards", "0001_squashed_0009_simulated_days"),
        ("receipts", "0001_squashed_0002_alike_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("iban", "IBAN"),
                            ("gb", "Sort code and account number"),
                            ("dk", "Registration and account number"),
                            ("se", "Clearing and account number"),
                        ],
                        max_length=4,
                    ),
                ),
                ("sealed", models.TextField(editable=False)),
                ("masked", models.CharField(max_length=40)),
                ("bic", models.CharField(blank=True, max_length=11)),
                ("holder", models.CharField(max_length=70)),
                ("replaced_at", models.DateTimeField(editable=False, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
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
                    "membership",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_accounts",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("membership__isnull", False), ("replaced_at__isnull", True)),
                        fields=("membership",),
                        name="bank_account_live_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("membership__isnull", True), ("replaced_at__isnull", True)),
                        fields=("company",),
                        name="bank_account_of_company_live_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("form__in", ["iban", "gb", "dk", "se"])), name="bank_account_form_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChartAccount",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("number", models.CharField(max_length=20, verbose_name="number")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("expense", "Expense"),
                            ("asset", "Asset"),
                            ("liability", "Liability"),
                            ("income", "Income"),
                            ("equity", "Equity"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.company",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="chart_account_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ["expense", "asset", "liability", "income", "equity"])),
                        name="chart_account_type_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Expense",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("number", models.PositiveBigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("card", "Card purchase"),
                            ("cash", "Cash withdrawal"),
                            ("refund", "Refund"),
                            ("out_of_pocket", "Paid by the employee"),
                            ("cash_purchase", "Paid from cash held"),
                            ("mileage", "Mileage"),
                            ("per_diem", "Per diem"),
                            ("fee", "Fee"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("spend", "Spent"), ("refund", "Refunded")], default="spend", max_length=6
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("foreign_amount", models.BigIntegerField(null=True)),
                ("foreign_currency", models.CharField(blank=True, max_length=3)),
                ("rate", models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                (
                    "rate_source",
                    models.CharField(
                        blank=True, choices=[("ecb", "European Central Bank"), ("typed", "Typed")], max_length=10
                    ),
                ),
                ("rate_date", models.DateField(null=True)),
                ("rate_reason", models.CharField(blank=True, max_length=200)),
                ("merchant", models.CharField(max_length=120)),
                ("merchant_category_code", models.CharField(blank=True, max_length=4)),
                ("purchased_at", models.DateTimeField()),
                (
                    "payment",
                    models.CharField(
                        choices=[("reserved", "Reserved"), ("cleared", "Settled"), ("reversed", "Released")],
                        max_length=10,
                    ),
                ),
                ("lines_total", models.BigIntegerField()),
                ("is_coded", models.BooleanField(default=False)),
                ("is_private", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("document_date", models.DateField(null=True)),
                ("receipt_count", models.PositiveSmallIntegerField(default=0)),
                ("reading_open", models.BooleanField(default=False)),
                ("confirmed", models.JSONField(default=list)),
                ("version", models.PositiveIntegerField(default=1)),
                ("review", models.CharField(blank=True, max_length=14)),
                (
                    "books_lane",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Nothing to book yet"),
                            ("unexported", "Unexported"),
                            ("queue", "In queue"),
                            ("exported", "Exported"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("locked_at", models.DateTimeField(editable=False, null=True)),
                ("search_text", models.TextField(blank=True, editable=False)),
                (
                    "authorization",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expense",
                        to="cards.authorization",
                    ),
                ),
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="expenses", to="accounts.membership"
                    ),
                ),
                (
                    "refund_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="expenses.expense",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="expense_number_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="expense_amount_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("lines_total", models.F("amount"))), name="expense_lines_sum_to_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("foreign_amount__isnull", True), ("foreign_currency", "")),
                            models.Q(
                                ("foreign_amount__isnull", False), models.Q(("foreign_currency", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="expense_foreign_pair",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "card",
                                    "cash",
                                    "refund",
                                    "out_of_pocket",
                                    "cash_purchase",
                                    "mileage",
                                    "per_diem",
                                    "fee",
                                ],
                            )
                        ),
                        name="expense_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["spend", "refund"])), name="expense_direction_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payment__in", ["reserved", "cleared", "reversed"])),
                        name="expense_payment_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rate_source", ""),
                            models.Q(("rate__isnull", False), ("rate_date__isnull", False)),
                            _connector="OR",
                        ),
                        name="expense_rate_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rate_source", "typed"), _negated=True),
                            models.Q(("rate_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="expense_typed_rate_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate_source__in", ["", "ecb", "typed"])), name="expense_rate_source_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("review__in", ["", "okay", "not_okay", "needs_details"])),
                        name="expense_review_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("books_lane__in", ["", "unexported", "queue", "exported"])),
                        name="expense_books_lane_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="expense_currency_iso"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("foreign_currency__regex", "^[A-Z]{3}$"),
                            ("foreign_currency", ""),
                            ("foreign_currency__isnull", True),
                            _connector="OR",
                        ),
                        name="expense_foreign_currency_iso",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["company", "-purchased_at", "-id"], name="expense_by_date"),
                    models.Index(fields=["owner", "-purchased_at", "-id"], name="expense_by_owner"),
                    models.Index(fields=["company", "books_lane", "-purchased_at", "-id"], name="expense_by_lane"),
                    models.Index(fields=["company", "amount", "id"], name="expense_by_amount"),
                    models.Index(fields=["company", "merchant", "id"], name="expense_by_merchant"),
                    models.Index(
                        condition=models.Q(("books_lane__in", ["", "unexported"])),
                        fields=["company", "-purchased_at", "-id"],
                        name="expense_open",
                    ),
                    models.Index(condition=models.Q(("payment", "reserved")), fields=["id"], name="expense_reserved"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchRun",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("proposals", models.JSONField(default=list)),
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
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="match", to="receipts.receipt"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PeriodLock",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("claims", "New claims"), ("edits", "Changes of expenses")], max_length=6
                    ),
                ),
                ("upto", models.DateField()),
                ("lifted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
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
                    "lifted_by",
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
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["claims", "edits"])), name="period_lock_kind_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("company", "kind"),
                        name="period_lock_live_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunSchedule",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("interval", models.CharField(choices=[("week", "Each week"), ("month", "Each month")], max_length=5)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("sepa", "Bank file, SEPA (pain.001)"),
                            ("domestic", "Bank file, domestic (CSV)"),
                            ("payroll", "With the salary (CSV)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("next_on", models.DateField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "company",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_schedule",
                        to="accounts.company",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("interval__in", ["week", "month"])), name="run_schedule_interval_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["sepa", "domestic", "payroll"])),
                        name="run_schedule_method_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(blank=True, max_length=1000)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("membership", "name"),
                        name="saved_view_name_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Drive",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("country", models.CharField(max_length=2)),
                ("vehicle", models.CharField(max_length=20)),
                ("rate_from", models.DateField()),
                ("drove_on", models.DateField()),
                ("stops", models.JSONField(default=list)),
                ("distance", models.DecimalField(decimal_places=1, max_digits=8)),
                ("unit", models.CharField(choices=[("km", "km"), ("mi", "miles")], max_length=2)),
                ("is_round_trip", models.BooleanField(default=False)),
                ("counted_before", models.DecimalField(decimal_places=1, default=0, max_digits=9)),
                ("parts", models.JSONField(default=list)),
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
                    "expense",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drive", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("distance__gt", 0)), name="drive_distance_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("counted_before__gte", 0)), name="drive_counted_not_negative"
                    ),
                    models.CheckConstraint(condition=models.Q(("unit__in", ["km", "mi"])), name="drive_unit_known"),
                ],
                "indexes": [models.Index(fields=["company", "vehicle", "drove_on"], name="drive_by_day")],
            },
        ),
        migrations.CreateModel(
            name="Journey",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("country", models.CharField(max_length=2)),
                ("rate_from", models.DateField()),
                ("destination", models.CharField(max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("days", models.JSONField(default=list)),
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
                    "expense",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="journey", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="journey_ends_after_start"
                    )
                ],
                "indexes": [models.Index(fields=["company", "starts_at"], name="journey_by_start")],
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("direction", models.CharField(choices=[("spend", "Spent"), ("refund", "Refunded")], max_length=6)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("booked_date", models.DateField()),
                (
                    "clearing",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movement",
                        to="cards.clearing",
                    ),
                ),
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
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="movement_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["spend", "refund"])), name="movement_direction_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="movement_currency_iso"
                    ),
                ],
                "indexes": [models.Index(fields=["company", "booked_date", "id"], name="movement_by_date")],
            },
        ),
        migrations.CreateModel(
            name="ReimbursementRun",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("number", models.PositiveBigIntegerField()),
                ("client_key", models.CharField(editable=False, max_length=64)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("sepa", "Bank file, SEPA (pain.001)"),
                            ("domestic", "Bank file, domestic (CSV)"),
                            ("payroll", "With the salary (CSV)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("schema", models.CharField(blank=True, max_length=20)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("released", "On its way"),
                            ("finished", "Finished"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("execution_date", models.DateField()),
                ("released_at", models.DateTimeField(editable=False, null=True)),
                ("no_one_else_eligible", models.BooleanField(default=False)),
                ("file_name", models.CharField(blank=True, editable=False, max_length=80)),
                ("sealed_file", models.TextField(blank=True, editable=False)),
                ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("fetched_at", models.DateTimeField(editable=False, null=True)),
                ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
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
                    "fetched_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "paid_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.bankaccount",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "released_by",
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
                    models.UniqueConstraint(fields=("company", "number"), name="run_number_once"),
                    models.UniqueConstraint(fields=("company", "client_key"), name="run_client_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["sepa", "domestic", "payroll"])), name="run_method_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["proposed", "released", "finished", "cancelled"])),
                        name="run_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="run_currency_iso"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_by__isnull", True),
                            models.Q(("released_by", models.F("prepared_by")), _negated=True),
                            ("no_one_else_eligible", True),
                            _connector="OR",
                        ),
                        name="run_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["released", "finished"]), _negated=True),
                            models.Q(
                                ("released_at__isnull", False),
                                ("released_by__isnull", False),
                                models.Q(("sealed_file", ""), _negated=True),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="run_released_has_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "cancelled"), _negated=True),
                            models.Q(("cancelled_at__isnull", False), ("fetched_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="run_cancelled_before_fetched",
                    ),
                ],
                "indexes": [models.Index(fields=["company", "-number"], name="run_by_number")],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("amount", models.BigIntegerField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("okay", "Okay"),
                            ("not_okay", "Not okay"),
                            ("needs_details", "Needs details"),
                            ("withdrawn", "Taken back"),
                        ],
                        max_length=14,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("no_one_else_eligible", models.BooleanField(default=False)),
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
                    "company",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.company",
                    ),
                ),
                (
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["okay", "not_okay", "needs_details", "withdrawn"])),
                        name="review_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("by__isnull", False), ("outcome", "withdrawn"), _connector="OR"),
                        name="review_decided_by_somebody",
                    ),
                ],
                "indexes": [models.Index(fields=["expense", "-id"], name="review_latest")],
            },
        ),
        migrations.CreateModel(
            name="TaxCode",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("code", models.CharField(max_length=20, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("rate", models.DecimalField(decimal_places=6, max_digits=9, verbose_name="rate in percent")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("inclusive", "Inside the amount"),
                            ("reverse", "Reverse charge: on top, owed and deducted by the company"),
                        ],
                        default="inclusive",
                        max_length=10,
                        verbose_name="where the VAT stands",
                    ),
                ),
                (
                    "non_deductible",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=5, verbose_name="not deductible, in percent"
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("valid_from", models.DateField()),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_codes",
                        to="expenses.chartaccount",
                    ),
                ),
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
                    "reverse_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reverse_tax_codes",
                        to="expenses.chartaccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code", "valid_from"), name="tax_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gte", 0), ("rate__lt", 100)), name="tax_code_rate_percent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate", 0), ("account__isnull", False), _connector="OR"),
                        name="tax_code_has_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["inclusive", "reverse"])), name="tax_code_method_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("non_deductible__gte", 0), ("non_deductible__lte", 100)),
                        name="tax_code_non_deductible_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("method", "reverse"), _negated=True),
                            models.Q(("account__isnull", False), ("reverse_account__isnull", False)),
                            _connector="OR",
                        ),
                        name="tax_code_reverse_has_accounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country", ""), ("country__regex", "^[A-Z]{2}$"), _connector="OR"),
                        name="tax_code_country_iso",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("score", models.PositiveSmallIntegerField(null=True)),
                ("reasons", models.JSONField(default=list)),
                ("detached_at", models.DateTimeField(editable=False, null=True)),
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
                    "company",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.company",
                    ),
                ),
                (
                    "detached_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="receipts.receipt"
                    ),
                ),
                (
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("detached_at__isnull", True)),
                        fields=("expense", "receipt"),
                        name="attachment_live_once",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("detached_at__isnull", True)),
                        fields=["receipt"],
                        name="attachment_live_by_receipt",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("icon", models.CharField(default="receipt-text", max_length=40)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
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
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="categories",
                        to="expenses.chartaccount",
                    ),
                ),
                (
                    "tax_code",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="categories",
                        to="expenses.taxcode",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "categories",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="category_code_once"),
                    models.UniqueConstraint(
                        models.F("company"), django.db.models.functions.text.Lower("name"), name="category_name_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("end_to_end_id", models.CharField(max_length=35, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("sent", "On its way"),
                            ("paid", "Paid back"),
                            ("failed", "Refused by the bank"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=140)),
                ("failure_code", models.CharField(blank=True, max_length=35)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="expenses.bankaccount",
                    ),
                ),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payouts", to="accounts.membership"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="expenses.reimbursementrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "membership"), name="payout_person_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payout_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["proposed", "sent", "paid", "failed", "cancelled"])),
                        name="payout_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="payout_currency_iso"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BalanceEntry",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("claim", "Claim"),
                            ("private", "Private purchase"),
                            ("cash", "Cash"),
                            ("payout", "Paid back"),
                            ("payout_failed", "Payment came back"),
                            ("repayment", "Paid to the company"),
                            ("deduction", "Taken off the salary"),
                            ("undone", "Undone"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "owed",
                    models.CharField(choices=[("to", "The company owes"), ("by", "The person owes")], max_length=2),
                ),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("booked_date", models.DateField()),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                ("client_key", models.CharField(blank=True, editable=False, max_length=64)),
                ("text", models.CharField(blank=True, max_length=200)),
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
                    "company",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.company",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balance_entries",
                        to="accounts.membership",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="expenses.balanceentry",
                    ),
                ),
                (
                    "expense",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balance_entries",
                        to="expenses.expense",
                    ),
                ),
                (
                    "payout",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balance_entries",
                        to="expenses.payout",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="balance_amount_positive"),
                    models.UniqueConstraint(fields=("expense", "revision"), name="balance_expense_revision_once"),
                    models.UniqueConstraint(fields=("payout", "kind"), name="balance_payout_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("client_key", ""), _negated=True),
                        fields=("company", "client_key"),
                        name="balance_client_key_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["claim", "private", "cash"]),
                                ("expense__isnull", False),
                                ("payout", None),
                                ("undoes", None),
                            ),
                            models.Q(
                                ("kind__in", ["payout", "payout_failed"]),
                                ("expense", None),
                                ("payout__isnull", False),
                                ("undoes", None),
                            ),
                            models.Q(
                                ("kind__in", ["repayment", "deduction"]),
                                ("expense", None),
                                ("payout", None),
                                ("undoes", None),
                                models.Q(("client_key", ""), _negated=True),
                            ),
                            models.Q(
                                ("kind", "undone"), ("expense", None), ("payout", None), ("undoes__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="balance_one_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "claim",
                                    "private",
                                    "cash",
                                    "payout",
                                    "payout_failed",
                                    "repayment",
                                    "deduction",
                                    "undone",
                                ],
                            )
                        ),
                        name="balance_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("owed__in", ["to", "by"])), name="balance_owed_known"),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="balance_currency_iso"
                    ),
                ],
                "indexes": [models.Index(fields=["membership", "-booked_date", "-id"], name="balance_by_person")],
            },
        ),
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("last_error", models.JSONField(editable=False, null=True)),
                (
                    "act",
                    models.CharField(choices=[("code", "Code"), ("okay", "Say okay"), ("undo", "Undo")], max_length=8),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Interrupted"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
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
                    "undo_of",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="expenses.bulkedit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.category"
                    ),
                ),
                (
                    "tax_code",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taxcode"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["code", "okay", "undo"])), name="bulk_edit_act_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                        name="bulk_edit_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("done"), "+", models.F("skipped")
                                ),
                            )
                        ),
                        name="bulk_edit_within_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "undo"), ("undo_of__isnull", False)),
                            models.Q(models.Q(("act", "undo"), _negated=True), ("undo_of__isnull", True)),
                            _connector="OR",
                        ),
                        name="bulk_edit_undo_of",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "running"])), fields=["id"], name="bulk_edit_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpenseLine",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("direction", models.CharField(choices=[("spend", "Spent"), ("refund", "Refunded")], max_length=6)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("tax_amount", models.BigIntegerField(default=0)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("is_rest", models.BooleanField(default=False)),
                ("is_private", models.BooleanField(default=False)),
                ("locked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.category",
                    ),
                ),
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
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="expenses.expense"
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_lines",
                        to="expenses.movement",
                    ),
                ),
                (
                    "tax_code",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="expenses.taxcode",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="line_amount_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("tax_amount__gte", 0), ("tax_amount__lte", models.F("amount"))),
                        name="line_tax_within_amount",
                    ),
                    models.UniqueConstraint(fields=("expense", "position"), name="line_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_private", False),
                            models.Q(
                                ("category__isnull", True),
                                ("is_rest", False),
                                ("tax_amount", 0),
                                ("tax_code__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="line_private_is_not_coded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["spend", "refund"])), name="line_direction_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="line_currency_iso"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("skipped", "Skipped")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("error", models.JSONField(null=True)),
                ("before", models.JSONField(default=list)),
                ("version", models.PositiveIntegerField(null=True)),
                (
                    "bulk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="expenses.bulkedit"
                    ),
                ),
                (
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.expense"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("bulk", "expense"), name="bulk_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "skipped"])), name="bulk_row_state_known"
                    ),
                ],
                "indexes": [models.Index(fields=["bulk", "state", "id"], name="bulk_row_by_state")],
            },
        ),
        migrations.CreateModel(
            name="PayoutItem",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("released_at", models.DateTimeField(editable=False, null=True)),
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
                        related_name="payout_items",
                        to="expenses.balanceentry",
                    ),
                ),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="expenses.payout"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("entry",),
                        name="payout_item_live_once",
                    )
                ],
            },
        ),
        *trigram_index("expense_search_text_trigrams", "expenses_expense"),
    ]
