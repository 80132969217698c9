"""Routes of wallet under /api/v1/."""

from __future__ import annotations

from django.urls import path

from wallet import api, api_wallets

urlpatterns = [
    path("wallet/", api.WalletEndpoint.as_view(), name="api-wallet"),
    path("sub-wallets/", api_wallets.SubWalletsEndpoint.as_view(), name="api-sub-wallets"),
    path("sub-wallets/<uuid:account_id>/", api_wallets.SubWalletEndpoint.as_view(), name="api-sub-wallet"),
    path(
        "sub-wallets/<uuid:account_id>/archive/",
        api_wallets.SubWalletArchiveEndpoint.as_view(),
        name="api-sub-wallet-archive",
    ),
    path("wallet-moves/", api_wallets.WalletMovesEndpoint.as_view(), name="api-wallet-moves"),
    path("transfers/", api.TransfersEndpoint.as_view(), name="api-transfers"),
    path("top-ups/", api.TopUpsEndpoint.as_view(), name="api-top-ups"),
]
