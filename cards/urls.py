"""Routes of cards under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cards import views, views_life, views_simulator, views_wallet

urlpatterns: list[URLPattern | URLResolver] = [
    path("cards/", views.cards, name="cards"),
    path("cards/cards.csv", views.cards_csv, name="cards-csv"),
    path("cards/new/", views.card_create, name="card-create"),
    path("cards/<uuid:card_id>/", views.card, name="card"),
    path("cards/<uuid:card_id>/limits/", views.card_limits, name="card-limits"),
    path("cards/<uuid:card_id>/freeze/", views.card_freeze, name="card-freeze"),
    path("cards/<uuid:card_id>/thaw/", views.card_thaw, name="card-thaw"),
    path("cards/<uuid:card_id>/wallet/", views_wallet.card_wallet, name="card-wallet"),
    path("wallet/sub-wallets/<uuid:account_id>/cards/", views_wallet.sub_wallet_cards, name="sub-wallet-cards"),
    path("cards/<uuid:card_id>/activate/", views_life.card_activate, name="card-activate"),
    path("cards/<uuid:card_id>/tries/", views_life.card_tries, name="card-tries"),
    path("cards/<uuid:card_id>/replace/", views_life.card_replace, name="card-replace"),
    path("cards/<uuid:card_id>/lost/", views_life.card_lost, name="card-lost"),
    path("cards/<uuid:card_id>/close/", views_life.card_close, name="card-close"),
    path("cards/<uuid:card_id>/pin/unblock/", views_life.card_unblock, name="card-unblock"),
    path("cards/<uuid:card_id>/shipping/", views_life.card_shipping, name="card-shipping"),
    path("declines/", views.declines, name="declines"),
    path("declines/declines.csv", views.declines_csv, name="declines-csv"),
    path("declines/<uuid:decline_id>/", views.decline, name="decline"),
    path("simulator/", views_simulator.simulator, name="simulator"),
    path("simulator/live/", views_simulator.simulator_live, name="simulator-live"),
    path("simulator/purchases/", views_simulator.simulator_purchase, name="simulator-purchase"),
    path("simulator/messages/", views_simulator.simulator_push, name="simulator-push"),
]
