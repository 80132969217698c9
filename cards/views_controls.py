"""Rules of a card or a card policy: what it works for, one kind at a time, and trials before a rule is switched on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permitted
from cards.backtest import backtest
from cards.forms_controls import RuleForm
from cards.models import Control, ControlKind, Limit
from cards.places import Place, place_of
from cards.rule_words import rule_says
from cards.set_control import set_control
from cards.shadow import ran
from cards.trials import drop_trial, switch_on
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_GET
@permitted("cards.limits")
def rules(request: CompanyRequest, **ids: UUID) -> HttpResponse:
    """Every kind of rule of a card: what it says, whose it is, what is tried beside it."""
    place = place_of(request.membership, **ids)
    return render(request, "cards/rules.html", {"place": place, "lines": place.lines()})


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def rule(request: CompanyRequest, kind: str, **ids: UUID) -> HttpResponseBase:
    """Set one rule. With "try" it runs on trial; with "remove" it is taken away."""
    if kind not in ControlKind.values:
        raise Http404(kind)
    place = place_of(request.membership, **ids)
    line = next(each for each in place.lines() if each.kind == kind)
    if request.POST.get("do") == "remove":
        set_control(**place.whose, kind=kind, values=None, by=request.membership)
        toast(request, _("The rule “%(rule)s” is gone.") % {"rule": line.label})
        return _to_rules(place)
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, kind=kind, rule=line.rule, currency=request.company.currency)
    if form.is_bound and form.is_valid() and _save(request, place, form):
        tries = request.POST.get("do") == "try"
        toast(request, _("On trial. Nothing is declined by it.") if tries else _("Rule saved."))
        return _to_rules(place)
    context = {"place": place, "form": form, "line": line}
    return render(request, "cards/rule.html", context, status=422 if form.errors else 200)


def _save(request: CompanyRequest, place: Place, form: RuleForm) -> bool:
    try:
        set_control(
            **place.whose,
            kind=form.kind,
            mode=form.mode(),
            values=form.values(),
            note=form.cleaned_data["note"],
            shadow=request.POST.get("do") == "try",
            by=request.membership,
        )
    except DomainError as error:
        form.add_error(None, error.message())
        return False
    return True


def _to_rules(place: Place) -> HttpResponseBase:
    return HttpResponseRedirect(place.url("rules") if place.word == "card" else place.url(), status=303)


def _trial(place: Place, rule_id: UUID) -> Control | Limit:
    """Return the rule on trial of this owner, or 404."""
    controls = [] if place.word == "person" else [row for row in place.controls() if row.shadow and place.is_own(row)]
    found = {row.pk: row for row in controls} | {row.pk: row for row, _url in place.trials()}
    if rule_id not in found:
        raise Http404
    return found[rule_id]


@require_http_methods(["GET", "POST"])
@permitted("cards.limits")
def trial(request: CompanyRequest, rule_id: UUID, **ids: UUID) -> HttpResponseBase:
    """What a rule on trial would have declined, over ninety days and since it runs; switch it on, or drop it."""
    place = place_of(request.membership, **ids)
    found = _trial(place, rule_id)
    if request.method == "POST":
        on = request.POST.get("do") == "on"
        (switch_on if on else drop_trial)(rule=found, by=request.membership)
        toast(request, _("It holds from now on.") if on else _("The trial is over. Nothing changed."))
        return _to_limits(place) if isinstance(found, Limit) else _to_rules(place)
    now = timezone.now()
    context: dict[str, Any] = {
        "place": place,
        "rule": found,
        "says": rule_says(found) if isinstance(found, Control) else "",
        "trial": backtest(found, now),
        "ran": ran(found, now),
    }
    return render(request, "cards/trial.html", context)


def _to_limits(place: Place) -> HttpResponseBase:
    return HttpResponseRedirect(place.url("limits"), status=303)
