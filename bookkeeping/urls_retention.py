"""Routes of what is kept how long, under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import views_holds, views_retention

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/retention/", views_retention.retention, name="retention"),
    path("settings/retention/due/", views_retention.retention_due, name="retention-due"),
    path("settings/retention/due.csv", views_retention.retention_due_csv, name="retention-due-csv"),
    path("settings/retention/holds/", views_holds.holds, name="holds"),
    path("settings/retention/holds.csv", views_holds.holds_csv, name="holds-csv"),
    path("settings/retention/holds/new/", views_holds.hold_create, name="hold-create"),
    path("settings/retention/holds/<uuid:hold_id>/lift/", views_holds.hold_lift, name="hold-lift"),
    path("receipts/<uuid:receipt_id>/keeping/", views_retention.receipt_keeping, name="receipt-keeping"),
    path("receipts/<uuid:receipt_id>/removal/", views_retention.receipt_removal, name="receipt-removal"),
]
