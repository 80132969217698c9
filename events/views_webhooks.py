"""Webhooks: addresses, their secrets, and the log of what was delivered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permitted
from events.forms_webhooks import WebhookForm
from events.models import Delivery, DeliveryStatus, WebhookEndpoint
from events.webhooks import TOLD, add_endpoint, deliver_again, pause_endpoint, remove_endpoint, renew_secret
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from pleo.lib.pagination import paginate


def _live(request: CompanyRequest) -> Any:
    return WebhookEndpoint.objects.for_company(request.company).filter(removed_at=None).order_by("created_at", "id")


def _to(request: CompanyRequest, name: str = "settings-webhooks", **ids: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name, kwargs={"company": request.company.slug, **ids}), status=303)


@require_http_methods(["GET", "POST"])
@permitted("tokens.manage")
@never_cache
def webhooks(request: CompanyRequest) -> HttpResponse:
    """List the addresses and add another, whose secret is on the answer's page and nowhere else."""
    form, secret = WebhookForm(request.POST if request.method == "POST" else None), ""
    if form.is_bound and form.is_valid():
        try:
            _, secret = add_endpoint(by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            form = WebhookForm()
    context = {"endpoints": _live(request), "form": form, "secret": secret, "told": TOLD}
    return render(request, "events/webhooks.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("tokens.manage")
@never_cache
def webhook(request: CompanyRequest, endpoint_id: UUID) -> HttpResponse:
    """One address with its log; a POST makes a new secret, shown on the answer's page alone."""
    endpoint = get_object_or_404(_live(request), pk=endpoint_id)
    secret = ""
    if request.method == "POST":
        secret = renew_secret(endpoint=endpoint, by=request.membership, now=timezone.now())
        endpoint.refresh_from_db()
    rows, show = endpoint.deliveries.select_related("event"), request.GET.get("show", "")
    if show in DeliveryStatus.values:
        rows = rows.filter(status=show)
    page = paginate(rows, by=("id",), descending=True, cursor=request.GET.get("cursor", ""))
    context = {
        "endpoint": endpoint, "page": page, "secret": secret, "show": show, "shows": DeliveryStatus.choices,
        "told": [TOLD[verb] for verb in endpoint.verbs if verb in TOLD], "former": endpoint.has_former_secret(timezone.now()),
    }  # fmt: skip
    return render(request, "events/webhook.html", context)


@require_POST
@permitted("tokens.manage")
def pause(request: CompanyRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Pause an address, or go on with it."""
    endpoint = get_object_or_404(_live(request), pk=endpoint_id)
    paused = pause_endpoint(endpoint=endpoint, by=request.membership, now=timezone.now())
    toast(
        request, gettext("Paused. What happens meanwhile it is not told.") if paused else gettext("It is told again.")
    )
    return _to(request, "settings-webhook", endpoint_id=endpoint.pk)


@require_POST
@permitted("tokens.manage")
def removal(request: CompanyRequest, endpoint_id: UUID) -> HttpResponseBase:
    """Tell an address nothing more."""
    endpoint = get_object_or_404(_live(request), pk=endpoint_id)
    remove_endpoint(endpoint=endpoint, by=request.membership, now=timezone.now())
    toast(request, gettext("Removed. It is told nothing more."))
    return _to(request)


@require_POST
@permitted("tokens.manage")
def redelivery(request: CompanyRequest, delivery_id: UUID) -> HttpResponseBase:
    """Send an event once more."""
    rows = Delivery.objects.for_company(request.company).filter(endpoint__removed_at=None)
    delivery = get_object_or_404(rows, pk=delivery_id)
    try:
        deliver_again(delivery=delivery, by=request.membership, now=timezone.now())
        toast(request, gettext("It is sent once more."))
    except DomainError as error:
        toast(request, error.message())
    return _to(request, "settings-webhook", endpoint_id=delivery.endpoint_id)
