"""What can be done about a decline in one tap: allow it once, raise the limit until Sunday, ask somebody for it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import permitted
from cards.allow_once import allow_once, withdraw_allowance
from cards.card_requests import ask_once
from cards.models import Allowance, Authorization, Outcome
from cards.raise_from_decline import raise_from_decline
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


def _decline(request: CompanyRequest, decline_id: UUID) -> Authorization:
    rows = Authorization.objects.visible_to(request.membership).filter(outcome=Outcome.DECLINED)
    found: Authorization = get_object_or_404(
        rows.select_related("card__cardholder", "card__head", "company"), pk=decline_id
    )
    return found


def _back(request: CompanyRequest, row: Authorization) -> HttpResponseBase:
    url = reverse("decline", kwargs={"company": request.company.slug, "decline_id": row.pk})
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        url = asked
    return HttpResponseRedirect(url, status=303)


def _refused(request: CompanyRequest, row: Authorization, error: DomainError) -> HttpResponse:
    return render(request, "cards/refused.html", {"card": row.card, "error": error}, status=error.status)


@require_POST
@permitted("cards.limits")
def decline_allow(request: CompanyRequest, decline_id: UUID) -> HttpResponseBase:
    """Let this purchase pass when it is tried again within a day; the toast takes it back."""
    row = _decline(request, decline_id)
    try:
        made = allow_once(refused=row, by=request.membership)
    except DomainError as error:
        return _refused(request, row, error)
    undo = reverse("allowance-withdrawal", kwargs={"company": request.company.slug, "allowance_id": made.pk})
    text = _("%(merchant)s may charge up to %(amount)s once, until %(when)s.")
    values = {"merchant": row.merchant_name, "amount": format.amount(made.most), "when": format.moment(made.expires_at)}
    toast(request, text % values, undo=undo)
    return _back(request, row)


@require_POST
@permitted("cards.limits")
def allowance_withdraw(request: CompanyRequest, allowance_id: UUID) -> HttpResponseBase:
    """Take an exception back before it is used."""
    rows = Allowance.objects.for_company(request.company).select_related("refused__card", "company")
    found = get_object_or_404(rows, pk=allowance_id)
    if withdraw_allowance(allowance=found, by=request.membership):
        toast(request, _("Not allowed any more."))
    return _back(request, found.refused)


@require_POST
@permitted("cards.limits")
def decline_raise(request: CompanyRequest, decline_id: UUID) -> HttpResponseBase:
    """Raise the limit that declined this purchase until Sunday, so far that it fits."""
    row = _decline(request, decline_id)
    try:
        made = raise_from_decline(refused=row, by=request.membership)
    except DomainError as error:
        return _refused(request, row, error)
    undo = reverse("limit-raise-end", kwargs={"company": request.company.slug, "limit_id": made.pk})
    toast(request, _("Raised to %(amount)s until Sunday.") % {"amount": format.amount(made.cap)}, undo=undo)
    return _back(request, row)


@require_POST
@permitted("declines.see")
def decline_ask(request: CompanyRequest, decline_id: UUID) -> HttpResponseBase:
    """Ask finance to let this purchase pass once."""
    row = _decline(request, decline_id)
    try:
        ask_once(refused=row, by=request.membership, reason=request.POST.get("reason", ""))
    except DomainError as error:
        return _refused(request, row, error)
    toast(request, _("Asked. You are told when somebody answers."))
    return _back(request, row)
