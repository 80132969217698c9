"""Requests to spend: the list, asking, one request with its answer, and what was bought with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.ask import ask as ask_for
from expenses.ask_turns import is_alone, may_decide, next_turn, open_stage_of, waits_for
from expenses.budget_use import spent_on
from expenses.close_ask import close_ask, undo_ask, withdraw_ask
from expenses.decide_ask import ProofWanted, approve_ask, decline_ask
from expenses.decide_stage import waits_for_names
from expenses.forms_asks import AskFilter, AskForm, DecideForm
from expenses.match_ask import candidates, match_by_hand, unmatch
from expenses.models import AskFile, AskSpend, AskStatus, Expense, SpendRequest
from pleo.lib import files
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate

OFFERED = 10


def _rows(request: CompanyRequest) -> Any:
    rows = SpendRequest.objects.visible_to(request.membership)
    return rows.select_related("asked_by__company", "company", "team", "category", "tag", "made")


def _narrowed(request: CompanyRequest) -> tuple[AskFilter, Any]:
    narrow = AskFilter(request.GET, company=request.company)
    return narrow, narrow.narrow(_rows(request), waits_for(request.membership, now=timezone.now()))


def _with_spent(rows: list[SpendRequest]) -> list[SpendRequest]:
    """Hang what was spent, and what is left, onto requests."""
    spent = spent_on(rows)
    for row in rows:
        shown: Any = row
        shown.spent = Money(spent.get(row.pk, 0), row.value_currency)
        granted = row.allowed or Money(0, row.value_currency)
        shown.left = max(granted - shown.spent, Money(0, row.value_currency))
        shown.over = max(shown.spent - granted, Money(0, row.value_currency))
    return rows


@require_GET
@permitted("requests.see")
def asks(request: CompanyRequest) -> HttpResponse:
    """List the requests a person may see: those under way, those that wait for them, or all."""
    narrow, rows = _narrowed(request)
    by, descending = narrow.order
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    waiting, _ = bounded_count(_rows(request).filter(waits_for(request.membership, now=timezone.now())))
    _with_spent(page.rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact, "waiting": waiting}
    return render(request, template_for(request, "expenses/asks.html", "list"), context)


@require_GET
@permitted("requests.see")
def asks_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the requests as filtered, as CSV."""
    _, rows = _narrowed(request)
    header = [
        gettext("Number"), gettext("Asked"), gettext("Who"), gettext("What"), gettext("Why"), gettext("Amount"),
        gettext("Currency"), gettext("In the company’s currency"), gettext("Until"), gettext("Team"), gettext("Category"),
        gettext("State"), gettext("Approved"), gettext("How"),
    ]  # fmt: skip
    cells = (
        [
            row.number, row.asked_at.isoformat(timespec="seconds"), row.asked_by.name, row.title, row.reason,
            f"{row.wanted.decimal:f}", row.currency, f"{row.worth.decimal:f}", row.until.isoformat(),
            row.team.name if row.team else "", row.category.name if row.category else "", row.get_status_display(),
            f"{row.allowed.decimal:f}" if row.allowed else "", row.get_deed_display(),
        ]
        for row in rows.order_by("-asked_at", "-id").iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response(f"requests-{request.company.slug}.csv", header, cells)


@require_http_methods(["GET", "POST"])
@permitted("requests.ask")
def ask_create(request: CompanyRequest) -> HttpResponseBase:
    """Ask for money to spend."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    now = timezone.now()
    form = AskForm(*sent, by=request.membership, today=request.company.day_of(now))
    if form.is_bound and form.is_valid():
        try:
            made = ask_for(
                by=request.membership, wanted=form.wanted, client_key=form.cleaned_data["key"], papers=form.papers, now=now
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("Asked. You are told when somebody answers."))
            return _to(request, made)
    return render(request, "expenses/ask_form.html", {"form": form}, status=422 if form.errors else 200)


def _to(request: CompanyRequest, row: SpendRequest) -> HttpResponseBase:
    url = reverse("ask", kwargs={"company": request.company.slug, "ask_id": row.pk})
    return HttpResponseRedirect(url, status=303)


def _found(request: CompanyRequest, ask_id: UUID) -> SpendRequest:
    found: SpendRequest = get_object_or_404(_rows(request), pk=ask_id)
    return found


def _form(request: CompanyRequest, row: SpendRequest) -> DecideForm | None:
    me = request.membership
    now = timezone.now()
    alone = is_alone(row, me, now=now)
    if row.status != AskStatus.OPEN or not (alone or may_decide(row, me, now=now)):
        return None
    is_last = alone or not next_turn(row, me, now=now)
    sent = request.POST if request.method == "POST" and "do" in request.POST else None
    return DecideForm(sent, request=row, is_last=is_last, by=me)


def _shown(
    request: CompanyRequest, row: SpendRequest, *, form: DecideForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    me, now = request.membership, timezone.now()
    _with_spent([row])
    mine, decides = row.asked_by_id == me.pk, me.can("requests.decide")
    spends = row.spends.filter(removed_at=None).select_related("expense__owner").order_by("expense__purchased_at", "id")
    last, stage = row.decisions.order_by("-id").first(), open_stage_of(row)
    decided = row.status in (AskStatus.APPROVED, AskStatus.DECLINED) and row.until >= row.company.day_of(now)
    is_live = row.status in (AskStatus.APPROVED, AskStatus.CLOSED)
    context = {
        "ask": row, "form": form or _form(request, row), "error": error, "spends": spends, "files": row.files.order_by("id"),
        "decisions": row.decisions.select_related("by").order_by("id"),
        "turn": waits_for_names(stage) if stage else "",
        "may_withdraw": mine and row.status in (AskStatus.OPEN, AskStatus.APPROVED) and not spends,
        "may_close": row.status == AskStatus.APPROVED and (mine or decides),
        "may_undo": decided and not spends and (decides or (row.status == AskStatus.DECLINED and last and last.by_id == me.pk)),
        "may_match": is_live and (mine or decides),
        "offered": candidates(row).order_by("-purchased_at")[:OFFERED] if is_live and (mine or decides) else [],
    }  # fmt: skip
    return render(request, "expenses/ask.html", context, status=status)


@require_GET
@permitted("requests.see")
def ask(request: CompanyRequest, ask_id: UUID) -> HttpResponse:
    """One request: who, what, each step of the answer, what it did and what was bought with it."""
    return _shown(request, _found(request, ask_id))


@require_POST
@permitted("requests.see")
def ask_answer(request: CompanyRequest, ask_id: UUID) -> HttpResponseBase:
    """Say yes, with an amount and a way to pay, or no."""
    row = _found(request, ask_id)
    form, says_no = _form(request, row), request.POST.get("do") == "decline"
    if form is None:
        return _shown(request, row, error=gettext("It is not your turn to answer this."), status=409)
    if not form.is_valid() and not (says_no and set(form.errors) <= {"amount", "deed", "card", "over_reason"}):
        return _shown(request, row, form=form, status=422)
    who: dict[str, Any] = {"request": row, "by": request.membership, "now": timezone.now()}
    who["is_confirmed"] = not is_reauthentication_required(request, app="account")
    comment = form.cleaned_data.get("comment", "")
    try:
        decline_ask(comment=comment, **who) if says_no else approve_ask(yes=form.yes, comment=comment, **who)
    except ProofWanted:
        here = reverse("ask", kwargs={"company": request.company.slug, "ask_id": row.pk})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': here})}", status=303)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _shown(request, _found(request, ask_id), form=form, status=error.status)
    toast(request, gettext("Answered: not approved.") if says_no else gettext("Answered: yes."))
    return _to(request, row)


def _act(request: CompanyRequest, ask_id: UUID, act: Callable[..., Any], said: str, **extra: Any) -> HttpResponseBase:
    row = _found(request, ask_id)
    try:
        act(request=row, by=request.membership, now=timezone.now(), **extra)
    except DomainError as error:
        return _shown(request, _found(request, ask_id), error=error.message(), status=error.status)
    toast(request, said)
    return _to(request, row)


@require_POST
@permitted("requests.ask")
def ask_withdraw(request: CompanyRequest, ask_id: UUID) -> HttpResponseBase:
    """Take one's own request back."""
    return _act(request, ask_id, withdraw_ask, gettext("Taken back."))


@require_POST
@permitted("requests.see")
def ask_undo(request: CompanyRequest, ask_id: UUID) -> HttpResponseBase:
    """Take a decision back while nothing is spent."""
    return _act(request, ask_id, undo_ask, gettext("Taken back. It waits for an answer again."))


@require_POST
@permitted("requests.see")
def ask_close(request: CompanyRequest, ask_id: UUID) -> HttpResponseBase:
    """Close a request that is not needed any more."""
    return _act(request, ask_id, close_ask, gettext("Closed."))


@require_POST
@permitted("requests.see")
def ask_match(request: CompanyRequest, ask_id: UUID) -> HttpResponseBase:
    """Say which expense was bought with it."""
    try:
        wanted = UUID(request.POST.get("expense", ""))
    except ValueError:
        wanted = ask_id
    rows = Expense.objects.visible_to(request.membership).select_related("company")
    expense = get_object_or_404(rows, pk=wanted)
    return _act(request, ask_id, match_by_hand, gettext("Matched."), expense=expense)


@require_POST
@permitted("requests.see")
def ask_unmatch(request: CompanyRequest, ask_id: UUID, spend_id: UUID) -> HttpResponseBase:
    """Take an expense off a request."""
    row = _found(request, ask_id)
    spend = get_object_or_404(AskSpend.objects.select_related("request", "expense"), pk=spend_id, request=row)

    def act(*, request: SpendRequest, by: Any, now: Any) -> None:
        unmatch(spend=spend, by=by, now=now)

    return _act(request, ask_id, act, gettext("Taken off."))


@require_GET
@permitted("requests.see")
def ask_file(request: CompanyRequest, ask_id: UUID, paper_id: UUID) -> HttpResponseBase:
    """A file of a request, by a link that soon ends."""
    kept = get_object_or_404(AskFile, pk=paper_id, request=_found(request, ask_id))
    return HttpResponseRedirect(files.signed_url(kept.key, media_type=kept.media_type, name=kept.name, download=True))
