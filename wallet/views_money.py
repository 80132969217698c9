"""Money from the bank and back to it: top-ups, withdrawals, fees."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from wallet.announce_top_up import announce_top_up
from wallet.cancel_top_up import cancel_top_up
from wallet.decide_withdrawal import FreshProofNeeded, decide_withdrawal
from wallet.forms_money import DecisionForm, ReasonForm, TopUpFilter, TopUpForm, WithdrawalFilter, WithdrawForm
from wallet.models import Fee, LedgerAccount, TopUp, TopUpStatus, Withdrawal, WithdrawalStatus
from wallet.pay_to import pay_to
from wallet.return_top_up import return_top_up
from wallet.top_up import receive_top_up
from wallet.withdraw import deciders, withdraw

SORTS = {
    "date": (("created_at", "id"), False),
    "-date": (("created_at", "id"), True),
    "amount": (("amount", "id"), False),
    "-amount": (("amount", "id"), True),
}


def to(request: CompanyRequest, name: str, **ids: Any) -> HttpResponseRedirect:
    """Go on to a page of the company."""
    return HttpResponseRedirect(reverse(name, kwargs={"company": request.company.slug, **ids}), status=303)


def put(form: Any, error: DomainError) -> None:
    """Show a refusal beside the field it is about."""
    form.add_error(error.field if error.field in form.fields else None, error.message())


def listing(request: CompanyRequest, rows: Any) -> dict[str, Any]:
    """Return a page of rows as sorted by the address, with their count."""
    by, descending = SORTS.get(request.GET.get("sort", ""), SORTS["-date"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    return {"page": page, "count": count, "exact": exact}


@require_http_methods(["GET", "POST"])
@permitted("wallet.top_up")
def top_up(request: CompanyRequest) -> HttpResponseBase:
    """How to pay in, and a word that it was sent; where the bank is the simulator's, it also arrives."""
    main, pretend = LedgerAccount.objects.wallet_of(request.company), request.company.issuer == "simulator"
    form = TopUpForm(request.POST or None, company=request.company)
    if form.is_bound and form.is_valid():
        account = form.cleaned_data["account"] or main
        try:
            act = _pretend if pretend and "announce" not in request.POST else _announce
            said = act(request, account, form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            toast(request, said)
            return to(request, "wallet")
    context = {"account": main, "form": form, "pretend": pretend, "pay_to": pay_to(main, request.company)}
    context["waiting"] = _waiting(request)
    return render(request, "wallet/top_up.html", context, status=422 if form.errors else 200)


def _waiting(request: CompanyRequest) -> Any:
    rows = TopUp.objects.visible_to(request.membership).filter(status=TopUpStatus.PENDING)
    return rows.select_related("account", "mandate").order_by("-created_at", "-id")[:10]


def _pretend(request: CompanyRequest, account: LedgerAccount, wanted: dict[str, Any]) -> str:
    done = receive_top_up(
        account=account,
        bank_line=f"simulated-{wanted['key']}",
        amount=wanted["amount"],
        value_date=timezone.localdate(),
        payer=request.company.legal_name or request.company.name,
        by=request.membership,
    )
    return _("%(amount)s arrived in the wallet.") % {"amount": format.amount(done.money)}


def _announce(request: CompanyRequest, account: LedgerAccount, wanted: dict[str, Any]) -> str:
    noted = announce_top_up(
        account=account, amount=wanted["amount"], key=wanted["key"], by=request.membership, now=timezone.now()
    )
    return _("%(amount)s is noted as on its way.") % {"amount": format.amount(noted.money)}


@require_GET
@permitted("wallet.see")
def top_ups(request: CompanyRequest) -> HttpResponse:
    """Every top-up: on its way, arrived, returned."""
    narrow = TopUpFilter(request.GET)
    rows = narrow.narrow(TopUp.objects.visible_to(request.membership)).select_related("account", "by", "mandate")
    context = {"narrow": narrow, **listing(request, rows)}
    return render(request, template_for(request, "wallet/top_ups.html", "list"), context)


@require_GET
@permitted("wallet.see")
def top_ups_csv(request: CompanyRequest) -> HttpResponseBase:
    """The top-ups as filtered, as a file."""
    rows = TopUpFilter(request.GET).narrow(TopUp.objects.visible_to(request.membership)).select_related("account")
    head = [_("Date"), _("Wallet"), _("How"), _("Payer"), _("Bank line"), _("Status"), _("Amount"), _("Currency")]
    cells = (
        [
            row.value_date.isoformat(), str(row.account), row.source, row.payer, row.bank_line, row.status,
            f"{row.money.decimal:f}", row.currency,
        ]
        for row in rows.order_by("created_at", "id").iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response("top-ups.csv", head, cells)


@require_POST
@permitted("wallet.top_up")
def top_up_cancel(request: CompanyRequest, top_up_id: UUID) -> HttpResponseBase:
    """It was not sent after all."""
    row = get_object_or_404(TopUp.objects.visible_to(request.membership), pk=top_up_id)
    try:
        cancel_top_up(top_up=row, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("Struck out. If it comes all the same, its reference books it."))
    return to(request, "top-ups")


@require_http_methods(["GET", "POST"])
@permitted("wallet.reconcile")
def top_up_return(request: CompanyRequest, top_up_id: UUID) -> HttpResponseBase:
    """The bank took it back."""
    mine = TopUp.objects.visible_to(request.membership).select_related("account", "company")
    row = get_object_or_404(mine, pk=top_up_id)
    form = ReasonForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            return_top_up(top_up=row, reason=form.cleaned_data["reason"], by=request.membership, now=timezone.now())
        except DomainError as error:
            put(form, error)
        else:
            toast(request, _("%(amount)s left the wallet again.") % {"amount": format.amount(row.money)})
            return to(request, "top-ups")
    context = {"top_up": row, "form": form}
    return render(request, "wallet/top_up_return.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("wallet.withdraw")
def withdraw_page(request: CompanyRequest) -> HttpResponseBase:
    """Ask for money to go back to the bank."""
    form = WithdrawForm(request.POST or None, company=request.company)
    if form.is_bound and form.is_valid():
        try:
            withdraw(by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            toast(request, _("Asked for. It goes when a second person says okay."))
            return to(request, "withdrawals")
    context = {"form": form, "deciders": deciders(request.membership)[:5]}
    return render(request, "wallet/withdraw.html", context, status=422 if form.errors else 200)


@require_GET
@permitted("wallet.see")
def withdrawals(request: CompanyRequest) -> HttpResponse:
    """What went back to the bank, and what waits for a second person."""
    narrow = WithdrawalFilter(request.GET)
    mine = Withdrawal.objects.visible_to(request.membership).select_related("account", "by", "decided_by")
    context = {"narrow": narrow, **listing(request, narrow.narrow(mine))}
    context["waiting"] = mine.filter(status=WithdrawalStatus.ASKED).order_by("created_at")[:20]
    context["alone"] = not deciders(request.membership)
    return render(request, template_for(request, "wallet/withdrawals.html", "list"), context)


@require_GET
@permitted("wallet.see")
def withdrawals_csv(request: CompanyRequest) -> HttpResponseBase:
    """The withdrawals as filtered, as a file."""
    rows = WithdrawalFilter(request.GET).narrow(Withdrawal.objects.visible_to(request.membership))
    head = [_("Asked"), _("By"), _("To"), _("IBAN"), _("Status"), _("Decided"), _("Decided by"), _("Amount"), _("Currency")]  # fmt: skip
    cells = (
        [
            request.company.day_of(row.created_at).isoformat(), row.by.name, row.holder, row.iban, row.status,
            request.company.day_of(row.decided_at).isoformat() if row.decided_at else "",
            row.decided_by.name if row.decided_by else "", f"{row.money.decimal:f}", row.currency,
        ]
        for row in rows.select_related("by", "decided_by").order_by("created_at", "id").iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response("withdrawals.csv", head, cells)


@require_http_methods(["GET", "POST"])
@permitted("wallet.withdraw")
def withdrawal_decision(request: CompanyRequest, withdrawal_id: UUID) -> HttpResponseBase:
    """Okay, not okay, or taken back by who asked. Where nobody else may decide, the person first confirms that it is them."""
    mine = Withdrawal.objects.visible_to(request.membership).select_related("account", "by", "company")
    row = get_object_or_404(mine, pk=withdrawal_id)
    form = DecisionForm(request.POST or None)
    if form.is_bound and form.is_valid():
        okay, reason = form.cleaned_data["outcome"] == "okay", form.cleaned_data["reason"]
        fresh = not is_reauthentication_required(request, app="account")
        try:
            decide_withdrawal(
                withdrawal=row, okay=okay, by=request.membership, now=timezone.now(), reason=reason, is_fresh=fresh
            )
        except FreshProofNeeded:
            return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{_here(request)}", status=303)
        except DomainError as error:
            put(form, error)
        else:
            toast(request, str(row.get_status_display()))
            return to(request, "withdrawals")
    context = {"row": row, "form": form, "own": row.by_id == request.membership.pk, "alone": not deciders(row.by)}
    return render(request, "wallet/withdrawal_decision.html", context, status=422 if form.errors else 200)


def _here(request: CompanyRequest) -> str:
    return urlencode({"next": request.path})


@require_GET
@permitted("wallet.see")
def fees(request: CompanyRequest) -> HttpResponse:
    """What the service cost, month by month."""
    context = listing(request, Fee.objects.visible_to(request.membership))
    return render(request, template_for(request, "wallet/fees.html", "list"), context)


@require_GET
@permitted("wallet.see")
def fees_csv(request: CompanyRequest) -> HttpResponseBase:
    """The fees as a file."""
    rows = Fee.objects.visible_to(request.membership).order_by("month", "id").iterator(chunk_size=500)
    head = [_("Month"), _("Text"), _("Amount"), _("Currency")]
    return csv_response("fees.csv", head, ([f"{r.month:%Y-%m}", r.text, f"{r.money.decimal:f}", r.currency] for r in rows))  # fmt: skip
