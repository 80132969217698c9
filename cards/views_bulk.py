"""What is done to many cards at once: from the ticked rows, or the whole list, to what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from cards.bulk_outcome import report, sentence
from cards.forms import BulkForm, CardFilter
from cards.models import BulkAct, BulkRowState, Card, CardBulk, CardTemplate
from cards.run_bulk import run_bulk
from cards.start_bulk import NothingTicked, start_bulk, undo_bulk
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import paginate

# So few are done before the answer; more go to the worker, with a page that shows how far it is.
AT_ONCE = 50
# So many of the chosen cards are named on a page that asks.
NAMED = 50


def chosen(request: CompanyRequest) -> Any:
    """Return the ticked cards, or every card of the list that the form was sent from, as far as this person may see them."""
    mine = Card.objects.visible_to(request.membership)
    if request.POST.get("every"):
        return CardFilter(request.GET, company=request.company).narrow(mine)
    return mine.filter(pk__in=BulkForm.ticked(request.POST))


def named(rows: Any) -> dict[str, Any]:
    """Return what a page that asks shows of the chosen cards: how many, and the first of them by name."""
    first = rows.select_related("cardholder", "company", "account", "head__template", "template").order_by("name", "id")
    count, shown = rows.count(), list(first[:NAMED])
    return {"count": count, "rows": shown, "others": count - len(shown)}


@require_POST
@permitted("cards.freeze")
def cards_bulk(request: CompanyRequest) -> HttpResponseBase:
    """Do one thing to every chosen card. Closing asks first, since it cannot be undone; following asks which policy."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        toast(request, NothingTicked().message())
        return back(request)
    act, rows = form.cleaned_data["act"], chosen(request)
    context = {"is_every": form.cleaned_data["every"], "list_query": request.GET.urlencode()}
    if act == BulkAct.FOLLOW and rows.exists():
        policies = CardTemplate.objects.for_company(request.company).filter(archived_at=None).order_by("name", "id")
        return render(request, "cards/bulk_follow.html", context | named(rows) | {"policies": policies})
    if act == BulkAct.CLOSE and not form.cleaned_data["sure"] and rows.exists():
        return render(request, "cards/bulk_close.html", context | named(rows))
    try:
        bulk = start_bulk(by=request.membership, cards=rows, act=act)
    except DomainError as error:
        toast(request, error.message())
        return back(request)
    return answer(request, bulk)


def answer(request: CompanyRequest, bulk: CardBulk, *, then: str = "") -> HttpResponseBase:
    """Go on to `then`, or back to the list, when all is done, else to the page that shows how far it is and what was skipped."""
    if bulk.total <= AT_ONCE:
        run_bulk(bulk.pk)
        bulk.refresh_from_db()
    if bulk.is_open or bulk.skipped:
        return HttpResponseRedirect(_address("card-bulk", bulk), status=303)
    toast(request, report(bulk), undo=_address("card-bulk-undo", bulk) if bulk.can_be_undone else "")
    return HttpResponseRedirect(then, status=303) if then else back(request)


def back(request: CompanyRequest) -> HttpResponseBase:
    """Go back to the list as it was narrowed."""
    query = request.GET.urlencode()
    home = reverse("cards", kwargs={"company": request.company.slug})
    return HttpResponseRedirect(f"{home}?{query}" if query else home, status=303)


def _address(name: str, bulk: CardBulk) -> str:
    return reverse(name, kwargs={"company": bulk.company.slug, "card_bulk_id": bulk.pk})


def _found(request: CompanyRequest, card_bulk_id: UUID) -> CardBulk:
    """Find an act on many cards: one's own, or anybody's for who sees all cards."""
    rows = CardBulk.objects.for_company(request.company).select_related("by", "template", "company")
    if not request.membership.can("cards.see_all"):
        rows = rows.filter(by=request.membership)
    return get_object_or_404(rows, pk=card_bulk_id)


@require_GET
@permitted("cards.freeze")
@never_cache
def card_bulk(request: CompanyRequest, card_bulk_id: UUID) -> HttpResponse:
    """Show how far an act on many cards is, and why cards were skipped."""
    bulk = _found(request, card_bulk_id)
    skipped = bulk.rows.filter(state=BulkRowState.SKIPPED).select_related("card__cardholder")
    page = paginate(skipped, by=("id",), cursor=request.GET.get("cursor", ""), descending=False)
    context: dict[str, Any] = {
        "bulk": bulk,
        "report": report(bulk),
        "page": page,
        "skipped": [(row.card, sentence(row.error or {"code": ""})) for row in page.rows],
        "undone_by": CardBulk.objects.filter(undo_of=bulk).first(),
    }
    return render(request, template_for(request, "cards/bulk.html", "state"), context)


@require_GET
@permitted("cards.freeze")
def card_bulk_csv(request: CompanyRequest, card_bulk_id: UUID) -> HttpResponseBase:
    """What became of each card, as a file."""
    bulk = _found(request, card_bulk_id)

    def lines() -> Iterator[list[Any]]:
        rows = bulk.rows.select_related("card__cardholder").order_by("id")
        for row in rows.iterator(chunk_size=2_000):
            why = sentence(row.error) if row.error else ""
            yield [row.card.name, row.card.last_four, row.card.cardholder.name, row.get_state_display(), why]

    head = [_("Card"), _("Last four"), _("Holder"), _("Result"), _("Reason")]
    return csv_response(f"cards-{bulk.act}-{bulk.created_at:%Y-%m-%d}.csv", head, lines())


@require_POST
@permitted("cards.freeze")
def card_bulk_undo(request: CompanyRequest, card_bulk_id: UUID) -> HttpResponseBase:
    """Put back what an act changed, where nobody changed it since."""
    bulk = _found(request, card_bulk_id)
    try:
        undoing = undo_bulk(bulk=bulk, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(_address("card-bulk", bulk), status=303)
    return answer(request, undoing)
