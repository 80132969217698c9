import django.db.models.deletion
import django.utils.timezone
import pleo.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('bookkeeping', '0003_files_of_older_exports'),
    ]

    operations = [
        migrations.CreateModel(
            name='BooksCheck',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('checked_at', models.DateTimeField()),
                ('findings', models.JSONField(default=dict)),
                ('company', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QueueRun',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('counted_from', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('last_error', models.JSONField(editable=False, null=True)),
                ('client_key', models.CharField(editable=False, max_length=64)),
                ('act', models.CharField(choices=[('queue', 'Queue what is ready'), ('unqueue', 'Take out of the queue')], max_length=8)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Stopped')], default='waiting', max_length=10)),
                ('total', models.PositiveIntegerField(default=0)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('left', models.PositiveIntegerField(default=0)),
                ('reasons', models.JSONField(default=list)),
                ('cursor', models.UUIDField(editable=False, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('undo_of', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undo', to='bookkeeping.queuerun')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['created_at'], name='queue_run_open')],
                'constraints': [models.UniqueConstraint(fields=('company', 'client_key'), name='queue_run_client_key_once'), models.CheckConstraint(condition=models.Q(('act__in', ['queue', 'unqueue'])), name='queue_run_act_known'), models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'running', 'done', 'failed'])), name='queue_run_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('act', 'queue'), ('undo_of__isnull', True)), models.Q(('act', 'unqueue'), ('undo_of__isnull', False)), _connector='OR'), name='queue_run_undoes_a_run')],
            },
        ),
    ]
