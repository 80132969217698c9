"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids
import pleo.lib.migrating
from pleo.lib.search_index import trigram_index


class Migration(migrations.Migration):
    replaces = [
        ("receipts", "0001_initial"),
        ("receipts", "0002_alike_key"),
        ("receipts", "0003_signed_papers"),
        ("receipts", "0004_mail"),
        ("receipts", "0005_direct_uploads"),
        ("receipts", "0006_virus_scan"),
        ("receipts", "0007_erasures"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0003_receipt_mails"),
    ]

    operations = [
        pleo.lib.migrating.CreateModels(
            operations=[
                migrations.CreateModel(
                    name="InboundMail",
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
                                editable=False,
                                null=True,
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
                                related_name="inbound_mails",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "door",
                            models.CharField(
                                choices=[
                                    ("hook", "From the mail provider"),
                                    ("imap", "From the mailbox"),
                                    ("folder", "From the folder"),
                                    ("command", "By hand"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("door_ref", models.CharField(blank=True, editable=False, max_length=200)),
                        ("recipient", models.CharField(blank=True, max_length=254)),
                        ("sender", models.CharField(blank=True, max_length=254)),
                        ("subject", models.CharField(blank=True, max_length=200)),
                        ("message_id", models.CharField(blank=True, max_length=250)),
                        ("size", models.PositiveBigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("key", models.CharField(blank=True, editable=False, max_length=200)),
                        ("received_at", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("received", "Waiting"),
                                    ("processing", "Being opened"),
                                    ("taken", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="received",
                                max_length=12,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("receipts", "Receipts added"),
                                    ("partly", "Partly added"),
                                    ("repeated", "Came before"),
                                    ("nothing", "Nothing usable"),
                                    ("refused", "Files refused"),
                                    ("encrypted", "Encrypted"),
                                    ("too_large", "Too large"),
                                    ("broken", "Damaged"),
                                    ("automatic", "Automatic reply"),
                                    ("stranger", "Unknown sender"),
                                    ("unproven", "Sender not proven"),
                                    ("ambiguous", "Several companies"),
                                    ("old_address", "Old address"),
                                    ("left", "May not add receipts"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-received_at", "-id"], name="inbound_mail_by_time"),
                            models.Index(fields=["membership", "-received_at"], name="inbound_mail_by_person"),
                            models.Index(
                                condition=models.Q(("company__isnull", True)),
                                fields=["sender"],
                                name="inbound_mail_homeless",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["received", "processing"])),
                                fields=["created_at"],
                                name="inbound_mail_open",
                            ),
                            models.Index(
                                condition=models.Q(("key", ""), _negated=True),
                                fields=["received_at"],
                                name="inbound_mail_kept",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("recipient", "sha256"), name="inbound_mail_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("door_ref", ""), _negated=True),
                                fields=("door_ref",),
                                name="inbound_mail_ref_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("membership__isnull", True), ("company__isnull", False), _connector="OR"
                                ),
                                name="inbound_mail_person_has_company",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status", "taken"), ("outcome", ""), _connector="OR"),
                                name="inbound_mail_outcome_when_taken",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["received", "processing", "taken", "failed"])),
                                name="inbound_mail_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome", ""),
                                    (
                                        "outcome__in",
                                        [
                                            "receipts",
                                            "partly",
                                            "repeated",
                                            "nothing",
                                            "refused",
                                            "encrypted",
                                            "too_large",
                                            "broken",
                                            "automatic",
                                            "stranger",
                                            "unproven",
                                            "ambiguous",
                                            "old_address",
                                            "left",
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="inbound_mail_outcome_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
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
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="accounts.membership",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("web", "Uploaded"),
                                    ("phone", "Photographed"),
                                    ("mail", "By e-mail"),
                                    ("api", "By API"),
                                    ("declared", "Signed instead of a receipt"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("client_key", models.CharField(max_length=64)),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        ("media_type", models.CharField(max_length=60)),
                        ("size", models.PositiveBigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("image_hash", models.CharField(blank=True, editable=False, max_length=64)),
                        ("alike_key", models.CharField(blank=True, editable=False, max_length=60)),
                        ("key", models.CharField(editable=False, max_length=200, unique=True)),
                        ("page_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("received", "Waiting to be read"),
                                    ("processing", "Being read"),
                                    ("ready", "Read"),
                                    ("unreadable", "Could not be read"),
                                ],
                                default="received",
                                max_length=12,
                            ),
                        ),
                        ("ready_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "scan",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not scanned"),
                                    ("clean", "No virus found"),
                                    ("infected", "Carries a virus"),
                                ],
                                default="",
                                editable=False,
                                max_length=8,
                            ),
                        ),
                        ("search_text", models.TextField(blank=True, editable=False)),
                        ("erased_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["company", "-created_at", "-id"], name="receipt_by_time"),
                            models.Index(fields=["company", "sha256"], name="receipt_by_content"),
                            models.Index(
                                condition=models.Q(("alike_key", ""), _negated=True),
                                fields=["company", "alike_key"],
                                name="receipt_by_facts",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["received", "processing"])),
                                fields=["created_at"],
                                name="receipt_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("uploaded_by", "client_key"), name="receipt_client_key_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["received", "processing", "ready", "unreadable"])),
                                name="receipt_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["web", "phone", "mail", "api", "declared"])),
                                name="receipt_source_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("scan__in", ["", "clean", "infected"])), name="receipt_scan_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="receipt_sha256_hex"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceivingAddress",
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
                                related_name="receiving_addresses",
                                to="accounts.membership",
                            ),
                        ),
                        ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        ("replaced_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("replaced_at__isnull", True)),
                                fields=("membership",),
                                name="receiving_address_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SenderAddress",
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
                                related_name="sender_addresses",
                                to="accounts.membership",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                        ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        ("expires_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(editable=False, null=True)),
                        ("verified_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)),
                                fields=["id"],
                                name="sender_address_unsent",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("membership", "email"), name="sender_address_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("verified_at__isnull", False)),
                                fields=("email",),
                                name="sender_address_believed_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DirectUpload",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="direct_uploads",
                                to="accounts.membership",
                            ),
                        ),
                        ("client_key", models.CharField(max_length=64)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("web", "Uploaded"),
                                    ("phone", "Photographed"),
                                    ("mail", "By e-mail"),
                                    ("api", "By API"),
                                    ("declared", "Signed instead of a receipt"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        ("size", models.PositiveBigIntegerField()),
                        ("key", models.CharField(editable=False, max_length=200, unique=True)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "receipt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="direct_uploads",
                                to="receipts.receipt",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expires_at"], name="direct_upload_by_end")],
                        "constraints": [
                            models.UniqueConstraint(fields=("by", "client_key"), name="direct_upload_client_key_once"),
                            models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="direct_upload_has_bytes"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure",
                                to="receipts.receipt",
                            ),
                        ),
                        (
                            "rule",
                            models.CharField(
                                choices=[("retention", "Its time was over"), ("by_hand", "Deleted by a person")],
                                max_length=10,
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
                        ("day", models.DateField(null=True)),
                        ("amount", models.BigIntegerField(null=True)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("due_on", models.DateField(null=True)),
                        ("started_at", models.DateTimeField()),
                        ("removing_at", models.DateTimeField(null=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("finished_at__isnull", True)), fields=["id"], name="erasure_open"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rule__in", ["retention", "by_hand"])), name="erasure_rule_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency__regex", "^[A-Z]{3}$"),
                                    ("currency", ""),
                                    ("currency__isnull", True),
                                    _connector="OR",
                                ),
                                name="erasure_currency_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__isnull", True), ("currency", "")),
                                    models.Q(("amount__isnull", False), models.Q(("currency", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="erasure_money_pair",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("removed_at__isnull", True), ("removing_at__isnull", False), _connector="OR"
                                    ),
                                    models.Q(
                                        ("finished_at__isnull", True), ("removed_at__isnull", False), _connector="OR"
                                    ),
                                ),
                                name="erasure_steps_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("rule", "by_hand"), _negated=True), ("by__isnull", False), _connector="OR"
                                ),
                                name="erasure_by_hand_has_by",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailAnswer",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "mail",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="answer",
                                to="receipts.inboundmail",
                            ),
                        ),
                        ("to", models.EmailField(max_length=254)),
                        (
                            "code",
                            models.CharField(
                                choices=[
                                    ("receipts", "Receipts added"),
                                    ("partly", "Partly added"),
                                    ("repeated", "Came before"),
                                    ("nothing", "Nothing usable"),
                                    ("refused", "Files refused"),
                                    ("encrypted", "Encrypted"),
                                    ("too_large", "Too large"),
                                    ("broken", "Damaged"),
                                    ("automatic", "Automatic reply"),
                                    ("stranger", "Unknown sender"),
                                    ("unproven", "Sender not proven"),
                                    ("ambiguous", "Several companies"),
                                    ("old_address", "Old address"),
                                    ("left", "May not add receipts"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("to_stranger", models.BooleanField(default=False)),
                        ("day", models.DateField()),
                        ("params", models.JSONField(default=dict)),
                        ("sent_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)), fields=["id"], name="mail_answer_unsent"
                            ),
                            models.Index(fields=["to", "day"], name="mail_answer_by_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("to_stranger", True)),
                                fields=("to", "day"),
                                name="mail_answer_stranger_daily",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailPart",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "mail",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parts",
                                to="receipts.inboundmail",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        (
                            "receipt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="mail_parts",
                                to="receipts.receipt",
                            ),
                        ),
                        ("refusal", models.JSONField(null=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("mail", "number"), name="mail_part_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Page",
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="pages", to="receipts.receipt"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("image_key", models.CharField(max_length=200)),
                        ("thumbnail_key", models.CharField(max_length=200)),
                        ("small_key", models.CharField(blank=True, max_length=200)),
                        ("width", models.PositiveIntegerField()),
                        ("height", models.PositiveIntegerField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("receipt", "number"), name="page_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Reading",
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="readings",
                                to="receipts.receipt",
                            ),
                        ),
                        ("engine", models.CharField(max_length=40)),
                        ("version", models.CharField(max_length=40)),
                        ("fields", models.JSONField(default=dict)),
                        ("amounts", models.JSONField(default=list)),
                        ("lines", models.JSONField(default=list)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["receipt", "-id"], name="reading_latest")],
                    },
                ),
            ],
        ),
        *trigram_index("inbound_mail_search", "receipts_inboundmail"),
    ]
