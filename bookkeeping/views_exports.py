"""Exports: begin one, watch it, take its files, undo it, and the history of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping import outcome
from bookkeeping.downloads import download
from bookkeeping.export import export
from bookkeeping.forms import ExportForm, HistoryFilter, UndoForm
from bookkeeping.models import BookSettings, Export, ExportStatus
from bookkeeping.months import closed_upto
from bookkeeping.try_again import try_again
from bookkeeping.views import rights
from bookkeeping.vouchers import span_of
from bookkeeping.withdraw import withdraw
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate


def _found(request: CompanyRequest, export_id: UUID) -> Export:
    exports = Export.objects.visible_to(request.membership).select_related("by", "withdrawn_by", "company")
    return get_object_or_404(exports, pk=export_id)


def _to_job(batch: Export) -> HttpResponseRedirect:
    return HttpResponseRedirect(
        reverse("export-job", kwargs={"company": batch.company.slug, "export_id": batch.pk}), status=303
    )


@require_POST
@permitted("books.export")
def create(request: CompanyRequest) -> HttpResponseBase:
    """Begin an export of the queue; its page shows how far it is."""
    settings = get_object_or_404(BookSettings.objects.for_company(request.company))
    form = ExportForm(request.POST, settings=settings)
    if not form.is_valid():
        chosen = "formats" in form.errors and "formats" not in request.POST
        late = gettext("That form was out of date. Look at the queue and export again.")
        toast(request, gettext("Choose at least one format.") if chosen else late)
        return HttpResponseRedirect(reverse("export", kwargs={"company": request.company.slug}), status=303)
    values = form.cleaned_data
    try:
        batch = export(
            by=request.membership,
            client_key=str(values["key"]),
            formats=values["formats"],
            with_receipts=values["with_receipts"],
            with_reports=values["with_reports"],
            receipts_by_month=values["receipts_by_month"],
            now=timezone.now(),
        )
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(reverse("export", kwargs={"company": request.company.slug}), status=303)
    return _to_job(batch)


@require_GET
@permitted("books.see")
@never_cache
def job(request: CompanyRequest, export_id: UUID) -> HttpResponse:
    """One export: how far it is, its file with checksum and totals, or why it was not made."""
    return render(request, "bookkeeping/job.html", _job_context(request, _found(request, export_id)))


@require_GET
@permitted("books.see")
@never_cache
def progress(request: CompanyRequest, export_id: UUID) -> HttpResponse:
    """The part of the page that changes while it is being made."""
    context = _job_context(request, _found(request, export_id))
    return render(request, template_for(request, "bookkeeping/job.html", "state"), context)


def _job_context(request: CompanyRequest, batch: Export) -> dict[str, Any]:
    return {
        "export": batch,
        "closed_upto": closed_upto(request.company),
        "stage": outcome.stage(batch),
        "failure": outcome.failure(batch),
        "totals": outcome.totals(batch),
        "files": outcome.files(batch),
        "vouchers": span_of(batch),
        "may": rights(request),
    }


@require_POST
@permitted("books.export")
def again(request: CompanyRequest, export_id: UUID) -> HttpResponseBase:
    """Start a failed export over."""
    batch = _found(request, export_id)
    try:
        try_again(export=batch, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    return _to_job(batch)


@require_GET
@permitted("books.see")
def file(request: CompanyRequest, export_id: UUID) -> HttpResponseBase:
    """The first file of an export, byte for byte as it was made."""
    batch = _found(request, export_id)
    first = batch.files.order_by("position").first()
    media = first.media_type if first else "application/octet-stream"
    return download(batch.file_key, batch.file_name, batch.sha256, media)


@require_GET
@permitted("books.see")
def one_file(request: CompanyRequest, export_id: UUID, file_id: UUID) -> HttpResponseBase:
    """One of the files of an export, byte for byte as it was made."""
    file = get_object_or_404(_found(request, export_id).files, pk=file_id)
    return download(file.key, file.name, file.sha256, file.media_type)


@require_GET
@permitted("books.see")
def receipts(request: CompanyRequest, export_id: UUID) -> HttpResponseBase:
    """The receipts of an export in one ZIP, byte for byte as it was made."""
    batch = _found(request, export_id)
    return download(batch.receipts_key, batch.receipts_name, batch.receipts_sha256, "application/zip")


@require_http_methods(["GET", "POST"])
@permitted("books.export")
def undo(request: CompanyRequest, export_id: UUID) -> HttpResponseBase:
    """Undo an export: says first what it means, and asks why."""
    batch = _found(request, export_id)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            withdraw(export=batch, by=request.membership, reason=form.cleaned_data["reason"], now=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(
                request, gettext("Export #%(number)s is undone. Its entries are open again.") % {"number": batch.number}
            )
            return _to_job(batch)
    can_undo = batch.status == ExportStatus.READY and batch.withdrawn_at is None
    context = {"export": batch, "form": form, "can_undo": can_undo}
    return render(request, "bookkeeping/undo.html", context, status=422 if form.errors else 200)


@require_GET
@permitted("books.see")
def history(request: CompanyRequest) -> HttpResponse:
    """Every export there was, newest first."""
    narrow = HistoryFilter(request.GET)
    rows = narrow.narrow(Export.objects.visible_to(request.membership).select_related("by", "withdrawn_by"))
    oldest_first = request.GET.get("sort") == "number"
    page = paginate(rows, by=("number", "id"), cursor=request.GET.get("cursor", ""), descending=not oldest_first)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact, "may": rights(request)}
    return render(request, template_for(request, "bookkeeping/history.html", "exports"), context)


@require_GET
@permitted("books.see")
def history_csv(request: CompanyRequest) -> HttpResponseBase:
    """The history as filtered, as a file."""
    rows = HistoryFilter(request.GET).narrow(Export.objects.visible_to(request.membership)).select_related("by")

    def lines() -> Iterator[list[Any]]:
        for batch in rows.order_by("number").iterator(chunk_size=500):
            made = request.company.day_of(batch.created_at)
            yield [
                batch.number, made, batch.by, batch.first_date, batch.last_date, batch.item_count,
                f"{batch.debit_total.decimal:f}", batch.currency, outcome.state(batch), batch.withdrawn_reason, batch.sha256,
            ]  # fmt: skip

    head = ["Number", "Made", "By", "From", "To", "Entries", "Debit", "Currency", "State", "Why undone", "SHA-256"]
    return csv_response("exports.csv", [gettext(word) for word in head], lines())
