"""The month's end: what is open, closing, opening again, and the history of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping import close_points, overview, point_rows
from bookkeeping.close_period import close_period
from bookkeeping.forms_close import CloseForm, ClosingFilter, PointFilter, ReopenForm
from bookkeeping.models import PeriodClose
from bookkeeping.months import Month, booking_day, last_over, open_from
from bookkeeping.reopen_period import ReopenNeedsReason, reopen_period
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate

# Months that the page offers, newest first.
SHOWN = 13


def month_of(text: str) -> Month:
    """Read the month of an address. Raises Http404."""
    month = Month.read(text)
    if month is None:
        raise Http404("there is no such month")
    return month


def _closing(request: CompanyRequest, month: Month) -> PeriodClose | None:
    """Return the closing in force of a month: its own, or the one of a later month that covers it."""
    rows = PeriodClose.objects.visible_to(request.membership).live().select_related("by")
    found: PeriodClose | None = rows.filter(upto__gte=month.last).order_by("upto").first()
    return found


def _to_month(request: CompanyRequest, month: Month) -> HttpResponseRedirect:
    url = reverse("month", kwargs={"company": request.company.slug, "month": month.key})
    return HttpResponseRedirect(url, status=303)


@require_GET
@permitted("books.see")
def months(request: CompanyRequest) -> HttpResponse:
    """The months, which of them are closed, and every closing there was."""
    narrow = ClosingFilter(request.GET)
    rows = PeriodClose.objects.visible_to(request.membership).select_related("by", "reopened_by", "company")
    found = narrow.narrow(rows)
    page = paginate(found, by=("created_at", "id"), cursor=request.GET.get("cursor", ""))
    for row in page.rows:
        row.open_points = list(close_points.kept(row.points, request.company))
    context = {"narrow": narrow, "page": page, "count": found.count(), "months": list(_months(request, rows))}
    return render(request, template_for(request, "bookkeeping/months.html", "closings"), context)


def _months(request: CompanyRequest, rows: Any) -> Iterator[dict[str, Any]]:
    """Yield the running month and those before it, each with the closing that covers it."""
    live = list(rows.live().order_by("upto"))
    month = last_over(request.company, timezone.now()).next
    for back in range(SHOWN):
        covering = next((row for row in live if row.upto >= month.last), None)
        yield {"month": month, "closing": covering, "is_running": back == 0}
        month = month.before


@require_GET
@permitted("books.see")
def closings_csv(request: CompanyRequest) -> HttpResponseBase:
    """The history as filtered, as a file."""
    found = ClosingFilter(request.GET).narrow(PeriodClose.objects.visible_to(request.membership))

    def lines() -> Iterator[list[Any]]:
        for row in found.select_related("by", "reopened_by").order_by("created_at", "id").iterator(chunk_size=500):
            opened = request.company.day_of(row.reopened_at) if row.reopened_at else ""
            yield [
                row, row.by, request.company.day_of(row.created_at), row.open_count, row.reason, row.reopened_by or "",
                opened, row.reopened_reason,
            ]  # fmt: skip

    head = ["Month", "Closed by", "Closed", "Open points", "Reason", "Opened by", "Opened", "Reason for opening"]
    return csv_response("closings.csv", [gettext(word) for word in head], lines())


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def month(request: CompanyRequest, month: str) -> HttpResponseBase:
    """One month's checklist; a POST closes it."""
    if request.method == "POST":
        return _close(request, month)
    return _month_page(request, month_of(month), CloseForm(), 200)


