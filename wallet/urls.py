"""Routes of wallet under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from wallet import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("wallet/", views.wallet, name="wallet"),
    path("wallet/movements.csv", views.wallet_csv, name="wallet-csv"),
    path("wallet/top-up/", views.top_up, name="wallet-top-up"),
    path("wallet/statements/<str:month>/", views.wallet_statement, name="wallet-statement"),
    path("wallet/statements/<str:month>/statement.csv", views.wallet_statement_csv, name="wallet-statement-csv"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/transfers.csv", views.ledger_csv, name="ledger-csv"),
]
