"""Routes of expenses under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses.views import analytics, bulk, claims, expense, inbox, kinds, leaving, lines, lists, masters, saved

urlpatterns: list[URLPattern | URLResolver] = [
    path("expenses/", lists.expenses, name="expenses"),
    path("expenses/figures/", lists.expenses_figures, name="expenses-figures"),
    path("expenses/filters/", lists.expenses_filters, name="expenses-filters"),
    path("expenses/export/", lists.expenses_export, name="expenses-export"),
    path("expenses/views/", saved.expenses_view_save, name="expenses-view-save"),
    path("expenses/views/<uuid:view_id>/removal/", saved.expenses_view_remove, name="expenses-view-remove"),
    path("expenses/views/<uuid:view_id>/return/", saved.expenses_view_restore, name="expenses-view-restore"),
    path("expenses/bulk/", bulk.expenses_bulk, name="expenses-bulk"),
    path("expenses/bulk/<uuid:bulk_id>/", bulk.expenses_bulk_job, name="expenses-bulk-job"),
    path("expenses/bulk/<uuid:bulk_id>/export/", bulk.expenses_bulk_export, name="expenses-bulk-export"),
    path("expenses/bulk/<uuid:bulk_id>/undo/", bulk.expenses_bulk_undo, name="expenses-bulk-undo"),
    path("expenses/new/", claims.expense_create, name="expense-create"),
    path("expenses/<uuid:expense_id>/", expense.expense, name="expense"),
    path("expenses/<uuid:expense_id>/reading/", expense.expense_reading, name="expense-reading"),
    path("expenses/<uuid:expense_id>/coding/", expense.expense_code, name="expense-code"),
    path("expenses/<uuid:expense_id>/review/", expense.expense_review, name="expense-review"),
    path(
        "expenses/<uuid:expense_id>/review/withdrawal/",
        expense.expense_review_withdrawal,
        name="expense-review-withdrawal",
    ),
    path("expenses/<uuid:expense_id>/receipts/", expense.expense_attach, name="expense-attach"),
    path("expenses/<uuid:expense_id>/upload/", expense.expense_upload, name="expense-upload"),
    path(
        "expenses/<uuid:expense_id>/receipts/<uuid:attachment_id>/detachment/",
        expense.expense_detach,
        name="expense-detach",
    ),
    path("people/<uuid:person_id>/leave/", leaving.person_leave, name="person-leave"),
    path("people/<uuid:person_id>/leave/end/", leaving.person_leave_end, name="person-leave-end"),
    path("people/<uuid:person_id>/leave/undo/", leaving.person_leave_undo, name="person-leave-undo"),
    path("mileage/new/", kinds.mileage_create, name="mileage-create"),
    path("per-diem/new/", kinds.per_diem_create, name="per-diem-create"),
    path("expenses/<uuid:expense_id>/claim/", kinds.expense_claim_change, name="expense-claim-change"),
    path("expenses/<uuid:expense_id>/private/", kinds.expense_private, name="expense-private"),
    path("expenses/<uuid:expense_id>/split/", lines.expense_split, name="expense-split"),
    path("expenses/<uuid:expense_id>/split/rates/", lines.expense_split_rates, name="expense-split-rates"),
    path("expenses/<uuid:expense_id>/split/whole/", lines.expense_split_whole, name="expense-split-whole"),
    path("expenses/<uuid:expense_id>/tip/", lines.expense_tip, name="expense-tip"),
    path("expenses/<uuid:expense_id>/history/", expense.expense_history, name="expense-history"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/export/", analytics.analytics_export, name="analytics-export"),
    path("analytics/subscriptions/", analytics.analytics_subscriptions, name="analytics-subscriptions"),
    path(
        "analytics/subscriptions/export/",
        analytics.analytics_subscriptions_export,
        name="analytics-subscriptions-export",
    ),
    path("receipts/", inbox.receipts, name="receipts"),
    path("receipts/export/", inbox.receipts_export, name="receipts-export"),
    path("receipts/<uuid:receipt_id>/matches/", inbox.receipt_matches, name="receipt-matches"),
    path("receipts/<uuid:receipt_id>/match/", inbox.receipt_match, name="receipt-match"),
    path("books/accounts/", masters.books_accounts, name="books-accounts"),
    path("books/accounts/export/", masters.books_accounts_export, name="books-accounts-export"),
    path("books/accounts/<slug:what>/new/", masters.books_master_create, name="books-master-create"),
    path("books/accounts/<slug:what>/<uuid:master_id>/", masters.books_master, name="books-master"),
    path(
        "books/accounts/<slug:what>/<uuid:master_id>/archive/",
        masters.books_master_archive,
        name="books-master-archive",
    ),
]
