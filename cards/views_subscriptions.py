"""What vendor cards pay: the calendar of renewals, changed prices, and one subscription."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import DateField, Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.forms_card import SubscriptionFilter, SubscriptionForm
from cards.models import Card, PriceChange, Subscription
from cards.views import card_of, refused, to_card
from cards.watch_subscription import change_subscription, see_price_changes
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate

# What comes now and then stands after everything that has a day.
NEVER = date(9999, 12, 31)
SORTS = {"due": ("due", "id"), "merchant": ("merchant", "id"), "holder": ("holder_name", "id")}


def _rows(request: CompanyRequest) -> Any:
    unseen = PriceChange.objects.filter(subscription=OuterRef("pk"), seen_at=None)
    rows = Subscription.objects.visible_to(request.membership).annotate(
        due=Coalesce("renews_on", Value(NEVER), output_field=DateField()),
        is_flagged=Exists(unseen),
        holder_name=F("card__cardholder__name"),
    )
    return rows.select_related("card__cardholder", "company")


def _narrowed(request: CompanyRequest) -> tuple[SubscriptionFilter, Any]:
    narrow = SubscriptionFilter(request.GET)
    return narrow, narrow.narrow(_rows(request))


@require_GET
@permitted("cards.see")
def subscriptions(request: CompanyRequest) -> HttpResponse:
    """What renews when, soonest first, and whose price changed."""
    narrow, rows = _narrowed(request)
    sort = request.GET.get("sort", "due")
    by = SORTS.get(sort.lstrip("-"), SORTS["due"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=sort.startswith("-"))
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact}
    return render(request, template_for(request, "cards/subscriptions.html", "list"), context)


@require_GET
@permitted("cards.see")
def subscriptions_csv(request: CompanyRequest) -> HttpResponseBase:
    """The subscriptions as filtered, as a file."""
    rows = _narrowed(request)[1].order_by("due", "id").iterator(chunk_size=500)

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            yield [
                row.merchant, row.card.cardholder.name, str(row.card), row.get_period_display(),
                f"{row.price.decimal:f}" if row.price else "", row.currency, row.renews_on or "", row.paid_on or "",
                _("yes") if row.is_flagged else "",
            ]  # fmt: skip

    head = [
        _("Merchant"), _("Holder"), _("Card"), _("Renews"), _("Price"), _("Currency"), _("Next on"), _("Last paid"),
        _("Price changed"),
    ]  # fmt: skip
    return csv_response("subscriptions.csv", head, lines())


def _subscription(found: Card) -> Subscription:
    row: Subscription = get_object_or_404(Subscription, card=found.head_id or found.pk)
    return row


@require_http_methods(["GET", "POST"])
@permitted("cards.freeze")
def card_subscription(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Correct what a vendor card pays and when."""
    found = card_of(request, card_id)
    row = _subscription(found)
    form = SubscriptionForm(request.POST if request.method == "POST" else None, subscription=row)
    if form.is_bound and form.is_valid():
        try:
            change_subscription(card=found, by=request.membership, **form.cleaned_data)
        except DomainError as error:
            return refused(request, found, error)
        toast(request, _("Saved."))
        return to_card(request, found)
    context = {"card": found, "subscription": row, "form": form}
    return render(request, "cards/subscription.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("cards.freeze")
def card_price_seen(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Take note of a changed price."""
    found = card_of(request, card_id)
    _subscription(found)
    try:
        see_price_changes(card=found, by=request.membership)
    except DomainError as error:
        return refused(request, found, error)
    toast(request, _("Noted. The next change is flagged again."))
    return to_card(request, found)
