"""Operators look at money here; nobody changes it here. What a company pays each month is entered here, and charged by a task."""

from __future__ import annotations

from django.contrib import admin

from pleo.lib.admin import ReadOnlyAdmin
from wallet.models import Fee, FeePlan, Hold, LedgerAccount, TopUp, Transfer, Withdrawal


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


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "company", "amount", "currency", "holder", "iban", "status")
    list_filter = ("status",)
    list_select_related = ("company",)


@admin.register(FeePlan)
class FeePlanAdmin(admin.ModelAdmin):
    list_display = ("company", "text", "amount", "currency", "first_month", "last_month")
    list_select_related = ("company",)

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        """A plan ends by its last month; what it charged refers to it."""
        return False


@admin.register(Fee)
class FeeAdmin(ReadOnlyAdmin):
    list_display = ("month", "company", "text", "amount", "currency")
    list_select_related = ("company",)
