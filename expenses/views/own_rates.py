"""Settings: the company's own rates of mileage and days away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.forms_own_rates import DailyRateForm, EndForm, MileageRateForm, OwnRateFilter
from expenses.keep_own_rate import add_own_rate, end_own_rate
from expenses.mileage_rates import VEHICLES
from expenses.models import OwnRate
from expenses.per_diem_places import place_name
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate

FORMS: dict[str, Any] = {"mileage": MileageRateForm, "per_diem": DailyRateForm}


@require_http_methods(["GET", "POST"])
@permitted("policies.manage")
def settings_rates(request: CompanyRequest) -> HttpResponse:
    """Show the company's own rates, newest first, and add one."""
    part = request.POST.get("part", "")
    forms = {
        name: form(request.POST if name == part else None, company=request.company) for name, form in FORMS.items()
    }
    status = 200 if request.method == "GET" else 422
    if part in forms and forms[part].is_valid():
        try:
            add_own_rate(by=request.membership, terms=forms[part].terms, now=timezone.now())
            toast(request, gettext("The rate is added. Claims made before keep theirs."))
            return _here(request)
        except DomainError as error:
            forms[part].add_error(error.field if error.field in forms[part].fields else None, error.message())
            status = error.status
    return render(
        request,
        template_for(request, "expenses/own_rates.html", "list"),
        {"forms": forms} | _list(request),
        status=status,
    )


def _list(request: CompanyRequest) -> dict[str, Any]:
    narrow = OwnRateFilter(request.GET, today=request.company.day_of(timezone.now()))
    rows = narrow.narrow(OwnRate.objects.for_company(request.company).select_related("by"))
    by, descending = narrow.order
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    row: Any
    for row in page.rows:
        row.what = _what(row)
    return {"page": page, "narrow": narrow, "count": count, "exact": exact}


def _what(row: OwnRate) -> str:
    return str(VEHICLES.get(row.vehicle, row.vehicle)) if row.vehicle else place_name(row.place or row.country)


@require_GET
@permitted("policies.manage")
def settings_rates_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the rates as narrowed, as CSV."""
    narrow = OwnRateFilter(request.GET, today=request.company.day_of(timezone.now()))
    rows = narrow.narrow(OwnRate.objects.for_company(request.company)).order_by("valid_from", "id")
    header = [
        gettext("Kind"), gettext("What"), gettext("Rate"), gettext("Half day"), gettext("Up to in a year"),
        gettext("Rate beyond"), gettext("Free of tax of it"), gettext("Currency"), gettext("From"), gettext("Until and with"),
    ]  # fmt: skip
    cells = (
        [
            row.get_kind_display(), _what(row), f"{row.rate:f}", _number(row.rate_half), row.upto, _number(row.rate_after),
            _number(row.tax_free), row.currency, row.valid_from.isoformat(), row.last_day.isoformat() if row.last_day else "",
        ]
        for row in rows.iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response(f"own-rates-{request.company.slug}.csv", header, cells)


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _here(request: CompanyRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("settings-rates", kwargs={"company": request.company.slug}), status=303)


@require_POST
@permitted("policies.manage")
def own_rate_end(request: CompanyRequest, own_rate_id: UUID) -> HttpResponse:
    """End a rate after a day; remove one that has not begun."""
    own = get_object_or_404(OwnRate.objects.for_company(request.company), pk=own_rate_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        toast(request, gettext("Write the last day of the rate."))
        return _here(request)
    try:
        end_own_rate(
            own=own, by=request.membership, last_day=form.cleaned_data["last_day"], now=timezone.now()
        )  # fmt: skip
        toast(request, gettext("Saved."))
    except DomainError as error:
        toast(request, error.message())
    return _here(request)
