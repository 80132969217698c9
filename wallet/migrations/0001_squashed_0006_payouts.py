"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids
import pleo.lib.migrating


class Migration(migrations.Migration):
    replaces = [
        ("wallet", "0001_initial"),
        ("wallet", "0002_sub_wallets"),
        ("wallet", "0003_money_in_and_out"),
        ("wallet", "0004_bank_statements"),
        ("wallet", "0005_ledger_check"),
        ("wallet", "0006_payouts"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0003_receipt_mails"),
    ]

    operations = [
        pleo.lib.migrating.CreateModels(
            operations=[
                migrations.CreateModel(
                    name="BankStatement",
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
                        ("number", models.PositiveIntegerField(editable=False)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("file_name", models.CharField(blank=True, max_length=120)),
                        ("key", models.CharField(editable=False, max_length=200)),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("size", models.PositiveIntegerField(editable=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits to be read"),
                                    ("reading", "Being read"),
                                    ("read", "Read"),
                                    ("failed", "Not read"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("parts", models.JSONField(default=list, editable=False)),
                        ("line_count", models.PositiveIntegerField(default=0, editable=False)),
                        ("first_day", models.DateField(editable=False, null=True)),
                        ("last_day", models.DateField(editable=False, null=True)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "sha256"), name="bank_statement_file_once"),
                            models.UniqueConstraint(fields=("company", "number"), name="bank_statement_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "reading", "read", "failed"])),
                                name="bank_statement_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeePlan",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                            ),
                        ),
                        ("text", models.CharField(max_length=80)),
                        (
                            "amount",
                            models.BigIntegerField(help_text="minor units of the company's currency, each month"),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("first_month", models.DateField(help_text="the first day of a month")),
                        (
                            "last_month",
                            models.DateField(
                                blank=True, help_text="the first day of the last month, if it ends", null=True
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="fee_plan_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_month__day", 1),
                                    models.Q(("last_month", None), ("last_month__day", 1), _connector="OR"),
                                ),
                                name="fee_plan_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("last_month", None), ("last_month__gte", models.F("first_month")), _connector="OR"
                                ),
                                name="fee_plan_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="fee_plan_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerAccount",
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
                                    ("wallet", "Wallet"),
                                    ("sub_wallet", "Sub-wallet"),
                                    ("bank_in_transit", "Bank, in transit"),
                                    ("card_settlement", "Card settlement"),
                                    ("fees", "Fees"),
                                    ("reimbursements", "Reimbursements"),
                                    ("disputes", "Disputes"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=80)),
                        ("currency", models.CharField(max_length=3)),
                        ("debits_posted", models.BigIntegerField(default=0, editable=False)),
                        ("credits_posted", models.BigIntegerField(default=0, editable=False)),
                        ("debits_pending", models.BigIntegerField(default=0, editable=False)),
                        ("credits_pending", models.BigIntegerField(default=0, editable=False)),
                        ("overdraft", models.BigIntegerField(default=0)),
                        ("top_up_reference", models.CharField(blank=True, max_length=20)),
                        (
                            "team",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.team",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "kind", "name"), name="ledger_account_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("top_up_reference", ""), _negated=True),
                                fields=("top_up_reference",),
                                name="ledger_account_reference_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "wallet",
                                            "sub_wallet",
                                            "bank_in_transit",
                                            "card_settlement",
                                            "fees",
                                            "reimbursements",
                                            "disputes",
                                        ],
                                    )
                                ),
                                name="ledger_account_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="ledger_account_currency_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("credits_pending__gte", 0),
                                    ("credits_posted__gte", 0),
                                    ("debits_pending__gte", 0),
                                    ("debits_posted__gte", 0),
                                    ("overdraft__gte", 0),
                                ),
                                name="ledger_account_counters_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "sub_wallet"), models.Q(("name", ""), _negated=True)),
                                    models.Q(
                                        models.Q(("kind", "sub_wallet"), _negated=True),
                                        ("archived_at__isnull", True),
                                        ("name", ""),
                                        ("team__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="ledger_account_sub_wallet_named",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerCheck",
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
                        ("checked_at", models.DateTimeField(editable=False)),
                        ("full_at", models.DateTimeField(editable=False)),
                        (
                            "by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("proved", models.PositiveBigIntegerField(editable=False)),
                        ("transfers", models.PositiveBigIntegerField(editable=False)),
                        ("through", models.UUIDField(editable=False)),
                        ("sums", models.JSONField(default=dict, editable=False)),
                        ("differences", models.JSONField(default=list, editable=False)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("full_at__lte", models.F("checked_at"))),
                                name="ledger_check_full_not_later",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mandate",
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
                        ("holder", models.CharField(max_length=70)),
                        ("iban", models.CharField(max_length=34)),
                        ("reference", models.CharField(max_length=35, unique=True)),
                        (
                            "signed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("revoked_at", None)),
                                fields=("company", "iban"),
                                name="mandate_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("iban__regex", "^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$")),
                                name="mandate_iban",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fee",
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="fees", to="wallet.feeplan"
                            ),
                        ),
                        ("month", models.DateField()),
                        ("text", models.CharField(max_length=80)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "month"), name="fee_once_a_month"),
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="fee_amount_positive"),
                            models.CheckConstraint(condition=models.Q(("month__day", 1)), name="fee_month_first_day"),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="fee_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
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
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("amount__gt", 0)), fields=["account"], name="hold_open")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="hold_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="hold_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LowBalance",
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
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="low_balance",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        ("threshold", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("is_on", models.BooleanField(default=True)),
                        ("is_below", models.BooleanField(default=False, editable=False)),
                        ("crossed_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("threshold__gt", 0)), name="low_balance_threshold_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="low_balance_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TopUpRule",
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
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rules",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        (
                            "mandate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rules", to="wallet.mandate"
                            ),
                        ),
                        ("threshold", models.BigIntegerField()),
                        ("amount", models.BigIntegerField()),
                        ("cap_amount", models.BigIntegerField()),
                        (
                            "cap_interval",
                            models.CharField(
                                choices=[("day", "a day"), ("month", "a month")], default="month", max_length=5
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "status",
                            models.CharField(
                                choices=[("on", "On"), ("paused", "Paused"), ("ended", "Ended")],
                                default="on",
                                max_length=6,
                            ),
                        ),
                        ("pause_code", models.CharField(blank=True, max_length=20)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "ended"), _negated=True),
                                fields=("account",),
                                name="top_up_rule_once_per_wallet",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", 0), ("cap_amount__gte", models.F("amount")), ("threshold__gt", 0)
                                ),
                                name="top_up_rule_amounts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["on", "paused", "ended"])),
                                name="top_up_rule_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cap_interval__in", ["day", "month"])),
                                name="top_up_rule_cap_interval_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="top_up_rule_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                            "debit_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="debits",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        (
                            "credit_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "code",
                            models.CharField(
                                choices=[
                                    ("top_up", "Top-up"),
                                    ("top_up_return", "Top-up returned"),
                                    ("withdrawal", "Back to the bank"),
                                    ("card_purchase", "Card purchase"),
                                    ("card_cash", "Cash withdrawal"),
                                    ("card_refund", "Refund"),
                                    ("card_refund_reversal", "Refund taken back"),
                                    ("correction_debit", "Correction"),
                                    ("correction_credit", "Correction"),
                                    ("chargeback", "Disputed purchase returned"),
                                    ("chargeback_reversal", "Disputed purchase charged again"),
                                    ("provisional_credit", "Credited until a dispute is decided"),
                                    ("provisional_credit_back", "Credit of a dispute taken back"),
                                    ("fee", "Fee"),
                                    ("internal", "Between wallets"),
                                    ("top_up_undone", "Top-up taken back"),
                                    ("payout", "Paid back to an employee"),
                                    ("payout_sent", "Payment to an employee arrived"),
                                    ("payout_refused", "Payment to an employee refused"),
                                    ("payout_returned", "Payment to an employee came back"),
                                ],
                                max_length=24,
                            ),
                        ),
                        ("subject_type", models.CharField(max_length=40)),
                        ("subject_id", models.UUIDField()),
                        ("text", models.CharField(blank=True, max_length=160)),
                        ("booked_at", models.DateTimeField()),
                        ("value_date", models.DateField()),
                        (
                            "reverses",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversals",
                                to="wallet.transfer",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-booked_at", "-id"], name="transfer_by_time"),
                            models.Index(fields=["debit_account", "booked_at"], name="transfer_by_debit"),
                            models.Index(fields=["credit_account", "booked_at"], name="transfer_by_credit"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="transfer_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("debit_account", models.F("credit_account")), _negated=True),
                                name="transfer_two_sides",
                            ),
                            models.UniqueConstraint(fields=("code", "subject_id"), name="transfer_subject_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "code__in",
                                        [
                                            "top_up",
                                            "top_up_return",
                                            "withdrawal",
                                            "card_purchase",
                                            "card_cash",
                                            "card_refund",
                                            "card_refund_reversal",
                                            "correction_debit",
                                            "correction_credit",
                                            "chargeback",
                                            "chargeback_reversal",
                                            "provisional_credit",
                                            "provisional_credit_back",
                                            "fee",
                                            "internal",
                                            "top_up_undone",
                                            "payout",
                                            "payout_sent",
                                            "payout_refused",
                                            "payout_returned",
                                        ],
                                    )
                                ),
                                name="transfer_code_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="transfer_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WalletMove",
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
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallet.ledgeraccount"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallet.ledgeraccount"
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("note", models.CharField(blank=True, max_length=120)),
                        ("key", models.UUIDField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "key"), name="wallet_move_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="wallet_move_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("target")), _negated=True),
                                name="wallet_move_two_wallets",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="wallet_move_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Withdrawal",
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
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("holder", models.CharField(max_length=70)),
                        ("iban", models.CharField(max_length=34)),
                        ("key", models.UUIDField(editable=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("asked", "Waits for a second person"),
                                    ("sent", "Sent"),
                                    ("declined", "Not okay"),
                                    ("cancelled", "Taken back"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
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
                        ("reason", models.CharField(blank=True, max_length=160)),
                        ("is_alone", models.BooleanField(default=False, editable=False)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "key"), name="withdrawal_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="withdrawal_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("iban__regex", "^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$")),
                                name="withdrawal_iban",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True), ("decided_by__isnull", True), ("status", "asked")
                                    ),
                                    models.Q(
                                        models.Q(("status", "asked"), _negated=True),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="withdrawal_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "sent"), _negated=True),
                                    ("is_alone", True),
                                    models.Q(("decided_by", models.F("by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="withdrawal_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["asked", "sent", "declined", "cancelled"])),
                                name="withdrawal_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="withdrawal_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TopUp",
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
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="top_ups",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[("bank", "Bank transfer"), ("direct_debit", "Direct debit")],
                                default="bank",
                                max_length=12,
                            ),
                        ),
                        ("bank_line", models.CharField(blank=True, max_length=80)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("payer", models.CharField(blank=True, max_length=140)),
                        ("value_date", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "On its way"),
                                    ("received", "Arrived"),
                                    ("returned", "Returned"),
                                    ("cancelled", "Not sent after all"),
                                    ("failed", "Refused by the bank"),
                                    ("undone", "Taken back"),
                                ],
                                default="received",
                                max_length=10,
                            ),
                        ),
                        ("key", models.UUIDField(editable=False, null=True)),
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
                            "mandate",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="top_ups",
                                to="wallet.mandate",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="top_ups",
                                to="wallet.topuprule",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                        ("reason", models.CharField(blank=True, max_length=160)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("bank_line", ""), _negated=True),
                                    models.Q(("status", "undone"), _negated=True),
                                ),
                                fields=("company", "bank_line"),
                                name="top_up_line_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("key__isnull", False)),
                                fields=("company", "key"),
                                name="top_up_key_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("rule__isnull", False), ("status", "pending")),
                                fields=("rule",),
                                name="top_up_rule_waits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["pending", "cancelled", "failed"]),
                                    models.Q(("bank_line", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="top_up_arrived_by_line",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("mandate__isnull", False), ("source", "direct_debit")),
                                    models.Q(("mandate__isnull", True), ("rule__isnull", True), ("source", "bank")),
                                    _connector="OR",
                                ),
                                name="top_up_debit_has_mandate",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("status__in", ["pending", "received"])),
                                    models.Q(
                                        models.Q(("status__in", ["pending", "received"]), _negated=True),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="top_up_ended_says_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="top_up_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["pending", "received", "returned", "cancelled", "failed", "undone"])
                                ),
                                name="top_up_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["bank", "direct_debit"])), name="top_up_source_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="top_up_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankLine",
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
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="wallet.bankstatement",
                            ),
                        ),
                        ("part", models.PositiveIntegerField()),
                        ("position", models.PositiveIntegerField()),
                        ("line_key", models.CharField(max_length=64)),
                        ("direction", models.CharField(choices=[("credit", "In"), ("debit", "Out")], max_length=6)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("booked_on", models.DateField()),
                        ("value_date", models.DateField()),
                        ("text", models.CharField(blank=True, max_length=500)),
                        ("reference", models.CharField(blank=True, max_length=35)),
                        ("end_to_end_id", models.CharField(blank=True, max_length=35)),
                        ("bank_reference", models.CharField(blank=True, max_length=35)),
                        ("counterparty", models.CharField(blank=True, max_length=140)),
                        ("counterparty_account", models.CharField(blank=True, max_length=34)),
                        ("is_reversal", models.BooleanField(default=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("new", "Being matched"),
                                    ("waiting", "Waits for you"),
                                    ("matched", "Top-up"),
                                    ("ignored", "Ignored"),
                                    ("repeated", "Known already"),
                                    ("outgoing", "Outgoing"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "looks_like",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallet.bankline",
                            ),
                        ),
                        (
                            "top_up",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="line",
                                to="wallet.topup",
                            ),
                        ),
                        ("how", models.CharField(blank=True, max_length=10)),
                        ("reason", models.CharField(blank=True, max_length=160)),
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
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "status", "-booked_on", "-id"], name="bank_line_by_status"),
                            models.Index(fields=["company", "booked_on", "amount"], name="bank_line_by_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "repeated"), _negated=True),
                                fields=("company", "line_key"),
                                name="bank_line_once",
                            ),
                            models.UniqueConstraint(
                                fields=("statement", "part", "position"), name="bank_line_place_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="bank_line_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["credit", "debit"])),
                                name="bank_line_direction_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "matched"), ("top_up__isnull", False)),
                                    models.Q(models.Q(("status", "matched"), _negated=True), ("top_up__isnull", True)),
                                    _connector="OR",
                                ),
                                name="bank_line_matched_has_top_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "matched"), _negated=True),
                                    ("direction", "credit"),
                                    _connector="OR",
                                ),
                                name="bank_line_matched_came_in",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "ignored"), _negated=True),
                                    models.Q(models.Q(("reason", ""), _negated=True), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="bank_line_ignored_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["new", "waiting", "matched", "ignored", "repeated", "outgoing"])
                                ),
                                name="bank_line_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="bank_line_currency_iso"
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
