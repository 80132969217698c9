"""Wishes of cardholders: the inbox, one wish with its answer, and asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.card_requests import ask_card, ask_raise, grant_request, refuse_request, withdraw_request
from cards.explain import explain
from cards.forms_controls import AskCardForm, AskRaiseForm
from cards.limits import live_limits
from cards.models import Authorization, Card, CardRequest, RequestKind, RequestStatus
from cards.remedies import raise_wanted
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

SORTS = {
    "-asked": (("asked_at", "id"), True), "asked": (("asked_at", "id"), False),
    "-amount": (("amount", "id"), True), "amount": (("amount", "id"), False),
}  # fmt: skip


class RequestFilter(forms.Form):
    """What the list of wishes is narrowed to; without a word about it, those that wait."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(
        required=False,
        choices=(("", gettext_lazy("Waiting")), ("all", gettext_lazy("All")), *RequestStatus.choices[1:]),
    )
    kind = forms.ChoiceField(required=False, choices=(("", gettext_lazy("Any")), *RequestKind.choices))
    sort = forms.ChoiceField(
        required=False,
        choices=(
            ("", gettext_lazy("Newest first")),
            ("asked", gettext_lazy("Oldest first")),
            ("-amount", gettext_lazy("Largest first")),
            ("amount", gettext_lazy("Smallest first")),
        ),
    )

    def narrow(self, rows: Any) -> Any:
        values = self.cleaned_data if self.is_bound and self.is_valid() else {}
        status = values.get("status") or RequestStatus.OPEN
        if status != "all":
            rows = rows.filter(status=status)
        if values.get("kind"):
            rows = rows.filter(kind=values["kind"])
        for word in search_words(values.get("q", "")):
            rows = rows.filter(search_text__contains=word)
        return rows

    @property
    def is_narrowed(self) -> bool:
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return any(given.get(name) for name in ("q", "status", "kind"))


def _wishes(request: CompanyRequest) -> Any:
    rows = CardRequest.objects.visible_to(request.membership)
    return rows.select_related("asked_by", "decided_by", "card__cardholder", "authorization", "company", "made")


