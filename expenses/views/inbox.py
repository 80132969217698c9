"""Receipts that are on no expense: what was read, what they may belong to and why, and one press to match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership
from accounts.permissions import permitted
from expenses import match
from expenses.attach import attach
from expenses.listing import Listing
from expenses.match_receipt import candidate_of, facts_of, unmatched
from expenses.models import Expense, Lane, PaymentState
from expenses.papers import Paper
from expenses.views.expense import uuid_of
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words
from receipts.models import Receipt, ReceiptStatus
from receipts.viewer import twins_seen_by

PAGE = 20
CHOICES = 12
STATES: dict[str, Any] = {
    "ready": _("Read"),
    "open": _("Being read"),
    "unreadable": _("Could not be read"),
}


class InboxForm(forms.Form):
    """The inbox's search and filters; a value that makes no sense is left out."""

    q = forms.CharField(max_length=120, required=False)
    person = forms.ModelChoiceField(Membership.objects.none(), required=False, empty_label=_("Everybody"))
    state = forms.ChoiceField(required=False, choices=[("", _("Any state")), *STATES.items()])
    sort = forms.ChoiceField(required=False, choices=[("", _("Newest first")), ("created_at", _("Oldest first"))])

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = Membership.objects.visible_to(membership).order_by("name", "id")
        self.is_valid()
        self.values = {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self, membership: Membership) -> QuerySet[Receipt]:
        rows = unmatched(Receipt.objects.visible_to(membership))
        if "person" in self.values:
            rows = rows.filter(uploaded_by=self.values["person"])
        states = {
            "ready": [ReceiptStatus.READY],
            "open": [ReceiptStatus.RECEIVED, ReceiptStatus.PROCESSING],
            "unreadable": [ReceiptStatus.UNREADABLE],
        }
        if "state" in self.values:
            rows = rows.filter(status__in=states[self.values["state"]])
        for word in search_words(self.values.get("q", "")):
            rows = rows.filter(Q(search_text__contains=word) | Q(uploaded_by__search_text__contains=word))
        return rows


@require_GET
@permitted("receipts.see")
def receipts(request: CompanyRequest) -> HttpResponse:
    """Show the inbox."""
    form = InboxForm(request.GET, membership=request.membership)
    rows = form.rows(request.membership)
    count, exact = bounded_count(rows)
    page = paginate(
        _fetched(rows), by=("created_at", "id"), cursor=request.GET.get("cursor", ""), size=PAGE,
        descending="sort" not in form.values,
    )  # fmt: skip
    context = {
        "form": form,
        "page": page,
        "items": _items(request.membership, page.rows),
        "count": count,
        "exact": exact,
    }
    return render(request, "expenses/inbox.html#list" if wants_fragment(request) else "expenses/inbox.html", context)


def _fetched(rows: QuerySet[Receipt]) -> QuerySet[Receipt]:
    return rows.select_related("uploaded_by", "company", "match").prefetch_related("pages", "readings")


def _items(viewer: Membership, receipts: Iterable[Receipt]) -> list[dict[str, Any]]:
    """Return receipts with their proposals, the proposed expenses of all fetched at once."""
    rows = list(receipts)
    stored = {receipt.pk: receipt.match.proposals if hasattr(receipt, "match") else [] for receipt in rows}
    wanted = [proposal["expense"] for proposals in stored.values() for proposal in proposals]
    undocumented = Q(receipt_count=0) | Q(is_declared=True)
    visible = Expense.objects.visible_to(viewer).filter(undocumented, pk__in=wanted).select_related("owner")
    known = {str(expense.pk): expense for expense in visible}
    twins = twins_seen_by(viewer, rows)
    return [
        {
            "paper": Paper(receipt, is_compared=hasattr(receipt, "match"), twins=twins.get(receipt.pk, [])),
            "proposals": [
                {"expense": known[one["expense"]], "why": match.explain_all(one["reasons"]), "score": one["score"]}
                for one in stored[receipt.pk]
                if one["expense"] in known
            ],
        }
        for receipt in rows
    ]


