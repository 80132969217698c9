"""Pages of what people sign instead of a receipt: signing, finance's list, deciding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.decide_declaration import accept_declaration, refuse_declaration
from expenses.declarations_of import over_limit, signers
from expenses.declare import declare, needs_review, refuse_undeclarable
from expenses.forms_receipts import DecisionForm, DeclarationForm
from expenses.models import Declaration, DeclarationStatus, rules_of
from expenses.views.expense import address, fetch, refused
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

SORTS = {"signed": ("signed_at", "id"), "amount": ("expense__amount", "id")}


@require_http_methods(["GET", "POST"])
@permitted("expenses.edit")
def expense_declaration(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Sign instead of a receipt."""
    row, now = fetch(request, expense_id), timezone.now()
    form, status = DeclarationForm(request.POST if request.method == "POST" else None), 200
    try:
        refuse_undeclarable(row, request.membership)
        if form.is_bound and form.is_valid():
            values = {name: form.cleaned_data[name] for name in ("reason", "text", "purpose")}
            made = declare(expense=row, by=request.membership, now=now, **values)
            waits = made.status == DeclarationStatus.WAITING
            toast(
                request, gettext("Signed. Finance looks at it.") if waits else gettext("Signed. No receipt is missing.")
            )
            return HttpResponseRedirect(address(request, row), status=303)
        status = 422 if form.is_bound else 200
    except DomainError as error:
        if error.field not in form.fields:
            return refused(request, row, error)
        form.add_error(error.field, error.message())
        status = error.status
    waits = needs_review(request.membership, row.booked, now=now)
    return render(request, "expenses/declaration.html", {"expense": row, "form": form, "waits": waits}, status=status)


def _rows(request: CompanyRequest) -> QuerySet[Declaration]:
    """Return the declarations that this person sees, as the query string narrows them."""
    rows = Declaration.objects.visible_to(request.membership).select_related("expense", "by__team", "decided_by")
    state, asked = request.GET.get("status", ""), Q()
    if state in DeclarationStatus.values:
        asked &= Q(status=state)
    for word in search_words(request.GET.get("q", "")[:100]):
        asked &= Q(expense__search_text__contains=word.replace("\x00", ""))
    return rows.filter(asked)


@require_GET
@permitted("receipts.chase")
def declarations(request: CompanyRequest) -> HttpResponse:
    """Show what was signed, what waits first of all, and who signs often."""
    rows, sort = _rows(request), request.GET.get("sort", "-signed")
    fields = SORTS.get(sort.lstrip("-"), SORTS["signed"])
    page = paginate(rows, by=fields, cursor=request.GET.get("cursor", ""), descending=sort.startswith("-"))
    count, exact = bounded_count(rows)
    context = {
        "page": page, "count": count, "exact": exact, "status": request.GET.get("status", ""),
        "q": request.GET.get("q", "")[:100], "statuses": DeclarationStatus.choices,
        "signers": signers(request.company, now=timezone.now()), "most": rules_of(request.company).declarations_per_quarter,
        "over": over_limit(request.company, now=timezone.now()),
    }  # fmt: skip
    return render(request, template_for(request, "expenses/declarations.html", "list"), context)


@require_GET
@permitted("receipts.chase")
def declarations_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the same declarations as CSV, with what anybody needs to check a paper."""
    header = [
        gettext("Signed"), gettext("Person"), gettext("Expense"), gettext("Merchant"), gettext("Amount"),
        gettext("Currency"), gettext("Why"), gettext("What for"), gettext("State"), "SHA-256",
    ]  # fmt: skip

    def cells() -> Iterator[list[Any]]:
        for row in _rows(request).order_by("-signed_at", "-id").iterator(chunk_size=1000):
            money = Money(row.facts["amount"], row.facts["currency"])
            yield [
                row.signed_at.isoformat(), row.by.name, row.expense.number, row.facts["merchant"], f"{money.decimal:f}",
                money.currency, row.get_reason_display(), row.purpose, row.get_status_display(), row.digest,
            ]  # fmt: skip

    return csv_response(f"declarations-{request.company.slug}.csv", header, cells())


@require_POST
@permitted("receipts.rules")
def declaration_decision(request: CompanyRequest, declaration_id: UUID) -> HttpResponse:
    """Accept or refuse."""
    found = get_object_or_404(Declaration.objects.visible_to(request.membership), pk=declaration_id)
    form, now = DecisionForm(request.POST), timezone.now()
    back = reverse("expense", kwargs={"company": request.company.slug, "expense_id": found.expense_id})
    if not form.is_valid():
        toast(request, gettext("Choose one: accept or refuse."))
        return HttpResponseRedirect(back, status=303)
    try:
        if form.cleaned_data["outcome"] == "accept":
            accept_declaration(declaration=found, by=request.membership, now=now)
            toast(request, gettext("Accepted."))
        else:
            refuse_declaration(declaration=found, by=request.membership, reason=form.cleaned_data["reason"], now=now)
            toast(request, gettext("Refused. %(name)s is told.") % {"name": found.by.first_name})
    except DomainError as error:
        return refused(request, fetch(request, found.expense_id), error)
    return HttpResponseRedirect(back, status=303)
