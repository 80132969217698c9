"""Card policies: the list, one with its rules and the cards that follow it, and letting many cards follow it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.card_policies import (
    archive_policy,
    followers,
    make_policy,
    own_rules,
    preview,
    rename_policy,
    restore_policy,
)
from cards.forms import CardFilter
from cards.forms_controls import PolicyForm
from cards.models import BulkAct, Card, CardState, CardTemplate
from cards.places import Place, place_of
from cards.start_bulk import start_bulk
from cards.views_bulk import answer, chosen, named
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

# A page of ticks. All that match can be chosen at once.
MOST = 200
SORTS = {"name": (("name", "id"), False), "-name": (("name", "id"), True), "-created": (("created_at", "id"), True)}


class PolicyFilter(forms.Form):
    """What the list of card policies is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    archived = forms.BooleanField(required=False)

    def narrow(self, rows: Any) -> Any:
        values = self.cleaned_data if self.is_bound and self.is_valid() else {}
        rows = rows.filter(archived_at__isnull=not values.get("archived"))
        for word in search_words(values.get("q", "")):
            rows = rows.filter(search_text__contains=word)
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


def _policies(request: CompanyRequest) -> Any:
    used = Count("cards", filter=~Q(cards__state=CardState.CLOSED) | Q(cards__chain__isnull=False), distinct=True)
    return CardTemplate.objects.for_company(request.company).annotate(used=used)


