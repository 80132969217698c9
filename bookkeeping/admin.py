"""Operators look at the books here; nobody changes them here."""

from __future__ import annotations

from django.contrib import admin

from bookkeeping.models import BookItem, BookSettings, Export, JournalEntry, Posting
from pleo.lib.admin import ReadOnlyAdmin


@admin.register(BookSettings)
class BookSettingsAdmin(ReadOnlyAdmin):
    list_display = ("company", "wallet_account", "bank_account", "out_of_pocket_account")
    list_select_related = ("company", "wallet_account", "bank_account", "out_of_pocket_account")


@admin.register(BookItem)
class BookItemAdmin(ReadOnlyAdmin):
    list_display = ("booked_date", "company", "text", "direction", "amount", "currency", "lane", "kind")
    list_filter = ("lane", "kind", "currency")
    list_select_related = ("company",)


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "company",
        "by",
        "status",
        "item_count",
        "attempts",
        "created_at",
        "ready_at",
        "withdrawn_at",
    )
    list_filter = ("status", "format")
    list_select_related = ("company", "by")


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("voucher_number", "company", "export", "date", "text", "debit_total", "credit_total", "currency")
    list_select_related = ("company", "export")


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("entry", "position", "account_number", "debit", "credit", "tax_code_name")
    list_select_related = ("entry",)
