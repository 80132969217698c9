"""Routes of wallet under /api/v1/."""

from __future__ import annotations

from django.urls import path

from wallet import api

urlpatterns = [
    path("wallet/", api.WalletEndpoint.as_view(), name="api-wallet"),
    path("transfers/", api.TransfersEndpoint.as_view(), name="api-transfers"),
    path("top-ups/", api.TopUpsEndpoint.as_view(), name="api-top-ups"),
]
