"""The simulator: play a shop, push its purchases on, and read what was said. Only for companies whose cards are simulated."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from cards import simulate
from cards.controls import all_passed, preview
from cards.explain import explain, explain_checks, line
from cards.forms_simulator import DisputeForm, PurchaseForm, PushForm, SayForm, StoryForm
from cards.models import CLOSED, Authorization, Dispute, IssuerMessage, MessageStatus
from cards.network import MORE, OF_CARD, OF_PURCHASE, tell_of_dispute
from cards.scenarios import SCENARIOS, pass_day, play
from cards.simulator_log import rolls
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.money import Money
from wallet.models import LedgerAccount

SHOWN = 5
IN_WORK = (MessageStatus.RECEIVED, MessageStatus.PROCESSING)


def _only_simulated(request: CompanyRequest) -> None:
    if request.company.issuer != simulate.NAME or simulate.NAME not in settings.ISSUERS:
        raise Http404("the cards of this company are real")


def _live(request: CompanyRequest) -> dict[str, Any]:
    """What changes while somebody looks: purchases, messages, the wallet."""
    purchases = Authorization.objects.for_company(request.company).filter(issuer=simulate.NAME, outcome="approved")
    references = [card.issuer_reference for card in PurchaseForm(company=request.company).fields["card"].queryset]  # type: ignore[attr-defined]
    open_messages = IssuerMessage.objects.filter(
        issuer=simulate.NAME, status__in=IN_WORK, card_reference__in=references
    )
    return {
        "purchases": purchases.select_related("card__cardholder").order_by("-created_at", "-id")[:SHOWN],
        "rolls": rolls(request.company),
        "account": LedgerAccount.objects.wallet_of(request.company),
        "is_in_work": open_messages.exists(),
        "more": [OF_PURCHASE[key] for key in MORE],
        "scenarios": list(SCENARIOS.values()),
        "say": SayForm(company=request.company),
        "disputes": Dispute.objects.for_company(request.company)
        .exclude(status__in=CLOSED)
        .exclude(issuer_reference="")
        .select_related("clearing__card__cardholder")
        .order_by("-id")[:SHOWN],
    }


@require_GET
@permitted("simulator.use")
def simulator(request: CompanyRequest) -> HttpResponse:
    """The page; with a card in the query also what the purchase would be answered."""
    _only_simulated(request)
    asked = "card" in request.GET
    form = PurchaseForm(request.GET if asked else None, company=request.company)
    context: dict[str, Any] = {"form": form, "preview": _preview(request, form) if asked else None}
    if wants_fragment(request):
        return render(request, "cards/simulator_preview.html", context)
    return render(request, "cards/simulator.html", context | _live(request))


def _preview(request: CompanyRequest, form: PurchaseForm) -> dict[str, Any] | None:
    """The checks as they would turn out now. Nothing is sent and nothing is stored."""
    if not form.is_valid():
        return None
    values, now = form.cleaned_data, timezone.now()
    asked = simulate.request_for(values["card"], values["what"], values["money"], channel=values["channel"], now=now)
    checks = preview(values["card"], asked)
    return {
        "would_pass": all_passed(checks),
        "why": explain_checks(values["card"], checks, request.membership, now=now),
        "passed": [line(check["code"]) for check in checks if check["passed"]],
        "amount": asked.amount,
    }


@require_GET
@permitted("simulator.use")
def simulator_live(request: CompanyRequest) -> HttpResponse:
    """The parts of the page that change by themselves."""
    _only_simulated(request)
    part = "purchases" if request.GET.get("part") == "purchases" else "roll"
    return render(request, f"cards/simulator_{part}.html", _live(request) | {"is_fragment": True})


@require_POST
@permitted("simulator.use")
def simulator_purchase(request: CompanyRequest) -> HttpResponseBase:
    """Buy, or take the money without asking."""
    _only_simulated(request)
    form = PurchaseForm(request.POST, company=request.company)
    if form.is_valid():
        try:
            _buy(request, form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message())
        else:
            return _back(request)
    return render(request, "cards/simulator.html", {"form": form, "preview": None} | _live(request), status=422)


def _buy(request: CompanyRequest, values: dict[str, Any]) -> None:
    what = {"card": values["card"], "shop": values["what"], "amount": values["money"], "channel": values["channel"]}
    said = {"amount": format.amount(values["money"]), "shop": values["what"].merchant.name}
    if request.POST.get("act") == "force":
        simulate.force_post(**what)
        toast(request, _("%(shop)s took %(amount)s without asking.") % said)
        return
    reply = simulate.buy(**what, takes_part=values["takes_part"])
    if reply.is_approved and reply.granted:
        toast(request, _("Approved in part: %(amount)s.") % {"amount": format.amount(reply.granted)})
        return
    if reply.is_approved:
        toast(request, _("Approved: %(amount)s at %(shop)s.") % said)
        return
    stored = Authorization.objects.for_company(request.company).select_related("card__cardholder")
    row = stored.filter(issuer=simulate.NAME, issuer_reference=reply.reference).first()
    if row is None or reply.is_fallback:
        toast(request, _("Declined by the network: no answer came in time."))
        return
    toast(request, _("Declined: %(why)s") % {"why": explain(row, request.membership).sentence})


@require_POST
@permitted("simulator.use")
def simulator_push(request: CompanyRequest) -> HttpResponseBase:
    """Say what happened to a purchase afterwards."""
    _only_simulated(request)
    form = PushForm(request.POST, company=request.company)
    if not form.is_valid():
        return _not_pushed(request, _problems(form))
    row, amount = form.cleaned_data["authorization"], form.cleaned_data["amount"]
    saying, act = form.saying, form.cleaned_data["act"]
    try:
        said = saying.play(authorization=row, **({} if act == "expire" else {"amount": amount}))
    except DomainError as error:
        return _not_pushed(request, error.message())
    if isinstance(said, simulate.Reply) and not said.is_approved:
        toast(request, _("Declined: %(why)s") % {"why": line(said.reason)})
        return _back(request)
    toast(request, _("Sent. %(shop)s, as the network tells it.") % {"shop": row.merchant_name})
    return _back(request)


@require_POST
@permitted("simulator.use")
def simulator_say(request: CompanyRequest) -> HttpResponseBase:
    """Say something about a card that is about no purchase."""
    _only_simulated(request)
    form = SayForm(request.POST, company=request.company)
    if not form.is_valid():
        return _not_pushed(request, _problems(form))
    saying = OF_CARD[form.cleaned_data["what"]]
    try:
        said = saying.play(card=form.cleaned_data["card"], amount=form.cleaned_data["amount"])
    except DomainError as error:
        return _not_pushed(request, error.message())
    if isinstance(said, Money):
        toast(request, _("The balance is %(amount)s.") % {"amount": format.amount(said)})
    else:
        toast(request, _("Sent: %(what)s.") % {"what": saying.title})
    return _back(request)


@require_POST
@permitted("simulator.use")
def simulator_story(request: CompanyRequest) -> HttpResponseBase:
    """Play a story of several steps on a card."""
    _only_simulated(request)
    form = StoryForm(request.POST, company=request.company)
    if not form.is_valid():
        return _not_pushed(request, _problems(form))
    name = form.cleaned_data["scenario"]
    try:
        play(name=name, card=form.cleaned_data["card"], by=request.membership)
    except DomainError as error:
        return _not_pushed(request, error.message())
    toast(request, _("Played: %(what)s.") % {"what": SCENARIOS[name].title})
    return _back(request)


@require_POST
@permitted("simulator.use")
def simulator_day(request: CompanyRequest) -> HttpResponseBase:
    """Let a day pass for the shops of this company."""
    _only_simulated(request)
    try:
        passed = pass_day(company=request.company, by=request.membership)
    except DomainError as error:
        return _not_pushed(request, error.message())
    toast(
        request,
        _("A day passed at the shops: %(settled)s settled, %(expired)s ran out.")
        % {"settled": passed.settled, "expired": passed.expired},
    )
    return _back(request)


@require_POST
@permitted("simulator.use")
def simulator_dispute(request: CompanyRequest) -> HttpResponseBase:
    """Say how a contested purchase stands."""
    _only_simulated(request)
    form = DisputeForm(request.POST, company=request.company)
    if not form.is_valid():
        return _not_pushed(request, _problems(form))
    dispute = form.cleaned_data["dispute"]
    try:
        tell_of_dispute(dispute=dispute, state=form.cleaned_data["state"])
    except DomainError as error:
        return _not_pushed(request, error.message())
    toast(request, _("Sent. %(shop)s, as the network tells it.") % {"shop": str(dispute)})
    return _back(request)


def _problems(form: Any) -> str:
    return " ".join(str(message) for messages in form.errors.values() for message in messages)


def _not_pushed(request: CompanyRequest, why: str) -> HttpResponse:
    context = {"form": PurchaseForm(company=request.company), "preview": None, "problem": why} | _live(request)
    return render(request, "cards/simulator.html", context, status=422)


def _back(request: CompanyRequest) -> HttpResponseBase:
    return HttpResponseRedirect(reverse("simulator", kwargs={"company": request.company.slug}), status=303)
