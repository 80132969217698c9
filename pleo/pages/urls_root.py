"""Pages that belong to no company: where to begin, and whether all is well."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import views_clients
from pleo.pages import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("clients/", views_clients.clients, name="clients"),
]
