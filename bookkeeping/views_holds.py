"""Legal holds: the list, placing one, lifting one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permitted
from bookkeeping.forms_retention import HoldFilter, HoldForm, LiftForm
from bookkeeping.lift_hold import lift_hold
from bookkeeping.models import HoldScope, LegalHold
from bookkeeping.place_hold import place_hold
from expenses.views.expense import uuid_of
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from receipts.models import Receipt


def _rows(request: CompanyRequest) -> Any:
    rows = LegalHold.objects.visible_to(request.membership)
    return rows.select_related("receipt", "expense", "person", "by", "lifted_by")


def _to_list(request: CompanyRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("holds", args=[request.company.slug]), status=303)


@require_GET
@permitted("retention.see")
def holds(request: CompanyRequest) -> HttpResponse:
    """Every hold: what, why, who and when, and how it ended."""
    narrow = HoldFilter(request.GET)
    rows = narrow.narrow(_rows(request))
    count, exact = bounded_count(rows)
    page = paginate(
        rows, by=("placed_at", "id"), cursor=request.GET.get("cursor", ""), descending="sort" not in narrow.values
    )  # fmt: skip
    context = {
        "narrow": narrow, "page": page, "count": count, "exact": exact,
        "may_place": request.membership.can("legal_holds.place"), "may_lift": request.membership.can("legal_holds.lift"),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/holds.html", "list"), context)


@require_GET
@permitted("retention.see")
def holds_csv(request: CompanyRequest) -> HttpResponseBase:
    """The list as filtered, as a file."""
    rows = HoldFilter(request.GET).narrow(_rows(request)).order_by("-placed_at", "-id")

    def cells() -> Iterator[list[Any]]:
        for hold in rows.iterator(chunk_size=500):
            ended = [hold.lifted_at.isoformat(timespec="seconds"), str(hold.lifted_by)] if hold.lifted_at else ["", ""]
            placed = hold.placed_at.isoformat(timespec="seconds")
            yield [hold.get_scope_display(), hold.what, hold.reason, hold.by.name, placed, *ended, hold.lifted_reason]

    head = [
        gettext("What must be kept"), gettext("Which"), gettext("Why"), gettext("Placed by"), gettext("Placed"), gettext("Lifted"),
        gettext("Lifted by"), gettext("Why it is lifted"),
    ]  # fmt: skip
    return csv_response(f"holds-{request.company.slug}.csv", head, cells())


def _asked(request: CompanyRequest) -> Receipt | None:
    """Return the receipt that the address names, if it is one of the company's."""
    key = uuid_of(request.GET.get("receipt", ""))
    found: Receipt | None = Receipt.objects.visible_to(request.membership).filter(pk=key).first() if key else None
    return found


@require_http_methods(["GET", "POST"])
@permitted("legal_holds.place")
def hold_create(request: CompanyRequest) -> HttpResponseBase:
    """Place a hold on a receipt, an expense, a person or everything."""
    receipt, status = _asked(request), 200
    person, number = uuid_of(request.GET.get("person", "")), request.GET.get("expense", "")[:24]
    first = HoldScope.RECEIPT if receipt else HoldScope.PERSON if person else HoldScope.EXPENSE
    initial = {"scope": first, "number": number, "person": person}
    form = HoldForm(request.POST or None, company=request.company, receipt=receipt, initial=initial)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                wanted = {"scope": form.cleaned_data["scope"], "reason": form.cleaned_data["reason"], **form.targets}
                placed = place_hold(by=request.membership, now=timezone.now(), **wanted)
                toast(request, placed.words)
                return _to_list(request)
            except DomainError as error:
                field = error.field or {"expense": "number", "person": "person"}.get(error.params.get("scope", ""))
                form.add_error(field if field in form.fields else None, error.message())
                status = error.status
    return render(request, "bookkeeping/hold_create.html", {"form": form, "receipt": receipt}, status=status)


@require_http_methods(["GET", "POST"])
@permitted("legal_holds.lift")
def hold_lift(request: CompanyRequest, hold_id: UUID) -> HttpResponseBase:
    """Lift a hold: says what that means, and asks why."""
    hold = get_object_or_404(_rows(request).select_related("company"), pk=hold_id)
    form, status = LiftForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            lift_hold(hold=hold, by=request.membership, reason=form.cleaned_data["reason"], now=timezone.now())
            toast(request, gettext("The hold on %(what)s is lifted.") % {"what": hold.what})
            return _to_list(request)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
            status = error.status
    return render(request, "bookkeeping/hold_lift.html", {"form": form, "hold": hold}, status=status)
