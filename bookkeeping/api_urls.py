"""Routes of bookkeeping under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import api, api_close, api_corrections, api_dimensions, api_jobs, api_papers, api_retention

urlpatterns: list[URLPattern | URLResolver] = [
    path("book-items", api.BookItemsEndpoint.as_view(), name="api-book-items"),
    path("book-items/queue", api.QueueEndpoint.as_view(), name="api-book-items-queue"),
    path("book-items/withdrawals", api.UnqueueEndpoint.as_view(), name="api-book-items-unqueue"),
    path(
        "book-items/<uuid:item_id>/correction", api_corrections.CorrectEndpoint.as_view(), name="api-book-item-correct"
    ),
    path("book-dimensions", api_dimensions.DimensionsEndpoint.as_view(), name="api-book-dimensions"),
    path("corrections", api_corrections.CorrectionsEndpoint.as_view(), name="api-corrections"),
    path("corrections/<uuid:correction_id>", api_corrections.CorrectionEndpoint.as_view(), name="api-correction"),
    path("export-jobs", api_jobs.ExportJobsEndpoint.as_view(), name="api-export-jobs"),
    path("export-jobs/<uuid:job_id>", api_jobs.ExportJobEndpoint.as_view(), name="api-export-job"),
    path("export-jobs/<uuid:job_id>/start", api_jobs.ExportJobStartEndpoint.as_view(), name="api-export-job-start"),
    path("export-jobs/<uuid:job_id>/items", api_jobs.ExportJobItemsEndpoint.as_view(), name="api-export-job-items"),
    path(
        "export-jobs/<uuid:job_id>/completion",
        api_jobs.ExportJobCompletionEndpoint.as_view(),
        name="api-export-job-completion",
    ),
    path(
        "export-jobs/<uuid:job_id>/items/<uuid:item_id>/receipts/<int:place>",
        api_jobs.ExportJobReceiptEndpoint.as_view(),
        name="api-export-job-receipt",
    ),
    path("retention", api_retention.RetentionEndpoint.as_view(), name="api-retention"),
    path("legal-holds", api_retention.HoldsEndpoint.as_view(), name="api-legal-holds"),
    path(
        "legal-holds/<uuid:hold_id>/lifting", api_retention.HoldLiftingEndpoint.as_view(), name="api-legal-hold-lifting"
    ),
    path("exports", api.ExportsEndpoint.as_view(), name="api-exports"),
    path("exports/<uuid:export_id>", api.ExportEndpoint.as_view(), name="api-export"),
    path("exports/<uuid:export_id>/entries", api.EntriesEndpoint.as_view(), name="api-export-entries"),
    path("exports/<uuid:export_id>/file", api.FileEndpoint.as_view(), name="api-export-file"),
    path("exports/<uuid:export_id>/files/<uuid:file_id>", api.OneFileEndpoint.as_view(), name="api-export-one-file"),
    path("exports/<uuid:export_id>/receipts", api.ReceiptsEndpoint.as_view(), name="api-export-receipts"),
    path("exports/<uuid:export_id>/withdrawal", api.WithdrawalEndpoint.as_view(), name="api-export-withdrawal"),
    path("expense-reports", api_papers.PapersEndpoint.as_view(), name="api-paper-reports"),
    path("expense-reports/<uuid:report_id>", api_papers.PaperEndpoint.as_view(), name="api-paper-report"),
    path("expense-reports/<uuid:report_id>/file", api_papers.FileEndpoint.as_view(), name="api-paper-report-file"),
    path("closings", api_close.ClosingsEndpoint.as_view(), name="api-closings"),
    path("closings/<uuid:closing_id>/reopening", api_close.ReopeningEndpoint.as_view(), name="api-closing-reopening"),
    path("months/<slug:month>/report", api_close.ReportEndpoint.as_view(), name="api-month-report"),
    path("months/<slug:month>/checklist", api_close.ChecklistEndpoint.as_view(), name="api-month-checklist"),
]
