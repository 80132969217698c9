"""Limits and raises of a card, a person or a card policy: the same pages for all three."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from cards.forms_controls import LimitsForm, RaiseForm
from cards.limits import end_raise, raise_limit, rooms, rooms_of_person, set_limit
from cards.models import Card, Limit
from cards.places import Place, place_of
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def limits(request: CompanyRequest, **ids: UUID) -> HttpResponseBase:
    """Set limits. With "try" they run on trial: stored with each decision, deciding nothing."""
    place = place_of(request.membership, **ids)
    data = request.POST if request.method == "POST" else None
    form = LimitsForm(data, live=place.live(), currency=request.company.currency)
    if form.is_bound and form.is_valid():
        tries = request.POST.get("do") == "try"
        try:
            with transaction.atomic():
                for interval, (amount, hard) in form.wanted().items():
                    if amount is not None or not tries:
                        set_limit(
                            **place.whose,
                            interval=interval,
                            amount=amount,
                            hard=hard,
                            shadow=tries,
                            by=request.membership,
                        )
        except DomainError as error:
            form.add_error(None, error.message())
        else:
            toast(request, _("On trial. Nothing is declined by it.") if tries else _("Limits saved."))
            return HttpResponseRedirect(place.url("limits") if tries else place.url(), status=303)
    return render(request, "cards/limits.html", _context(place, form), status=422 if form.errors else 200)


def _context(place: Place, form: LimitsForm) -> dict[str, Any]:
    now = timezone.now()
    return {
        "place": place,
        "form": form,
        "rooms": _rooms(place, now),
        "raises": place.raises(now) if place.word != "policy" else [],
        "trials": place.trials(),
        "may_raise": place.word != "policy" and bool(place.effective()),
    }


def _rooms(place: Place, now: Any) -> list[Any]:
    if place.word == "person":
        return rooms_of_person(place.owner, now)  # type: ignore[arg-type]
    return rooms(place.owner, now) if isinstance(place.owner, Card) else []


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def limit_raise(request: CompanyRequest, **ids: UUID) -> HttpResponseBase:
    """Raise a limit for a while; afterwards it is what it was, by itself."""
    place = place_of(request.membership, **ids)
    caps = {interval: limit.cap for interval, limit in place.effective().items()}
    form = RaiseForm(request.POST if request.method == "POST" else None, limits=caps, company=request.company)
    if form.is_bound and form.is_valid():
        starts_at, ends_at = form.period()
        try:
            raise_limit(
                **place.whose,
                interval=form.cleaned_data["interval"],
                amount=form.cleaned_data["amount"],
                starts_at=starts_at,
                ends_at=ends_at,
                by=request.membership,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("The limit is raised for a while."))
            return HttpResponseRedirect(place.url("limits"), status=303)
    context = {"place": place, "form": form, "limits": place.effective().values()}
    return render(request, "cards/limit_raise.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("cards.limits")
def raise_end(request: CompanyRequest, limit_id: UUID) -> HttpResponse:
    """End a raise before its time."""
    mine = Limit.objects.for_company(request.company).filter(ends_at__isnull=False)
    row = get_object_or_404(mine.select_related("card", "membership", "company"), pk=limit_id)
    if end_raise(limit=row, by=request.membership):
        toast(request, _("The raise is over."))
    ids = {"card_id": row.card_id} if row.card_id else {"person_id": row.membership_id}
    return HttpResponseRedirect(place_of(request.membership, **ids).url("limits"), status=303)
