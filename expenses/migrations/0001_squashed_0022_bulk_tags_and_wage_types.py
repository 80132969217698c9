"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids
import pleo.lib.migrating
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
        ("expenses", "0008_policies"),
        ("expenses", "0009_coding_masters"),
        ("expenses", "0010_workflows"),
        ("expenses", "0011_budgets"),
        ("expenses", "0012_policy_words"),
        ("expenses", "0013_declarations"),
        ("expenses", "0014_spend_requests"),
        ("expenses", "0015_wallet_runs"),
        ("expenses", "0016_chasing"),
        ("expenses", "0017_reference_rates"),
        ("expenses", "0018_comments"),
        ("expenses", "0019_mail_links"),
        ("expenses", "0020_journey_place"),
        ("expenses", "0021_own_rates"),
        ("expenses", "0022_bulk_tags_and_wage_types"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0003_receipt_mails"),
        ("cards", "0001_squashed_0010_drift_and_bulk"),
        ("receipts", "0001_squashed_0007_erasures"),
    ]

    operations = [
        pleo.lib.migrating.CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Absence",
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
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="absences",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "substitute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stands_in",
                                to="accounts.membership",
                            ),
                        ),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["company", "ends_on"],
                                name="absence_live",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="absence_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("substitute", models.F("person")), _negated=True),
                                name="absence_substitute_is_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationTemplate",
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
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("share_total", models.DecimalField(decimal_places=4, max_digits=8)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                name="allocation_template_name_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("share_total", 100)), name="allocation_shares_make_100_percent"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
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
                            "membership",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bank_accounts",
                                to="accounts.membership",
                            ),
                        ),
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
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("replaced_at", models.DateTimeField(editable=False, null=True)),
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
                                condition=models.Q(("form__in", ["iban", "gb", "dk", "se"])),
                                name="bank_account_form_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CategoryGroup",
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
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                name="category_group_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChartAccount",
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
                    name="Guideline",
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
                        ("number", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("published_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "published_by",
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
                            models.UniqueConstraint(fields=("company", "number"), name="guideline_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", True)),
                                fields=("company",),
                                name="guideline_one_draft",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LockPause",
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
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lock_pauses",
                                to="accounts.membership",
                            ),
                        ),
                        ("until", models.DateTimeField(null=True)),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("person",),
                                name="lock_pause_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="lock_pause_has_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MasterImport",
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
                        ("what", models.CharField(max_length=16)),
                        ("file_name", models.CharField(max_length=120)),
                        ("digest", models.CharField(max_length=64)),
                        ("read_as", models.JSONField(default=dict)),
                        ("rows", models.JSONField(default=list)),
                        ("counts", models.JSONField(default=dict)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("preview", "To be confirmed"),
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Interrupted"),
                                ],
                                default="preview",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["preview", "waiting", "running", "done", "failed"])),
                                name="master_import_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchRun",
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
                            "receipt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="match", to="receipts.receipt"
                            ),
                        ),
                        ("proposals", models.JSONField(default=list)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="OwnRate",
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
                            models.CharField(choices=[("mileage", "Mileage"), ("per_diem", "Per diem")], max_length=8),
                        ),
                        ("country", models.CharField(max_length=2)),
                        ("vehicle", models.CharField(blank=True, default="", max_length=20)),
                        ("place", models.CharField(blank=True, default="", max_length=40)),
                        ("currency", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=4, max_digits=9)),
                        ("rate_half", models.DecimalField(decimal_places=4, max_digits=9, null=True)),
                        ("upto", models.PositiveIntegerField(null=True)),
                        ("rate_after", models.DecimalField(decimal_places=4, max_digits=9, null=True)),
                        ("tax_free", models.DecimalField(decimal_places=4, max_digits=9, null=True)),
                        ("tax_free_half", models.DecimalField(decimal_places=4, max_digits=9, null=True)),
                        ("valid_from", models.DateField()),
                        ("last_day", models.DateField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["mileage", "per_diem"])), name="own_rate_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="own_rate_currency_iso"
                            ),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="own_rate_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("last_day__isnull", True),
                                    ("last_day__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="own_rate_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "mileage"),
                                        ("place", ""),
                                        ("rate_half__isnull", True),
                                        models.Q(("vehicle", ""), _negated=True),
                                    ),
                                    models.Q(("kind", "per_diem"), ("upto__isnull", True), ("vehicle", "")),
                                    _connector="OR",
                                ),
                                name="own_rate_shape",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_free__isnull", True),
                                    models.Q(
                                        ("tax_free__gte", 0),
                                        ("tax_free__lte", models.F("rate")),
                                        ("upto__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="own_rate_tax_free_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("rate_after__isnull", True), ("upto__isnull", True)),
                                    models.Q(("rate_after__gte", 0), ("rate_after__isnull", False), ("upto__gt", 0)),
                                    _connector="OR",
                                ),
                                name="own_rate_threshold_whole",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("last_day__isnull", True)),
                                fields=("company", "kind", "country", "vehicle", "place"),
                                name="own_rate_open_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PeriodLock",
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
                                choices=[("claims", "New claims"), ("edits", "Changes of expenses")], max_length=6
                            ),
                        ),
                        ("upto", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
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
                    name="PolicyRule",
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
                        ("position", models.PositiveIntegerField()),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "position", "id"], name="policy_rule_in_order")],
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptLock",
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
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt_locks",
                                to="accounts.membership",
                            ),
                        ),
                        ("warned_at", models.DateTimeField()),
                        ("locks_at", models.DateTimeField()),
                        ("locked_at", models.DateTimeField(editable=False, null=True)),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "ended_because",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("settled", "The receipts came"),
                                    ("switched_off", "The lock was switched off"),
                                    ("paused", "Finance paused it"),
                                ],
                                max_length=12,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("person",),
                                name="receipt_lock_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "locks_at__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("warned_at"), "+", models.Value(datetime.timedelta(days=3))
                                        ),
                                    )
                                ),
                                name="receipt_lock_three_days_of_notice",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("locked_at__isnull", True),
                                    ("locked_at__gte", models.F("locks_at")),
                                    _connector="OR",
                                ),
                                name="receipt_lock_not_before",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("ended_because", "")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_because__in", ["settled", "switched_off", "paused"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="receipt_lock_ended_because",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptRules",
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
                                related_name="receipt_rules",
                                to="accounts.company",
                            ),
                        ),
                        ("declarations_allowed", models.BooleanField(default=True)),
                        ("declaration_review_above", models.BigIntegerField(null=True)),
                        ("declarations_per_quarter", models.PositiveSmallIntegerField(null=True)),
                        ("chase_is_on", models.BooleanField(default=True)),
                        ("chase_first_days", models.PositiveSmallIntegerField(default=3)),
                        ("chase_every_days", models.PositiveSmallIntegerField(default=7)),
                        ("chase_most", models.PositiveSmallIntegerField(default=6)),
                        ("escalate_days", models.PositiveSmallIntegerField(default=14, null=True)),
                        ("lock_is_on", models.BooleanField(default=False)),
                        ("lock_count", models.PositiveSmallIntegerField(default=3)),
                        ("lock_days", models.PositiveSmallIntegerField(default=14)),
                        ("lock_notice_hours", models.PositiveSmallIntegerField(default=72)),
                        ("lock_spares_vendor_cards", models.BooleanField(default=True)),
                        ("lock_spared_merchants", models.JSONField(default=list)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("declaration_review_above__isnull", True),
                                    ("declaration_review_above__gte", 0),
                                    _connector="OR",
                                ),
                                name="receipt_rules_review_above_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("chase_every_days__gte", 1),
                                    ("chase_most__gte", 1),
                                    ("lock_count__gte", 1),
                                    ("lock_notice_hours__gte", 72),
                                ),
                                name="receipt_rules_make_sense",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReferenceRate",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("day", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=9, max_digits=18)),
                        ("source", models.CharField(max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("currency", "day"), name="reference_rate_once"),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="reference_rate_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="reference_rate_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
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
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reminders",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("spender", "To the spender"), ("manager", "To the manager")], max_length=8
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("has_mail", models.BooleanField(default=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits"),
                                    ("sending", "Being sent"),
                                    ("sent", "Sent"),
                                    ("failed", "Not sent"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "sending"])),
                                fields=["created_at"],
                                name="reminder_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "kind", "day"), name="reminder_once_a_day"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["spender", "manager"])), name="reminder_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "sending", "sent", "failed"])),
                                name="reminder_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewMail",
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
                            "membership",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="review_mail",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "pace",
                            models.CharField(
                                choices=[
                                    ("off", "No mails"),
                                    ("daily", "One mail a day"),
                                    ("at_once", "A mail for each at once"),
                                ],
                                default="off",
                                max_length=8,
                            ),
                        ),
                        ("told_on", models.DateField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pace__in", ["off", "daily", "at_once"])),
                                name="review_mail_pace_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewSettings",
                    fields=[
                        (
                            "company",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="review_settings",
                                serialize=False,
                                to="accounts.company",
                            ),
                        ),
                        ("mail_limit", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mail_limit__isnull", True), ("mail_limit__gt", 0), _connector="OR"
                                ),
                                name="review_mail_limit_positive",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RuleRun",
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
                        ("after", models.UUIDField(null=True)),
                        ("total", models.PositiveIntegerField()),
                        ("handled", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="rule_run_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("handled__gte", models.F("changed"))),
                                name="rule_run_changed_of_handled",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=("company",),
                                name="rule_run_one_open",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RunSchedule",
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
                                related_name="run_schedule",
                                to="accounts.company",
                            ),
                        ),
                        (
                            "interval",
                            models.CharField(choices=[("week", "Each week"), ("month", "Each month")], max_length=5),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("sepa", "Bank file, SEPA (pain.001)"),
                                    ("domestic", "Bank file, domestic (CSV)"),
                                    ("payroll", "With the salary (CSV)"),
                                    ("wallet", "From the company’s wallet"),
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
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("interval__in", ["week", "month"])),
                                name="run_schedule_interval_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("method__in", ["sepa", "domestic", "payroll", "wallet"])),
                                name="run_schedule_method_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
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
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to="accounts.membership",
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                        ("query", models.CharField(blank=True, max_length=1000)),
                        ("removed_at", models.DateTimeField(editable=False, null=True)),
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
                    name="TagGroup",
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
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "dimension",
                            models.CharField(
                                choices=[
                                    ("project", "Project"),
                                    ("cost_centre", "Cost centre"),
                                    ("other", "Something else"),
                                ],
                                default="other",
                                max_length=12,
                                verbose_name="what it is in the books",
                            ),
                        ),
                        ("is_required", models.BooleanField(default=False, verbose_name="required")),
                        ("position", models.PositiveSmallIntegerField(default=1)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                name="tag_group_name_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("dimension__in", ["project", "cost_centre", "other"])),
                                name="tag_group_dimension_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WageTypes",
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
                                related_name="wage_types",
                                to="accounts.company",
                            ),
                        ),
                        ("tax_free", models.CharField(blank=True, max_length=20, verbose_name="free of tax")),
                        ("taxable", models.CharField(blank=True, max_length=20, verbose_name="taxable")),
                        ("deduction", models.CharField(blank=True, max_length=20, verbose_name="taken off")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "wage types",
                    },
                ),
                migrations.CreateModel(
                    name="Workflow",
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
                        ("position", models.PositiveIntegerField()),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("is_on", models.BooleanField(default=True)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("archived_at__isnull", True)),
                                fields=["company", "position", "id"],
                                name="workflow_in_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyVersion",
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
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="expenses.policyrule",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        (
                            "check_code",
                            models.CharField(
                                choices=[
                                    ("receipt", "Receipt needed"),
                                    ("note", "Note needed"),
                                    ("attendees", "Attendees needed"),
                                    ("over_amount", "More than an amount"),
                                    ("over_per_person", "More than an amount per person"),
                                    ("day_off", "On a weekend or a holiday"),
                                    ("duplicate", "Looks like a duplicate"),
                                    ("currency", "Another currency"),
                                    ("merchant", "At one of these merchants"),
                                    ("not_itemised", "Not split into its parts"),
                                    ("tip", "A large tip"),
                                    ("late", "Claimed late"),
                                    ("distance", "A long drive"),
                                    ("journey", "A long journey"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "effect",
                            models.CharField(
                                choices=[
                                    ("require", "Ask for it"),
                                    ("warn", "Warn"),
                                    ("note", "Ask for a reason"),
                                    ("review", "A person must review it"),
                                    ("block", "Refuse the claim"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("scope", models.JSONField(default=dict)),
                        ("parameters", models.JSONField(default=dict)),
                        ("section", models.CharField(blank=True, max_length=80)),
                        ("valid_from", models.DateField()),
                        ("valid_upto", models.DateField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("switched_on_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "switched_on_by",
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
                            models.UniqueConstraint(fields=("rule", "number"), name="policy_version_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("switched_on_at__isnull", True)),
                                fields=("rule",),
                                name="policy_version_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_upto__isnull", True),
                                    ("valid_upto__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="policy_version_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("check_code__in", ["receipt", "note", "attendees"]), ("effect", "require")
                                    ),
                                    models.Q(
                                        models.Q(("check_code__in", ["receipt", "note", "attendees"]), _negated=True),
                                        models.Q(("effect", "require"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="policy_version_effect_fits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "check_code__in",
                                        [
                                            "receipt",
                                            "note",
                                            "attendees",
                                            "over_amount",
                                            "over_per_person",
                                            "day_off",
                                            "duplicate",
                                            "currency",
                                            "merchant",
                                            "not_itemised",
                                            "tip",
                                            "late",
                                            "distance",
                                            "journey",
                                        ],
                                    )
                                ),
                                name="policy_version_check_code_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("effect__in", ["require", "warn", "note", "review", "block"])),
                                name="policy_version_effect_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReimbursementRun",
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
                        ("number", models.PositiveBigIntegerField()),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("sepa", "Bank file, SEPA (pain.001)"),
                                    ("domestic", "Bank file, domestic (CSV)"),
                                    ("payroll", "With the salary (CSV)"),
                                    ("wallet", "From the company’s wallet"),
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
                        ("released_at", models.DateTimeField(editable=False, null=True)),
                        ("no_one_else_eligible", models.BooleanField(default=False)),
                        (
                            "paid_from",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.bankaccount",
                            ),
                        ),
                        ("file_name", models.CharField(blank=True, editable=False, max_length=80)),
                        ("sealed_file", models.TextField(blank=True, editable=False)),
                        ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                        ("fetched_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "fetched_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "-number"], name="run_by_number")],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "number"), name="run_number_once"),
                            models.UniqueConstraint(fields=("company", "client_key"), name="run_client_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(("method__in", ["sepa", "domestic", "payroll", "wallet"])),
                                name="run_method_known",
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
                    },
                ),
                migrations.CreateModel(
                    name="Tag",
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="expenses.taggroup"
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="expenses.tag",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("path", models.CharField(editable=False, max_length=400)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owned_tags",
                                to="accounts.membership",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "path", "id"], name="tag_by_path")],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("group"), django.db.models.functions.text.Lower("path"), name="tag_path_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("code", ""), _negated=True),
                                fields=("group", "code"),
                                name="tag_code_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent", None),
                                    models.Q(("parent", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="tag_not_its_own_parent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxCode",
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
                            "reverse_account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reverse_tax_codes",
                                to="expenses.chartaccount",
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField(null=True)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
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
                                condition=models.Q(("method__in", ["inclusive", "reverse"])),
                                name="tax_code_method_known",
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="tax_code_ends_after_it_begins",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkflowVersion",
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
                            "workflow",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="expenses.workflow",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        ("conditions", models.JSONField(default=dict)),
                        ("stages", models.JSONField(default=list)),
                        ("sample_percent", models.PositiveSmallIntegerField(default=0)),
                        ("answer_days", models.PositiveSmallIntegerField(default=0)),
                        (
                            "by",
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
                            models.UniqueConstraint(fields=("workflow", "number"), name="workflow_version_once"),
                            models.CheckConstraint(
                                condition=models.Q(("sample_percent__lte", 100)), name="workflow_sample_percent"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Category",
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
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("icon", models.CharField(default="receipt-text", max_length=40)),
                        (
                            "group",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="categories",
                                to="expenses.categorygroup",
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
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name_plural": "categories",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="category_code_once"),
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                name="category_name_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payout",
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
                                related_name="payouts",
                                to="expenses.reimbursementrun",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="accounts.membership",
                            ),
                        ),
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
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.bankaccount",
                            ),
                        ),
                        ("text", models.CharField(max_length=140)),
                        ("failure_code", models.CharField(blank=True, max_length=35)),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "membership"), name="payout_person_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="payout_amount_positive"
                            ),
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
                    name="PolicyRun",
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
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="expenses.policyversion",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("preview", "Preview"), ("apply", "Look at open expenses")], max_length=8
                            ),
                        ),
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
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Interrupted"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("since", models.DateField()),
                        ("is_everything", models.BooleanField(default=True)),
                        ("cursor", models.UUIDField(editable=False, null=True)),
                        ("total", models.PositiveIntegerField()),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("found", models.PositiveIntegerField(default=0)),
                        ("amount", models.BigIntegerField(default=0)),
                        ("examples", models.JSONField(default=list)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["id"],
                                name="policy_run_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["preview", "apply"])), name="policy_run_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="policy_run_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationShare",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shares",
                                to="expenses.allocationtemplate",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("percent", models.DecimalField(decimal_places=4, max_digits=7)),
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
                        ("tags", models.JSONField(default=list)),
                        ("text", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("template", "position"), name="allocation_share_once"),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gt", 0), ("percent__lte", 100)),
                                name="allocation_share_percent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Budget",
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
                        ("name", models.CharField(max_length=80)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="budgets",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.team",
                            ),
                        ),
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
                            "tag",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.tag",
                            ),
                        ),
                        (
                            "interval",
                            models.CharField(
                                choices=[
                                    ("month", "Each month"),
                                    ("quarter", "Each quarter"),
                                    ("year", "Each year"),
                                    ("once", "Once, from day to day"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField(null=True)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("is_hard", models.BooleanField(default=False)),
                        ("rolls_over", models.BooleanField(default=False)),
                        ("warn_at", models.JSONField(default=list)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "name", "id"], name="budget_by_name")],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("archived_at__isnull", True)),
                                name="budget_name_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="budget_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ends_on__gte", models.F("starts_on")),
                                        ("ends_on__isnull", False),
                                        ("interval", "once"),
                                        ("rolls_over", False),
                                    ),
                                    models.Q(
                                        models.Q(("interval", "once"), _negated=True),
                                        ("ends_on__isnull", True),
                                        ("starts_on__day", 1),
                                    ),
                                    _connector="OR",
                                ),
                                name="budget_period_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("interval__in", ["month", "quarter", "year", "once"])),
                                name="budget_interval_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="budget_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkEdit",
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
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("code", "Code"),
                                    ("okay", "Say okay"),
                                    ("accept", "Accept what is sure"),
                                    ("undo", "Undo"),
                                ],
                                max_length=8,
                            ),
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
                        ("tags", models.JSONField(default=list)),
                        (
                            "undo_of",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="expenses.bulkedit",
                            ),
                        ),
                        ("total", models.PositiveIntegerField()),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("skipped", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=["id"],
                                name="bulk_edit_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("act__in", ["code", "okay", "accept", "undo"])),
                                name="bulk_edit_act_known",
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
                    },
                ),
                migrations.CreateModel(
                    name="SpendRequest",
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
                        ("number", models.PositiveBigIntegerField()),
                        ("client_key", models.CharField(editable=False, max_length=64)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spend_requests",
                                to="accounts.membership",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("title", models.CharField(max_length=120)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("merchant", models.CharField(blank=True, max_length=120)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("value", models.BigIntegerField()),
                        ("value_currency", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                        ("rate_date", models.DateField(null=True)),
                        ("until", models.DateField()),
                        (
                            "team",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.team",
                            ),
                        ),
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
                            "tag",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.tag",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Waiting"),
                                    ("approved", "Approved"),
                                    ("declined", "Not approved"),
                                    ("withdrawn", "Taken back"),
                                    ("expired", "Ran out unanswered"),
                                    ("closed", "Closed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                blank=True, choices=[("manager", "Manager"), ("finance", "Finance")], max_length=8
                            ),
                        ),
                        ("granted", models.BigIntegerField(null=True)),
                        (
                            "deed",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("note", "Pay as usual, matched afterwards"),
                                    ("raise", "Raise a card’s limits until then"),
                                    ("temporary", "A temporary card"),
                                    ("single_use", "A card that pays once"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "made",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cards.card",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                        ("closed_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "end",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("used", "spent"),
                                    ("ended", "its time is over"),
                                    ("by_hand", "closed by hand"),
                                ],
                                editable=False,
                                max_length=8,
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        ("raised", models.ManyToManyField(related_name="+", to="cards.limit")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-asked_at", "-id"], name="ask_by_time"),
                            models.Index(
                                condition=models.Q(("status__in", ["open", "approved"])),
                                fields=["until"],
                                name="ask_by_end",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "number"), name="ask_number_once"),
                            models.UniqueConstraint(fields=("asked_by", "client_key"), name="ask_client_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["open", "approved", "declined", "withdrawn", "expired", "closed"])
                                ),
                                name="ask_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("stage__in", ["", "manager", "finance"])), name="ask_stage_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("deed__in", ["", "note", "raise", "temporary", "single_use"])),
                                name="ask_deed_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("end__in", ["", "used", "ended", "by_hand"])), name="ask_end_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", 0),
                                    ("value__gt", 0),
                                    models.Q(("granted__isnull", True), ("granted__gt", 0), _connector="OR"),
                                ),
                                name="ask_amounts_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "open"), models.Q(("stage", ""), _negated=True)),
                                    models.Q(models.Q(("status", "open"), _negated=True), ("stage", "")),
                                    _connector="OR",
                                ),
                                name="ask_open_has_a_turn",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("granted__isnull", False),
                                        ("status__in", ["approved", "closed"]),
                                        models.Q(("deed", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status__in", ["approved", "closed"]), _negated=True),
                                        ("deed", ""),
                                        ("made__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="ask_approved_is_done",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("status", "closed"),
                                        models.Q(("end", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status", "closed"), _negated=True),
                                        ("closed_at__isnull", True),
                                        ("end", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="ask_closed_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="ask_currency_iso"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value_currency__regex", "^[A-Z]{3}$")),
                                name="ask_value_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vendor",
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
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("vat_number", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                        ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                        ("account_number", models.CharField(blank=True, max_length=20, verbose_name="supplier number")),
                        (
                            "category",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vendors",
                                to="expenses.category",
                            ),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vendors",
                                to="expenses.taxcode",
                            ),
                        ),
                        ("tags", models.JSONField(default=list)),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="expenses.vendor",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "name", "id"], name="vendor_by_name")],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("merged_into", None)),
                                name="vendor_name_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("account_number", ""), _negated=True), ("merged_into", None)
                                ),
                                fields=("company", "account_number"),
                                name="vendor_account_number_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into", None),
                                    models.Q(("merged_into", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="vendor_not_merged_into_itself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("country", ""), ("country__regex", "^[A-Z]{2}$"), _connector="OR"),
                                name="vendor_country_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AskDecision",
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
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="expenses.spendrequest",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(choices=[("manager", "Manager"), ("finance", "Finance")], max_length=8),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("approved", "Approved"),
                                    ("declined", "Not approved"),
                                    ("undone", "Taken back"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("comment", models.CharField(blank=True, max_length=500)),
                        ("over_reason", models.CharField(blank=True, max_length=300)),
                        ("no_one_else_eligible", models.BooleanField(default=False)),
                        ("decided_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["request", "id"], name="ask_decision_by_request")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by", models.F("owner")), _negated=True),
                                    ("no_one_else_eligible", True),
                                    _connector="OR",
                                ),
                                name="ask_decision_not_own",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="ask_decision_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("stage__in", ["manager", "finance"])),
                                name="ask_decision_stage_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("verdict__in", ["approved", "declined", "undone"])),
                                name="ask_decision_verdict_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="ask_decision_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AskFile",
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
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="expenses.spendrequest",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("media_type", models.CharField(max_length=40)),
                        ("size", models.PositiveIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("key", models.CharField(max_length=200)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("request", "sha256"), name="ask_file_once")],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetAlert",
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
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="expenses.budget"
                            ),
                        ),
                        ("period_start", models.DateField()),
                        ("percent", models.PositiveSmallIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("budget", "period_start", "percent"), name="budget_alert_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetAmount",
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
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="amounts",
                                to="expenses.budget",
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("budget", "valid_from"), name="budget_amount_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="budget_amount_row_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="budget_amount_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardCoding",
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
                        (
                            "vendor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.vendor",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.allocationtemplate",
                            ),
                        ),
                        ("tags", models.JSONField(default=list)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "card",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="coding", to="cards.card"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="CodingRule",
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
                        (
                            "vendor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.vendor",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.allocationtemplate",
                            ),
                        ),
                        ("tags", models.JSONField(default=list)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("position", models.PositiveIntegerField()),
                        ("is_on", models.BooleanField(default=True)),
                        ("conditions", models.JSONField(default=dict)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("archived_at", None)),
                                fields=("company", "position"),
                                name="coding_rule_position_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("conditions", {}), _negated=True), name="coding_rule_has_conditions"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Expense",
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
                        ("number", models.PositiveBigIntegerField()),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="expenses",
                                to="accounts.membership",
                            ),
                        ),
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
                                blank=True,
                                choices=[("ecb", "European Central Bank"), ("typed", "Typed")],
                                max_length=10,
                            ),
                        ),
                        ("rate_date", models.DateField(null=True)),
                        ("rate_reason", models.CharField(blank=True, max_length=200)),
                        ("merchant", models.CharField(max_length=120)),
                        ("merchant_key", models.CharField(blank=True, editable=False, max_length=120)),
                        ("merchant_category_code", models.CharField(blank=True, max_length=4)),
                        (
                            "vendor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="expenses",
                                to="expenses.vendor",
                            ),
                        ),
                        ("purchased_at", models.DateTimeField()),
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
                            "payment",
                            models.CharField(
                                choices=[("reserved", "Reserved"), ("cleared", "Settled"), ("reversed", "Released")],
                                max_length=10,
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
                        ("lines_total", models.BigIntegerField()),
                        ("is_coded", models.BooleanField(default=False)),
                        ("is_private", models.BooleanField(default=False)),
                        ("note", models.CharField(blank=True, max_length=1000)),
                        ("document_date", models.DateField(null=True)),
                        ("receipt_count", models.PositiveSmallIntegerField(default=0)),
                        ("is_declared", models.BooleanField(default=False)),
                        ("reading_open", models.BooleanField(default=False)),
                        ("receipt_wanted", models.BooleanField(default=True)),
                        ("attendee_count", models.PositiveSmallIntegerField(default=0)),
                        ("policy_step", models.CharField(blank=True, default="", max_length=12)),
                        ("flag_level", models.CharField(blank=True, default="", max_length=8)),
                        ("policies_stale", models.BooleanField(default=False, editable=False)),
                        ("confirmed", models.JSONField(default=list)),
                        ("filled", models.JSONField(default=dict)),
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
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-purchased_at", "-id"], name="expense_by_date"),
                            models.Index(fields=["owner", "-purchased_at", "-id"], name="expense_by_owner"),
                            models.Index(
                                fields=["company", "books_lane", "-purchased_at", "-id"], name="expense_by_lane"
                            ),
                            models.Index(fields=["company", "amount", "id"], name="expense_by_amount"),
                            models.Index(fields=["company", "merchant", "id"], name="expense_by_merchant"),
                            models.Index(
                                condition=models.Q(("merchant_key", ""), _negated=True),
                                fields=["company", "merchant_key", "-purchased_at", "-id"],
                                name="expense_by_merchant_key",
                            ),
                            models.Index(
                                condition=models.Q(("books_lane__in", ["", "unexported"])),
                                fields=["company", "-purchased_at", "-id"],
                                name="expense_open",
                            ),
                            models.Index(
                                condition=models.Q(("payment", "reserved")), fields=["id"], name="expense_reserved"
                            ),
                            models.Index(
                                condition=models.Q(("flag_level", ""), _negated=True),
                                fields=["company", "-purchased_at", "-id"],
                                name="expense_flagged",
                            ),
                            models.Index(
                                condition=models.Q(("policies_stale", True)),
                                fields=["id"],
                                name="expense_policies_stale",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "number"), name="expense_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="expense_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("lines_total", models.F("amount"))),
                                name="expense_lines_sum_to_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("foreign_amount__isnull", True), ("foreign_currency", "")),
                                    models.Q(
                                        ("foreign_amount__isnull", False),
                                        models.Q(("foreign_currency", ""), _negated=True),
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
                                condition=models.Q(("direction__in", ["spend", "refund"])),
                                name="expense_direction_known",
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
                                condition=models.Q(("rate_source__in", ["", "ecb", "typed"])),
                                name="expense_rate_source_known",
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
                    },
                ),
                migrations.CreateModel(
                    name="VendorAlias",
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
                            "vendor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="aliases",
                                to="expenses.vendor",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "name"), name="vendor_alias_once"),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="vendor_alias_says_something"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VendorMerge",
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
                            "gone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="expenses.vendor"
                            ),
                        ),
                        (
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.vendor"
                            ),
                        ),
                        ("moved", models.JSONField(default=dict)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("undone_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("undone_at", None)), fields=("gone",), name="vendor_merged_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("gone", models.F("kept")), _negated=True),
                                name="vendor_merge_of_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AskSpend",
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
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spends",
                                to="expenses.spendrequest",
                            ),
                        ),
                        (
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="asked_for",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("removed_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=["request"],
                                name="ask_spend_live",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("expense",),
                                name="ask_spend_of_one_request",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="receipts.receipt",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("score", models.PositiveSmallIntegerField(null=True)),
                        ("reasons", models.JSONField(default=list)),
                        ("detached_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "detached_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("detached_at__isnull", True)),
                                fields=["receipt"],
                                name="attachment_live_by_receipt",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("detached_at__isnull", True)),
                                fields=("expense", "receipt"),
                                name="attachment_live_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attendee",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attendees",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("organisation", models.CharField(blank=True, max_length=80)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("expense", "membership"), name="attendee_colleague_once"),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="attendee_has_name"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BalanceEntry",
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
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balance_entries",
                                to="accounts.membership",
                            ),
                        ),
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
                            models.CharField(
                                choices=[("to", "The company owes"), ("by", "The person owes")], max_length=2
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("booked_date", models.DateField()),
                        (
                            "expense",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balance_entries",
                                to="expenses.expense",
                            ),
                        ),
                        ("revision", models.PositiveSmallIntegerField(default=1)),
                        (
                            "payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balance_entries",
                                to="expenses.payout",
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
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["membership", "-booked_date", "-id"], name="balance_by_person")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="balance_amount_positive"
                            ),
                            models.UniqueConstraint(
                                fields=("expense", "revision"), name="balance_expense_revision_once"
                            ),
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
                                        ("kind", "undone"),
                                        ("expense", None),
                                        ("payout", None),
                                        ("undoes__isnull", False),
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
                            models.CheckConstraint(
                                condition=models.Q(("owed__in", ["to", "by"])), name="balance_owed_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="balance_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkRow",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["bulk", "state", "id"], name="bulk_row_by_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bulk", "expense"), name="bulk_row_once"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "done", "skipped"])),
                                name="bulk_row_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Comment",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=2000)),
                        ("is_internal", models.BooleanField(default=False)),
                        ("outcome", models.CharField(blank=True, max_length=14)),
                        ("said_at", models.DateTimeField()),
                        ("edited_at", models.DateTimeField(editable=False, null=True)),
                        ("deleted_at", models.DateTimeField(editable=False, null=True)),
                        ("mentioned", models.ManyToManyField(related_name="+", to="accounts.membership")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expense", "id"], name="comment_of_expense")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("deleted_at__isnull", True), models.Q(("text", ""), _negated=True)),
                                    models.Q(("deleted_at__isnull", False), ("text", "")),
                                    _connector="OR",
                                ),
                                name="comment_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["", "needs_details", "not_okay"])),
                                name="comment_outcome_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommentRead",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comment_reads",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("read_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("expense", "membership"), name="comment_read_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Declaration",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "receipt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declaration",
                                to="receipts.receipt",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("lost", "I lost it"),
                                    ("never_given", "None was given"),
                                    ("machine", "A machine that prints none"),
                                    ("damaged", "It cannot be read any more"),
                                    ("other", "Something else"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("purpose", models.CharField(max_length=300)),
                        ("facts", models.JSONField()),
                        ("digest", models.CharField(max_length=64)),
                        ("taken", models.JSONField(default=list)),
                        ("signed_at", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for finance"),
                                    ("accepted", "Accepted"),
                                    ("refused", "Refused"),
                                    ("replaced", "Replaced by the receipt"),
                                    ("withdrawn", "Taken back"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                        ("decision_reason", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-signed_at", "-id"], name="declaration_by_time"),
                            models.Index(fields=["by", "signed_at"], name="declaration_by_person"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["waiting", "accepted"])),
                                fields=("expense",),
                                name="declaration_standing_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "refused"), _negated=True),
                                    models.Q(("decision_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="declaration_refused_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="declaration_digest_hex"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purpose", ""), _negated=True), name="declaration_has_purpose"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reason__in", ["lost", "never_given", "machine", "damaged", "other"])
                                ),
                                name="declaration_reason_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["waiting", "accepted", "refused", "replaced", "withdrawn"])
                                ),
                                name="declaration_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Drive",
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
                            "expense",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="drive", to="expenses.expense"
                            ),
                        ),
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
                            "own_rate",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.ownrate",
                            ),
                        ),
                        ("taxable", models.BigIntegerField(default=0)),
                        ("taxable_currency", models.CharField(blank=True, default="", max_length=3)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "vehicle", "drove_on"], name="drive_by_day")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("distance__gt", 0)), name="drive_distance_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("counted_before__gte", 0)), name="drive_counted_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("unit__in", ["km", "mi"])), name="drive_unit_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("taxable", 0), ("taxable_currency", "")),
                                    models.Q(("taxable__gt", 0), models.Q(("taxable_currency", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="drive_taxable_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("taxable_currency__regex", "^[A-Z]{3}$"),
                                    ("taxable_currency", ""),
                                    ("taxable_currency__isnull", True),
                                    _connector="OR",
                                ),
                                name="drive_taxable_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Journey",
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
                            "expense",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="journey",
                                to="expenses.expense",
                            ),
                        ),
                        ("country", models.CharField(max_length=2)),
                        ("rate_from", models.DateField()),
                        ("destination", models.CharField(max_length=120)),
                        ("place", models.CharField(blank=True, default="", max_length=40)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("days", models.JSONField(default=list)),
                        ("taxable", models.BigIntegerField(default=0)),
                        ("taxable_currency", models.CharField(blank=True, default="", max_length=3)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "starts_at"], name="journey_by_start")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="journey_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("taxable", 0), ("taxable_currency", "")),
                                    models.Q(("taxable__gt", 0), models.Q(("taxable_currency", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="journey_taxable_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("taxable_currency__regex", "^[A-Z]{3}$"),
                                    ("taxable_currency", ""),
                                    ("taxable_currency__isnull", True),
                                    _connector="OR",
                                ),
                                name="journey_taxable_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Movement",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="expenses.expense",
                            ),
                        ),
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
                            "direction",
                            models.CharField(choices=[("spend", "Spent"), ("refund", "Refunded")], max_length=6),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("booked_date", models.DateField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "booked_date", "id"], name="movement_by_date")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="movement_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["spend", "refund"])),
                                name="movement_direction_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="movement_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyFlag",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policy_flags",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="flags",
                                to="expenses.policyrule",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="flags",
                                to="expenses.policyversion",
                            ),
                        ),
                        (
                            "check_code",
                            models.CharField(
                                choices=[
                                    ("receipt", "Receipt needed"),
                                    ("note", "Note needed"),
                                    ("attendees", "Attendees needed"),
                                    ("over_amount", "More than an amount"),
                                    ("over_per_person", "More than an amount per person"),
                                    ("day_off", "On a weekend or a holiday"),
                                    ("duplicate", "Looks like a duplicate"),
                                    ("currency", "Another currency"),
                                    ("merchant", "At one of these merchants"),
                                    ("not_itemised", "Not split into its parts"),
                                    ("tip", "A large tip"),
                                    ("late", "Claimed late"),
                                    ("distance", "A long drive"),
                                    ("journey", "A long journey"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "effect",
                            models.CharField(
                                choices=[
                                    ("require", "Ask for it"),
                                    ("warn", "Warn"),
                                    ("note", "Ask for a reason"),
                                    ("review", "A person must review it"),
                                    ("block", "Refuse the claim"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("parameters", models.JSONField(default=dict)),
                        ("raised_at", models.DateTimeField()),
                        ("cleared_at", models.DateTimeField(editable=False, null=True)),
                        ("answer", models.CharField(blank=True, max_length=500)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "passed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("passed_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("cleared_at__isnull", True)),
                                fields=["rule"],
                                name="policy_flag_open_by_rule",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("cleared_at__isnull", True)),
                                fields=("expense", "rule"),
                                name="policy_flag_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", ""), ("answered_at__isnull", True)),
                                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="policy_flag_answered_with_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "check_code__in",
                                        [
                                            "receipt",
                                            "note",
                                            "attendees",
                                            "over_amount",
                                            "over_per_person",
                                            "day_off",
                                            "duplicate",
                                            "currency",
                                            "merchant",
                                            "not_itemised",
                                            "tip",
                                            "late",
                                            "distance",
                                            "journey",
                                        ],
                                    )
                                ),
                                name="policy_flag_check_code_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("effect__in", ["require", "warn", "note", "review", "block"])),
                                name="policy_flag_effect_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderItem",
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
                            "reminder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="expenses.reminder",
                            ),
                        ),
                        (
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reminder_items",
                                to="expenses.expense",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("reminder", "expense"), name="reminder_item_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Review",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
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
                        (
                            "rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.workflowversion",
                            ),
                        ),
                        ("no_one_else_eligible", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expense", "-id"], name="review_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["okay", "not_okay", "needs_details", "withdrawn"])),
                                name="review_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("by__isnull", False),
                                    ("outcome", "withdrawn"),
                                    models.Q(("outcome", "okay"), ("rule__isnull", False)),
                                    _connector="OR",
                                ),
                                name="review_decided_by_somebody_or_rule",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Route",
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
                        ("subject_type", models.CharField(max_length=40)),
                        ("subject_id", models.UUIDField()),
                        (
                            "expense",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="routes",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="routes",
                                to="expenses.workflowversion",
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("facts", models.JSONField(default=dict)),
                        ("seen_version", models.PositiveIntegerField(default=1)),
                        ("is_sample", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "On its way"), ("done", "Okay"), ("dropped", "Began anew")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["expense", "state"], name="route_of_expense"),
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["company", "id"], name="route_open"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "done", "dropped"])), name="route_state_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="route_currency_iso"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="route_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("ended_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="route_ended_when_not_open",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "dropped"), _negated=True),
                                fields=("subject_type", "subject_id"),
                                name="route_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expense__isnull", True), ("subject_id", models.F("expense")), _connector="OR"
                                ),
                                name="route_expense_is_the_subject",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SampleDraw",
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
                            "expense",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sample_draw",
                                to="expenses.expense",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("number__lt", 10000)), name="sample_draw_number")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExpenseLine",
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
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="expenses.expense"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=1)),
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
                                related_name="lines",
                                to="expenses.category",
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
                        ("tax_amount", models.BigIntegerField(default=0)),
                        ("text", models.CharField(blank=True, max_length=200)),
                        ("is_rest", models.BooleanField(default=False)),
                        ("is_private", models.BooleanField(default=False)),
                        (
                            "movement",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="own_lines",
                                to="expenses.movement",
                            ),
                        ),
                        ("locked_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="line_amount_not_negative"
                            ),
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
                    name="PayoutItem",
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
                            "payout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="expenses.payout"
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
                        ("taxable", models.BigIntegerField(default=0, editable=False)),
                        ("released_at", models.DateTimeField(editable=False, null=True)),
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
                migrations.CreateModel(
                    name="RouteStage",
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
                            "route",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="stages", to="expenses.route"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("mode", models.CharField(max_length=4)),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Later"), ("open", "Now"), ("done", "Okay")],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(editable=False, null=True)),
                        ("fell_back_at", models.DateTimeField(editable=False, null=True)),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["opened_at"], name="route_stage_waiting"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "open", "done"])),
                                name="route_stage_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ("any", "all"))), name="route_stage_mode_known"
                            ),
                            models.UniqueConstraint(fields=("route", "position"), name="route_stage_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")), fields=("route",), name="route_stage_open_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    ("decided_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="route_stage_done_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineTag",
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
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="line_tags",
                                to="expenses.expenseline",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="line_tags", to="expenses.tag"
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taggroup"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("line", "group"), name="line_tag_once_of_a_group")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailLink",
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
                            "approver",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "expense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mail_links",
                                to="expenses.expense",
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="expenses.routestage",
                            ),
                        ),
                        ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        ("seen_version", models.PositiveIntegerField()),
                        ("seen_amount", models.BigIntegerField()),
                        ("expires_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(editable=False, null=True)),
                        ("used_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["approver", "expense", "-id"], name="mail_link_of_person")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("seen_amount__gte", 0)), name="mail_link_amount_not_negative"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RouteSeat",
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
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="expenses.routestage",
                            ),
                        ),
                        ("group", models.PositiveSmallIntegerField()),
                        ("kind", models.CharField(max_length=16)),
                        (
                            "approver",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review_seats",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("is_fallback", models.BooleanField(default=False)),
                        ("is_filled", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["approver", "stage"], name="route_seat_of_person")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ("manager", "managers_manager", "tag_owner", "finance", "person"))
                                ),
                                name="route_seat_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approver__isnull", True),
                                    models.Q(("approver", models.F("owner")), _negated=True),
                                    _connector="OR",
                                ),
                                name="route_seat_not_own_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("approver__isnull", False), ("kind", "finance"), _connector="OR"),
                                name="route_seat_of_somebody",
                            ),
                            models.UniqueConstraint(fields=("stage", "group", "approver"), name="route_seat_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("approver__isnull", True)),
                                fields=("stage", "group"),
                                name="route_seat_finance_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StageDecision",
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
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="expenses.routestage",
                            ),
                        ),
                        ("group", models.PositiveSmallIntegerField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "for_whom",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("okay", "Okay"),
                                    ("not_okay", "Not okay"),
                                    ("needs_details", "Needs details"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "via",
                            models.CharField(
                                choices=[
                                    ("page", "on the page"),
                                    ("api", "by the API"),
                                    ("bulk", "together with others"),
                                    ("mail", "by e-mail link"),
                                ],
                                default="page",
                                max_length=4,
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("no_one_else_eligible", models.BooleanField(default=False)),
                        ("decided_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["okay", "not_okay", "needs_details"])),
                                name="stage_decision_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("via__in", ["page", "api", "bulk", "mail"])),
                                name="stage_decision_via_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by", models.F("owner")), _negated=True),
                                    ("no_one_else_eligible", True),
                                    _connector="OR",
                                ),
                                name="stage_decision_not_own_money",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "okay"), ("withdrawn_at__isnull", True)),
                                fields=("stage", "by"),
                                name="stage_decision_one_okay_each",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "okay"), ("withdrawn_at__isnull", True)),
                                fields=("stage", "group"),
                                name="stage_decision_one_okay_per_seat",
                            ),
                        ],
                    },
                ),
            ],
        ),
        *trigram_index("expense_search_text_trigrams", "expenses_expense"),
    ]
