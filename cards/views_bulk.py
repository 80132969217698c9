"""What is done to many cards at once: freeze, thaw, close; each row says what became of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.permissions import permitted
from cards.cancel import cancel
from cards.forms import BulkForm
from cards.freeze import freeze, thaw
from cards.models import Card
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast

VERBS = {"freeze": freeze, "thaw": thaw, "close": cancel}


@require_POST
@permitted("cards.freeze")
def cards_bulk(request: CompanyRequest) -> HttpResponseBase:
    """Do one thing to every ticked card. Closing asks first, since it cannot be undone; what fails stands in a list."""
    # The undo of a toast has its rows in the address.
    data = request.POST if "act" in request.POST else request.GET
    form, rows = BulkForm(data), _ticked(request, data)
    if not form.is_valid() or not rows:
        toast(request, _("Tick the cards first."))
        return _back(request)
    act = form.cleaned_data["act"]
    if act == "close" and not form.cleaned_data["sure"]:
        return render(request, "cards/bulk_close.html", {"rows": rows})
    results = [(card, _done(request, card, act)) for card in rows]
    done = [card for card, problem in results if not problem]
    if len(done) == len(results):
        toast(request, _said(act, len(done)), undo=_undo(request, act, done))
        return _back(request)
    return render(request, "cards/bulk_results.html", {"results": results, "done": _said(act, len(done)), "act": act})


def _ticked(request: CompanyRequest, data: Any) -> list[Card]:
    mine = Card.objects.visible_to(request.membership).with_frozen().filter(pk__in=BulkForm.ticked(data))
    return list(mine.select_related("cardholder", "company", "account").order_by("name", "id"))


def _done(request: CompanyRequest, card: Card, act: str) -> str:
    """Do it to one card and return why not, or nothing. One that refuses must not stop the others."""
    try:
        VERBS[act](card=card, by=request.membership)  # type: ignore[operator]
    except DomainError as error:
        return error.message()
    return ""


def _said(act: str, count: int) -> str:
    words: dict[str, Any] = {
        "freeze": ngettext("%(count)s card is frozen.", "%(count)s cards are frozen.", count),
        "thaw": ngettext("%(count)s card is thawed.", "%(count)s cards are thawed.", count),
        "close": ngettext("%(count)s card is closed for good.", "%(count)s cards are closed for good.", count),
    }
    return str(words[act] % {"count": count})


def _undo(request: CompanyRequest, act: str, done: list[Card]) -> str:
    other = {"freeze": "thaw", "thaw": "freeze"}.get(act)
    if other is None:
        return ""
    query = urlencode({"act": other, "card": [str(card.pk) for card in done]}, doseq=True)
    return f"{reverse('cards-bulk', kwargs={'company': request.company.slug})}?{query}"


def _back(request: CompanyRequest) -> HttpResponseBase:
    return HttpResponseRedirect(reverse("cards", kwargs={"company": request.company.slug}), status=303)
