"""A wallet that looks after itself: mandates, the rule that tops it up, the alert when it runs low."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from wallet.collect import used_of_cap
from wallet.forecast import forecast
from wallet.forms_money import AlertForm, MandateForm, RuleForm
from wallet.forms_wallets import open_wallets
from wallet.models import LedgerAccount, LowBalance, Mandate, RuleStatus, TopUp, TopUpRule, TopUpSource
from wallet.refuse_debit import refuse_debit
from wallet.revoke_mandate import revoke_mandate
from wallet.set_low_balance import set_low_balance
from wallet.set_top_up_rule import set_top_up_rule
from wallet.settle_debit import settle_debit
from wallet.sign_mandate import sign_mandate
from wallet.turn_top_up_rule import turn_top_up_rule
from wallet.views_money import put, to


def _account(request: CompanyRequest) -> LedgerAccount:
    """Return the wallet that the address names, else the main one."""
    wallets = {str(row.pk): row for row in open_wallets(request.company)}
    main: LedgerAccount = LedgerAccount.objects.wallet_of(request.company)
    return wallets.get(request.GET.get("wallet", ""), main)


def _rule(account: LedgerAccount) -> TopUpRule | None:
    rows = TopUpRule.objects.filter(account=account).exclude(status=RuleStatus.ENDED)
    found: TopUpRule | None = rows.select_related("mandate", "company", "by").first()
    return found


def _show(request: CompanyRequest, **forms: Any) -> HttpResponse:
    account, now = _account(request), timezone.now()
    rule = _rule(account)
    alert = LowBalance.objects.filter(account=account).first()
    context = {
        "account": account,
        "wallets": open_wallets(request.company),
        "rule": rule,
        "used": used_of_cap(rule, now) if rule else None,
        "alert": alert,
        "mandates": Mandate.objects.visible_to(request.membership).filter(revoked_at=None).select_related("signed_by"),
        "collections": TopUp.objects.filter(account=account, source=TopUpSource.DIRECT_DEBIT).order_by("-id")[:5],
        "forecast": forecast(accounts=[account], now=now),
        "can_collect": request.company.issuer == "simulator",
        "mandate_form": MandateForm(initial={"holder": request.company.legal_name or request.company.name}),
        "rule_form": RuleForm(company=request.company, rule=rule),
        "alert_form": AlertForm(
            company=request.company, initial={"below": alert.below} if alert and alert.is_on else {}
        ),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "wallet/automatic.html", context, status=422 if wrong else 200)


def _back(request: CompanyRequest, said: str) -> HttpResponseRedirect:
    toast(request, said)
    account = _account(request)
    url = reverse("wallet-automatic", kwargs={"company": request.company.slug})
    return HttpResponseRedirect(f"{url}?wallet={account.pk}" if account.is_sub_wallet else url, status=303)


@require_GET
@permitted("wallet.see")
def automatic(request: CompanyRequest) -> HttpResponse:
    """How long the money lasts, who is told when it runs low, and what tops it up."""
    return _show(request)


@require_POST
@permitted("wallet.manage")
def wallet_mandate(request: CompanyRequest) -> HttpResponseBase:
    """Sign a mandate."""
    form = MandateForm(request.POST)
    if form.is_valid():
        try:
            sign_mandate(by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            return _back(request, _("Signed. Now say when to collect."))
    return _show(request, mandate_form=form)


@require_POST
@permitted("wallet.manage")
def wallet_mandate_revoke(request: CompanyRequest, mandate_id: UUID) -> HttpResponseBase:
    """Take a mandate back."""
    mandate = get_object_or_404(Mandate.objects.visible_to(request.membership), pk=mandate_id)
    try:
        revoke_mandate(mandate=mandate, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _back(request, error.message())
    return _back(request, _("Taken back. Nothing more is collected with it."))


@require_POST
@permitted("wallet.manage")
def wallet_rule(request: CompanyRequest) -> HttpResponseBase:
    """Set the rule of a wallet."""
    account = _account(request)
    form = RuleForm(request.POST, company=request.company, rule=_rule(account))
    if form.is_valid():
        try:
            set_top_up_rule(account=account, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            return _back(request, _("The rule is on."))
    return _show(request, rule_form=form)


@require_POST
@permitted("wallet.manage")
def wallet_rule_status(request: CompanyRequest, top_up_rule_id: UUID) -> HttpResponseBase:
    """Let a rule rest, go on, or end."""
    rule = get_object_or_404(
        TopUpRule.objects.visible_to(request.membership).select_related("mandate"), pk=top_up_rule_id
    )
    status = request.POST.get("status", "")
    if status not in RuleStatus.values:
        return _back(request, _("Choose one: pause, go on or end."))
    try:
        turn_top_up_rule(rule=rule, status=status, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _back(request, error.message())
    return _back(request, str(RuleStatus(status).label))


@require_POST
@permitted("wallet.manage")
def wallet_alert(request: CompanyRequest) -> HttpResponseBase:
    """Set or switch off the alert of a wallet."""
    form = AlertForm(request.POST, company=request.company)
    if form.is_valid():
        below = form.cleaned_data["below"]
        set_low_balance(account=_account(request), below=below, by=request.membership, now=timezone.now())
        return _back(request, _("Finance will be told.") if below else _("Nobody will be told."))
    return _show(request, alert_form=form)


@require_POST
@permitted("wallet.manage")
def top_up_play(request: CompanyRequest, top_up_id: UUID) -> HttpResponseBase:
    """Play the simulator's bank: let a collection arrive now, or refuse it."""
    if request.company.issuer != "simulator":
        raise PermissionDenied("where money is real, the bank alone says what arrived")
    rows = TopUp.objects.visible_to(request.membership).filter(source=TopUpSource.DIRECT_DEBIT)
    row = get_object_or_404(rows.select_related("company", "account__company"), pk=top_up_id)
    try:
        if request.POST.get("answer") == "refuse":
            refuse_debit(top_up=row, reason=_("too little on the account"), now=timezone.now())
        else:
            settle_debit(top_up=row, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        row.refresh_from_db()
        toast(request, str(row.get_status_display()))
    return to(request, "top-ups")