@require_GET
@permitted("cards.limits")
def policies(request: CompanyRequest) -> HttpResponse:
    """Every card policy, and how many cards follow it."""
    narrow = PolicyFilter(request.GET)
    rows = narrow.narrow(_policies(request))
    by, descending = SORTS.get(request.GET.get("sort", ""), SORTS["name"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact}
    return render(request, template_for(request, "cards/policies.html", "list"), context)


@require_GET
@permitted("cards.limits")
def policies_csv(request: CompanyRequest) -> HttpResponseBase:
    """The card policies as filtered, as a file: a line for each limit and rule."""
    rows = PolicyFilter(request.GET).narrow(_policies(request)).select_related("company").order_by("name", "id")

    def lines() -> Any:
        for template in rows.iterator(chunk_size=200):
            place = Place("policy", template)
            for limit in place.live().values():
                yield [
                    template.name,
                    template.used,
                    limit.get_interval_display(),
                    f"{limit.cap.decimal:f}",
                    limit.currency,
                ]
            for line in place.lines():
                if line.rule:
                    yield [template.name, template.used, line.label, line.says, ""]

    head = [_("Card policy"), _("Cards"), _("Rule"), _("Value"), _("Currency")]
    return csv_response("card-policies.csv", head, lines())


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def policy_create(request: CompanyRequest) -> HttpResponseBase:
    """Make a card policy; its limits and rules are set on its page."""
    form = PolicyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = make_policy(company=request.company, name=form.cleaned_data["name"], by=request.membership)
        except DomainError as error:
            form.add_error("name", error.message())
        else:
            return HttpResponseRedirect(Place("policy", made).url(), status=303)
    return render(request, "cards/policy_create.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def policy(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """One card policy: its name, limits, rules, and the cards that follow it."""
    place = place_of(request.membership, template_id=template_id)
    template: Any = place.owner
    form = PolicyForm(request.POST if request.method == "POST" else None, initial={"name": template.name})
    if form.is_bound and form.is_valid():
        try:
            rename_policy(template=template, name=form.cleaned_data["name"], by=request.membership)
        except DomainError as error:
            form.add_error("name", error.message())
        else:
            toast(request, _("Saved."))
            return HttpResponseRedirect(place.url(), status=303)
    rows = followers(template).select_related("cardholder").order_by("name", "id")
    context = {
        "place": place,
        "form": form,
        "lines": place.lines(),
        "limits": place.live().values(),
        "trials": place.trials(),
        "followers": rows[:MOST],
        "count": rows.count(),
    }
    return render(request, "cards/policy.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("cards.limits")
def policy_archive(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """Put a policy away that no card follows."""
    return _put(request, template_id, archive_policy, _("%(policy)s is archived."), undo="restore")


@require_POST
@permitted("cards.limits")
def policy_restore(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """Bring an archived policy back."""
    return _put(request, template_id, restore_policy, _("%(policy)s is back."))


def _put(
    request: CompanyRequest, template_id: UUID, verb: Callable[..., CardTemplate], said: str, *, undo: str = ""
) -> HttpResponseBase:
    """Do a verb to a policy and say so. What can be undone goes back to the list, anything else to the policy."""
    place = place_of(request.membership, template_id=template_id)
    template: Any = place.owner
    try:
        verb(template=template, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(place.url(), status=303)
    toast(request, said % {"policy": template.name}, undo=place.url(undo) if undo else "")
    home = reverse("policies", kwargs={"company": request.company.slug}) if undo else place.url()
    return HttpResponseRedirect(home, status=303)


def _choice(request: CompanyRequest) -> Any:
    """Return the cards to choose among, narrowed as the list of cards would be; a closed card follows nothing."""
    return (
        CardFilter(request.GET, company=request.company)
        .narrow(Card.objects.visible_to(request.membership))
        .exclude(state=CardState.CLOSED)
    )


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def policy_apply(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """Choose cards, see what would change on each, then let them follow; every card answers for itself."""
    place = place_of(request.membership, template_id=template_id)
    template: Any = place.owner
    if request.method == "GET":
        return _choose(request, place)
    rows = chosen(request).exclude(state=CardState.CLOSED)
    if not rows.exists():
        return _choose(request, place, error=_("Tick at least one card."))
    if request.POST.get("do") != "apply":
        return _preview(request, place, rows)
    try:
        bulk = start_bulk(by=request.membership, cards=rows, act=BulkAct.FOLLOW, template=template)
    except DomainError as error:
        return _choose(request, place, error=error.message())
    return answer(request, bulk, then=place.url())


def _choose(request: CompanyRequest, place: Place, *, error: str = "") -> HttpResponse:
    rows = _choice(request)
    shown = rows.select_related("cardholder", "company", "head__template", "template")
    context = {
        "place": place, "most": MOST, "cards": shown.order_by("cardholder__name", "id")[:MOST], "count": rows.count(),
        "q": request.GET.get("q", ""), "error": error, "list_query": request.GET.urlencode(),
    }  # fmt: skip
    name = template_for(request, "cards/policy_apply.html", "list")
    return render(request, name, context, status=422 if error else 200)


def _preview(request: CompanyRequest, place: Place, rows: Any) -> HttpResponse:
    """Show what would change: on each of the first cards, and of the others how many there are."""
    template: Any = place.owner
    shown = named(rows)
    already = rows.filter(Q(head=None, template=template) | Q(head__template=template)).count()
    is_every = bool(request.POST.get("every"))
    context = {
        "place": place,
        "changes": preview(template=template, cards=shown["rows"]),
        "count": shown["count"],
        "others": shown["count"] - len(shown["rows"]),
        "already": already,
        "is_every": is_every,
        "ids": [] if is_every else list(rows.order_by("id").values_list("pk", flat=True)),
        "list_query": request.GET.urlencode(),
    }
    return render(request, "cards/policy_preview.html", context)


@require_POST
@permitted("cards.limits")
def card_own_rules(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Give a card rules of its own, beginning with a copy of its policy's."""
    found = get_object_or_404(Card.objects.visible_to(request.membership).select_related("company", "head"), pk=card_id)
    own_rules(card=found, by=request.membership)
    toast(request, _("%(card)s has rules of its own now.") % {"card": found})
    return HttpResponseRedirect(
        reverse("card", kwargs={"company": request.company.slug, "card_id": found.pk}), status=303
    )
