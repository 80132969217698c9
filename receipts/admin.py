"""Staff screens of receipts: to look at, never to touch."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from receipts.models import Receipt


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ("file_name", "company", "status", "media_type", "size", "attempts", "created_at")
    list_filter = ("status", "source", "media_type")
    search_fields = ("id", "sha256")
