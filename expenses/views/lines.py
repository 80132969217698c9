"""The lines of an expense: split it, take a tip out, make it whole again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.errors import NotYours
from expenses.forms_split import SplitForm, TipForm
from expenses.models import Expense
from expenses.split import by_rates, one_line, shared_of, split, to_split, with_tip
from expenses.views.expense import address, fetch, refused
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment


@require_http_methods(["GET", "POST"])
@permitted("expenses.edit")
def expense_split(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Show the rows; `do` says whether a row is added or the split is saved."""
    row = fetch(request, expense_id)
    try:
        if not row.is_editable_by(request.membership):
            raise NotYours
        form = SplitForm(
            row, request.membership, request.POST if request.method == "POST" else None, more=_more(request)
        )
    except DomainError as error:
        return refused(request, row, error)
    if request.method == "GET" or request.POST.get("do") != "save":
        return _form(request, form)
    parts = form.parts()
    if parts is None:
        return _form(request, form, status=422)
    try:
        split(expense=row, by=request.membership, parts=parts, version=form.version, now=timezone.now())
    except DomainError as error:
        form.errors.append(error.message())
        return _form(request, form, status=error.status)
    return _done(request, row, len(parts))


def _more(request: CompanyRequest) -> int:
    return 1 if request.POST.get("do") == "add" else 0


def _form(request: CompanyRequest, form: SplitForm, *, status: int = 200, tip: TipForm | None = None) -> HttpResponse:
    template = "expenses/split.html#rows" if wants_fragment(request) else "expenses/split.html"
    context: dict[str, Any] = {"form": form, "expense": form.expense, "tip": tip or TipForm(expense=form.expense)}
    return render(request, template, context, status=status)


def _done(request: CompanyRequest, expense: Expense, count: int) -> HttpResponse:
    text = ngettext("%(merchant)s is one line.", "%(merchant)s is split into %(count)s lines.", count)
    toast(request, text % {"merchant": expense.merchant, "count": format.count(count)})
    return HttpResponseRedirect(address(request, expense), status=303)


@require_POST
@permitted("expenses.edit")
def expense_split_rates(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Split by the VAT rates that the receipt prints, in one tap."""
    row = fetch(request, expense_id)
    try:
        parts = by_rates(row)
        split(expense=row, by=request.membership, parts=parts, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    return _done(request, row, len(parts))


@require_POST
@permitted("expenses.edit")
def expense_split_whole(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Make one line of all, coded like the first that is not private."""
    row = fetch(request, expense_id)
    try:
        whole = to_split(row)
        first = next((line for line in shared_of(row) if not line.is_private), None)
        part = one_line(whole, first)
        split(expense=row, by=request.membership, parts=[part], now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    return _done(request, row, 1)


@require_POST
@permitted("expenses.edit")
def expense_tip(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Take a tip out of the amount: a line of its own without VAT."""
    row = fetch(request, expense_id)
    tip = TipForm(request.POST, expense=row)
    try:
        form = SplitForm(row, request.membership)
        if not tip.is_valid():
            return _form(request, form, status=422, tip=tip)
        split(expense=row, by=request.membership, parts=with_tip(row, tip.cleaned_data["tip"]), now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    toast(request, gettext("The tip at %(merchant)s is a line of its own.") % {"merchant": row.merchant})
    return HttpResponseRedirect(address(request, row), status=303)
