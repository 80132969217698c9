"""Routes of expenses under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses import api, api_analytics, api_budgets, api_bulk, api_claims, api_leaving, api_lines, api_paying

urlpatterns: list[URLPattern | URLResolver] = [
    path("expenses", api.ExpenseList.as_view(), name="api-expenses"),
    path("expenses/<uuid:expense_id>", api.ExpenseDetail.as_view(), name="api-expense"),
    path("expenses/<uuid:expense_id>/receipts", api.ExpenseReceipts.as_view(), name="api-expense-receipts"),
    path(
        "expenses/<uuid:expense_id>/receipts/<uuid:attachment_id>",
        api.ExpenseReceipt.as_view(),
        name="api-expense-receipt",
    ),
    path("expenses/<uuid:expense_id>/lines", api_lines.ExpenseLines.as_view(), name="api-expense-lines"),
    path("expenses/<uuid:expense_id>/approval", api.ExpenseApproval.as_view(), name="api-expense-approval"),
    path("expenses/bulk", api_bulk.BulkEdits.as_view(), name="api-bulk-edits"),
    path("expenses/bulk/<uuid:bulk_id>", api_bulk.BulkEditDetail.as_view(), name="api-bulk-edit"),
    path("expenses/bulk/<uuid:bulk_id>/results", api_bulk.BulkEditResults.as_view(), name="api-bulk-edit-results"),
    path("expenses/bulk/<uuid:bulk_id>/undo", api_bulk.BulkEditUndo.as_view(), name="api-bulk-edit-undo"),
    path("expenses/<uuid:expense_id>/private", api_claims.ExpensePrivate.as_view(), name="api-expense-private"),
    path("people/<uuid:person_id>/leaving", api_leaving.PersonLeaving.as_view(), name="api-person-leaving"),
    path("people/<uuid:person_id>/leaving/end", api_leaving.PersonLeavingEnd.as_view(), name="api-person-leaving-end"),
    path("people/<uuid:person_id>/return", api_leaving.PersonReturn.as_view(), name="api-person-return"),
    path("expenses/<uuid:expense_id>/refund-of", api_paying.ExpenseRefund.as_view(), name="api-expense-refund"),
    path("budgets", api_budgets.Budgets.as_view(), name="api-budgets"),
    path("budgets/<uuid:budget_id>", api_budgets.BudgetDetail.as_view(), name="api-budget"),
    path("budgets/<uuid:budget_id>/periods", api_budgets.BudgetPeriods.as_view(), name="api-budget-periods"),
    path("balance-entries", api_paying.BalanceEntries.as_view(), name="api-balance-entries"),
    path("balances/<uuid:person_id>", api_paying.Balance.as_view(), name="api-balance"),
    path("balances/<uuid:person_id>/account", api_paying.PersonAccount.as_view(), name="api-balance-account"),
    path("reimbursement-runs", api_paying.Runs.as_view(), name="api-runs"),
    path("reimbursement-runs/<uuid:run_id>", api_paying.RunDetail.as_view(), name="api-run"),
    path("reimbursement-runs/<uuid:run_id>/release", api_paying.RunRelease.as_view(), name="api-run-release"),
    path("reimbursement-runs/<uuid:run_id>/file", api_paying.RunFile.as_view(), name="api-run-file"),
    path("payouts/<uuid:payout_id>/mark", api_paying.PayoutMark.as_view(), name="api-payout-mark"),
    path("period-locks", api_paying.Locks.as_view(), name="api-period-locks"),
    path("period-locks/<uuid:lock_id>", api_paying.Lock.as_view(), name="api-period-lock"),
    path("claims", api_claims.ClaimList.as_view(), name="api-claims"),
    path("claims/<uuid:expense_id>", api_claims.ClaimDetail.as_view(), name="api-claim"),
    path("drives", api_claims.DriveList.as_view(), name="api-drives"),
    path("drives/<uuid:expense_id>", api_claims.DriveDetail.as_view(), name="api-drive"),
    path("journeys", api_claims.JourneyList.as_view(), name="api-journeys"),
    path("journeys/<uuid:expense_id>", api_claims.JourneyDetail.as_view(), name="api-journey"),
    path("analytics/spend", api_analytics.SpendReport.as_view(), name="api-spend"),
    path("analytics/subscriptions", api_analytics.SubscriptionReport.as_view(), name="api-paid-subscriptions"),
    path("categories", api.CategoryList.as_view(), name="api-categories"),
    path("accounts", api.AccountList.as_view(), name="api-accounts"),
    path("tax-codes", api.TaxCodeList.as_view(), name="api-tax-codes"),
]
