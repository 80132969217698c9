"""Closing the past, and which purchase a refund belongs to."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.link_refund import link_refund
from expenses.listing import LAST_NUMBER
from expenses.lock_period import lock_period, open_period
from expenses.models import Expense, LockKind, PeriodLock
from expenses.views.expense import address, fetch, refused
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from pleo.lib.pagination import paginate


class LockForm(forms.Form):
    """What is closed, and up to when."""

    kind = forms.ChoiceField(label=_("What"), choices=LockKind.choices)
    upto = forms.DateField(
        label=_("Up to and with"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip


def _here(request: CompanyRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("settings-periods", kwargs={"company": request.company.slug}), status=303)


@require_http_methods(["GET", "POST"])
@permitted("periods.lock")
def periods(request: CompanyRequest) -> HttpResponse:
    """Show what is closed, close up to a later or an earlier day, and what was closed before."""
    form, status = LockForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = lock_period(by=request.membership, now=timezone.now(), **form.cleaned_data)
                toast(request, gettext("Everything up to %(day)s is closed.") % {"day": format.day(row.upto)})
                return _here(request)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message())
                status = error.status
    rows = PeriodLock.objects.for_company(request.company).select_related("by", "lifted_by")
    page = paginate(rows, by=("created_at", "id"), cursor=request.GET.get("cursor", ""))
    live = rows.filter(lifted_at=None).order_by("kind")
    return render(request, "expenses/periods.html", {"form": form, "page": page, "live": live}, status=status)


@require_POST
@permitted("periods.lock")
def period_open(request: CompanyRequest, lock_id: UUID) -> HttpResponse:
    """Open what was closed."""
    lock = get_object_or_404(PeriodLock.objects.for_company(request.company).select_related("company"), pk=lock_id)
    try:
        open_period(lock=lock, by=request.membership, now=timezone.now())
        toast(request, gettext("%(what)s are open again.") % {"what": lock.get_kind_display()})
    except DomainError as error:
        toast(request, error.message())
    return _here(request)


@require_POST
@permitted("expenses.edit")
def expense_refund(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Say by its number which purchase a refund belongs to; an empty number says none."""
    row = fetch(request, expense_id)
    typed = request.POST.get("number", "").strip().lstrip("#")
    purchase = None
    if typed:
        is_number = typed.isdecimal() and int(typed) <= LAST_NUMBER
        rows = Expense.objects.visible_to(request.membership).filter(number=int(typed) if is_number else 0)
        purchase = rows.first() or row
    try:
        link_refund(expense=row, purchase=purchase, by=request.membership, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    said = (
        gettext("It belongs to #%(number)s.") % {"number": purchase.number}
        if purchase
        else gettext("It belongs to no purchase.")
    )
    toast(request, said)
    return HttpResponseRedirect(address(request, row), status=303)
