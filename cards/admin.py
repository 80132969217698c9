"""Operators look at cards and payments here; nobody changes them here."""

from __future__ import annotations

from django.contrib import admin

from cards.models import (
    Authorization,
    Card,
    Clearing,
    Drift,
    Freeze,
    IssuerCopy,
    IssuerHolder,
    IssuerMessage,
    Limit,
    LimitUse,
    Reconciliation,
)
from pleo.lib.admin import ReadOnlyAdmin


@admin.register(Card)
class CardAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_four", "company", "cardholder", "state", "issuer")
    list_filter = ("state", "kind", "issuer")
    list_select_related = ("company", "cardholder")
    search_fields = ("issuer_reference", "last_four")


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "company", "merchant_name", "amount", "currency", "outcome", "decided_by", "status")
    list_filter = ("outcome", "status", "decided_by", "decline_reason")
    list_select_related = ("company",)
    search_fields = ("issuer_reference",)


@admin.register(Clearing)
class ClearingAdmin(ReadOnlyAdmin):
    list_display = ("cleared_at", "company", "merchant_name", "kind", "amount", "currency")
    list_filter = ("kind",)
    list_select_related = ("company",)
    search_fields = ("issuer_reference",)


@admin.register(IssuerMessage)
class IssuerMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "issuer", "kind", "message_id", "status", "attempts")
    list_filter = ("status", "kind", "issuer")
    search_fields = ("message_id", "authorization_reference")


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "company", "card", "source", "ended_at")
    list_filter = ("source",)
    list_select_related = ("company", "card")


@admin.register(Limit)
class LimitAdmin(ReadOnlyAdmin):
    list_display = ("set_at", "company", "card", "membership", "interval", "amount", "currency", "ended_at")
    list_filter = ("interval",)
    list_select_related = ("company", "card", "membership")


@admin.register(LimitUse)
class LimitUseAdmin(ReadOnlyAdmin):
    list_display = ("window_start", "interval", "company", "card", "membership", "used")
    list_filter = ("interval",)
    list_select_related = ("company", "card", "membership")


@admin.register(IssuerHolder)
class IssuerHolderAdmin(ReadOnlyAdmin):
    list_display = ("reference", "issuer", "company", "membership", "told_at")
    list_filter = ("issuer",)
    list_select_related = ("company", "membership")
    search_fields = ("reference",)


@admin.register(IssuerCopy)
class IssuerCopyAdmin(ReadOnlyAdmin):
    list_display = ("card", "company", "sent_at", "refused", "told_at")
    list_filter = ("refused",)
    list_select_related = ("company", "card")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_display = ("until", "issuer", "status", "found", "done_at")
    list_filter = ("issuer", "status")


@admin.register(Drift)
class DriftAdmin(ReadOnlyAdmin):
    list_display = ("found_at", "issuer", "company", "kind", "reference", "state", "ended_how")
    list_filter = ("issuer", "kind", "state")
    list_select_related = ("company",)
    search_fields = ("reference",)
