"""Routes of wallet under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from wallet import views, views_automatic, views_bank, views_money, views_statements, views_wallets

urlpatterns: list[URLPattern | URLResolver] = [
    path("wallet/", views.wallet, name="wallet"),
    path("wallet/movements.csv", views.wallet_csv, name="wallet-csv"),
    path("wallet/top-up/", views_money.top_up, name="wallet-top-up"),
    path("wallet/statements/", views_statements.statements, name="wallet-statements"),
    path("wallet/statements/statements.csv", views_statements.statements_csv, name="wallet-statements-csv"),
    path("wallet/statements/period/", views_statements.period, name="wallet-period"),
    path("wallet/statements/period.csv", views_statements.period_csv, name="wallet-period-csv"),
    path("wallet/statements/period.pdf", views_statements.period_pdf, name="wallet-period-pdf"),
    path("wallet/statements/<str:month>/", views_statements.wallet_statement, name="wallet-statement"),
    path(
        "wallet/statements/<str:month>/statement.csv",
        views_statements.wallet_statement_csv,
        name="wallet-statement-csv",
    ),
    path(
        "wallet/statements/<str:month>/statement.pdf",
        views_statements.wallet_statement_pdf,
        name="wallet-statement-pdf",
    ),
    path("wallet/top-ups/", views_money.top_ups, name="top-ups"),
    path("wallet/top-ups/top-ups.csv", views_money.top_ups_csv, name="top-ups-csv"),
    path("wallet/top-ups/<uuid:top_up_id>/cancel/", views_money.top_up_cancel, name="top-up-cancel"),
    path("wallet/top-ups/<uuid:top_up_id>/return/", views_money.top_up_return, name="top-up-return"),
    path("wallet/withdraw/", views_money.withdraw_page, name="wallet-withdraw"),
    path("wallet/withdrawals/", views_money.withdrawals, name="withdrawals"),
    path("wallet/withdrawals/withdrawals.csv", views_money.withdrawals_csv, name="withdrawals-csv"),
    path(
        "wallet/withdrawals/<uuid:withdrawal_id>/decision/", views_money.withdrawal_decision, name="withdrawal-decision"
    ),
    path("wallet/fees/", views_money.fees, name="wallet-fees"),
    path("wallet/fees/fees.csv", views_money.fees_csv, name="wallet-fees-csv"),
    path("wallet/bank/", views_bank.bank_statements, name="bank-statements"),
    path("wallet/bank/lines/", views_bank.bank_lines, name="bank-lines"),
    path("wallet/bank/lines.csv", views_bank.bank_lines_csv, name="bank-lines-csv"),
    path("wallet/bank/lines/<uuid:line_id>/", views_bank.bank_line, name="bank-line"),
    path("wallet/bank/lines/<uuid:line_id>/ignore/", views_bank.bank_line_ignore, name="bank-line-ignore"),
    path("wallet/bank/lines/<uuid:line_id>/undo/", views_bank.bank_line_undo, name="bank-line-undo"),
    path("wallet/bank/<uuid:statement_id>/", views_bank.bank_statement, name="bank-statement"),
    path("wallet/bank/<uuid:statement_id>/again/", views_bank.bank_statement_again, name="bank-statement-again"),
    path(
        "wallet/bank/<uuid:statement_id>/original/", views_bank.bank_statement_original, name="bank-statement-original"
    ),
    path("wallet/automatic/", views_automatic.automatic, name="wallet-automatic"),
    path("wallet/automatic/alert/", views_automatic.wallet_alert, name="wallet-alert"),
    path("wallet/automatic/rule/", views_automatic.wallet_rule, name="wallet-rule"),
    path("wallet/automatic/rule/<uuid:top_up_rule_id>/", views_automatic.wallet_rule_status, name="wallet-rule-status"),
    path("wallet/automatic/mandates/", views_automatic.wallet_mandate, name="wallet-mandate"),
    path(
        "wallet/automatic/mandates/<uuid:mandate_id>/",
        views_automatic.wallet_mandate_revoke,
        name="wallet-mandate-revoke",
    ),
    path("wallet/top-ups/<uuid:top_up_id>/play/", views_automatic.top_up_play, name="top-up-play"),
    path("wallet/move/", views_wallets.wallet_move, name="wallet-move"),
    path("wallet/sub-wallets/", views_wallets.sub_wallets, name="sub-wallets"),
    path("wallet/sub-wallets/sub-wallets.csv", views_wallets.sub_wallets_csv, name="sub-wallets-csv"),
    path("wallet/sub-wallets/new/", views_wallets.sub_wallet_create, name="sub-wallet-create"),
    path("wallet/sub-wallets/<uuid:account_id>/", views_wallets.sub_wallet, name="sub-wallet"),
    path("wallet/sub-wallets/<uuid:account_id>/movements.csv", views_wallets.sub_wallet_csv, name="sub-wallet-csv"),
    path("wallet/sub-wallets/<uuid:account_id>/edit/", views_wallets.sub_wallet_edit, name="sub-wallet-edit"),
    path("wallet/sub-wallets/<uuid:account_id>/archive/", views_wallets.sub_wallet_archive, name="sub-wallet-archive"),
    path("wallet/sub-wallets/<uuid:account_id>/restore/", views_wallets.sub_wallet_restore, name="sub-wallet-restore"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/check/", views.ledger_check, name="ledger-check"),
    path("ledger/transfers.csv", views.ledger_csv, name="ledger-csv"),
]
