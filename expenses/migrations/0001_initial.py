import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pleo.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('cards', '0001_initial'),
        ('receipts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChartAccount',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('type', models.CharField(choices=[('expense', 'Expense'), ('asset', 'Asset'), ('liability', 'Liability'), ('income', 'Income'), ('equity', 'Equity')], max_length=10, verbose_name='kind')),
                ('archived_at', models.DateTimeField(editable=False, null=True)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='chart_account_number_once'), models.CheckConstraint(condition=models.Q(('type__in', ['expense', 'asset', 'liability', 'income', 'equity'])), name='chart_account_type_known')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('icon', models.CharField(default='receipt-text', max_length=40)),
                ('archived_at', models.DateTimeField(editable=False, null=True)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='expenses.chartaccount')),
            ],
            options={
                'verbose_name_plural': 'categories',
            },
        ),
        migrations.CreateModel(
            name='Expense',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('card', 'Card purchase'), ('cash', 'Cash withdrawal'), ('refund', 'Refund'), ('out_of_pocket', 'Paid by the employee'), ('fee', 'Fee')], max_length=14)),
                ('direction', models.CharField(choices=[('spend', 'Spent'), ('refund', 'Refunded')], default='spend', max_length=6)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('foreign_amount', models.BigIntegerField(null=True)),
                ('foreign_currency', models.CharField(blank=True, max_length=3)),
                ('rate', models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                ('merchant', models.CharField(max_length=120)),
                ('merchant_category_code', models.CharField(blank=True, max_length=4)),
                ('purchased_at', models.DateTimeField()),
                ('payment', models.CharField(choices=[('reserved', 'Reserved'), ('cleared', 'Settled'), ('reversed', 'Released')], max_length=10)),
                ('lines_total', models.BigIntegerField()),
                ('is_coded', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('document_date', models.DateField(null=True)),
                ('receipt_count', models.PositiveSmallIntegerField(default=0)),
                ('reading_open', models.BooleanField(default=False)),
                ('confirmed', models.JSONField(default=list)),
                ('version', models.PositiveIntegerField(default=1)),
                ('review', models.CharField(blank=True, max_length=14)),
                ('books_lane', models.CharField(blank=True, choices=[('', 'Nothing to book yet'), ('unexported', 'Unexported'), ('queue', 'In queue'), ('exported', 'Exported')], default='', max_length=10)),
                ('locked_at', models.DateTimeField(editable=False, null=True)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('authorization', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='expense', to='cards.authorization')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expenses', to='accounts.membership')),
                ('refund_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='expenses.expense')),
            ],
            options={
                'indexes': [models.Index(fields=['company', '-purchased_at', '-id'], name='expense_by_date'), models.Index(fields=['owner', '-purchased_at', '-id'], name='expense_by_owner'), models.Index(fields=['company', 'books_lane', '-purchased_at', '-id'], name='expense_by_lane'), models.Index(fields=['company', 'amount', 'id'], name='expense_by_amount'), models.Index(fields=['company', 'merchant', 'id'], name='expense_by_merchant'), models.Index(condition=models.Q(('books_lane__in', ['', 'unexported'])), fields=['company', '-purchased_at', '-id'], name='expense_open'), models.Index(condition=models.Q(('payment', 'reserved')), fields=['id'], name='expense_reserved')],
                'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='expense_number_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='expense_amount_not_negative'), models.CheckConstraint(condition=models.Q(('lines_total', models.F('amount'))), name='expense_lines_sum_to_amount'), models.CheckConstraint(condition=models.Q(models.Q(('foreign_amount__isnull', True), ('foreign_currency', '')), models.Q(('foreign_amount__isnull', False), models.Q(('foreign_currency', ''), _negated=True)), _connector='OR'), name='expense_foreign_pair'), models.CheckConstraint(condition=models.Q(('kind__in', ['card', 'cash', 'refund', 'out_of_pocket', 'fee'])), name='expense_kind_known'), models.CheckConstraint(condition=models.Q(('direction__in', ['spend', 'refund'])), name='expense_direction_known'), models.CheckConstraint(condition=models.Q(('payment__in', ['reserved', 'cleared', 'reversed'])), name='expense_payment_known'), models.CheckConstraint(condition=models.Q(('review__in', ['', 'okay', 'not_okay', 'needs_details'])), name='expense_review_known'), models.CheckConstraint(condition=models.Q(('books_lane__in', ['', 'unexported', 'queue', 'exported'])), name='expense_books_lane_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='expense_currency_iso'), models.CheckConstraint(condition=models.Q(('foreign_currency__regex', '^[A-Z]{3}$'), ('foreign_currency', ''), ('foreign_currency__isnull', True), _connector='OR'), name='expense_foreign_currency_iso')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('score', models.PositiveSmallIntegerField(null=True)),
                ('reasons', models.JSONField(default=list)),
                ('detached_at', models.DateTimeField(editable=False, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('detached_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='receipts.receipt')),
                ('expense', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='expenses.expense')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('detached_at__isnull', True)), fields=['receipt'], name='attachment_live_by_receipt')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('detached_at__isnull', True)), fields=('expense', 'receipt'), name='attachment_live_once')],
            },
        ),
        migrations.CreateModel(
            name='MatchRun',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('proposals', models.JSONField(default=list)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('receipt', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='match', to='receipts.receipt')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('direction', models.CharField(choices=[('spend', 'Spent'), ('refund', 'Refunded')], max_length=6)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('booked_date', models.DateField()),
                ('clearing', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movement', to='cards.clearing')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('expense', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='expenses.expense')),
            ],
            options={
                'indexes': [models.Index(fields=['company', 'booked_date', 'id'], name='movement_by_date')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='movement_amount_positive'), models.CheckConstraint(condition=models.Q(('direction__in', ['spend', 'refund'])), name='movement_direction_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='movement_currency_iso')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('outcome', models.CharField(choices=[('okay', 'Okay'), ('not_okay', 'Not okay'), ('needs_details', 'Needs details'), ('withdrawn', 'Taken back')], max_length=14)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('no_one_else_eligible', models.BooleanField(default=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('expense', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='expenses.expense')),
            ],
            options={
                'indexes': [models.Index(fields=['expense', '-id'], name='review_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['okay', 'not_okay', 'needs_details', 'withdrawn'])), name='review_outcome_known')],
            },
        ),
        migrations.CreateModel(
            name='TaxCode',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('rate', models.DecimalField(decimal_places=6, max_digits=9, verbose_name='rate in percent')),
                ('valid_from', models.DateField()),
                ('archived_at', models.DateTimeField(editable=False, null=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tax_codes', to='expenses.chartaccount')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'code', 'valid_from'), name='tax_code_once'), models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lt', 100)), name='tax_code_rate_percent'), models.CheckConstraint(condition=models.Q(('rate', 0), ('account__isnull', False), _connector='OR'), name='tax_code_has_account')],
            },
        ),
        migrations.CreateModel(
            name='ExpenseLine',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('direction', models.CharField(choices=[('spend', 'Spent'), ('refund', 'Refunded')], max_length=6)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('tax_amount', models.BigIntegerField(default=0)),
                ('text', models.CharField(blank=True, max_length=200)),
                ('is_rest', models.BooleanField(default=False)),
                ('locked_at', models.DateTimeField(editable=False, null=True)),
                ('category', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='expenses.category')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('expense', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='expenses.expense')),
                ('movement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='own_lines', to='expenses.movement')),
                ('tax_code', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='expenses.taxcode')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='line_amount_not_negative'), models.CheckConstraint(condition=models.Q(('tax_amount__gte', 0), ('tax_amount__lte', models.F('amount'))), name='line_tax_within_amount'), models.UniqueConstraint(fields=('expense', 'position'), name='line_position_once'), models.CheckConstraint(condition=models.Q(('direction__in', ['spend', 'refund'])), name='line_direction_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='line_currency_iso')],
            },
        ),
        migrations.AddField(
            model_name='category',
            name='tax_code',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='expenses.taxcode'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='category_code_once'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(models.F('company'), django.db.models.functions.text.Lower('name'), name='category_name_once'),
        ),
    ]
