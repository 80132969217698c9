"""Operators look at money here; nobody changes it here."""

from __future__ import annotations

from django.contrib import admin

from pleo.lib.admin import ReadOnlyAdmin
from wallet.models import Hold, LedgerAccount, TopUp, Transfer


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("company", "kind", "name", "currency", "credits_posted", "debits_posted", "debits_pending")
    list_filter = ("kind", "currency")
    list_select_related = ("company",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("booked_at", "company", "code", "amount", "currency", "text")
    list_filter = ("code", "currency")
    list_select_related = ("company",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "company", "amount", "currency")
    list_select_related = ("company",)


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    list_display = ("value_date", "company", "bank_line", "amount", "currency", "status")
    list_filter = ("status",)
    list_select_related = ("company",)
