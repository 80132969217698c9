"""Routes of wallet under /api/v1/."""

from __future__ import annotations

from django.urls import path

from wallet import api, api_automatic, api_bank, api_money, api_statements, api_wallets

urlpatterns = [
    path("wallet/", api.WalletEndpoint.as_view(), name="api-wallet"),
    path("top-ups/<uuid:top_up_id>/return/", api_money.TopUpReturnEndpoint.as_view(), name="api-top-up-return"),
    path("withdrawals/", api_money.WithdrawalsEndpoint.as_view(), name="api-withdrawals"),
    path(
        "withdrawals/<uuid:withdrawal_id>/decision/",
        api_money.WithdrawalDecisionEndpoint.as_view(),
        name="api-withdrawal-decision",
    ),
    path("fees/", api_money.FeesEndpoint.as_view(), name="api-fees"),
    path("bank-statements/", api_bank.BankStatementsEndpoint.as_view(), name="api-bank-statements"),
    path("bank-statements/<uuid:statement_id>/", api_bank.BankStatementEndpoint.as_view(), name="api-bank-statement"),
    path("bank-lines/", api_bank.BankLinesEndpoint.as_view(), name="api-bank-lines"),
    path("bank-lines/<uuid:line_id>/match/", api_bank.BankLineMatchEndpoint.as_view(), name="api-bank-line-match"),
    path("bank-lines/<uuid:line_id>/ignore/", api_bank.BankLineIgnoreEndpoint.as_view(), name="api-bank-line-ignore"),
    path("mandates/", api_automatic.MandatesEndpoint.as_view(), name="api-mandates"),
    path("mandates/<uuid:mandate_id>/", api_automatic.MandateEndpoint.as_view(), name="api-mandate"),
    path("wallets/<uuid:wallet_id>/rule/", api_automatic.WalletRuleEndpoint.as_view(), name="api-wallet-rule"),
    path("wallets/<uuid:wallet_id>/alert/", api_automatic.WalletAlertEndpoint.as_view(), name="api-wallet-alert"),
    path(
        "wallets/<uuid:wallet_id>/forecast/", api_automatic.WalletForecastEndpoint.as_view(), name="api-wallet-forecast"
    ),
    path(
        "wallets/<uuid:wallet_id>/statements/",
        api_statements.WalletStatementsEndpoint.as_view(),
        name="api-wallet-statements",
    ),
    path(
        "wallets/<uuid:wallet_id>/statement/",
        api_statements.WalletStatementEndpoint.as_view(),
        name="api-wallet-statement",
    ),
    path("ledger-check/", api_statements.LedgerCheckEndpoint.as_view(), name="api-ledger-check"),
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
