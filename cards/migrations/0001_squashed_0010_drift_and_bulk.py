"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids
import pleo.lib.migrating
from pleo.lib.search_index import trigram_index


class Migration(migrations.Migration):
    replaces = [
        ("cards", "0001_initial"),
        ("cards", "0002_search_index"),
        ("cards", "0003_kinds"),
        ("cards", "0004_disputes"),
        ("cards", "0005_controls"),
        ("cards", "0006_issuer_copies"),
        ("cards", "0007_life_of_cards"),
        ("cards", "0008_raise_period"),
        ("cards", "0009_simulated_days"),
        ("cards", "0010_drift_and_bulk"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0003_receipt_mails"),
        ("wallet", "0001_squashed_0006_payouts"),
    ]

    operations = [
        pleo.lib.migrating.CreateModels(
            operations=[
                migrations.CreateModel(
                    name="CardBatch",
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
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        ("filename", models.CharField(blank=True, max_length=120)),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "status",
                            models.CharField(
                                choices=[("preview", "To be checked"), ("running", "Being made"), ("done", "Done")],
                                default="preview",
                                max_length=8,
                            ),
                        ),
                        ("row_count", models.PositiveIntegerField()),
                        ("started_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "sha256"), name="card_batch_file_once"),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["preview", "running", "done"])),
                                name="card_batch_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardTemplate",
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
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        (
                            "made_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("archived_at__isnull", True)),
                                fields=("company", "name"),
                                name="card_template_name_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="card_template_named"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IssuerHolder",
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
                                related_name="issuer_holders",
                                to="accounts.membership",
                            ),
                        ),
                        ("issuer", models.CharField(editable=False, max_length=20)),
                        ("reference", models.CharField(editable=False, max_length=80)),
                        ("told", models.JSONField(default=dict, editable=False)),
                        ("told_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("membership", "issuer"), name="issuer_holder_once"),
                            models.UniqueConstraint(
                                fields=("issuer", "reference"), name="issuer_holder_reference_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Leaving",
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
                                related_name="leavings",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                        (
                            "lead",
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
                                choices=[("started", "Leaving"), ("done", "Left"), ("undone", "Stays")],
                                default="started",
                                max_length=8,
                            ),
                        ),
                        ("waits", models.BooleanField(default=False)),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                editable=False,
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
                                condition=models.Q(("status", "started")),
                                fields=("membership",),
                                name="leaving_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["started", "done", "undone"])),
                                name="leaving_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("status", "started")),
                                    models.Q(
                                        models.Q(("status", "started"), _negated=True), ("ended_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="leaving_ended_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lead__isnull", True),
                                    models.Q(("lead", models.F("membership")), _negated=True),
                                    _connector="OR",
                                ),
                                name="leaving_lead_is_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reconciliation",
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
                        ("issuer", models.CharField(max_length=20)),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "In work"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("found", models.JSONField(default=dict, editable=False)),
                        ("differs", models.JSONField(default=list, editable=False)),
                        ("done_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["issuer", "-until"], name="reconciliation_by_time")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["waiting", "running"])),
                                fields=("issuer",),
                                name="reconciliation_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("since"))),
                                name="reconciliation_period_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="reconciliation_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimulatedDay",
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
                        "indexes": [models.Index(fields=["company", "created_at"], name="simulated_day_by_time")],
                    },
                ),
                migrations.CreateModel(
                    name="Card",
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
                            "cardholder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cards",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("virtual", "Virtual"),
                                    ("physical", "Plastic"),
                                    ("vendor", "Vendor"),
                                    ("temporary", "Temporary"),
                                    ("single_use", "Single use"),
                                ],
                                default="virtual",
                                max_length=12,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("issuing", "Being made"),
                                    ("pending", "In the post"),
                                    ("active", "Active"),
                                    ("closed", "Closed"),
                                ],
                                default="issuing",
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("last_four", models.CharField(blank=True, editable=False, max_length=4)),
                        ("expires_month", models.DateField(editable=False, null=True)),
                        ("issuer", models.CharField(editable=False, max_length=20)),
                        ("issuer_reference", models.CharField(editable=False, max_length=80)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cards",
                                to="wallet.ledgeraccount",
                            ),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="cards.card",
                            ),
                        ),
                        (
                            "head",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chain",
                                to="cards.card",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cards",
                                to="cards.cardtemplate",
                            ),
                        ),
                        ("starts_at", models.DateTimeField(editable=False, null=True)),
                        ("ends_at", models.DateTimeField(editable=False, null=True)),
                        ("activated_at", models.DateTimeField(editable=False, null=True)),
                        ("closed_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "close_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("cancelled", "Cancelled"),
                                    ("lost", "Lost"),
                                    ("stolen", "Stolen"),
                                    ("replaced", "Replaced"),
                                    ("expired", "Expired"),
                                    ("used", "Used once"),
                                    ("ended", "Its time is over"),
                                    ("left", "Holder left"),
                                ],
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        (
                            "issuer_status",
                            models.CharField(
                                blank=True,
                                choices=[("active", "Active"), ("frozen", "Frozen"), ("closed", "Closed")],
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "name", "id"], name="card_by_name")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("issuer_reference", ""), _negated=True),
                                fields=("issuer", "issuer_reference"),
                                name="card_reference_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["virtual", "physical", "vendor", "temporary", "single_use"])
                                ),
                                name="card_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["issuing", "pending", "active", "closed"])),
                                name="card_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("last_four__regex", "^([0-9]{4})?$")), name="card_last_four_digits"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "pending"), _negated=True), ("kind", "physical"), _connector="OR"
                                ),
                                name="card_pending_is_plastic",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ends_at__gt", models.F("starts_at")),
                                        ("kind", "temporary"),
                                        ("starts_at__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "temporary"), _negated=True),
                                        ("ends_at__isnull", True),
                                        ("starts_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="card_temporary_has_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("state", "closed"),
                                        models.Q(("close_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "closed"), _negated=True),
                                        ("close_reason", ""),
                                        ("closed_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="card_closed_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "close_reason__in",
                                        [
                                            "",
                                            "cancelled",
                                            "lost",
                                            "stolen",
                                            "replaced",
                                            "expired",
                                            "used",
                                            "ended",
                                            "left",
                                        ],
                                    )
                                ),
                                name="card_close_reason_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("issuer_status__in", ["", "active", "frozen", "closed"])),
                                name="card_issuer_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("head__isnull", True), ("replaces__isnull", True)),
                                    models.Q(
                                        ("head__isnull", False),
                                        ("replaces__isnull", False),
                                        models.Q(("replaces", models.F("id")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="card_chain_has_head",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardBulk",
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
                                    ("freeze", "Freeze"),
                                    ("thaw", "Thaw"),
                                    ("close", "Close for good"),
                                    ("follow", "Follow a policy"),
                                    ("undo", "Undo"),
                                ],
                                max_length=6,
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
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cards.cardtemplate",
                            ),
                        ),
                        (
                            "undo_of",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="cards.cardbulk",
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
                                name="card_bulk_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("act__in", ["freeze", "thaw", "close", "follow", "undo"])),
                                name="card_bulk_act_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                                name="card_bulk_status_known",
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
                                name="card_bulk_within_total",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "undo"), ("undo_of__isnull", False)),
                                    models.Q(models.Q(("act", "undo"), _negated=True), ("undo_of__isnull", True)),
                                    _connector="OR",
                                ),
                                name="card_bulk_undo_of",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "follow"), ("template__isnull", False)),
                                    models.Q(models.Q(("act", "follow"), _negated=True), ("template__isnull", True)),
                                    _connector="OR",
                                ),
                                name="card_bulk_follows_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Authorization",
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
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="authorizations",
                                to="cards.card",
                            ),
                        ),
                        (
                            "hold",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="authorization",
                                to="wallet.hold",
                            ),
                        ),
                        ("issuer", models.CharField(max_length=20)),
                        ("issuer_reference", models.CharField(max_length=80)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("merchant_amount", models.BigIntegerField()),
                        ("merchant_currency", models.CharField(max_length=3)),
                        ("merchant_name", models.CharField(max_length=120)),
                        ("merchant_id", models.CharField(blank=True, max_length=60)),
                        ("merchant_category_code", models.CharField(blank=True, max_length=4)),
                        ("merchant_city", models.CharField(blank=True, max_length=60)),
                        ("merchant_country", models.CharField(blank=True, max_length=2)),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("online", "Online"),
                                    ("chip", "Chip and PIN"),
                                    ("contactless", "Contactless"),
                                    ("cash", "Cash machine"),
                                    ("other", "Other"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("checks", models.JSONField(default=list)),
                        (
                            "our_answer",
                            models.CharField(
                                blank=True,
                                choices=[("approved", "Approved"), ("declined", "Declined"), ("late", "Too late")],
                                max_length=10,
                            ),
                        ),
                        ("granted_amount", models.BigIntegerField(null=True)),
                        ("decision_ms", models.PositiveIntegerField(editable=False, null=True)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("approved", "Approved"), ("declined", "Declined")], max_length=10
                            ),
                        ),
                        (
                            "decided_by",
                            models.CharField(
                                choices=[
                                    ("us", "Pleo"),
                                    ("issuer", "Card issuer"),
                                    ("stand_in", "Stand-in"),
                                    ("fallback", "Fallback after a timeout"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("decline_reason", models.CharField(blank=True, max_length=40)),
                        ("authorized_total", models.BigIntegerField(default=0)),
                        ("reversed_total", models.BigIntegerField(default=0)),
                        ("cleared_total", models.BigIntegerField(default=0)),
                        ("returned_total", models.BigIntegerField(default=0)),
                        ("open_amount", models.BigIntegerField(default=0)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Reserved"),
                                    ("declined", "Declined"),
                                    ("closed", "Settled"),
                                    ("reversed", "Released"),
                                    ("expired", "Expired"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("occurred_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(null=True)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-occurred_at", "-id"], name="authorization_by_time"),
                            models.Index(fields=["card", "-occurred_at"], name="authorization_by_card"),
                            models.Index(
                                condition=models.Q(("outcome", "declined")),
                                fields=["company", "-occurred_at"],
                                name="authorization_declines",
                            ),
                            models.Index(
                                condition=models.Q(("open_amount__gt", 0)),
                                fields=["expires_at"],
                                name="authorization_expiring",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("issuer", "issuer_reference"), name="authorization_reference_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gte", 0),
                                    ("authorized_total__gte", 0),
                                    ("cleared_total__gte", 0),
                                    ("merchant_amount__gte", 0),
                                    ("open_amount__gte", 0),
                                    ("returned_total__gte", 0),
                                    ("reversed_total__gte", 0),
                                ),
                                name="authorization_amounts_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "declined"), _negated=True),
                                    ("open_amount", 0),
                                    _connector="OR",
                                ),
                                name="authorization_declined_holds_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["approved", "declined"])),
                                name="authorization_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("our_answer__in", ["", "approved", "declined", "late"])),
                                name="authorization_our_answer_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by__in", ["us", "issuer", "stand_in", "fallback"])),
                                name="authorization_decided_by_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["pending", "declined", "closed", "reversed", "expired"])
                                ),
                                name="authorization_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("channel__in", ["online", "chip", "contactless", "cash", "other"])),
                                name="authorization_channel_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="authorization_currency_iso"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("merchant_currency__regex", "^[A-Z]{3}$")),
                                name="authorization_merchant_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardBatchRow",
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
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="cards.cardbatch"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("wanted", models.JSONField(default=dict)),
                        (
                            "cardholder",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("problems", models.JSONField(default=list)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("wrong", "Cannot be made"),
                                    ("ready", "Ready"),
                                    ("made", "Made"),
                                    ("failed", "Not made"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "card",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batch_row",
                                to="cards.card",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "ready")),
                                fields=["batch", "number"],
                                name="card_batch_row_ready",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("batch", "number"), name="card_batch_row_once"),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["wrong", "ready", "made", "failed"])),
                                name="card_batch_row_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("card__isnull", False), ("status", "made")),
                                    models.Q(models.Q(("status", "made"), _negated=True), ("card__isnull", True)),
                                    _connector="OR",
                                ),
                                name="card_batch_row_made_has_card",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardBulkRow",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="cards.cardbulk"
                            ),
                        ),
                        (
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cards.card"
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
                        ("before", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["bulk", "state", "id"], name="card_bulk_row_by_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bulk", "card"), name="card_bulk_row_once"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "done", "skipped"])),
                                name="card_bulk_row_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="cards.card"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("paying", "Are you paying this?"), ("was_you", "Was this you?")], max_length=8
                            ),
                        ),
                        ("issuer", models.CharField(max_length=20)),
                        ("issuer_reference", models.CharField(max_length=80)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("merchant_name", models.CharField(max_length=120)),
                        ("merchant_country", models.CharField(blank=True, max_length=2)),
                        ("asked_at", models.DateTimeField()),
                        ("deadline", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Waiting for you"),
                                    ("approved", "Yes, it was me"),
                                    ("denied", "No, it was not me"),
                                    ("expired", "Not answered in time"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("answered_at", models.DateTimeField(editable=False, null=True)),
                        ("told_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-asked_at", "-id"], name="consent_by_time"),
                            models.Index(
                                condition=models.Q(("status", "open")), fields=["deadline"], name="consent_waiting"
                            ),
                            models.Index(
                                condition=models.Q(("told_at__isnull", True)), fields=["id"], name="consent_untold"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("issuer", "issuer_reference"), name="consent_reference_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["paying", "was_you"])), name="consent_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "approved", "denied", "expired"])),
                                name="consent_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="consent_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("deadline__gt", models.F("asked_at"))),
                                name="consent_deadline_after_question",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at__isnull", True), ("status", "open")),
                                    models.Q(("answered_at__isnull", True), ("status", "expired")),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("answered_at__lt", models.F("deadline")),
                                        ("status__in", ["approved", "denied"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="consent_answered_in_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="consent_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Control",
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
                            "card",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="controls",
                                to="cards.card",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="controls",
                                to="cards.cardtemplate",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("category", "What is bought"),
                                    ("merchant", "Merchants"),
                                    ("first_shop", "First merchant"),
                                    ("country", "Countries"),
                                    ("weekday", "Days"),
                                    ("hours", "Hours"),
                                    ("channel", "How"),
                                    ("amount", "Amounts"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[("allow", "Only these"), ("block", "All but these")], max_length=5
                            ),
                        ),
                        ("values", models.JSONField(default=list)),
                        ("note", models.CharField(blank=True, max_length=120)),
                        ("shadow", models.BooleanField(default=False)),
                        (
                            "set_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("set_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("card__isnull", False), ("template__isnull", True)),
                                    models.Q(("card__isnull", True), ("template__isnull", False)),
                                    _connector="OR",
                                ),
                                name="control_one_owner",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("card", "kind", "shadow"),
                                name="control_card_live_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("template", "kind", "shadow"),
                                name="control_template_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "category",
                                            "merchant",
                                            "first_shop",
                                            "country",
                                            "weekday",
                                            "hours",
                                            "channel",
                                            "amount",
                                        ],
                                    )
                                ),
                                name="control_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ["allow", "block"])), name="control_mode_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Freeze",
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
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="freezes", to="cards.card"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("holder", "Cardholder"),
                                    ("admin", "Finance"),
                                    ("lock", "Missing receipts"),
                                    ("issuer", "Card issuer"),
                                    ("leaving", "Leaving the company"),
                                ],
                                max_length=8,
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
                        ("reason", models.CharField(blank=True, max_length=200)),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "ended_by",
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
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("card", "source"),
                                name="freeze_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["holder", "admin", "lock", "issuer", "leaving"])),
                                name="freeze_source_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IssuerCopy",
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
                            "card",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="issuer_copy", to="cards.card"
                            ),
                        ),
                        ("controls", models.JSONField(default=dict, editable=False)),
                        ("sent_at", models.DateTimeField(editable=False, null=True)),
                        ("refused", models.CharField(blank=True, editable=False, max_length=80)),
                        ("told", models.JSONField(default=dict, editable=False)),
                        ("told_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Limit",
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
                            "card",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="limits",
                                to="cards.card",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="limits",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="limits",
                                to="cards.cardtemplate",
                            ),
                        ),
                        (
                            "interval",
                            models.CharField(
                                choices=[
                                    ("purchase", "Each purchase"),
                                    ("day", "Each day"),
                                    ("week", "Each week"),
                                    ("month", "Each month"),
                                    ("quarter", "Each quarter"),
                                    ("year", "Each year"),
                                    ("total", "In all"),
                                    ("cash", "Each cash withdrawal"),
                                    ("cash_day", "Cash each day"),
                                    ("cash_month", "Cash each month"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("hard", models.BooleanField(default=True)),
                        ("shadow", models.BooleanField(default=False)),
                        ("starts_at", models.DateTimeField(null=True)),
                        ("ends_at", models.DateTimeField(null=True)),
                        (
                            "set_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("set_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("card__isnull", False),
                                        ("membership__isnull", True),
                                        ("template__isnull", True),
                                    ),
                                    models.Q(
                                        ("card__isnull", True),
                                        ("membership__isnull", False),
                                        ("template__isnull", True),
                                    ),
                                    models.Q(
                                        ("card__isnull", True),
                                        ("membership__isnull", True),
                                        ("template__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_one_owner",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True), ("ends_at__isnull", True)),
                                fields=("card", "interval", "shadow"),
                                name="limit_card_live_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True), ("ends_at__isnull", True)),
                                fields=("membership", "interval", "shadow"),
                                name="limit_person_live_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True), ("ends_at__isnull", True)),
                                fields=("template", "interval", "shadow"),
                                name="limit_template_live_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ends_at__isnull", True), ("starts_at__isnull", True)),
                                    models.Q(
                                        ("ends_at__gt", models.F("starts_at")),
                                        ("ends_at__isnull", False),
                                        ("shadow", False),
                                        ("starts_at__isnull", False),
                                        ("template__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="limit_raise_has_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="limit_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "interval__in",
                                        [
                                            "purchase",
                                            "day",
                                            "week",
                                            "month",
                                            "quarter",
                                            "year",
                                            "total",
                                            "cash",
                                            "cash_day",
                                            "cash_month",
                                        ],
                                    )
                                ),
                                name="limit_interval_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="limit_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LimitUse",
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
                            "card",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="cards.card",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="limit_uses",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "interval",
                            models.CharField(
                                choices=[
                                    ("purchase", "Each purchase"),
                                    ("day", "Each day"),
                                    ("week", "Each week"),
                                    ("month", "Each month"),
                                    ("quarter", "Each quarter"),
                                    ("year", "Each year"),
                                    ("total", "In all"),
                                    ("cash", "Each cash withdrawal"),
                                    ("cash_day", "Cash each day"),
                                    ("cash_month", "Cash each month"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("window_start", models.DateField()),
                        ("used", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("card__isnull", False), ("membership__isnull", True)),
                                    models.Q(("card__isnull", True), ("membership__isnull", False)),
                                    _connector="OR",
                                ),
                                name="limit_use_one_owner",
                            ),
                            models.UniqueConstraint(
                                fields=("card", "interval", "window_start"), name="limit_use_card_once"
                            ),
                            models.UniqueConstraint(
                                fields=("membership", "interval", "window_start"), name="limit_use_person_once"
                            ),
                            models.CheckConstraint(condition=models.Q(("used__gte", 0)), name="limit_use_not_negative"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Plastic",
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
                            "card",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="plastic", to="cards.card"
                            ),
                        ),
                        ("recipient", models.CharField(max_length=80, verbose_name="name on the letter")),
                        ("line1", models.CharField(max_length=80, verbose_name="street and number")),
                        ("line2", models.CharField(blank=True, max_length=80, verbose_name="company or floor")),
                        ("postal_code", models.CharField(max_length=16, verbose_name="postal code")),
                        ("city", models.CharField(max_length=60, verbose_name="city")),
                        ("country", models.CharField(max_length=2, verbose_name="country")),
                        (
                            "shipping",
                            models.CharField(
                                choices=[
                                    ("ordered", "Ordered"),
                                    ("produced", "Printed"),
                                    ("shipped", "On its way"),
                                    ("delivered", "Delivered"),
                                    ("returned", "Came back"),
                                    ("failed", "Lost in the post"),
                                ],
                                default="ordered",
                                max_length=10,
                            ),
                        ),
                        ("tracking", models.CharField(blank=True, max_length=80)),
                        ("ordered_at", models.DateTimeField()),
                        ("produced_at", models.DateTimeField(null=True)),
                        ("shipped_at", models.DateTimeField(null=True)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        (
                            "pin",
                            models.CharField(
                                choices=[("not_set", "Not set"), ("set", "Set"), ("blocked", "Blocked")],
                                default="not_set",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "shipping__in",
                                        ["ordered", "produced", "shipped", "delivered", "returned", "failed"],
                                    )
                                ),
                                name="plastic_shipping_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pin__in", ["not_set", "set", "blocked"])), name="plastic_pin_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="plastic_country_iso"
                            ),
                            models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="plastic_tries_bounded"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("shipping", "delivered"), _negated=True),
                                    ("delivered_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="plastic_delivered_has_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
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
                            "card",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscription",
                                to="cards.card",
                            ),
                        ),
                        ("merchant", models.CharField(blank=True, max_length=120, verbose_name="merchant")),
                        (
                            "period",
                            models.CharField(
                                choices=[
                                    ("week", "Each week"),
                                    ("month", "Each month"),
                                    ("quarter", "Each quarter"),
                                    ("year", "Each year"),
                                    ("irregular", "Now and then"),
                                ],
                                default="month",
                                max_length=10,
                            ),
                        ),
                        ("amount", models.BigIntegerField(default=0)),
                        ("currency", models.CharField(max_length=3)),
                        ("renews_on", models.DateField(null=True)),
                        ("anchor", models.PositiveSmallIntegerField(editable=False, null=True)),
                        ("paid_on", models.DateField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "renews_on", "id"], name="subscription_by_day")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("period__in", ["week", "month", "quarter", "year", "irregular"])),
                                name="subscription_period_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="subscription_amount_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("anchor__isnull", True),
                                    models.Q(("anchor__gte", 1), ("anchor__lte", 31)),
                                    _connector="OR",
                                ),
                                name="subscription_anchor_is_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="subscription_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Allowance",
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
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="allowances", to="cards.card"
                            ),
                        ),
                        (
                            "refused",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allowances",
                                to="cards.authorization",
                            ),
                        ),
                        ("codes", models.JSONField()),
                        ("merchant_name", models.CharField(max_length=120)),
                        ("merchant_id", models.CharField(blank=True, max_length=60)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                        ("used_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "used_by",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allowance",
                                to="cards.authorization",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("used_at__isnull", True), ("withdrawn_at__isnull", True)),
                                fields=["card"],
                                name="allowance_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("used_at__isnull", True), ("withdrawn_at__isnull", True)),
                                fields=("refused",),
                                name="allowance_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="allowance_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("used_at__isnull", True), ("used_by__isnull", True)),
                                    models.Q(("used_at__isnull", False), ("used_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="allowance_use_is_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="allowance_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardRequest",
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
                                    ("raise", "Higher limit"),
                                    ("new_card", "New card"),
                                    ("allow_once", "Allow once"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Waiting"),
                                    ("granted", "Granted"),
                                    ("refused", "Not granted"),
                                    ("withdrawn", "Taken back"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="card_requests",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "card",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="cards.card",
                            ),
                        ),
                        (
                            "authorization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="cards.authorization",
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=60)),
                        (
                            "interval",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("purchase", "Each purchase"),
                                    ("day", "Each day"),
                                    ("week", "Each week"),
                                    ("month", "Each month"),
                                    ("quarter", "Each quarter"),
                                    ("year", "Each year"),
                                    ("total", "In all"),
                                    ("cash", "Each cash withdrawal"),
                                    ("cash_day", "Cash each day"),
                                    ("cash_month", "Cash each month"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("reason", models.CharField(max_length=300)),
                        ("asked_at", models.DateTimeField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                        ("comment", models.CharField(blank=True, editable=False, max_length=300)),
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
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "-asked_at", "-id"], name="request_by_time")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "raise"), ("status", "open")),
                                fields=("card",),
                                name="request_raise_open_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "new_card"), ("status", "open")),
                                fields=("asked_by",),
                                name="request_card_open_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "allow_once"), ("status", "open")),
                                fields=("authorization",),
                                name="request_once_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["raise", "new_card", "allow_once"])),
                                name="request_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "granted", "refused", "withdrawn"])),
                                name="request_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("card__isnull", False),
                                        (
                                            "interval__in",
                                            [
                                                "purchase",
                                                "day",
                                                "week",
                                                "month",
                                                "quarter",
                                                "year",
                                                "total",
                                                "cash",
                                                "cash_day",
                                                "cash_month",
                                            ],
                                        ),
                                        ("kind", "raise"),
                                    ),
                                    models.Q(
                                        ("card__isnull", True),
                                        ("kind", "new_card"),
                                        models.Q(("name", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("authorization__isnull", False),
                                        ("card__isnull", False),
                                        ("kind", "allow_once"),
                                    ),
                                    _connector="OR",
                                ),
                                name="request_says_what",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True), ("decided_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="request_decided_has_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="request_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="request_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Clearing",
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
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="clearings", to="cards.card"
                            ),
                        ),
                        (
                            "authorization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clearings",
                                to="cards.authorization",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("purchase", "Purchase"),
                                    ("cash", "Cash withdrawal"),
                                    ("refund", "Refund"),
                                    ("refund_reversal", "Refund taken back"),
                                    ("correction_debit", "Correction"),
                                    ("correction_credit", "Correction"),
                                    ("chargeback", "Disputed purchase returned"),
                                    ("chargeback_reversal", "Disputed purchase charged again"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("issuer", models.CharField(max_length=20)),
                        ("issuer_reference", models.CharField(max_length=80)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("merchant_amount", models.BigIntegerField()),
                        ("merchant_currency", models.CharField(max_length=3)),
                        ("fee_amount", models.BigIntegerField(default=0)),
                        ("rate", models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                        ("original_reference", models.CharField(blank=True, max_length=80)),
                        (
                            "original",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="cards.clearing",
                            ),
                        ),
                        ("merchant_name", models.CharField(max_length=120)),
                        ("merchant_category_code", models.CharField(blank=True, max_length=4)),
                        ("merchant_country", models.CharField(blank=True, max_length=2)),
                        ("cleared_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-cleared_at"], name="clearing_by_time"),
                            models.Index(
                                condition=models.Q(
                                    ("original__isnull", True), models.Q(("original_reference", ""), _negated=True)
                                ),
                                fields=["issuer", "original_reference"],
                                name="clearing_orphan",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("issuer", "issuer_reference"), name="clearing_reference_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0), ("merchant_amount__gt", 0)),
                                name="clearing_amount_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fee_amount__gte", 0), ("fee_amount__lte", models.F("amount"))),
                                name="clearing_fee_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("original", models.F("id")), _negated=True),
                                name="clearing_corrects_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "purchase",
                                            "cash",
                                            "refund",
                                            "refund_reversal",
                                            "correction_debit",
                                            "correction_credit",
                                            "chargeback",
                                            "chargeback_reversal",
                                        ],
                                    )
                                ),
                                name="clearing_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="clearing_currency_iso"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("merchant_currency__regex", "^[A-Z]{3}$")),
                                name="clearing_merchant_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IssuerMessage",
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
                            "company",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.company",
                            ),
                        ),
                        ("issuer", models.CharField(max_length=20)),
                        ("message_id", models.CharField(max_length=120)),
                        ("kind", models.CharField(max_length=20)),
                        ("card_reference", models.CharField(blank=True, max_length=80)),
                        ("authorization_reference", models.CharField(blank=True, max_length=80)),
                        ("reference", models.CharField(blank=True, max_length=80)),
                        ("amount", models.BigIntegerField(null=True)),
                        ("currency", models.CharField(blank=True, default="", max_length=3)),
                        ("is_final", models.BooleanField(default=False)),
                        ("outcome", models.CharField(blank=True, max_length=10)),
                        ("details", models.JSONField(default=dict)),
                        ("occurred_at", models.DateTimeField()),
                        ("sequence", models.BigIntegerField(default=0)),
                        ("raw", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                        ("raw_hmac", models.CharField(max_length=64)),
                        (
                            "authorization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="cards.authorization",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("received", "Received"),
                                    ("processing", "In work"),
                                    ("waiting", "Waiting for its original"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="received",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["issuer", "authorization_reference"], name="message_by_authorization"),
                            models.Index(
                                condition=models.Q(("status", "done"), _negated=True),
                                fields=["created_at"],
                                name="message_open",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("authorization__isnull", True),
                                    models.Q(("authorization_reference", ""), _negated=True),
                                ),
                                fields=["issuer", "authorization_reference"],
                                name="message_orphan",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("issuer", "message_id"), name="message_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "authorization",
                                            "increment",
                                            "advice",
                                            "single_message",
                                            "reversal",
                                            "expiry",
                                            "clearing",
                                            "refund_authorization",
                                            "refund",
                                            "refund_reversal",
                                            "chargeback",
                                            "second_presentment",
                                            "correction_debit",
                                            "correction_credit",
                                            "dispute",
                                            "balance_inquiry",
                                            "card",
                                            "holder",
                                            "consent",
                                            "top_up",
                                            "unknown",
                                        ],
                                    )
                                ),
                                name="message_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["received", "processing", "waiting", "done", "failed"])
                                ),
                                name="message_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__isnull", True), ("amount__gte", 0), _connector="OR"),
                                name="message_amount_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency__regex", "^[A-Z]{3}$"),
                                    ("currency", ""),
                                    ("currency__isnull", True),
                                    _connector="OR",
                                ),
                                name="message_currency_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispute",
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
                            "clearing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="cards.clearing",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("fraud", "Nobody of us bought this"),
                                    ("not_received", "It never arrived"),
                                    ("not_as_described", "It is not what was sold"),
                                    ("duplicate", "Charged twice"),
                                    ("wrong_amount", "The amount is wrong"),
                                    ("cancelled", "It was cancelled before"),
                                    ("no_refund", "A promised refund never came"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("explanation", models.CharField(blank=True, max_length=2000)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("opened", "Being sent"),
                                    ("submitted", "With the card issuer"),
                                    ("credited", "Credited for now"),
                                    ("contested", "The shop objects"),
                                    ("won", "Won"),
                                    ("lost", "Lost"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="opened",
                                max_length=10,
                            ),
                        ),
                        ("credited", models.BigIntegerField(default=0)),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="accounts.membership",
                            ),
                        ),
                        ("issuer", models.CharField(editable=False, max_length=20)),
                        ("issuer_reference", models.CharField(blank=True, editable=False, max_length=80)),
                        ("closed_at", models.DateTimeField(editable=False, null=True)),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-id"], name="dispute_newest"),
                            models.Index(fields=["company", "status", "-id"], name="dispute_by_status"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["won", "lost", "withdrawn"]), _negated=True),
                                fields=("clearing",),
                                name="dispute_open_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("issuer_reference", ""), _negated=True),
                                fields=("issuer", "issuer_reference"),
                                name="dispute_reference_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="dispute_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("credited__gte", 0), ("credited__lte", models.F("amount"))),
                                name="dispute_credit_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    ("status__in", ["won", "lost", "withdrawn"]),
                                    _connector="OR",
                                ),
                                name="dispute_closed_has_result",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "fraud",
                                            "not_received",
                                            "not_as_described",
                                            "duplicate",
                                            "wrong_amount",
                                            "cancelled",
                                            "no_refund",
                                            "other",
                                        ],
                                    )
                                ),
                                name="dispute_reason_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["opened", "submitted", "credited", "contested", "won", "lost", "withdrawn"],
                                    )
                                ),
                                name="dispute_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="dispute_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Drift",
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
                        ("issuer", models.CharField(editable=False, max_length=20)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("card_status", "State of a card"),
                                    ("card_details", "Number or expiry of a card"),
                                    ("card_not_theirs", "Card unknown to the issuer"),
                                    ("card_not_ours", "Card unknown here"),
                                    ("missed", "News that did not arrive"),
                                    ("unreadable", "News that cannot be read"),
                                    ("funds_short", "Money at the issuer"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("reference", models.CharField(editable=False, max_length=120)),
                        (
                            "card",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drifts",
                                to="cards.card",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cards.issuermessage",
                            ),
                        ),
                        ("ours", models.JSONField(default=dict, editable=False)),
                        ("theirs", models.JSONField(default=dict, editable=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("noted", "Noted"), ("over", "Over")],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("found_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField()),
                        (
                            "noted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "ended_how",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("took_theirs", "Theirs was taken"),
                                    ("sent_ours", "Ours was sent again"),
                                    ("took_in", "It was taken in"),
                                    ("by_itself", "It no longer differs"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["company", "-found_at", "-id"], name="drift_by_time")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "over"), _negated=True),
                                fields=("company", "kind", "reference"),
                                name="drift_stands_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "card_status",
                                            "card_details",
                                            "card_not_theirs",
                                            "card_not_ours",
                                            "missed",
                                            "unreadable",
                                            "funds_short",
                                        ],
                                    )
                                ),
                                name="drift_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "noted", "over"])), name="drift_state_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state", "over"),
                                        models.Q(("ended_how", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "over"), _negated=True),
                                        ("ended_at__isnull", True),
                                        ("ended_by__isnull", True),
                                        ("ended_how", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="drift_over_says_how",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_how__in", ["", "took_theirs", "sent_ours", "took_in", "by_itself"])
                                ),
                                name="drift_end_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceChange",
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
                            "subscription",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="cards.subscription",
                            ),
                        ),
                        (
                            "clearing",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="price_change",
                                to="cards.clearing",
                            ),
                        ),
                        ("before", models.BigIntegerField()),
                        ("after", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("seen_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "seen_by",
                            models.ForeignKey(
                                editable=False,
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
                                condition=models.Q(
                                    ("after__gt", 0),
                                    ("before__gt", 0),
                                    models.Q(("before", models.F("after")), _negated=True),
                                ),
                                name="price_change_is_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="price_change_currency_iso"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeEvidence",
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
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="cards.dispute"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("media_type", models.CharField(max_length=40)),
                        ("size", models.PositiveIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("key", models.CharField(max_length=200)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("dispute", "sha256"), name="dispute_evidence_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeStep",
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
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="cards.dispute"
                            ),
                        ),
                        ("word", models.CharField(max_length=20)),
                        ("amount", models.BigIntegerField(default=0)),
                        ("occurred_at", models.DateTimeField()),
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
                            "message",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dispute_step",
                                to="cards.issuermessage",
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["dispute", "occurred_at"], name="dispute_step_by_time")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "word__in",
                                        [
                                            "opened",
                                            "submitted",
                                            "provisional_credit",
                                            "chargeback",
                                            "second_presentment",
                                            "won",
                                            "lost",
                                            "withdrawn",
                                        ],
                                    )
                                ),
                                name="dispute_step_word_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="dispute_step_amount_not_negative"
                            ),
                        ],
                    },
                ),
            ],
        ),
        *trigram_index("decline_search_text_trigrams", "cards_authorization", "outcome = 'declined'"),
    ]
