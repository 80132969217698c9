"""Settings: the company's own rates of mileage and days away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.forms_own_rates import DailyRateForm, EndForm, MileageRateForm
from expenses.keep_own_rate import add_own_rate, end_own_rate
from expenses.mileage_rates import VEHICLES
from expenses.models import OwnRate
from expenses.per_diem_places import place_name
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from pleo.lib.pagination import paginate

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
    rows = OwnRate.objects.for_company(request.company).select_related("by")
    page = paginate(rows, by=("created_at", "id"), cursor=request.GET.get("cursor", ""))
    row: Any
    for row in page.rows:
        row.what = str(VEHICLES.get(row.vehicle, row.vehicle)) if row.vehicle else place_name(row.place or row.country)
    return render(request, "expenses/own_rates.html", {"forms": forms, "page": page}, status=status)


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
