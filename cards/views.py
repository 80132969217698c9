"""Cards: the list, one card, a new one, its limits, freeze and thaw; declines and why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.explain import explain, explain_all
from cards.find_drift import standing_of
from cards.forms import CardFilter, DeclineFilter
from cards.forms_card import ActivateForm, CardForm
from cards.freeze import freeze, thaw
from cards.issue import issue
from cards.limits import rooms
from cards.look_now import can_be_looked_at
from cards.models import Authorization, Card, Outcome
from cards.overview import overview
from cards.page import CardPage
from cards.places import rules_of
from events.describe import describe
from events.models import Event
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate

SORTS = {
    "name": ("name", "id"),
    "holder": ("holder_name", "id"),
    "kind": ("kind", "name", "id"),
    "created": ("created_at", "id"),
}
SHOWN = 10


def _cards(request: CompanyRequest) -> Any:
    mine = Card.objects.visible_to(request.membership).with_frozen().annotate(holder_name=F("cardholder__name"))
    return mine.select_related("cardholder", "account", "company", "head")


def card_of(request: CompanyRequest, card_id: UUID) -> Card:
    """Return a card that this person may see, or 404."""
    card: Card = get_object_or_404(_cards(request), pk=card_id)
    return card


@require_GET
@permitted("cards.see")
def cards(request: CompanyRequest) -> HttpResponse:
    """Every card this person may see: whose it is, how full its limits are, whether it works."""
    narrow = CardFilter(request.GET, company=request.company)
    rows = narrow.narrow(_cards(request))
    sort = request.GET.get("sort", "name")
    by = SORTS.get(sort.lstrip("-"), SORTS["name"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=sort.startswith("-"))
    count, exact = bounded_count(rows)
    context = {
        "narrow": narrow, "page": page, "rows": overview(page.rows, timezone.now()), "count": count, "exact": exact,
        "declined": _declined(request).count() if request.membership.can("declines.see") else 0,
        "drift": _drift(request),
    }  # fmt: skip
    return render(request, template_for(request, "cards/cards.html", "list"), context)


def _drift(request: CompanyRequest) -> int | None:
    """Return how many differences with the issuer wait, for who sees to them; None where nothing can differ."""
    can_see = request.membership.can("cards.manage") and can_be_looked_at(request.company)
    return standing_of(request.company) if can_see else None


@require_GET
@permitted("cards.see")
def cards_csv(request: CompanyRequest) -> HttpResponseBase:
    """The cards as filtered, as a file."""
    narrow = CardFilter(request.GET, company=request.company)
    rows = narrow.narrow(_cards(request)).order_by("name", "id").iterator(chunk_size=200)

    def lines() -> Iterator[list[Any]]:
        while some := list(islice(rows, 200)):
            for row in overview(some, timezone.now()):
                card, fullest = row.card, row.fullest
                used, cap = (fullest.used, fullest.limit.cap) if fullest else (None, None)
                yield [
                    card.name, card.last_four, card.cardholder.name, card.kind, row.state, card.account.currency,
                    f"{used.decimal:f}" if used else "", f"{cap.decimal:f}" if cap else "", f"{row.left.decimal:f}",
                    row.last_used.isoformat(timespec="seconds") if row.last_used else "",
                    card.expires_month.isoformat()[:7] if card.expires_month else "",
                    card.close_reason,
                ]  # fmt: skip

    head = [
        _("Card"), _("Last four"), _("Holder"), _("Kind"), _("State"), _("Currency"), _("Used"), _("Limit"), _("Left"),
        _("Last used"), _("Expires"), _("Closed because"),
    ]  # fmt: skip
    return csv_response("cards.csv", head, lines())


@require_GET
@permitted("cards.see")
def card(request: CompanyRequest, card_id: UUID) -> HttpResponse:
    """One card: what it can spend now and why, its limits, what was declined, what changed."""
    return card_page(request, card_of(request, card_id))


def card_page(
    request: CompanyRequest, found: Card, *, activate_form: ActivateForm | None = None, status: int = 200
) -> HttpResponse:
    """Answer with a card's page; with the activation form again when its digits were wrong."""
    now = timezone.now()
    latest = found.authorizations.order_by("-occurred_at", "-id")
    context = {
        "card": found,
        "page_of": CardPage(found, request.membership, now),
        "activate_form": activate_form or ActivateForm(),
        "rooms": rooms(found, now),
        **rules_of(found),
        "latest": latest.filter(outcome=Outcome.APPROVED)[:SHOWN],
        "declines": explain_all(_with_card(latest.filter(outcome=Outcome.DECLINED))[:3], request.membership),
        "history": describe(
            Event.objects.for_company(request.company)
            .filter(subject_type="cards.card", subject_id=found.pk)
            .select_related("company")
            .order_by("-happened_at", "-id")[:SHOWN]
        ),
    }
    return render(request, "cards/card.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permitted("cards.issue")
def card_create(request: CompanyRequest) -> HttpResponseBase:
    """Make a card for somebody."""
    initial = {"cardholder": request.GET.get("for", "")}
    form = CardForm(request.POST if request.method == "POST" else None, company=request.company, initial=initial)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            made = issue(
                cardholder=values["cardholder"],
                name=values["name"],
                wish=form.wish(),
                **form.caps(),
                card_id=values["key"],
                by=request.membership,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("%(name)s has a new card.") % {"name": made.cardholder.first_name})
            return to_card(request, made)
    return render(request, "cards/card_create.html", {"form": form}, status=422 if form.errors else 200)


def to_card(request: CompanyRequest, found: Card) -> HttpResponseBase:
    """Go back to where the form says, else to the card."""
    url = reverse("card", kwargs={"company": request.company.slug, "card_id": found.pk})
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        url = asked
    return HttpResponseRedirect(url, status=303)


@require_POST
@permitted("cards.freeze")
def card_freeze(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Put a card to rest, at once; the toast undoes it."""
    found = card_of(request, card_id)
    try:
        freeze(card=found, by=request.membership, reason=request.POST.get("reason", "").replace("\x00", ""))
    except DomainError as error:
        return refused(request, found, error)
    undo = reverse("card-thaw", kwargs={"company": request.company.slug, "card_id": found.pk})
    toast(request, _("%(card)s is frozen.") % {"card": found}, undo=undo)
    return to_card(request, found)


@require_POST
@permitted("cards.freeze")
def card_thaw(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Wake a card up."""
    found = card_of(request, card_id)
    try:
        thaw(card=found, by=request.membership)
    except DomainError as error:
        return refused(request, found, error)
    undo = reverse("card-freeze", kwargs={"company": request.company.slug, "card_id": found.pk})
    toast(request, _("%(card)s is thawed.") % {"card": found}, undo=undo)
    return to_card(request, found)


def refused(request: CompanyRequest, found: Card, error: DomainError) -> HttpResponse:
    """Say why a card cannot have that done to it."""
    return render(request, "cards/refused.html", {"card": found, "error": error}, status=error.status)


def _declined(request: CompanyRequest) -> Any:
    return _with_card(Authorization.objects.visible_to(request.membership).filter(outcome=Outcome.DECLINED))


def _with_card(rows: Any) -> Any:
    return rows.select_related("card__cardholder", "card__account", "company")


@require_GET
@permitted("declines.see")
def declines(request: CompanyRequest) -> HttpResponse:
    """Purchases that were declined, newest first, each with its reason in words."""
    narrow = DeclineFilter(request.GET)
    rows = narrow.narrow(_declined(request))
    by, down = narrow.order
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=down, size=20)
    count, exact = bounded_count(rows)
    explained = explain_all(page.rows, request.membership)
    context = {"narrow": narrow, "page": page, "declines": explained, "count": count, "exact": exact}
    return render(request, template_for(request, "cards/declines.html", "list"), context)


@require_GET
@permitted("declines.see")
def declines_csv(request: CompanyRequest) -> HttpResponseBase:
    """The declines as filtered, as a file."""
    rows = (
        DeclineFilter(request.GET).narrow(_declined(request)).order_by("-occurred_at", "-id").iterator(chunk_size=200)
    )
    head = [
        _("Time"), _("Holder"), _("Card"), _("Merchant"), _("Amount"), _("Currency"), _("Reason"), _("Decided by"),
    ]  # fmt: skip
    zone = request.company.zone
    cells = (
        [
            row.occurred_at.astimezone(zone).isoformat(timespec="seconds"), row.card.cardholder.name, row.card.last_four,
            row.merchant_name, f"{row.billing.decimal:f}", row.currency, row.decline_reason, row.decided_by,
        ]
        for row in rows
    )  # fmt: skip
    return csv_response("declines.csv", head, cells)


@require_GET
@permitted("declines.see")
def decline(request: CompanyRequest, decline_id: UUID) -> HttpResponse:
    """One decline: every check, whose rule it was, what can be done."""
    row = get_object_or_404(_declined(request), pk=decline_id)
    return render(request, "cards/decline.html", {"decline": explain(row, request.membership)})
