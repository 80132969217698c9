"""Routes of bookkeeping that belong to no company."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import views_client_runs, views_clients

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", views_clients.clients, name="clients"),
    path("clients/clients.csv", views_clients.clients_csv, name="clients-csv"),
    path("clients/exports/", views_client_runs.create, name="client-run-create"),
    path("clients/exports/<uuid:client_run_id>/", views_client_runs.run, name="client-run"),
    path("clients/exports/<uuid:client_run_id>/again/", views_client_runs.again, name="client-run-again"),
    path("clients/exports/<uuid:client_run_id>/clients.zip", views_client_runs.download, name="client-run-zip"),
]