@require_GET
@permitted("cards.see")
def card_requests(request: CompanyRequest) -> HttpResponse:
    """Who asks for what: all of the company for finance, one's own for everybody else."""
    narrow = RequestFilter(request.GET)
    rows = narrow.narrow(_wishes(request))
    by, descending = SORTS.get(request.GET.get("sort", ""), SORTS["-asked"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact}
    return render(request, template_for(request, "cards/requests.html", "list"), context)


@require_GET
@permitted("cards.see")
def card_requests_csv(request: CompanyRequest) -> HttpResponseBase:
    """The wishes as filtered, as a file."""
    rows = RequestFilter(request.GET).narrow(_wishes(request)).order_by("-asked_at", "-id").iterator(chunk_size=200)
    head = [
        _("Asked"), _("Who"), _("Wish"), _("Card"), _("Amount"), _("Currency"), _("Until"), _("Why"), _("State"),
        _("Answered by"), _("Comment"),
    ]  # fmt: skip
    cells = (
        [
            row.asked_at.isoformat(timespec="seconds"), row.asked_by.name, row.get_kind_display(), str(row),
            f"{row.wanted.decimal:f}", row.currency, row.ends_at.date().isoformat() if row.ends_at else "", row.reason,
            row.get_status_display(), row.decided_by.name if row.decided_by else "", row.comment,
        ]
        for row in rows
    )  # fmt: skip
    return csv_response("card-requests.csv", head, cells)


def _wish(request: CompanyRequest, request_id: UUID) -> CardRequest:
    found: CardRequest = get_object_or_404(_wishes(request), pk=request_id)
    return found


def _shown(
    request: CompanyRequest, wish: CardRequest, error: str = "", comment: str = "", status: int = 200
) -> HttpResponse:
    mine = wish.asked_by_id == request.membership.pk
    context = {
        "wish": wish,
        "decline": explain(wish.authorization, request.membership) if wish.authorization else None,
        "may_answer": wish.status == RequestStatus.OPEN and not mine and request.membership.can("cards.limits"),
        "may_withdraw": wish.status == RequestStatus.OPEN and mine,
        "error": error,
        "comment": comment,
    }
    return render(request, "cards/request.html", context, status=status)


@require_GET
@permitted("cards.see")
def card_request(request: CompanyRequest, request_id: UUID) -> HttpResponse:
    """One wish: who, what, why, and the answer or the buttons for it."""
    return _shown(request, _wish(request, request_id))


def _answer(request: CompanyRequest, request_id: UUID, act: Callable[..., CardRequest], said: str, **extra: Any) -> Any:
    wish = _wish(request, request_id)
    try:
        act(wish=wish, by=request.membership, **extra)
    except DomainError as error:
        fresh = _wish(request, request_id)
        return _shown(request, fresh, error.message(), extra.get("comment", ""), error.status)
    toast(request, said)
    url = reverse("card-request", kwargs={"company": request.company.slug, "request_id": wish.pk})
    return HttpResponseRedirect(url, status=303)


@require_POST
@permitted("cards.limits")
def card_request_answer(request: CompanyRequest, request_id: UUID) -> HttpResponseBase:
    """Grant a wish and do it, or say no."""
    comment, grants = request.POST.get("comment", ""), request.POST.get("do") == "grant"
    act, said = (grant_request, _("Granted, and done.")) if grants else (refuse_request, _("Answered: not granted."))
    answered: HttpResponseBase = _answer(request, request_id, act, said, comment=comment)
    return answered


@require_POST
@permitted("expenses.claim")
def card_request_withdraw(request: CompanyRequest, request_id: UUID) -> HttpResponseBase:
    """Take one's own wish back."""
    answered: HttpResponseBase = _answer(request, request_id, withdraw_request, _("Taken back."))
    return answered


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def card_more(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Ask for a higher limit of one's own card."""
    rows = Card.objects.for_company(request.company).filter(cardholder=request.membership)
    found = get_object_or_404(rows.select_related("cardholder", "company", "account", "head"), pk=card_id)
    limits = [row for row in live_limits(found) if not row.shadow and not row.membership_id]
    form = AskRaiseForm(
        request.POST if request.method == "POST" else None,
        limits={row.interval: row.cap for row in limits},
        company=request.company,
        initial=_from_decline(request, found),
    )
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = ask_raise(
                card=found, by=request.membership, interval=data["interval"], amount=data["amount"],
                ends_at=form.ends_at(), reason=data["reason"],
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            return _to_wish(request, made)
    context = {"card": found, "form": form, "limits": limits}
    return render(request, "cards/ask_raise.html", context, status=422 if form.errors else 200)


def _from_decline(request: CompanyRequest, card: Card) -> dict[str, Any]:
    """Begin with what a declined purchase would have needed, where the page was opened from one."""
    try:
        wanted = UUID(request.GET.get("decline", ""))
    except ValueError:
        return {}
    row = Authorization.objects.filter(card=card, pk=wanted).first()
    check = next((each for each in row.checks if each["code"] == row.decline_reason), None) if row else None
    if row is None or check is None or not check["code"].startswith("limit_"):
        return {}
    return {
        "interval": check["code"].removeprefix("limit_"),
        "amount": raise_wanted(check, row),
        "reason": row.merchant_name,
    }


def _to_wish(request: CompanyRequest, made: CardRequest) -> HttpResponseBase:
    toast(request, _("Asked. You are told when somebody answers."))
    url = reverse("card-request", kwargs={"company": request.company.slug, "request_id": made.pk})
    return HttpResponseRedirect(url, status=303)


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def card_wish(request: CompanyRequest) -> HttpResponseBase:
    """Ask for a new card."""
    form = AskCardForm(request.POST if request.method == "POST" else None, currency=request.company.currency)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = ask_card(by=request.membership, name=data["name"], amount=data["amount"], reason=data["reason"])
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            return _to_wish(request, made)
    return render(request, "cards/ask_card.html", {"form": form}, status=422 if form.errors else 200)
