"""Routes of the month's end under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bookkeeping import views_close, views_papers, views_report

urlpatterns: list[URLPattern | URLResolver] = [
    path("months/", views_close.months, name="months"),
    path("months/closings.csv", views_close.closings_csv, name="closings-csv"),
    path("months/closings/<uuid:closing_id>/reopening/", views_close.reopen, name="month-reopen"),
    path("months/<slug:month>/", views_close.month, name="month"),
    path("months/<slug:month>/points/<slug:code>/", views_close.point, name="month-point"),
    path("months/<slug:month>/points/<slug:code>/rows.csv", views_close.point_csv, name="month-point-csv"),
    path("months/<slug:month>/report/", views_report.report, name="month-report"),
    path("months/<slug:month>/report.pdf", views_report.report_pdf, name="month-report-pdf"),
    path("months/<slug:month>/report.csv", views_report.report_csv, name="month-report-csv"),
    path("reports/", views_papers.papers, name="paper-reports"),
    path("reports/<uuid:report_id>/", views_papers.paper, name="paper-report"),
    path("reports/<uuid:report_id>/again/", views_papers.again, name="paper-report-again"),
    path("reports/<uuid:report_id>/file/", views_papers.file, name="paper-report-file"),
]
