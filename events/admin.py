"""Staff screens of events, to look at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from events.models import Event, Notification


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("happened_at", "company", "actor", "by", "verb", "subject_label")
    list_filter = ("actor",)
    search_fields = ("verb", "subject_label", "request_id")


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("event", "membership", "channel", "read_at", "sent_at")
