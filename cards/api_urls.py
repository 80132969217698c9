"""Routes of cards under /api/v1/."""

from __future__ import annotations

from django.urls import path

from cards import api, api_wallet

urlpatterns = [
    path("cards/", api.CardsEndpoint.as_view(), name="api-cards"),
    path("cards/<uuid:card_id>/", api.CardEndpoint.as_view(), name="api-card"),
    path("cards/<uuid:card_id>/freeze/", api.CardFreezeEndpoint.as_view(), name="api-card-freeze"),
    path("cards/<uuid:card_id>/limits/", api.CardLimitsEndpoint.as_view(), name="api-card-limits"),
    path("cards/<uuid:card_id>/wallet/", api_wallet.CardWalletEndpoint.as_view(), name="api-card-wallet"),
    path("authorizations/", api.AuthorizationsEndpoint.as_view(), name="api-authorizations"),
    path("authorizations/<uuid:authorization_id>/", api.AuthorizationEndpoint.as_view(), name="api-authorization"),
]
