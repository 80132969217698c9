"""Where the card issuer and we differ: the list, its remedies, and a look now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from cards.drift_words import row_of, side
from cards.find_drift import with_names
from cards.forms_drift import DriftFilter
from cards.look_now import can_be_looked_at, is_being_looked_at, last_look, look_now
from cards.mend_drift import Remedy, mend
from cards.models import Drift
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate


def _drifts(request: CompanyRequest) -> tuple[DriftFilter, Any]:
    narrow = DriftFilter(request.GET)
    return narrow, narrow.narrow(with_names(Drift.objects.for_company(request.company)))


@require_GET
@permitted("cards.manage")
def drifts(request: CompanyRequest) -> HttpResponse:
    """What differs from the issuer and since when; what was put right stays as history."""
    narrow, rows = _drifts(request)
    by, descending = narrow.order
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context: dict[str, Any] = {
        "narrow": narrow, "page": page, "rows": [row_of(row) for row in page.rows], "count": count, "exact": exact,
        "can_look": can_be_looked_at(request.company), "last": last_look(request.company),
        "is_looking": is_being_looked_at(request.company),
    }  # fmt: skip
    return render(request, template_for(request, "cards/drifts.html", "list"), context)


@require_GET
@permitted("cards.manage")
def drifts_csv(request: CompanyRequest) -> HttpResponseBase:
    """The differences as filtered, as a file."""
    rows = _drifts(request)[1].order_by("-found_at", "-id")
    zone = request.company.zone

    def lines() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=200):
            yield [
                row.found_at.astimezone(zone).isoformat(timespec="seconds"), row.get_kind_display(), row.reference,
                str(row.card or ""), row.holder_name or "", side(row, row.ours), side(row, row.theirs),
                row.get_state_display(), row.get_ended_how_display() if row.ended_how else "",
                row.ended_at.astimezone(zone).isoformat(timespec="seconds") if row.ended_at else "",
                row.ended_by.name if row.ended_by else "",
            ]  # fmt: skip

    head = [
        _("Since"), _("What"), _("Reference"), _("Card"), _("Holder"), _("Ours"), _("Theirs"), _("State"), _("Ended by"),
        _("Ended"), _("Who"),
    ]  # fmt: skip
    return csv_response("issuer-differences.csv", head, lines())


@require_POST
@permitted("cards.manage")
def drift_remedy(request: CompanyRequest, drift_id: UUID) -> HttpResponseBase:
    """Do what one tap can do about a difference."""
    rows = Drift.objects.for_company(request.company).select_related(
        "company", "card__company", "card__cardholder", "message"
    )
    found: Drift = get_object_or_404(rows, pk=drift_id)
    remedy = request.POST.get("remedy") or request.GET.get("remedy", "")
    try:
        mend(drift=found, remedy=remedy, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _said(remedy), undo=_undo(request, found, remedy))
    return HttpResponseRedirect(reverse("drifts", kwargs={"company": request.company.slug}), status=303)


def _said(remedy: str) -> str:
    words = {
        Remedy.TAKE_THEIRS: _("The card is frozen here too."),
        Remedy.SEND_OURS: _("The issuer has ours now."),
        Remedy.TAKE_IN: _("It is taken in."),
        Remedy.NOTE: _("Noted. It stays in the list under Noted until it no longer differs."),
        Remedy.UNDO_NOTE: _("Open again."),
    }
    return words[Remedy(remedy)]


def _undo(request: CompanyRequest, drift: Drift, remedy: str) -> str:
    if remedy == Remedy.NOTE:
        here = reverse("drift-remedy", kwargs={"company": request.company.slug, "drift_id": drift.pk})
        return f"{here}?{urlencode({'remedy': Remedy.UNDO_NOTE.value})}"
    if remedy == Remedy.TAKE_THEIRS:
        return reverse("card-thaw", kwargs={"company": request.company.slug, "card_id": drift.card_id})
    return ""


@require_POST
@permitted("cards.manage")
def drift_look(request: CompanyRequest) -> HttpResponseBase:
    """Look at the issuer now; the worker does, and the list shows what it found."""
    try:
        look_now(company=request.company, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("The issuer is being looked at. What differs appears here."))
    return HttpResponseRedirect(reverse("drifts", kwargs={"company": request.company.slug}), status=303)
