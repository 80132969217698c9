"""Where exports go by themselves: connect, test, and what became of each entry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping.destinations.connect import connect, disconnect, try_connection
from bookkeeping.finish_job import retry_job
from bookkeeping.forms_destinations import EconomicForm
from bookkeeping.models import Destination, ExportJob
from bookkeeping.models.destinations import DestinationKind, FailureType, JobItemStatus
from bookkeeping.views import rights
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import paginate

# Where a failure is mended: the page, and the word of the link.
FIXES = {
    FailureType.VALIDATION: "books-accounts", FailureType.INVALID: "books-accounts", FailureType.MISSING: "books-destinations",
    FailureType.AUTHENTICATION: "books-destinations", FailureType.AUTHORIZATION: "books-destinations",
}  # fmt: skip
SHOWN = 10


def _back(request: CompanyRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("books-destinations", kwargs={"company": request.company.slug}), status=303)


def _counted() -> Any:
    said = {status.value: Count("items", filter=Q(items__status=status)) for status in JobItemStatus}
    return ExportJob.objects.annotate(**{f"count_{name}": count for name, count in said.items()})


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def destinations(request: CompanyRequest) -> HttpResponseBase:
    """What is connected, and the last jobs; a POST connects e-conomic or changes it."""
    live = {row.kind: row for row in Destination.objects.for_company(request.company).filter(disconnected_at=None)}
    economic = live.get(DestinationKind.ECONOMIC)
    initial = {"journal": economic.config.get("journal", 1)} if economic else {}
    form = EconomicForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and not request.membership.can("books.settings"):
        raise PermissionDenied("books.settings")
    if form.is_bound and (answer := _connect(request, form)):
        return answer
    jobs = _counted().filter(company=request.company).select_related("export", "destination").order_by("-id")[:SHOWN]
    context = {
        "form": form, "economic": economic, "connector": live.get(DestinationKind.CONNECTOR), "jobs": jobs,
        "may": rights(request), "offered": bool(settings.ECONOMIC_APP_SECRET), "test_error": _word(economic),
    }  # fmt: skip
    return render(request, "bookkeeping/destinations.html", context, status=422 if form.errors else 200)


def _word(destination: Destination | None) -> str:
    known = dict(FailureType.choices)
    return str(known.get(destination.test_error, "")) if destination and destination.test_error else ""


def _connect(request: CompanyRequest, form: EconomicForm) -> HttpResponseBase | None:
    if not form.is_valid():
        return None
    if not settings.ECONOMIC_APP_SECRET:
        form.add_error(None, gettext("e-conomic is not set up on this installation."))
        return None
    try:
        row = connect(by=request.membership, kind=DestinationKind.ECONOMIC, now=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return None
    _test(request, row)
    return _back(request)


def _test(request: CompanyRequest, row: Destination) -> None:
    name = try_connection(destination=row, now=timezone.now())
    toast(request, gettext("Connected to %(name)s.") % {"name": name} if name else _word(row))


@require_POST
@permitted("books.settings")
def connect_connector(request: CompanyRequest) -> HttpResponseBase:
    """Let every export wait for a connector of the company's own."""
    connect(by=request.membership, kind=DestinationKind.CONNECTOR, now=timezone.now())
    toast(request, gettext("Exports wait for your connector from now on."))
    return _back(request)


def _found(request: CompanyRequest, destination_id: UUID) -> Destination:
    rows = Destination.objects.for_company(request.company).filter(disconnected_at=None)
    row: Destination = get_object_or_404(rows, pk=destination_id)
    return row


@require_POST
@permitted("books.settings")
def test(request: CompanyRequest, destination_id: UUID) -> HttpResponseBase:
    """Ask the other system whether the connection works."""
    row = _found(request, destination_id)
    if row.kind == DestinationKind.CONNECTOR:
        raise Http404
    _test(request, row)
    return _back(request)


@require_POST
@permitted("books.settings")
def end(request: CompanyRequest, destination_id: UUID) -> HttpResponseBase:
    """Disconnect; what was handed over stays there."""
    disconnect(destination=_found(request, destination_id), by=request.membership, now=timezone.now())
    toast(request, gettext("Disconnected. What was handed over stays there."))
    return _back(request)


@require_GET
@permitted("books.see")
def job(request: CompanyRequest, job_id: UUID) -> HttpResponse:
    """What became of each entry of a job, what was refused first."""
    rows = _counted().filter(company=request.company).select_related("export", "destination")
    found = get_object_or_404(rows, pk=job_id)
    show = request.GET.get("show", "")
    items = found.items.select_related("entry__book_item")
    if show in JobItemStatus.values:
        items = items.filter(status=show)
    page = paginate(items, by=("voucher_number", "id"), cursor=request.GET.get("cursor", ""))
    for item in page.rows:
        item.fix = _fix(request, item)
    context = {
        "job": found, "page": page, "show": show, "may": rights(request), "shows": JobItemStatus.choices,
        "error": dict(FailureType.choices).get((found.last_error or {}).get("code", ""), ""),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/export_job.html", "state"), context)


def _fix(request: CompanyRequest, item: Any) -> str:
    """Return where a refused entry is mended: the receipts of its expense, the accounts, or the connection."""
    if item.status != JobItemStatus.FAILED:
        return ""
    name = FIXES.get(item.failure_type)
    if name:
        return reverse(name, kwargs={"company": request.company.slug})
    expense = item.entry.book_item.expense_id
    return reverse("expense", kwargs={"company": request.company.slug, "expense_id": expense}) if expense else ""


@require_POST
@permitted("books.export")
def again(request: CompanyRequest, job_id: UUID) -> HttpResponseBase:
    """Hand over again what did not arrive; what arrived is left alone."""
    found = get_object_or_404(ExportJob.objects.visible_to(request.membership), pk=job_id)
    try:
        retry_job(job=found, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    url = reverse("books-job", kwargs={"company": request.company.slug, "job_id": found.pk})
    return HttpResponseRedirect(url, status=303)
