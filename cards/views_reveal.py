"""A card's number and PIN, for its holder alone, after a second factor, for a minute, in the issuer's own element."""

from __future__ import annotations

from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from accounts.proof import has_second_factor, proof_page, proved_lately
from cards.activate import NotHolder
from cards.change_pin import change_pin
from cards.issuers import issuer_named
from cards.issuers.base import IssuerRefused, IssuerUnavailable
from cards.models import Card, CardKind
from cards.page import CardPage
from cards.reveal import NUMBER, PIN, SECONDS, NotShown, reveal
from cards.views import card_of, refused, to_card
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@never_cache
@csp_update({"frame-src": [SELF]})
@permitted("cards.freeze")
def card_details(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Number, expiry and code, for 60 seconds."""
    return _shown(request, card_of(request, card_id), NUMBER)


@require_http_methods(["GET", "POST"])
@never_cache
@csp_update({"frame-src": [SELF]})
@permitted("cards.freeze")
def card_pin(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Set or see the PIN, where the issuer does that."""
    found = card_of(request, card_id)
    if found.kind != CardKind.PHYSICAL:
        return to_card(request, found)
    return _shown(request, found, PIN)


@require_http_methods(["GET", "POST"])
@never_cache
@permitted("cards.freeze")
def card_pin_change(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Take a new PIN that the holder's browser encrypted, where the issuer takes one."""
    found, person = card_of(request, card_id), request.membership
    page = CardPage(found, person, timezone.now())
    if not page.may_change_pin:
        return refused(request, found, NotShown() if page.is_mine else NotHolder())
    if not has_second_factor(request.user):  # type: ignore[arg-type]
        return render(
            request, "cards/reveal_proof.html", {"card": found}, status=200 if request.method == "GET" else 409
        )
    if not proved_lately(request):
        return HttpResponseRedirect(proof_page(request, then=request.path), status=303)
    try:
        if request.method == "GET":
            return _pin_form(request, found)
        change_pin(card=found, encrypted=request.POST.get("encrypted", ""), by=person, is_proved=True)
    except DomainError as error:
        return _pin_form(request, found, error=error.message())
    except (IssuerUnavailable, IssuerRefused):
        toast(request, _("The issuer did not answer. Nothing has changed. Try again in a minute."))
    else:
        toast(request, _("The PIN is changed."))
    return to_card(request, found)


def _pin_form(request: CompanyRequest, found: Card, *, error: str = "") -> HttpResponse:
    context = {"card": found, "window": issuer_named(found.issuer).pin_key(), "error": error}
    return render(request, "cards/pin_change.html", context, status=422 if error else 200)


def _shown(request: CompanyRequest, found: Card, what: str) -> HttpResponseBase:
    if found.cardholder_id != request.membership.pk:
        return refused(request, found, NotHolder())
    if found.issuer not in settings.ISSUERS or not found.issuer_reference:
        return refused(request, found, NotShown())
    window = issuer_named(found.issuer).window(card=found.issuer_reference)
    context = {"card": found, "what": what, "seconds": SECONDS, "window": window}
    if not has_second_factor(request.user):  # type: ignore[arg-type]
        return render(request, "cards/reveal_proof.html", context, status=200 if request.method == "GET" else 409)
    if not proved_lately(request):
        return HttpResponseRedirect(proof_page(request, then=request.path), status=303)
    if request.method == "GET":
        return render(request, "cards/reveal.html", context)
    nonce = request.POST.get("nonce", "")[:500]
    if window is not None and not nonce:
        toast(request, _("The issuer of this card shows its details by script, and your browser runs none."))
        return to_card(request, found)
    try:
        element = reveal(card=found, what=what, by=request.membership, is_proved=True, nonce=nonce)
    except DomainError as error:
        return refused(request, found, error)
    except (IssuerUnavailable, IssuerRefused):
        toast(request, _("The issuer did not answer. Try again in a minute."))
        return to_card(request, found)
    if window is not None:
        # Asked by the issuer's script, which does the rest.
        return JsonResponse({"key": element.values["key"], "nonce": element.values["nonce"]})
    return _with_element(request, found, context | {"element": element})


def _with_element(request: CompanyRequest, found: Card, context: dict[str, object]) -> HttpResponse:
    """Show the element, and leave the page by itself when its minute is over, without any script."""
    response = render(request, "cards/reveal.html", context)
    back = reverse("card", kwargs={"company": request.company.slug, "card_id": found.pk})
    response["Refresh"] = f"{SECONDS}; url={back}"
    return response
