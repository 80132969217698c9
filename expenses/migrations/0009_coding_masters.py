import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import pleo.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cards", "0009_simulated_days"),
        ("expenses", "0008_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="AllocationShare",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("tags", models.JSONField(default=list)),
                ("text", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="AllocationTemplate",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("share_total", models.DecimalField(decimal_places=4, max_digits=8)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CardCoding",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("tags", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CategoryGroup",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
            ],
        ),
        migrations.CreateModel(
            name="CodingRule",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("tags", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("position", models.PositiveIntegerField()),
                ("is_on", models.BooleanField(default=True)),
                ("conditions", models.JSONField(default=dict)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LineTag",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="MasterImport",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("last_error", models.JSONField(editable=False, null=True)),
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
        ),
        migrations.CreateModel(
            name="RuleRun",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("counted_from", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("last_error", models.JSONField(editable=False, null=True)),
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
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("code", models.CharField(blank=True, max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("path", models.CharField(editable=False, max_length=400)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TagGroup",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "dimension",
                    models.CharField(
                        choices=[("project", "Project"), ("cost_centre", "Cost centre"), ("other", "Something else")],
                        default="other",
                        max_length=12,
                        verbose_name="what it is in the books",
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="required")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Vendor",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("vat_number", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("account_number", models.CharField(blank=True, max_length=20, verbose_name="supplier number")),
                ("tags", models.JSONField(default=list)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VendorAlias",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("name", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="VendorMerge",
            fields=[
                ("id", models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("moved", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="expense",
            name="filled",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="expense",
            name="merchant_key",
            field=models.CharField(blank=True, editable=False, max_length=120),
        ),
        migrations.AddField(
            model_name="taxcode",
            name="valid_to",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="taxcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"),
                name="tax_code_ends_after_it_begins",
            ),
        ),
        migrations.AddField(
            model_name="allocationshare",
            name="category",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.category"
            ),
        ),
        migrations.AddField(
            model_name="allocationshare",
            name="tax_code",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taxcode"
            ),
        ),
        migrations.AddField(
            model_name="allocationtemplate",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="allocationshare",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="expenses.allocationtemplate"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="card",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="coding", to="cards.card"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="category",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.category"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="tax_code",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taxcode"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="expenses.allocationtemplate",
            ),
        ),
        migrations.AddField(
            model_name="categorygroup",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="category",
            name="group",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="categories",
                to="expenses.categorygroup",
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="category",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.category"
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="tax_code",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taxcode"
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="expenses.allocationtemplate",
            ),
        ),
        migrations.AddField(
            model_name="linetag",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="linetag",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="line_tags", to="expenses.expenseline"
            ),
        ),
        migrations.AddField(
            model_name="masterimport",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
            ),
        ),
        migrations.AddField(
            model_name="masterimport",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="rulerun",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
            ),
        ),
        migrations.AddField(
            model_name="rulerun",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="owned_tags",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children", to="expenses.tag"
            ),
        ),
        migrations.AddField(
            model_name="linetag",
            name="tag",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="line_tags", to="expenses.tag"
            ),
        ),
        migrations.AddField(
            model_name="taggroup",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="expenses.taggroup"
            ),
        ),
        migrations.AddField(
            model_name="linetag",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.taggroup"
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="category",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="vendors", to="expenses.category"
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="expenses.vendor"
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="tax_code",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="vendors", to="expenses.taxcode"
            ),
        ),
        migrations.AddField(
            model_name="codingrule",
            name="vendor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.vendor"
            ),
        ),
        migrations.AddField(
            model_name="cardcoding",
            name="vendor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.vendor"
            ),
        ),
        migrations.AddField(
            model_name="expense",
            name="vendor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="expenses", to="expenses.vendor"
            ),
        ),
        migrations.AddIndex(
            model_name="expense",
            index=models.Index(
                condition=models.Q(("merchant_key", ""), _negated=True),
                fields=["company", "merchant_key", "-purchased_at", "-id"],
                name="expense_by_merchant_key",
            ),
        ),
        migrations.AddField(
            model_name="vendoralias",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="vendoralias",
            name="vendor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="expenses.vendor"
            ),
        ),
        migrations.AddField(
            model_name="vendormerge",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
            ),
        ),
        migrations.AddField(
            model_name="vendormerge",
            name="company",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="vendormerge",
            name="gone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="expenses.vendor"
            ),
        ),
        migrations.AddField(
            model_name="vendormerge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="expenses.vendor"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationtemplate",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="allocation_template_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationtemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("share_total", 100)), name="allocation_shares_make_100_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationshare",
            constraint=models.UniqueConstraint(fields=("template", "position"), name="allocation_share_once"),
        ),
        migrations.AddConstraint(
            model_name="allocationshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gt", 0), ("percent__lte", 100)), name="allocation_share_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="categorygroup",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="category_group_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="masterimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preview", "waiting", "running", "done", "failed"])),
                name="master_import_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rulerun",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "running", "done", "failed"])),
                name="rule_run_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rulerun",
            constraint=models.CheckConstraint(
                condition=models.Q(("handled__gte", models.F("changed"))), name="rule_run_changed_of_handled"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["waiting", "running"])),
                fields=("company",),
                name="rule_run_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="taggroup",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="tag_group_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="taggroup",
            constraint=models.CheckConstraint(
                condition=models.Q(("dimension__in", ["project", "cost_centre", "other"])),
                name="tag_group_dimension_known",
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(fields=["company", "path", "id"], name="tag_by_path"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                models.F("group"), django.db.models.functions.text.Lower("path"), name="tag_path_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True), fields=("group", "code"), name="tag_code_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent", None), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                ),
                name="tag_not_its_own_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="linetag",
            constraint=models.UniqueConstraint(fields=("line", "group"), name="line_tag_once_of_a_group"),
        ),
        migrations.AddIndex(
            model_name="vendor",
            index=models.Index(fields=["company", "name", "id"], name="vendor_by_name"),
        ),
        migrations.AddConstraint(
            model_name="vendor",
            constraint=models.UniqueConstraint(
                models.F("company"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("merged_into", None)),
                name="vendor_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="vendor",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("account_number", ""), _negated=True), ("merged_into", None)),
                fields=("company", "account_number"),
                name="vendor_account_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="vendor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None), models.Q(("merged_into", models.F("id")), _negated=True), _connector="OR"
                ),
                name="vendor_not_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="vendor",
            constraint=models.CheckConstraint(
                condition=models.Q(("country", ""), ("country__regex", "^[A-Z]{2}$"), _connector="OR"),
                name="vendor_country_iso",
            ),
        ),
        migrations.AddConstraint(
            model_name="codingrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("company", "position"),
                name="coding_rule_position_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="codingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("conditions", {}), _negated=True), name="coding_rule_has_conditions"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendoralias",
            constraint=models.UniqueConstraint(fields=("company", "name"), name="vendor_alias_once"),
        ),
        migrations.AddConstraint(
            model_name="vendoralias",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="vendor_alias_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendormerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("gone",), name="vendor_merged_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendormerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("gone", models.F("kept")), _negated=True), name="vendor_merge_of_two"
            ),
        ),
    ]
