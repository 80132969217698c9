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
            name='Event',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('actor', models.CharField(choices=[('membership', 'Person'), ('token', 'API token'), ('system', 'Pleo'), ('issuer', 'Card issuer')], max_length=12)),
                ('verb', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('subject_label', models.CharField(blank=True, max_length=160)),
                ('search_text', models.TextField(blank=True)),
                ('changes', models.JSONField(default=dict)),
                ('request_id', models.CharField(blank=True, max_length=40)),
                ('happened_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('company', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.apitoken')),
            ],
            options={
                'indexes': [models.Index(fields=['company', '-happened_at', '-id'], name='event_by_time'), models.Index(fields=['company', 'by', '-happened_at', '-id'], name='event_by_person'), models.Index(fields=['company', 'verb', '-happened_at', '-id'], name='event_by_verb'), models.Index(fields=['subject_type', 'subject_id'], name='event_by_subject')],
                'constraints': [models.CheckConstraint(condition=models.Q(('actor__in', ['membership', 'token', 'system', 'issuer'])), name='event_actor_known'), models.CheckConstraint(condition=models.Q(('by__isnull', False), ('actor__in', ['system', 'issuer']), _connector='OR'), name='event_person_is_named'), models.CheckConstraint(condition=models.Q(models.Q(('actor', 'token'), ('token__isnull', False)), models.Q(models.Q(('actor', 'token'), _negated=True), ('token__isnull', True)), _connector='OR'), name='event_token_is_named')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('channel', models.CharField(choices=[('in_app', 'In the app'), ('email', 'E-mail')], max_length=8)),
                ('read_at', models.DateTimeField(editable=False, null=True)),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='events.event')),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(fields=['membership', '-id'], name='notification_by_person'), models.Index(condition=models.Q(('channel', 'email'), ('sent_at__isnull', True)), fields=['id'], name='notification_unsent')],
                'constraints': [models.UniqueConstraint(fields=('event', 'membership', 'channel'), name='notification_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['in_app', 'email'])), name='notification_channel_known')],
            },
        ),
        migrations.CreateModel(
            name='SealedEvent',
            fields=[
                ('id', models.UUIDField(default=pleo.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.PositiveBigIntegerField(unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('previous', models.CharField(max_length=64)),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='events.event')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
