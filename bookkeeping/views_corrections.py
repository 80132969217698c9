"""Correct what is in the books, and take a correction back."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping.booked_coding import booked_coding, newest_items
from bookkeeping.correct import correct
from bookkeeping.drop_correction import drop_correction
from bookkeeping.forms import ids_of
from bookkeeping.forms_corrections import CorrectionForm
from bookkeeping.journal import Unbookable
from bookkeeping.models import BookItem, Correction, CorrectionLine
from expenses.models import Expense, Lane
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast


@require_http_methods(["GET", "POST"])
@permitted("books.queue")
def correction(request: CompanyRequest, expense_id: UUID) -> HttpResponseBase:
    """Show how an exported expense is booked, one movement at a time; `do` says whether a row is added or it is corrected."""
    expense = get_object_or_404(Expense.objects.visible_to(request.membership).select_related("company"), pk=expense_id)
    items = newest_items(expense.pk)
    chosen = _chosen(request, items)
    form = _form(request, chosen) if chosen else None
    if form is None or request.method == "GET" or request.POST.get("do") != "save":
        return _page(request, expense, items, form)
    parts = form.parts()
    if parts is None:
        return _page(request, expense, items, form, status=422)
    head = form.head.cleaned_data
    try:
        correct(
            item=form.item, by=request.membership, parts=parts, reason=head["reason"], client_key=str(head["key"]),
            now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        form.errors.append(error.message())
        return _page(request, expense, items, form, status=error.status)
    toast(request, gettext("The correction waits for the next export. Nothing that was exported changed."))
    return HttpResponseRedirect(_address(request, expense.pk), status=303)


def _chosen(request: CompanyRequest, items: list[BookItem]) -> BookItem | None:
    """Return the item that the page is about: the one named, else the first that is in the books."""
    wanted = ids_of(request.POST if request.method == "POST" else request.GET, "item")
    exported = [item for item in items if item.lane == Lane.EXPORTED]
    return next((item for item in exported if item.pk in wanted), exported[0] if exported and not wanted else None)


def _form(request: CompanyRequest, item: BookItem) -> CorrectionForm | None:
    data = request.POST if request.method == "POST" else None
    try:
        coding = booked_coding(item)
    except Unbookable:
        return None
    more = 1 if request.POST.get("do") == "add" else 0
    return CorrectionForm(item, coding, data, more=more) if coding.open else None


def _page(
    request: CompanyRequest, expense: Expense, items: list[BookItem], form: CorrectionForm | None, *, status: int = 200
) -> HttpResponse:
    lines = CorrectionLine.objects.order_by("position").select_related("category__account", "tax_code")
    made = Correction.objects.visible_to(request.membership).filter(item__expense=expense)
    made = made.select_related("item", "by").prefetch_related(Prefetch("lines", lines), "lines__tags")
    context = {
        "expense": expense, "form": form, "items": items, "corrections": made.order_by("-created_at", "-pk"),
        "waiting": any(item.kind == "correction" and item.lane != Lane.EXPORTED for item in items),
    }  # fmt: skip
    return render(
        request, template_for(request, "bookkeeping/correction.html", "rows") if form else "bookkeeping/correction.html",
        context, status=status,
    )  # fmt: skip


def _address(request: CompanyRequest, expense_id: UUID) -> str:
    return reverse("expense-correction", kwargs={"company": request.company.slug, "expense_id": expense_id})


@require_POST
@permitted("books.queue")
def drop(request: CompanyRequest, correction_id: UUID) -> HttpResponseBase:
    """Take a correction back that is in no export."""
    rows = Correction.objects.visible_to(request.membership).select_related("item__expense")
    found = get_object_or_404(rows, pk=correction_id)
    try:
        drop_correction(correction=found, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, gettext("The correction is taken back."))
    return HttpResponseRedirect(_address(request, found.item.expense_id), status=303)