@require_GET
@permitted("receipts.see")
def receipts_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the inbox as CSV."""
    form = InboxForm(request.GET, membership=request.membership)
    header = [
        gettext("Received"), gettext("File"), gettext("Sent by"), gettext("State"), gettext("Merchant"), gettext("Date"),
        gettext("Total"), gettext("Currency"),
    ]  # fmt: skip
    rows = (
        form.rows(request.membership)
        .select_related("uploaded_by")
        .prefetch_related("readings")
        .order_by("-created_at", "-id")
    )
    return csv_response(f"receipts-{request.company.slug}.csv", header, _export_rows(rows))


def _export_rows(rows: QuerySet[Receipt]) -> Iterator[list[Any]]:
    for receipt in rows.iterator(chunk_size=1000):
        paper = Paper(receipt)
        yield [
            receipt.created_at.isoformat(timespec="seconds"),
            receipt.file_name,
            receipt.uploaded_by.name,
            receipt.get_status_display(),
            paper.title if paper.title != receipt.file_name else "",
            paper.printed.isoformat() if paper.printed else "",
            f"{paper.total.decimal:f}" if paper.total else "",
            paper.total.currency if paper.total else "",
        ]


@require_GET
@permitted("receipts.see")
def receipt_matches(request: CompanyRequest, receipt_id: UUID) -> HttpResponse:
    """Show what a receipt may belong to: the likely ones first, and any expense one searches for."""
    receipt = get_object_or_404(_fetched(Receipt.objects.visible_to(request.membership)), pk=receipt_id)
    context = {"paper": Paper(receipt), "query": request.GET.get("q", "")[:120], **_choices(request, receipt)}
    return render(
        request, "expenses/matches.html#list" if wants_fragment(request) else "expenses/matches.html", context
    )


def _choices(request: CompanyRequest, receipt: Receipt) -> dict[str, Any]:
    here = receipt.attachments.filter(detached_at=None).select_related("expense__owner")
    if receipt.erased_at is not None:
        return {"attachments": list(here), "choices": []}
    listing = Listing(request.membership, {"q": request.GET.get("q", "")[:120].replace("\x00", "")})
    rows = listing.rows.exclude(payment=PaymentState.REVERSED).filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED])
    if not request.membership.can("expenses.edit_all"):
        rows = rows.filter(owner=request.membership)
    rows = rows.select_related("owner", "company", "authorization__card").order_by(
        F("receipt_count").asc(), "-purchased_at", "-id"
    )
    reading = receipt.readings.order_by("-id").first()
    found = list(rows[: CHOICES * 10])
    scores = {}
    if reading is not None:
        facts = facts_of(receipt, reading)
        scores = {expense.pk: match.score(facts, candidate_of(expense)) for expense in found}
    choices = [_choice(row, scores.get(row.pk)) for row in found]
    choices.sort(key=lambda choice: -choice["score"])
    return {"attachments": list(here), "choices": choices[:CHOICES]}


def _choice(expense: Expense, scored: match.Match | None) -> dict[str, Any]:
    """Return an expense to choose, and why it is likely; what speaks against an unlikely one helps nobody."""
    if scored is None or scored.score < match.WORTH_SHOWING:
        return {"expense": expense, "score": 0, "why": ""}
    return {"expense": expense, "score": scored.score, "why": match.explain_all(scored.reasons)}


@require_POST
@permitted("expenses.edit")
def receipt_match(request: CompanyRequest, receipt_id: UUID) -> HttpResponse:
    """Put a receipt of the inbox on the expense that was pressed, and stay in the inbox."""
    receipt = get_object_or_404(Receipt.objects.visible_to(request.membership), pk=receipt_id)
    chosen = uuid_of(request.POST.get("expense", ""))
    expense = get_object_or_404(Expense.objects.visible_to(request.membership), pk=chosen)
    slug = request.company.slug
    try:
        attachment = attach(expense=expense, receipt=receipt, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(reverse("receipts", kwargs={"company": slug}), status=303)
    where = {"company": slug, "expense_id": expense.pk, "attachment_id": attachment.pk}
    text = gettext("The receipt is on %(merchant)s.") % {"merchant": expense.merchant}
    toast(request, text, undo=reverse("expense-detach", kwargs=where))
    return HttpResponseRedirect(reverse("receipts", kwargs={"company": slug}), status=303)
