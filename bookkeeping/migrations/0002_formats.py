
import bookkeeping.models
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pleo.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('bookkeeping', '0001_initial'),
        ('expenses', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BookLayout',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('name', models.CharField(max_length=60)),
                ('look', models.JSONField()),
                ('archived_at', models.DateTimeField(editable=False, null=True)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(models.F('company'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at__isnull', True)), name='book_layout_name_once'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='book_layout_named'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ExportFile',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('journal', 'Entries'), ('receipts', 'Receipts'), ('changes', 'What the files write differently')], max_length=10)),
                ('format', models.CharField(blank=True, max_length=48)),
                ('name', models.CharField(max_length=160)),
                ('media_type', models.CharField(max_length=120)),
                ('key', models.CharField(editable=False, max_length=200)),
                ('sha256', models.CharField(editable=False, max_length=64)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='bookkeeping.export')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('export', 'position'), name='export_file_position_once'),
                    models.UniqueConstraint(fields=('export', 'name'), name='export_file_name_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['journal', 'receipts', 'changes'])), name='export_file_kind_known'),
                    models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='export_file_sha256_hex'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TaxName',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('code', models.CharField(max_length=20)),
                ('system', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=60)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('company', 'code', 'system'), name='tax_name_once'),
                    models.CheckConstraint(condition=models.Q(('system__in', ['datev', 'sage', 'xero'])), name='tax_name_system_known'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='tax_name_not_empty'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='export',
            name='export_format_known',
        ),
        migrations.AddField(
            model_name='booksettings',
            name='datev_account_length',
            field=models.PositiveSmallIntegerField(default=4),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='datev_chart',
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='datev_client',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='datev_consultant',
            field=models.PositiveIntegerField(default=1001),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='formats',
            field=models.JSONField(default=bookkeeping.models.usual_formats),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='method',
            field=models.CharField(choices=[('journal', 'Journal: the cost against the wallet'), ('payable', 'Accounts payable: the cost against a supplier, the supplier against the wallet')], default='journal', max_length=8),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='receipts_by_month',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='booksettings',
            name='supplier_account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='expenses.chartaccount'),
        ),
        migrations.AddField(
            model_name='export',
            name='formats',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='posting',
            name='account_type',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='posting',
            name='role',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AlterField(
            model_name='export',
            name='format',
            field=models.CharField(choices=[('csv', 'CSV, debit and credit lines'), ('xlsx', 'Excel, debit and credit lines'), ('datev', 'DATEV posting batch'), ('sie', 'SIE 4I'), ('fec', 'FEC-shaped journal'), ('xero', 'Xero, manual journals'), ('xero_bills', 'Xero, bills'), ('xero_bank', 'Xero, bank statement'), ('quickbooks', 'QuickBooks Online journal'), ('sage', 'Sage 50 audit trail'), ('beancount', 'beancount'), ('hledger', 'hledger and ledger'), ('ofx', 'OFX statement of the wallet'), ('custom', 'Your own columns')], default='csv', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='booksettings',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['journal', 'payable'])), name='book_method_known'),
        ),
        migrations.AddConstraint(
            model_name='booksettings',
            constraint=models.CheckConstraint(condition=models.Q(('datev_consultant__gte', 1001), ('datev_consultant__lte', 9999999)), name='book_datev_consultant'),
        ),
        migrations.AddConstraint(
            model_name='booksettings',
            constraint=models.CheckConstraint(condition=models.Q(('datev_client__gte', 1), ('datev_client__lte', 99999)), name='book_datev_client'),
        ),
        migrations.AddConstraint(
            model_name='booksettings',
            constraint=models.CheckConstraint(condition=models.Q(('datev_account_length__gte', 4), ('datev_account_length__lte', 8)), name='book_datev_account_length'),
        ),
        migrations.AddConstraint(
            model_name='booksettings',
            constraint=models.CheckConstraint(condition=models.Q(('datev_chart__in', ['', '03', '04'])), name='book_datev_chart_known'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('format__in', ['csv', 'xlsx', 'datev', 'sie', 'fec', 'xero', 'xero_bills', 'xero_bank', 'quickbooks', 'sage', 'beancount', 'hledger', 'ofx', 'custom'])), name='export_format_known'),
        ),
    ]
