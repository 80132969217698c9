"""Home in its three forms, first run, search. The only views that gather from several apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from expenses.models import ReceiptLock
from pleo.context import ACCOUNTANT, ADMIN, Shell
from pleo.lib.http import CompanyRequest, wants_fragment
from pleo.pages import dashboard, employee, first_run
from pleo.pages.search import find
from wallet.models import LedgerAccount


@require_GET
def demo(request: HttpRequest) -> HttpResponseBase:
    """How far the demo is, and its logins once it is there: the part of the sign-in page that looks again by itself."""
    if not wants_fragment(request):
        return redirect("account_login")
    return render(request, "components/demo_logins.html")


@require_GET
@permitted("company.see")
def home(request: CompanyRequest) -> HttpResponseBase:
    """The page a person begins at: their cards and purchases, or finance's overview, or the accountant's exports."""
    kind = Shell(request).kind
    if kind == ACCOUNTANT:
        return redirect("export", company=request.company.slug)
    if kind == ADMIN:
        return _finance_home(request)
    mark = employee.news(request.membership)
    if wants_fragment(request) and request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    return _employee_home(request, mark)


def _employee_home(request: CompanyRequest, mark: str) -> HttpResponse:
    me = request.membership
    waiting, count, amount = employee.needs(me)
    context = {
        "questions": employee.questions(me, timezone.now()),
        "receipt_lock": ReceiptLock.objects.open().filter(person=me).first(),
        "slides": employee.slides(me, timezone.now()),
        "needs": waiting,
        "needs_count": count,
        "needs_amount": amount,
        "days": employee.recent(me),
        "mark": mark,
    }
    template = "pages/employee_home.html#news" if wants_fragment(request) else "pages/employee_home.html"
    return render(request, template, context)


def _finance_home(request: CompanyRequest) -> HttpResponseBase:
    me, now, today = request.membership, timezone.now(), timezone.localdate()
    if not first_run.progress(request.company).is_over and me.can("company.manage"):
        return redirect("first-run", company=request.company.slug)
    account, holds = dashboard.wallet(me)
    declined, declined_count = dashboard.declines(me, now)
    context: dict[str, Any] = {
        "greeting": _greeting(timezone.localtime(now).hour) % {"name": me.first_name},
        "today": today,
        "receipts_in": dashboard.receipts_in(me, today),
        "account": account,
        "holds": holds,
        "leads": dashboard.leads(me),
        "spend": dashboard.spend(me, today),
        "declines": declined,
        "declined_count": declined_count,
        "near_limits": dashboard.near_limits(me, today),
    }
    return render(request, "pages/finance_home.html", context)


def _greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return _("Good morning, %(name)s")
    return _("Good afternoon, %(name)s") if 12 <= hour < 18 else _("Good evening, %(name)s")


@require_GET
@permitted("company.manage")
def first_run_page(request: CompanyRequest) -> HttpResponse:
    """Five steps to the first receipt."""
    progress = first_run.progress(request.company)
    account = LedgerAccount.objects.wallet_of(request.company)
    return render(request, "pages/first_run.html", {"progress": progress, "account": account})


@require_GET
@permitted("company.see")
def search(request: CompanyRequest) -> HttpResponse:
    """Find expenses, people, cards and pages; the palette shows the same answer as a fragment."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {
        "q": text,
        "groups": find(request.membership, text, Shell(request)),
        "here": resolve_url("search", company=request.company.slug),
    }
    return render(request, "pages/search.html#results" if wants_fragment(request) else "pages/search.html", context)