@permitted("periods.lock")
def _close(request: CompanyRequest, month: str) -> HttpResponseBase:
    wanted, form, status = month_of(month), CloseForm(request.POST), 422
    if form.is_valid():
        values = form.cleaned_data
        try:
            close_period(
                by=request.membership, month=wanted, reason=values["reason"], also=tuple(values["also"]), now=timezone.now()
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
            status = error.status
        else:
            toast(request, gettext("%(month)s is closed.") % {"month": format.month(wanted.first)})
            return _to_month(request, wanted)
    return _month_page(request, wanted, form, status)


def _month_page(
    request: CompanyRequest, wanted: Month, form: CloseForm, status: int, reopen_form: ReopenForm | None = None
) -> HttpResponse:
    closing, opens = _closing(request, wanted), open_from(request.company)
    points = [] if closing else close_points.points(request.membership, wanted)
    late = close_points.open_items(request.membership, wanted.last) if closing else None
    context = {
        "month": wanted, "closing": closing, "form": form, "points": points, "reopen": reopen_form or ReopenForm(),
        "open": [point for point in points if point.is_open], "is_over": wanted <= last_over(request.company, timezone.now()),
        "may_close": request.membership.can("periods.lock"), "opens": opens,
        "is_newest": closing is not None and opens == closing.upto + (wanted.next.first - wanted.last),
        "kept": list(close_points.kept(closing.points, request.company)) if closing else [],
        "late": overview.figures(late.filter(booked_date__gte=wanted.first), request.company) if late is not None else None,
        "lands_on": booking_day(wanted.first, opens),
    }  # fmt: skip
    return render(request, "bookkeeping/month.html", context, status=status)


@require_POST
@permitted("periods.lock")
def reopen(request: CompanyRequest, closing_id: UUID) -> HttpResponseBase:
    """Open a closed month again."""
    rows = PeriodClose.objects.visible_to(request.membership)
    closing = get_object_or_404(rows, pk=closing_id)
    wanted, form = Month.of(closing.month), ReopenForm(request.POST)
    if form.is_valid():
        try:
            reopen_period(
                closing=closing, by=request.membership, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except ReopenNeedsReason as error:
            form.add_error("reason", error.message())
        except DomainError as error:
            toast(request, error.message())
            return _to_month(request, wanted)
        else:
            toast(request, gettext("%(month)s is open again.") % {"month": format.month(closing.month)})
            return _to_month(request, wanted)
    return _month_page(request, wanted, CloseForm(), 422, form)


def _point(request: CompanyRequest, month: str, code: str) -> tuple[Month, Any]:
    """Return the month and the rows of one of its points, or of what came late. Raises Http404."""
    wanted = month_of(month)
    if code == "late":
        items = close_points.open_items(request.membership, wanted.last)
        return wanted, items.filter(booked_date__gte=wanted.first)
    if code not in close_points.ROWS:
        raise Http404("there is no such point")
    return wanted, close_points.rows(request.membership, wanted, code)


@require_GET
@permitted("books.see")
def point(request: CompanyRequest, month: str, code: str) -> HttpResponse:
    """The rows of one open point, searched and paged."""
    wanted, rows = _point(request, month, code)
    narrow, kind = PointFilter(request.GET), "ready" if code == "late" else code
    found = point_rows.found(rows, kind, narrow.query)
    page = paginate(found, by=point_rows.by(kind), cursor=request.GET.get("cursor", ""))
    count, exact = bounded_count(found)
    contra = overview.contra(request.company)
    context = {
        "month": wanted, "code": code, "narrow": narrow, "page": page, "count": count, "exact": exact,
        "rows": list(point_rows.shown(page.rows, kind, request.membership, contra)),
        "words": gettext("Late: of a closed month, booked in a later one") if code == "late" else close_points.WORDS[code][0],
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/point.html", "list"), context)


@require_GET
@permitted("books.see")
def point_csv(request: CompanyRequest, month: str, code: str) -> HttpResponseBase:
    """The same rows as searched, as a file."""
    _, rows = _point(request, month, code)
    kind = "ready" if code == "late" else code
    found = point_rows.found(rows, kind, PointFilter(request.GET).query).order_by(*point_rows.by(kind))
    contra = overview.contra(request.company)
    lines = (
        [row.day, row.title, row.person, f"{row.amount.decimal:f}" if row.amount else "", row.amount.currency if row.amount else "",
         " ".join(row.notes)]
        for row in point_rows.shown(found.iterator(chunk_size=200), kind, request.membership, contra)
    )  # fmt: skip
    head = ["Date", "Text", "Person", "Amount", "Currency", "Problems"]
    return csv_response("open-points.csv", [gettext(word) for word in head], lines)
