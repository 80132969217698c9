"""Routes of expenses outside a company: links from mails that need no sign-in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses.views import missing

urlpatterns: list[URLPattern | URLResolver] = [path("snap/<str:token>/", missing.snap, name="snap")]
