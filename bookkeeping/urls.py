"""Routes of bookkeeping under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import (
    urls_close,
    urls_retention,
    views,
    views_corrections,
    views_destinations,
    views_dimensions,
    views_exports,
    views_layouts,
    views_runs,
    views_settings,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("export/", views.export, name="export"),
    path("export/totals/", views.slip, name="export-slip"),
    path("export/queue/", views.queue_page, name="export-queue"),
    path("export/queue/runs/<uuid:queue_run_id>/", views_runs.run, name="export-run"),
    path("export/queue/runs/<uuid:queue_run_id>/undo/", views_runs.undo, name="export-run-undo"),
    path("export/withdrawals/", views.unqueue_items, name="export-unqueue"),
    path("export/items.csv", views.items_csv, name="export-items-csv"),
    path("export/agreement/", views.agreement, name="export-agreement"),
    path("export/jobs/", views_exports.create, name="export-create"),
    path("export/jobs/<uuid:export_id>/", views_exports.job, name="export-job"),
    path("export/jobs/<uuid:export_id>/progress/", views_exports.progress, name="export-progress"),
    path("export/jobs/<uuid:export_id>/again/", views_exports.again, name="export-again"),
    path("export/jobs/<uuid:export_id>/file/", views_exports.file, name="export-file"),
    path("export/jobs/<uuid:export_id>/files/<uuid:file_id>/", views_exports.one_file, name="export-one-file"),
    path("export/jobs/<uuid:export_id>/receipts/", views_exports.receipts, name="export-receipts"),
    path("export/history/", views_exports.history, name="export-history"),
    path("export/history/exports.csv", views_exports.history_csv, name="export-history-csv"),
    path("export/history/<uuid:export_id>/undo/", views_exports.undo, name="export-undo"),
    path("export/expenses/<uuid:expense_id>/correction/", views_corrections.correction, name="expense-correction"),
    path("export/corrections/<uuid:correction_id>/withdrawal/", views_corrections.drop, name="correction-drop"),
    path("books/settings/", views_settings.books_settings, name="books-settings"),
    path("books/layouts/", views_layouts.layouts, name="books-layouts"),
    path("books/layouts/new/", views_layouts.new_layout, name="books-layout-new"),
    path("books/layouts/<uuid:layout_id>/", views_layouts.layout, name="books-layout"),
    path("books/layouts/<uuid:layout_id>/archive/", views_layouts.archive, name="books-layout-archive"),
    path("books/destinations/", views_destinations.destinations, name="books-destinations"),
    path("books/destinations/connector/", views_destinations.connect_connector, name="books-connector"),
    path("books/destinations/<uuid:destination_id>/test/", views_destinations.test, name="books-destination-test"),
    path("books/destinations/<uuid:destination_id>/end/", views_destinations.end, name="books-destination-end"),
    path("books/jobs/<uuid:job_id>/", views_destinations.job, name="books-job"),
    path("books/jobs/<uuid:job_id>/again/", views_destinations.again, name="books-job-again"),
    path("books/dimensions/", views_dimensions.dimensions, name="books-dimensions"),
    path("books/tax-names/", views_layouts.tax_names, name="books-tax-names"),
]

urlpatterns += urls_close.urlpatterns + urls_retention.urlpatterns
