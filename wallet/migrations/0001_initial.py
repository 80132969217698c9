import django.db.models.deletion
import django.utils.timezone
import pleo.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('kind', models.CharField(choices=[('wallet', 'Wallet'), ('sub_wallet', 'Sub-wallet'), ('bank_in_transit', 'Bank, in transit'), ('card_settlement', 'Card settlement'), ('fees', 'Fees'), ('reimbursements', 'Reimbursements'), ('disputes', 'Disputes')], max_length=20)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('currency', models.CharField(max_length=3)),
                ('debits_posted', models.BigIntegerField(default=0, editable=False)),
                ('credits_posted', models.BigIntegerField(default=0, editable=False)),
                ('debits_pending', models.BigIntegerField(default=0, editable=False)),
                ('credits_pending', models.BigIntegerField(default=0, editable=False)),
                ('overdraft', models.BigIntegerField(default=0)),
                ('top_up_reference', models.CharField(blank=True, max_length=20)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'kind', 'name'), name='ledger_account_once'), models.UniqueConstraint(condition=models.Q(('top_up_reference', ''), _negated=True), fields=('top_up_reference',), name='ledger_account_reference_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['wallet', 'sub_wallet', 'bank_in_transit', 'card_settlement', 'fees', 'reimbursements', 'disputes'])), name='ledger_account_kind_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='ledger_account_currency_iso'), models.CheckConstraint(condition=models.Q(('credits_pending__gte', 0), ('credits_posted__gte', 0), ('debits_pending__gte', 0), ('debits_posted__gte', 0), ('overdraft__gte', 0)), name='ledger_account_counters_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='wallet.ledgeraccount')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('amount__gt', 0)), fields=['account'], name='hold_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='hold_amount_not_negative'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='hold_currency_iso')],
            },
        ),
        migrations.CreateModel(
            name='TopUp',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('bank_line', models.CharField(max_length=80)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('payer', models.CharField(blank=True, max_length=140)),
                ('value_date', models.DateField()),
                ('status', models.CharField(choices=[('received', 'Arrived'), ('returned', 'Returned')], default='received', max_length=10)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='wallet.ledgeraccount')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'bank_line'), name='top_up_bank_line_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='top_up_amount_positive'), models.CheckConstraint(condition=models.Q(('status__in', ['received', 'returned'])), name='top_up_status_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='top_up_currency_iso')],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('code', models.CharField(choices=[('top_up', 'Top-up'), ('top_up_return', 'Top-up returned'), ('withdrawal', 'Back to the bank'), ('card_purchase', 'Card purchase'), ('card_cash', 'Cash withdrawal'), ('card_refund', 'Refund'), ('card_refund_reversal', 'Refund taken back'), ('correction_debit', 'Correction'), ('correction_credit', 'Correction'), ('chargeback', 'Disputed purchase returned'), ('chargeback_reversal', 'Disputed purchase charged again'), ('fee', 'Fee')], max_length=24)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('text', models.CharField(blank=True, max_length=160)),
                ('booked_at', models.DateTimeField()),
                ('value_date', models.DateField()),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('credit_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='wallet.ledgeraccount')),
                ('debit_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='wallet.ledgeraccount')),
                ('reverses', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='wallet.transfer')),
            ],
            options={
                'indexes': [models.Index(fields=['company', '-booked_at', '-id'], name='transfer_by_time'), models.Index(fields=['debit_account', 'booked_at'], name='transfer_by_debit'), models.Index(fields=['credit_account', 'booked_at'], name='transfer_by_credit')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='transfer_amount_positive'), models.CheckConstraint(condition=models.Q(('debit_account', models.F('credit_account')), _negated=True), name='transfer_two_sides'), models.UniqueConstraint(fields=('code', 'subject_id'), name='transfer_subject_once'), models.CheckConstraint(condition=models.Q(('code__in', ['top_up', 'top_up_return', 'withdrawal', 'card_purchase', 'card_cash', 'card_refund', 'card_refund_reversal', 'correction_debit', 'correction_credit', 'chargeback', 'chargeback_reversal', 'fee'])), name='transfer_code_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='transfer_currency_iso')],
            },
        ),
    ]
