"""Routes of expenses under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses import api, api_bulk, api_lines

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
    path("categories", api.CategoryList.as_view(), name="api-categories"),
    path("accounts", api.AccountList.as_view(), name="api-accounts"),
    path("tax-codes", api.TaxCodeList.as_view(), name="api-tax-codes"),
]
