"""Card policies: the list, one with its rules and the cards that follow it, and letting many cards follow it at once."""

from __future__ import annotations

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
    follow_policy,
    followers,
    make_policy,
    own_rules,
    preview,
    rename_policy,
    restore_policy,
)
from cards.forms_controls import PolicyForm
from cards.models import Card, CardState, CardTemplate
from cards.places import Place, place_of
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

# A page of ticks, and what one press of the button changes. More go in several.
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
    place = place_of(request, template_id=template_id)
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
    place = place_of(request, template_id=template_id)
    template: Any = place.owner
    try:
        archive_policy(template=template, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(place.url(), status=303)
    toast(request, _("%(policy)s is archived.") % {"policy": template.name}, undo=place.url("restore"))
    return HttpResponseRedirect(reverse("policies", kwargs={"company": request.company.slug}), status=303)


@require_POST
@permitted("cards.limits")
def policy_restore(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """Bring an archived policy back."""
    place = place_of(request, template_id=template_id)
    template: Any = place.owner
    try:
        restore_policy(template=template, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("%(policy)s is back.") % {"policy": template.name})
    return HttpResponseRedirect(place.url(), status=303)


def _choice(request: CompanyRequest) -> Any:
    rows = Card.objects.visible_to(request.membership).exclude(state=CardState.CLOSED)
    for word in search_words(request.GET.get("q", "")[:100]):
        rows = rows.filter(Q(search_text__contains=word) | Q(cardholder__search_text__contains=word))
    return rows.select_related("cardholder", "company", "head__template", "template").order_by("cardholder__name", "id")


def _ticked(request: CompanyRequest) -> list[Card]:
    """Return the ticked cards that this person may change; what is no id is no card."""
    ids = []
    for text in request.POST.getlist("card")[:MOST]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return list(_choice(request).filter(pk__in=ids))


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def policy_apply(request: CompanyRequest, template_id: UUID) -> HttpResponseBase:
    """Choose cards, see what would change on each, then let them follow; every card answers for itself."""
    place = place_of(request, template_id=template_id)
    template: Any = place.owner
    context: dict[str, Any] = {"place": place, "most": MOST}
    if request.method == "GET":
        rows = _choice(request)
        context |= {"cards": rows[:MOST], "count": rows.count(), "q": request.GET.get("q", "")}
        return render(request, template_for(request, "cards/policy_apply.html", "list"), context)
    cards = _ticked(request)
    if not cards:
        context |= {"cards": _choice(request)[:MOST], "error": _("Tick at least one card."), "count": 0, "q": ""}
        return render(request, "cards/policy_apply.html", context, status=422)
    if request.POST.get("do") != "apply":
        context |= {"changes": preview(template=template, cards=cards)}
        return render(request, "cards/policy_preview.html", context)
    results = [(card, _follow(card, template, request)) for card in cards]
    context |= {"results": results, "done": sum(not error for _card, error in results)}
    return render(request, "cards/policy_result.html", context)


def _follow(card: Card, template: CardTemplate, request: CompanyRequest) -> str:
    """Let one card follow; return why it could not, or nothing."""
    try:
        follow_policy(card=card, template=template, by=request.membership)
    except DomainError as error:
        return error.message()
    return ""


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
