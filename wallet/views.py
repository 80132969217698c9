"""The company's money: wallet, top-up, statements, ledger."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest, template_for, toast, wants_fragment
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate
from wallet.archive_sub_wallet import users_of
from wallet.files import movements_file
from wallet.forecast import forecast
from wallet.forms import MovementFilter
from wallet.forms_wallets import open_wallets
from wallet.models import (
    AccountKind,
    BankLine,
    Hold,
    LedgerAccount,
    LineStatus,
    Transfer,
    Withdrawal,
    WithdrawalStatus,
)
from wallet.movements import BY_TIME, listed, months, together
from wallet.verify_ledger import latest_check, verify_ledger

PURSES = 6


def _wallet(request: CompanyRequest) -> LedgerAccount:
    account: LedgerAccount = LedgerAccount.objects.wallet_of(request.company)
    return account


@require_GET
@permitted("wallet.see")
def wallet(request: CompanyRequest) -> HttpResponse:
    """What is available and reserved in each wallet, every movement of the main one, statements."""
    account, narrow = _wallet(request), MovementFilter(request.GET)
    context = {"account": account, "narrow": narrow, **listed(request.membership, account, narrow, request.GET)}
    if wants_fragment(request):
        return render(request, "wallet/wallet.html#list", context)
    purses = list(open_wallets(request.company).select_related("team"))
    context |= {
        "purses": [(each, users_of(each)) for each in purses[:PURSES]],
        "purse": together(purses),
        "forecast": forecast(accounts=purses, now=timezone.now()),
        "waiting": BankLine.objects.visible_to(request.membership).filter(status=LineStatus.WAITING).count(),
        "asked": Withdrawal.objects.visible_to(request.membership).filter(status=WithdrawalStatus.ASKED).count(),
        "months": months(account, today=timezone.localdate()),
        "holds": Hold.objects.filter(account__in=purses, amount__gt=0).count(),
    }
    return render(request, "wallet/wallet.html", context)


@require_GET
@permitted("wallet.see")
def wallet_csv(request: CompanyRequest) -> HttpResponseBase:
    """The movements as filtered, as a file."""
    account = _wallet(request)
    rows = MovementFilter(request.GET).narrow(Transfer.objects.visible_to(request.membership).of_account(account))
    return movements_file(account, rows, "wallet.csv")


@require_GET
@permitted("wallet.see")
def ledger(request: CompanyRequest) -> HttpResponse:
    """Every account, every transfer with both its sides, and whether all of it agreed when it was last checked."""
    accounts = list(LedgerAccount.objects.visible_to(request.membership).order_by("kind", "name"))
    chosen = next((account for account in accounts if str(account.pk) == request.GET.get("account")), None)
    narrow = MovementFilter(request.GET)
    rows = Transfer.objects.visible_to(request.membership).select_related("debit_account", "credit_account")
    rows = narrow.narrow(rows.of_account(chosen) if chosen else rows)
    page = paginate(rows, by=BY_TIME, cursor=request.GET.get("cursor", ""))
    total, exact = bounded_count(rows)
    context = {
        "accounts": _by_use(accounts),
        "chosen": chosen,
        "narrow": narrow,
        "page": page,
        "count": total,
        "exact": exact,
    }
    context["check"] = latest_check(company=request.company, now=timezone.now())
    for side in ("debits_posted", "credits_posted"):
        context[side] = Money(sum(getattr(row, side) for row in accounts), request.company.currency)
    return render(request, template_for(request, "wallet/ledger.html", "list"), context)


@require_POST
@permitted("wallet.see")
def ledger_check(request: CompanyRequest) -> HttpResponseBase:
    """Check the ledger now: what came since the last check, or everything."""
    full = request.POST.get("full") == "1"
    check = verify_ledger(company=request.company, now=timezone.now(), full=full, by=request.membership)
    toast(request, _("The ledger agrees.") if check.agrees else _("The ledger does not agree."))
    return HttpResponseRedirect(reverse("ledger", kwargs={"company": request.company.slug}), status=303)


def _by_use(accounts: list[LedgerAccount]) -> list[LedgerAccount]:
    return sorted(accounts, key=lambda account: list(AccountKind.values).index(account.kind))


@require_GET
@permitted("wallet.see")
def ledger_csv(request: CompanyRequest) -> HttpResponseBase:
    """Every transfer with both its sides, as a file."""
    rows = Transfer.objects.visible_to(request.membership).select_related("debit_account", "credit_account")
    ordered = MovementFilter(request.GET).narrow(rows).order_by("booked_at", "id").iterator(chunk_size=500)
    head = [_("Date"), _("Kind"), _("Text"), _("Debit"), _("Credit"), _("Amount"), _("Currency")]
    cells = (
        [
            request.company.day_of(row.booked_at).isoformat(),
            row.code,
            row.text,
            row.debit_account.kind,
            row.credit_account.kind,
            f"{row.money.decimal:f}",
            row.currency,
        ]
        for row in ordered
    )
    return csv_response("ledger.csv", head, cells)
