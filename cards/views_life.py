"""Pages of a card's life: activate, PIN, lost, replace, close, and the simulator's post."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from cards.activate import activate, allow_tries
from cards.cancel import cancel
from cards.card_policies import CardClosed
from cards.change_period import change_period
from cards.forms_card import ActivateForm, LostForm, PeriodForm, ReplaceForm
from cards.issuers.base import IssuerRefused, IssuerUnavailable
from cards.models import Card, CardKind
from cards.page import SIMULATOR, CardPage
from cards.replace import address_of, replace
from cards.report_lost import report_lost
from cards.ship import note_shipping, unblock_pin
from cards.views import card_of, card_page, refused, to_card
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_POST
@permitted("cards.freeze")
def card_activate(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """The holder types the last four digits of the card in hand."""
    found = card_of(request, card_id)
    form = ActivateForm(request.POST)
    if form.is_valid():
        try:
            activate(card=found, last_four=form.cleaned_data["last_four"], by=request.membership)
        except DomainError as error:
            if error.field != "last_four":
                return refused(request, found, error)
            form.add_error("last_four", error.message())
        else:
            toast(request, _("%(card)s is active. It works in shops now.") % {"card": found})
            return to_card(request, found)
    return card_page(request, found, activate_form=form, status=422)


@require_POST
@permitted("cards.manage")
def card_tries(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Let the holder try the digits again."""
    found = card_of(request, card_id)
    allow_tries(card=found, by=request.membership)
    toast(request, _("%(name)s can try again.") % {"name": found.cardholder.first_name})
    return to_card(request, found)


@require_http_methods(["GET", "POST"])
@permitted("cards.manage")
def card_period(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Move the days between which a temporary card works."""
    found = card_of(request, card_id)
    if found.kind != CardKind.TEMPORARY or not found.is_open:
        return refused(request, found, CardClosed())
    form = PeriodForm(request.POST if request.method == "POST" else None, card=found)
    if form.is_bound and form.is_valid():
        try:
            change_period(card=found, by=request.membership, **form.period())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("It works until %(day)s.") % {"day": format.day(form.cleaned_data["ends_on"])})
            return to_card(request, found)
    return render(request, "cards/card_period.html", {"card": found, "form": form}, status=422 if form.errors else 200)


def _plastic_options(request: CompanyRequest, found: Card) -> dict[str, Any]:
    """Return what the forms with an address begin with: where the card before went, else the holder's name."""
    known = address_of(found)
    initial = {"recipient": found.cardholder.name, "country": request.company.country}
    if known:
        initial = {
            "recipient": known.name, "line1": known.line1, "line2": known.line2, "postal_code": known.postal_code,
            "city": known.city, "country": known.country,
        }  # fmt: skip
    return {"company": request.company, "is_plastic": found.kind == CardKind.PHYSICAL, "initial": initial}


@require_http_methods(["GET", "POST"])
@permitted("cards.freeze")
def card_replace(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """A new card in place of this one, which works until then."""
    found = card_of(request, card_id)
    page = CardPage(found, request.membership, timezone.now())
    if problem := page.why_no_replacement:
        return refused(request, found, problem)
    form = ReplaceForm(request.POST if request.method == "POST" else None, **_plastic_options(request, found))
    if form.is_bound and form.is_valid():
        ship_to = form.address(found.cardholder) if form.is_plastic else None
        try:
            made = replace(card=found, by=request.membership, ship_to=ship_to)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("%(card)s takes its place.") % {"card": made})
            return to_card(request, made)
    context = {"card": found, "page_of": page, "form": form}
    return render(request, "cards/card_replace.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("cards.freeze")
def card_lost(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Lost or stolen: closed at once, with a new one in its place when wanted."""
    found = card_of(request, card_id)
    page = CardPage(found, request.membership, timezone.now())
    if problem := page.why_no_end:
        return refused(request, found, problem)
    form = LostForm(request.POST if request.method == "POST" else None, **_plastic_options(request, found))
    if form.is_bound and form.is_valid():
        try:
            made = _report(request, found, form)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("%(card)s is closed. Nobody can pay with it.") % {"card": found})
            return to_card(request, made)
    context = {"card": found, "page_of": page, "form": form}
    return render(request, "cards/card_lost.html", context, status=422 if form.errors else 200)


def _report(request: CompanyRequest, found: Card, form: LostForm) -> Card:
    """Close first and for certain; a new card that cannot be made must not keep the lost one open."""
    report_lost(card=found, because=form.cleaned_data["because"], by=request.membership)
    if not form.cleaned_data["again"]:
        return found
    found.refresh_from_db()
    try:
        ship_to = form.address(found.cardholder) if form.is_plastic else None
        return replace(card=found, by=request.membership, ship_to=ship_to)
    except DomainError as error:
        toast(request, error.message())
        return found


@require_http_methods(["GET", "POST"])
@permitted("cards.freeze")
def card_close(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """End a card for good, after saying what that means."""
    found = card_of(request, card_id)
    page = CardPage(found, request.membership, timezone.now())
    if problem := page.why_no_end:
        return refused(request, found, problem)
    if request.method == "POST":
        try:
            cancel(card=found, by=request.membership)
        except DomainError as error:
            return refused(request, found, error)
        toast(request, _("%(card)s is closed for good.") % {"card": found})
        return to_card(request, found)
    return render(request, "cards/card_close.html", {"card": found, "page_of": page})


@require_POST
@permitted("cards.freeze")
def card_unblock(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Let the card ask for its PIN again."""
    found = card_of(request, card_id)
    try:
        unblock_pin(card=found, by=request.membership)
    except DomainError as error:
        return refused(request, found, error)
    except (IssuerUnavailable, IssuerRefused):
        toast(request, _("The issuer did not answer. Nothing has changed. Try again in a minute."))
        return to_card(request, found)
    toast(request, _("The PIN of %(card)s works again.") % {"card": found})
    return to_card(request, found)


@require_POST
@permitted("simulator.use")
def card_shipping(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Play the post for a simulated card: the next thing that happens to the letter."""
    found = card_of(request, card_id)
    step = CardPage(found, request.membership, timezone.now()).next_shipping
    if found.issuer != SIMULATOR:
        raise Http404("the post of real cards is not played")
    if step:
        note_shipping(card=found, shipping=step, at=timezone.now())
    return to_card(request, found)
