"""Routes of bookkeeping that belong to no company."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import views_clients

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", views_clients.clients, name="clients"),
    path("clients/clients.csv", views_clients.clients_csv, name="clients-csv"),
]
