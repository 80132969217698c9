"""Routes of receipts under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("receipts", api.ReceiptList.as_view(), name="api-receipts"),
    path("receipts/<uuid:receipt_id>", api.ReceiptDetail.as_view(), name="api-receipt"),
]
