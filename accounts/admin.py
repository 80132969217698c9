"""Staff screens of accounts. Secrets and money are never edited here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import ApiToken, Company, Invitation, Membership, Team, User


class ReadOnly(admin.ModelAdmin):
    """A screen to look, not to touch: changes go through the product's own verbs."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Company)
class CompanyAdmin(ReadOnly):
    list_display = ("name", "slug", "country", "currency", "status", "is_demo", "created_at")
    search_fields = ("name", "slug", "vat_number")


@admin.register(User)
class UserAdmin(ReadOnly):
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    exclude = ("password",)


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("name", "email", "company", "role", "status")
    list_filter = ("role", "status")
    search_fields = ("name", "email")


@admin.register(Team)
class TeamAdmin(ReadOnly):
    list_display = ("name", "company")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("email", "company", "expires_at", "sent_at", "accepted_at", "withdrawn_at")
    exclude = ("token_hash",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("name", "prefix", "company", "membership", "last_used_at", "revoked_at")
    exclude = ("token_hash",)
