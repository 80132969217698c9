"""Routes of receipts under /c/<company>/. The inbox at receipts/ belongs to expenses, which know what is matched."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("receipts/upload/", views.upload, name="receipts-upload"),
    path("receipts/<uuid:receipt_id>/", views.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>/status/", views.status, name="receipt-status"),
    path("receipts/<uuid:receipt_id>/retry/", views.retry_reading, name="receipt-retry"),
    path("receipts/<uuid:receipt_id>/original/", views.original, name="receipt-original"),
]
