"""Claims without a shop: mileage and days away; changing what one claimed; what of a purchase was private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from expenses import drive, journey
from expenses.change_claim import change_claim
from expenses.drive import change_drive, claim_drive
from expenses.forms_claims import ClaimForm, DriveForm, JourneyForm, PrivateForm
from expenses.journey import change_journey, claim_journey
from expenses.mark_private import mark_private
from expenses.models import Expense, ExpenseKind
from expenses.owed import NotAClaim
from expenses.own_rates import claimable_vehicles
from expenses.per_diem_rates import countries
from expenses.split import shared_of, to_split
from expenses.views.expense import address, fetch, refused
from expenses.withdraw_claim import withdraw_claim
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from pleo.lib.money import Money, total


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def mileage_create(request: CompanyRequest) -> HttpResponse:
    """Claim a drive; `do=count` shows what it is worth before it is sent."""
    form = DriveForm(request.POST or None, by=request.membership, initial={"drove_on": _today(request)})
    context = {"form": form, "has_rates": bool(claimable_vehicles(request.company))}
    return _create(request, form, "expenses/drive.html", context, _price_drive, _send_drive)


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def per_diem_create(request: CompanyRequest) -> HttpResponse:
    """Claim days away; the meals are asked once the days are known."""
    form = JourneyForm(request.POST or None, by=request.membership)
    context = {"form": form, "has_rates": request.company.country in countries()}
    return _create(request, form, "expenses/journey.html", context, _price_journey, _send_journey)


def _today(request: CompanyRequest) -> Any:
    return request.company.day_of(timezone.now())


Act = Callable[[CompanyRequest, Any], Any]


def _create(
    request: CompanyRequest, form: Any, template: str, context: dict[str, Any], price: Act, send: Act
) -> HttpResponse:
    """Show the form, work out what it is worth, or send it; a refusal stands beside its field."""
    if request.method == "GET":
        return render(request, template, context)
    status = 422
    if form.is_valid():
        try:
            if request.POST.get("do") == "send":
                return _sent(request, send(request, form))
            return render(request, template, context | {"worth": price(request, form), "is_counted": True})
        except DomainError as error:
            form.add_error(_place(form, error), error.message())
            status = error.status
    return render(request, template, context, status=status)


def _place(form: Any, error: DomainError) -> str | None:
    names = {"date": "drove_on" if "drove_on" in form.fields else "ends_at"}
    field = names.get(error.field or "", error.field)
    return field if field in form.fields else None


def _sent(request: CompanyRequest, expense: Expense) -> HttpResponse:
    params = {"merchant": expense.merchant, "amount": format.amount(expense.booked)}
    toast(request, gettext("%(merchant)s, %(amount)s is with finance.") % params)
    where = {"company": request.company.slug, "expense_id": expense.pk}
    return HttpResponseRedirect(reverse("expense", kwargs=where), status=303)


@transaction.atomic
def _price_drive(request: CompanyRequest, form: DriveForm) -> dict[str, Any]:
    priced = drive.price(owner=request.membership, way=form.way, now=timezone.now())
    return {
        "amount": priced.value.amount, "parts": priced.value.parts, "before": priced.before, "unit": form.unit,
        "taxable": priced.taxable,
    }  # fmt: skip


def _send_drive(request: CompanyRequest, form: DriveForm) -> Expense:
    data = form.cleaned_data
    return claim_drive(
        by=request.membership, way=form.way, category=data["category"], note=data["note"], now=timezone.now()
    )


@transaction.atomic
def _price_journey(request: CompanyRequest, form: JourneyForm) -> dict[str, Any]:
    priced = journey.price(owner=request.membership, away=form.away, now=timezone.now())
    return {"amount": priced.amount, "days": priced.parts, "taxable": priced.taxable}


def _send_journey(request: CompanyRequest, form: JourneyForm) -> Expense:
    data = form.cleaned_data
    return claim_journey(
        by=request.membership, away=form.away, category=data["category"], note=data["note"], now=timezone.now()
    )


@dataclass(frozen=True)
class Kind:
    """How a kind of claim is changed: its form, what it starts with, its template, its verb."""

    form: Any
    initial: Callable[[Expense], dict[str, Any]]
    template: str
    change: Callable[..., Expense]


def _claim_initial(expense: Expense) -> dict[str, Any]:
    paid = expense.foreign or expense.booked
    typed = expense.rate_source == "typed"
    return {
        "merchant": expense.merchant, "date": expense.document_date, "amount": paid, "currency": paid.currency,
        "rate": expense.rate if typed else None, "rate_reason": expense.rate_reason,
    }  # fmt: skip


def _change_claim(form: ClaimForm, **options: Any) -> Expense:
    data = form.cleaned_data
    return change_claim(
        merchant=data["merchant"], purchased_on=data["date"], amount=data["amount"], rate=data["rate"],
        rate_reason=data["rate_reason"], **options,
    )  # fmt: skip


KINDS: dict[str, Kind] = {
    ExpenseKind.OUT_OF_POCKET: Kind(ClaimForm, _claim_initial, "expenses/claim_change.html", _change_claim),
    ExpenseKind.CASH_PURCHASE: Kind(ClaimForm, _claim_initial, "expenses/claim_change.html", _change_claim),
    ExpenseKind.MILEAGE: Kind(
        DriveForm, DriveForm.initial_of, "expenses/drive.html",
        lambda form, **options: change_drive(way=form.way, **options),
    ),
    ExpenseKind.PER_DIEM: Kind(
        JourneyForm, JourneyForm.initial_of, "expenses/journey.html",
        lambda form, **options: change_journey(away=form.away, **options),
    ),
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@permitted("expenses.edit")
def expense_claim_change(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Change what was claimed, as long as no batch for the books holds it."""
    row = fetch(request, expense_id)
    kind = KINDS.get(row.kind)
    if kind is None or not row.is_editable_by(request.membership) or row.is_frozen:
        return refused(request, row, NotAClaim())
    form = kind.form(request.POST or None, by=row.owner, is_change=True, initial=kind.initial(row))
    context = {"form": form, "expense": row, "has_rates": True, "is_change": True}
    if request.method == "GET":
        return render(request, kind.template, context)
    status = 422
    if form.is_valid() and request.POST.get("do") != "days":
        try:
            kind.change(form, expense=row, by=request.membership, now=timezone.now())
            toast(request, gettext("%(merchant)s is changed and goes back to review.") % {"merchant": row.merchant})
            return HttpResponseRedirect(address(request, row), status=303)
        except DomainError as error:
            form.add_error(_place(form, error), error.message())
            status = error.status
    return render(request, kind.template, context, status=200 if request.POST.get("do") == "days" else status)


