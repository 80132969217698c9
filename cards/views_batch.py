"""Cards from a file: give it, see what is wrong with it, have them made, watch it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.bulk_issue import keep_batch, start_batch
from cards.forms_card import BatchForm
from cards.models import BatchStatus, CardBatch, RowStatus
from cards.read_batch import MOST_BYTES, said
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate

SAMPLE = (
    ("person", "name", "kind", "each_purchase", "each_month", "total", "from", "to", "merchant", "street", "postal_code",
     "city", "country"),
    ("ida@example.com", "Everyday", "virtual", "2000", "10000", "", "", "", "", "", "", "", ""),
    ("ida@example.com", "Plastic", "physical", "2000", "10000", "", "", "", "", "Havnegade 3", "8000", "Aarhus", "DK"),
    ("noor@example.com", "Trade fair", "temporary", "", "", "5000", "2026-12-01", "2026-12-05", "", "", "", "", ""),
    ("noor@example.com", "Figma", "vendor", "600", "", "", "", "", "Figma", "", "", "", ""),
)  # fmt: skip


def _batch(request: CompanyRequest, batch_id: UUID) -> CardBatch:
    rows = CardBatch.objects.for_company(request.company).select_related("by")
    found: CardBatch = get_object_or_404(rows, pk=batch_id)
    return found


def _to_batch(request: CompanyRequest, batch: CardBatch) -> HttpResponseBase:
    url = reverse("card-batch", kwargs={"company": request.company.slug, "batch_id": batch.pk})
    return HttpResponseRedirect(url, status=303)


@require_http_methods(["GET", "POST"])
@permitted("cards.issue")
def card_batches(request: CompanyRequest) -> HttpResponseBase:
    """Give a file, and see those that were given before."""
    form = BatchForm(request.POST, request.FILES) if request.method == "POST" else BatchForm()
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            batch = keep_batch(content=given.read(MOST_BYTES + 1), filename=given.name, by=request.membership)
        except DomainError as error:
            form.add_error("file", error.message())
        else:
            return _to_batch(request, batch)
    rows = CardBatch.objects.for_company(request.company).select_related("by")
    page = paginate(rows, by=("created_at", "id"), cursor=request.GET.get("cursor", ""))
    context = {"form": form, "page": page}
    return render(request, "cards/batches.html", context, status=422 if form.errors else 200)


@require_GET
@permitted("cards.issue")
def card_batch_sample(request: CompanyRequest) -> HttpResponseBase:
    """A file to begin with: every column, one line for each kind."""
    return csv_response("cards-sample.csv", SAMPLE[0], SAMPLE[1:])


@require_GET
@permitted("cards.issue")
def card_batch(request: CompanyRequest, batch_id: UUID) -> HttpResponse:
    """One file: its lines and what is or was wrong with them, and how far it is."""
    batch = _batch(request, batch_id)
    rows = batch.rows.select_related("cardholder", "card")
    if request.GET.get("show") in RowStatus.values:
        rows = rows.filter(status=request.GET["show"])
    page = paginate(rows, by=("number", "id"), cursor=request.GET.get("cursor", ""), descending=False)
    counts: dict[str, int] = dict(batch.rows.order_by().values_list("status").annotate(Count("id")))
    count, exact = bounded_count(rows)
    context = {
        "batch": batch, "page": page, "counts": {status: counts.get(status, 0) for status in RowStatus.values},
        "dealt_with": counts.get("made", 0) + counts.get("failed", 0), "count": count, "exact": exact,
        "to_make": counts.get("made", 0) + counts.get("failed", 0) + counts.get("ready", 0),
        "lines": [(row, [said(problem) for problem in row.problems]) for row in page.rows],
        "is_running": batch.status == BatchStatus.RUNNING, "show": request.GET.get("show", ""),
    }  # fmt: skip
    return render(request, template_for(request, "cards/batch.html", "progress"), context)


@require_POST
@permitted("cards.issue")
def card_batch_start(request: CompanyRequest, batch_id: UUID) -> HttpResponseBase:
    """Have the cards of the good lines made."""
    batch = _batch(request, batch_id)
    try:
        start_batch(batch=batch, by=request.membership)
    except DomainError:
        toast(request, _("The cards of this file are being made, or are made."))
    return _to_batch(request, batch)


@require_GET
@permitted("cards.issue")
def card_batch_lines(request: CompanyRequest, batch_id: UUID) -> HttpResponseBase:
    """Every line of a file with what became of it, as a file."""
    batch = _batch(request, batch_id)

    def lines() -> Iterator[list[Any]]:
        rows = batch.rows.select_related("card").order_by("number")
        for row in rows.iterator(chunk_size=500):
            wanted, card = row.wanted, row.card
            yield [
                row.number, wanted.get("person", ""), wanted.get("name", ""), wanted.get("kind", ""),
                row.get_status_display(), " ".join(said(problem) for problem in row.problems),
                card.last_four if card else "",
            ]  # fmt: skip

    head = [_("Line"), _("Person"), _("Card"), _("Kind"), _("Result"), _("What is wrong"), _("Last four")]
    return csv_response("cards-lines.csv", head, lines())
