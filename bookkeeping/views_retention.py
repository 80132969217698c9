"""How long receipts are kept, and which go next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permitted
from bookkeeping.change_retention import change_retention
from bookkeeping.discard_receipt import discard_receipt, may_discard, why_not
from bookkeeping.forms_retention import ERASED, DueFilter, RetentionForm
from bookkeeping.kept import Keeping, kept, period_of
from bookkeeping.models import BookSettings, LegalHold
from expenses.models import Attachment
from expenses.papers import Paper
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from receipts.models import Reading, Receipt

# What each state is shown as: icon and tone of its chip.
CHIPS = {
    Keeping.HELD: ("lock", "info"), Keeping.OPEN: ("file-output", ""), Keeping.DISPUTED: ("message-circle", ""),
    Keeping.UNLOCKED: ("calendar", ""), Keeping.UNREAD: ("scan-text", ""), Keeping.DUE: ("calendar-clock", "attention"),
}  # fmt: skip


def settings_of(request: CompanyRequest) -> BookSettings:
    """Return the company's book settings."""
    found: BookSettings = get_object_or_404(BookSettings.objects.for_company(request.company).select_related("company"))
    return found


@require_http_methods(["GET", "POST"])
@permitted("retention.see")
def retention(request: CompanyRequest) -> HttpResponseBase:
    """Say plainly what is kept how long, and change it."""
    may_change = request.membership.can("retention.manage")
    if request.method == "POST" and not may_change:
        raise PermissionDenied("retention.manage")
    settings = settings_of(request)
    form = RetentionForm(request.POST if request.method == "POST" else None, settings=settings)
    if form.is_bound and form.is_valid():
        try:
            change_retention(by=request.membership, years=form.wanted_years, erases=form.cleaned_data["erases"])
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("Saved how long receipts are kept."))
            return HttpResponseRedirect(reverse("retention", args=[request.company.slug]), status=303)
    period, today = period_of(settings), request.company.day_of(timezone.now())
    context = {
        "form": form, "settings": settings, "law": form.law, "period": period, "may_change": may_change,
        "today_due": period.due_on(today), "holds": LegalHold.objects.for_company(request.company).live().count(),
        "next": bounded_count(DueFilter({"state": Keeping.DUE}, settings=settings, today=today).rows),
    }  # fmt: skip
    return render(request, "bookkeeping/retention.html", context, status=422 if form.errors else 200)


def _narrow(request: CompanyRequest) -> DueFilter:
    return DueFilter(request.GET, settings=settings_of(request), today=request.company.day_of(timezone.now()))


def _fetched(rows: QuerySet[Receipt]) -> QuerySet[Receipt]:
    live = Attachment.objects.filter(detached_at=None).select_related("expense").order_by("id")
    light = Prefetch("readings", Reading.objects.defer("lines", "amounts"))
    return rows.select_related("uploaded_by", "company", "erasure").prefetch_related(
        Prefetch("attachments", live, to_attr="live_attachments"), light
    )


def _items(narrow: DueFilter, receipts: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield each receipt as the list shows it; what an erased one said stands on its tombstone."""
    for receipt in receipts:
        paper, erasure = Paper(receipt), getattr(receipt, "erasure", None)
        expense = receipt.live_attachments[0].expense if receipt.live_attachments else None
        state = Keeping(receipt.keeping)
        icon, tone = CHIPS[state]
        yield {
            "receipt": receipt, "expense": expense, "erasure": erasure, "state": state.label, "icon": icon, "tone": tone,
            "title": paper.title or (expense.merchant if expense else "") or gettext("Receipt"),
            "total": erasure.money if erasure else paper.total, "due_on": narrow.due_on(receipt),
        }  # fmt: skip


@require_GET
@permitted("retention.see")
def retention_due(request: CompanyRequest) -> HttpResponse:
    """What comes to its end within twelve months, and what keeps the rest."""
    narrow = _narrow(request)
    count, exact = bounded_count(narrow.rows)
    page = paginate(
        _fetched(narrow.rows), by=("base_day", "id"), cursor=request.GET.get("cursor", ""), descending=narrow.is_descending
    )  # fmt: skip
    context = {
        "narrow": narrow, "page": page, "items": list(_items(narrow, page.rows)), "count": count, "exact": exact,
        "is_erased": narrow.values.get("state") == ERASED,
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/retention_due.html", "list"), context)


@require_GET
@permitted("retention.see")
def retention_due_csv(request: CompanyRequest) -> HttpResponseBase:
    """The same receipts as a file."""
    narrow = _narrow(request)

    def cells() -> Iterator[list[Any]]:
        order = "-base_day" if narrow.is_descending else "base_day"
        rows = _fetched(narrow.rows).order_by(order, "id").iterator(chunk_size=500)
        for item in _items(narrow, rows):
            receipt, total, expense = item["receipt"], item["total"], item["expense"]
            gone = receipt.erased_at
            yield [
                item["due_on"].isoformat(), ERASED if gone else receipt.keeping, gone.date().isoformat() if gone else "",
                item["title"], f"{total.decimal:f}" if total else "", total.currency if total else "",
                expense.number if expense else "", receipt.uploaded_by.name, receipt.created_at.date().isoformat(),
                receipt.sha256,
            ]  # fmt: skip

    head = [
        gettext("Kept until"), gettext("State"), gettext("Erased"), gettext("Receipt"), gettext("Amount"), gettext("Currency"),
        gettext("Expense"), gettext("Sent by"), gettext("Received"), "SHA-256",
    ]  # fmt: skip
    return csv_response(f"retention-{request.company.slug}.csv", head, cells())


def _visible(request: CompanyRequest, receipt_id: UUID) -> Receipt:
    rows = Receipt.objects.visible_to(request.membership).select_related("company", "uploaded_by")
    found: Receipt = get_object_or_404(rows, pk=receipt_id)
    return found


@require_GET
@permitted("receipts.see")
def receipt_keeping(request: CompanyRequest, receipt_id: UUID) -> HttpResponse:
    """The part of a receipt's page that says how long it is kept and what can be done about it."""
    found = _visible(request, receipt_id)
    row: Any = kept(request.company).get(pk=found.pk)
    period = period_of(settings_of(request))
    stands = why_not(found) if may_discard(found, request.membership) else "role"
    context = {
        "receipt": found, "is_held": row.keeping == Keeping.HELD, "due_on": period.due_on(row.base_day),
        "may_place": request.membership.can("legal_holds.place"), "can_discard": not stands,
        "holds": LegalHold.objects.visible_to(request.membership).live().filter(receipt=found).select_related("by"),
    }  # fmt: skip
    return render(request, "bookkeeping/receipt_keeping.html", context)


@require_http_methods(["GET", "POST"])
@permitted("receipts.upload")
def receipt_removal(request: CompanyRequest, receipt_id: UUID) -> HttpResponseBase:
    """Delete a receipt that belongs to nothing, after saying that it cannot be undone."""
    found, problem, status = _visible(request, receipt_id), "", 200
    if not may_discard(found, request.membership):
        raise Http404("not one's own, and no right to delete those of others")
    if request.method == "POST":
        try:
            discard_receipt(receipt=found, by=request.membership, now=timezone.now())
        except DomainError as error:
            problem, status = error.message(), error.status
        else:
            toast(request, gettext("The receipt is deleted."))
            return HttpResponseRedirect(reverse("receipts", args=[request.company.slug]), status=303)
    context = {"receipt": found, "problem": problem, "title": Paper(found).title or gettext("Receipt")}
    return render(request, "bookkeeping/receipt_removal.html", context, status=status)
