"""A month's report: page, PDF and CSV of the same figures."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from bookkeeping.month_report import GROUPS, month_report
from bookkeeping.month_report_pdf import heads, month_report_pdf
from bookkeeping.views_close import month_of
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest


@require_GET
@permitted("books.see")
def report(request: CompanyRequest, month: str) -> HttpResponse:
    """A month in figures, with the month before beside it."""
    wanted = month_of(month)
    made = month_report(request.membership, wanted)
    tables = [(group, heads()[group], made.slices[group]) for group in GROUPS]
    return render(request, "bookkeeping/month_report.html", {"month": wanted, "report": made, "tables": tables})


@require_GET
@permitted("books.see")
def report_pdf(request: CompanyRequest, month: str) -> HttpResponseBase:
    """The same as a PDF."""
    wanted = month_of(month)
    content = month_report_pdf(month_report(request.membership, wanted), request.company)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="month-{wanted.key}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@permitted("books.see")
def report_csv(request: CompanyRequest, month: str) -> HttpResponseBase:
    """The same as rows: one for each line of each table."""
    wanted = month_of(month)
    made = month_report(request.membership, wanted)
    lines = (
        [heads()[group], one.label, one.count, f"{one.amount.decimal:f}", f"{one.tax.decimal:f}", f"{one.before.decimal:f}",
         f"{one.change.decimal:f}", one.amount.currency]
        for group in GROUPS
        for one in made.slices[group]
    )  # fmt: skip
    head = ["Table", "Line", "Entries", "Spent", "VAT", "Month before", "Change", "Currency"]
    return csv_response(f"month-{wanted.key}.csv", [gettext(word) for word in head], lines)
