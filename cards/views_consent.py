"""The question of an issuer, as its holder answers it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from accounts.proof import has_second_factor, proof_page, proved_lately
from cards.consent import answer
from cards.forms_consent import ConsentFilter
from cards.issuers import features_of
from cards.issuers.base import Feature
from cards.models import Consent, ConsentKind
from cards.page import SIMULATOR
from cards.simulate import DoorClosed, DoorRefused
from cards.simulate_consent import ask
from cards.views import card_of, refused, to_card
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate


def _consent(request: CompanyRequest, consent_id: UUID) -> Consent:
    rows = Consent.objects.visible_to(request.membership).select_related("card__cardholder", "company")
    found: Consent = get_object_or_404(rows, pk=consent_id)
    return found


@require_GET
@permitted("cards.see")
def consents(request: CompanyRequest) -> HttpResponse:
    """Every question that was asked of the cardholders one may see, and what became of it."""
    narrow = ConsentFilter(request.GET)
    rows = narrow.narrow(Consent.objects.visible_to(request.membership))
    page = paginate(
        rows.select_related("card__cardholder"), by=("asked_at", "id"), cursor=request.GET.get("cursor", ""),
        descending=not narrow.is_oldest_first, size=25,
    )  # fmt: skip
    count, exact = bounded_count(rows)
    context = {
        "narrow": narrow, "page": page, "consents": page.rows, "count": count, "exact": exact,
        "asks_here": Feature.CONSENT in features_of(request.company.issuer),
    }  # fmt: skip
    return render(request, template_for(request, "cards/consents.html", "list"), context)


@require_GET
@permitted("cards.see")
def consents_csv(request: CompanyRequest) -> HttpResponseBase:
    """The questions as filtered, as a file."""
    rows = ConsentFilter(request.GET).narrow(Consent.objects.visible_to(request.membership))
    zone = request.company.zone
    head = [_("Asked"), _("Question"), _("Holder"), _("Card"), _("Merchant"), _("Amount"), _("Currency"), _("State"),
            _("Answered")]  # fmt: skip
    cells = (
        [
            row.asked_at.astimezone(zone).isoformat(timespec="seconds"), row.kind, row.card.cardholder.name,
            row.card.last_four, row.merchant_name, f"{row.money.decimal:f}", row.currency, row.status,
            row.answered_at.astimezone(zone).isoformat(timespec="seconds") if row.answered_at else "",
        ]
        for row in rows.select_related("card__cardholder").order_by("-asked_at", "-id").iterator(chunk_size=200)
    )  # fmt: skip
    return csv_response("questions.csv", head, cells)


@require_GET
@never_cache
@permitted("cards.see")
def card_consent(request: CompanyRequest, consent_id: UUID) -> HttpResponse:
    """What is asked, until when, and what was answered. Others than the holder look on."""
    found, now = _consent(request, consent_id), timezone.now()
    context = {
        "consent": found,
        "is_mine": found.card.cardholder_id == request.membership.pk,
        "is_waiting": found.is_waiting(now),
        "minutes": max(0, int((found.deadline - now).total_seconds()) // 60),
    }
    return render(request, template_for(request, "cards/consent.html", "question"), context)


@require_POST
@permitted("cards.freeze")
def card_consent_answer(request: CompanyRequest, consent_id: UUID) -> HttpResponseBase:
    """Answer. Saying yes to a payment wants a fresh second factor of who has one; saying no wants nothing."""
    found = _consent(request, consent_id)
    here = reverse("card-consent", kwargs={"company": request.company.slug, "consent_id": found.pk})
    is_approved = request.POST.get("answer") == "yes"
    needs_proof = is_approved and found.kind == ConsentKind.PAYING
    if needs_proof and has_second_factor(request.user) and not proved_lately(request):  # type: ignore[arg-type]
        return HttpResponseRedirect(proof_page(request, then=here), status=303)
    try:
        answer(consent=found, is_approved=is_approved, by=request.membership)
    except DomainError as error:
        return refused(request, found.card, error)
    toast(request, _("The shop is told yes.") if is_approved else _("The shop is told no."))
    return HttpResponseRedirect(here, status=303)


@require_POST
@permitted("simulator.use")
def card_ask(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Let a simulated shop ask the holder, through the issuer's door."""
    found = card_of(request, card_id)
    if found.issuer != SIMULATOR:
        return refused(request, found, DoorRefused(status=404, answer="simulator"))
    asks = request.POST.get("asks", "")
    try:
        ask(card=found, asks=asks if asks in ConsentKind.values else ConsentKind.PAYING)
    except (DoorClosed, DoorRefused) as error:
        toast(request, error.message())
        return to_card(request, found)
    toast(request, _("%(name)s is being asked.") % {"name": found.cardholder.first_name})
    return to_card(request, found)
