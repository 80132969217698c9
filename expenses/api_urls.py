"""Routes of expenses under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses import api, api_lines

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
    path("categories", api.CategoryList.as_view(), name="api-categories"),
    path("accounts", api.AccountList.as_view(), name="api-accounts"),
    path("tax-codes", api.TaxCodeList.as_view(), name="api-tax-codes"),
]
