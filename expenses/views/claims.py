"""Asking for one's own money back: the photo first, then the four things it does not say for certain."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from expenses.claim import claim
from expenses.exchange import currencies
from expenses.forms_claims import ClaimForm
from expenses.match_receipt import facts_of
from expenses.models import Category
from expenses.papers import Paper
from expenses.views.expense import NoFile, uuid_of
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.money import Money
from receipts.ingest import ingest
from receipts.models import Receipt, ReceiptStatus


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def expense_create(request: CompanyRequest) -> HttpResponse:
    """Take the photo, then ask for what it shows; `?receipt=` names the photo that was taken."""
    chosen = request.GET.get("receipt", "")
    if not chosen:
        return _take(request) if request.method == "POST" else render(request, "expenses/claim.html", {})
    mine = Receipt.objects.for_company(request.company).filter(uploaded_by=request.membership).select_related("company")
    receipt = get_object_or_404(mine, pk=uuid_of(chosen))
    paper = Paper(receipt)
    if request.method == "GET":
        if paper.is_open and wants_fragment(request):
            return HttpResponse(status=204)
        form = ClaimForm(by=request.membership, initial=_initial(receipt))
        return _form(request, paper, form)
    form = ClaimForm(request.POST, by=request.membership)
    return _save(request, paper, form) if form.is_valid() else _form(request, paper, form, status=422)


def _form(request: CompanyRequest, paper: Paper, form: ClaimForm, *, status: int = 200) -> HttpResponse:
    template = "expenses/claim.html#form" if wants_fragment(request) else "expenses/claim.html"
    return render(request, template, {"paper": paper, "form": form}, status=status)


def _take(request: CompanyRequest) -> HttpResponse:
    """Keep the photo and go on to the form."""
    file = request.FILES.get("files")
    key = request.POST.get("client_key", "")[:60].replace("\x00", "") or uuid4().hex
    try:
        if file is None:
            raise NoFile
        receipt = ingest(by=request.membership, file=file, source="web", client_key=key, now=timezone.now())
    except DomainError as error:
        return render(request, "expenses/claim.html", {"upload_error": error.message()}, status=error.status)
    url = reverse("expense-create", kwargs={"company": request.company.slug})
    return HttpResponseRedirect(f"{url}?receipt={receipt.pk}", status=303)


def _save(request: CompanyRequest, paper: Paper, form: ClaimForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        row = claim(
            by=request.membership, receipt=paper.receipt, merchant=data["merchant"], purchased_on=data["date"],
            amount=data["amount"], category=data["category"], note=data["note"], from_cash=data["from_cash"],
            rate=data["rate"], rate_reason=data["rate_reason"],
            attendees=data["attendees"], now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _form(request, paper, form, status=error.status)
    toast(request, gettext("%(merchant)s is with finance.") % {"merchant": row.merchant})
    where = {"company": request.company.slug, "expense_id": row.pk}
    return HttpResponseRedirect(reverse("expense", kwargs=where), status=303)


def _initial(receipt: Receipt) -> dict[str, Any]:
    """Return what was read, as a start for what the person types."""
    reading = receipt.readings.order_by("-id").first()
    if receipt.status != ReceiptStatus.READY or reading is None:
        return {}
    facts, company = facts_of(receipt, reading), receipt.company
    initial: dict[str, Any] = {"merchant": facts.merchant}
    if facts.date and date(2000, 1, 1) < facts.date <= company.day_of(timezone.now()):
        initial["date"] = facts.date
    if facts.total and (not facts.currency or facts.currency in (company.currency, *currencies())):
        initial["currency"] = facts.currency or company.currency
        initial["amount"] = Money(facts.total, initial["currency"])
    last = Category.objects.for_company(company).filter(
        lines__expense__owner=receipt.uploaded_by, lines__expense__merchant=facts.merchant, archived_at=None
    )
    initial["category"] = last.order_by("-lines__expense__purchased_at").first() if facts.merchant else None
    return initial
