import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pleo.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("expenses", "0003_lines_and_kinds"),
    ]

    operations = [
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
                    "category",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.category"
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
                    "tax_code",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taxcode"
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "running"])), fields=["id"], name="bulk_edit_open"
                    )
                ],
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
                "indexes": [models.Index(fields=["bulk", "state", "id"], name="bulk_row_by_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("bulk", "expense"), name="bulk_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "skipped"])), name="bulk_row_state_known"
                    ),
                ],
            },
        ),
    ]
