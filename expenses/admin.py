"""Operators' screens: look at everything, change nothing."""

from __future__ import annotations

from django.contrib import admin

from expenses.models import (
    Attachment,
    Category,
    ChartAccount,
    Expense,
    ExpenseLine,
    MatchRun,
    Movement,
    Review,
    TaxCode,
)
from pleo.lib.admin import ReadOnlyAdmin


@admin.register(Expense)
class ExpenseAdmin(ReadOnlyAdmin):
    list_display = ("number", "company", "owner", "kind", "merchant", "amount", "currency", "payment", "books_lane")
    list_filter = ("kind", "payment", "books_lane", "review")
    search_fields = ("search_text", "id")
    list_select_related = ("company", "owner")


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("id", "company", "expense", "direction", "amount", "currency", "booked_date")
    list_select_related = ("company", "expense")
    search_fields = ("id", "expense__id")


@admin.register(ExpenseLine)
class ExpenseLineAdmin(ReadOnlyAdmin):
    list_display = ("id", "company", "expense", "position", "direction", "amount", "currency", "category", "locked_at")
    list_select_related = ("company", "expense", "category")
    search_fields = ("id", "expense__id")


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "company", "expense", "receipt", "by", "score", "detached_at")
    list_select_related = ("company", "expense", "receipt", "by")


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("id", "company", "expense", "by", "outcome", "no_one_else_eligible", "created_at")
    list_select_related = ("company", "expense", "by")


@admin.register(ChartAccount)
class ChartAccountAdmin(ReadOnlyAdmin):
    list_display = ("number", "name", "type", "company", "archived_at")
    list_select_related = ("company",)


@admin.register(TaxCode)
class TaxCodeAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "rate", "company", "valid_from", "archived_at")
    list_select_related = ("company",)


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "tax_code", "company", "archived_at")
    list_select_related = ("account", "tax_code", "company")


@admin.register(MatchRun)
class MatchRunAdmin(ReadOnlyAdmin):
    list_display = ("receipt", "company", "created_at")
    list_select_related = ("receipt", "company")
