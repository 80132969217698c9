"""All that the app has by now in one step, for a database that is empty. Any other takes the steps that this replaces."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids


class Migration(migrations.Migration):
    replaces = [("receipts", "0001_initial"), ("receipts", "0002_alike_key")]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("last_error", models.JSONField(editable=False, null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("web", "Uploaded"),
                            ("phone", "Photographed"),
                            ("mail", "By e-mail"),
                            ("api", "By API"),
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
                ("search_text", models.TextField(blank=True, editable=False)),
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
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("uploaded_by", "client_key"), name="receipt_client_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["received", "processing", "ready", "unreadable"])),
                        name="receipt_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["web", "phone", "mail", "api"])), name="receipt_source_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="receipt_sha256_hex"
                    ),
                ],
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
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("engine", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=40)),
                ("fields", models.JSONField(default=dict)),
                ("amounts", models.JSONField(default=list)),
                ("lines", models.JSONField(default=list)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="receipts.receipt"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["receipt", "-id"], name="reading_latest")],
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("image_key", models.CharField(max_length=200)),
                ("thumbnail_key", models.CharField(max_length=200)),
                ("small_key", models.CharField(blank=True, max_length=200)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
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
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("receipt", "number"), name="page_once")],
            },
        ),
    ]