@require_POST
@permitted("expenses.edit")
def expense_claim_withdrawal(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Take a claim back."""
    row = fetch(request, expense_id)
    try:
        withdraw_claim(expense=row, by=request.membership, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    toast(request, gettext("%(merchant)s is withdrawn.") % {"merchant": row.merchant})
    return HttpResponseRedirect(address(request, row), status=303)


@require_http_methods(["GET", "POST"])
@permitted("expenses.edit")
def expense_private(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Say how much of a purchase was private; nothing takes it back."""
    row = fetch(request, expense_id)
    try:
        whole = to_split(row)
        form = PrivateForm(request.POST or None, expense=row, initial={"amount": _private(row) or whole})
        if request.method == "POST" and form.is_valid():
            return _marked(request, row, form)
    except DomainError as error:
        return refused(request, row, error)
    context = {"form": form, "expense": row, "whole": whole, "already": _private(row)}
    return render(request, "expenses/private.html", context, status=422 if form.is_bound else 200)


def _private(expense: Expense) -> Money:
    return total([line.gross for line in shared_of(expense) if line.is_private], expense.currency)


def _marked(request: CompanyRequest, row: Expense, form: PrivateForm) -> HttpResponse:
    amount = Money(0, row.currency) if request.POST.get("do") == "nothing" else form.cleaned_data["amount"]
    mark_private(expense=row, by=request.membership, amount=amount, now=timezone.now())
    params = {"amount": format.amount(amount), "merchant": row.merchant}
    text = (
        gettext("%(amount)s of %(merchant)s is private.") if amount else gettext("Nothing of %(merchant)s is private.")
    )
    toast(request, text % params)
    return HttpResponseRedirect(address(request, row), status=303)
