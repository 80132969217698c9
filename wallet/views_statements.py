"""Statements of a wallet: by month, by any period, as a page, a table or a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest
from pleo.lib.pagination import bounded_count, paginate
from wallet.files import cells, head
from wallet.forms_wallets import PeriodForm, wallet_name
from wallet.models import LedgerAccount
from wallet.movements import BY_TIME, lines, months, next_month, previous_month
from wallet.statement import Statement, statement
from wallet.statement_pdf import Paper, statement_pdf
from wallet.verify_ledger import latest_check

ALL_MONTHS = 120
# A document of more lines than this is nobody's reading; the table has no such bound.
PDF_LINES = 10_000


def _account(request: CompanyRequest) -> LedgerAccount:
    """Return the wallet that the address names, put away or not, else the main one."""
    asked = request.GET.get("wallet", "")
    wallets = {str(row.pk): row for row in _wallets(request)}
    main: LedgerAccount = LedgerAccount.objects.wallet_of(request.company)
    return wallets.get(asked, main)


def _wallets(request: CompanyRequest) -> Any:
    rows = LedgerAccount.objects.visible_to(request.membership).wallets().select_related("company")
    return rows.order_by("-kind", "name", "id")


def _month(text: str) -> date:
    """Read the month of a URL; a made-up or future one is a 404."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        raise Http404("not a month") from None
    if first > timezone.localdate() or first.year < 2000:
        raise Http404("no statement for that month")
    return first


def _of_month(request: CompanyRequest, month: str) -> Statement:
    first = _month(month)
    return statement(account=_account(request), starts=first, ends=next_month(first))


def _of_period(request: CompanyRequest) -> Statement | None:
    """Return the statement of the days in the address, or None when they make no period."""
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return None
    start, end = form.cleaned_data["start"], form.cleaned_data["end"]
    return statement(account=_account(request), starts=start, ends=end + timedelta(days=1))


@require_GET
@permitted("wallet.see")
def statements(request: CompanyRequest) -> HttpResponse:
    """Every month of a wallet, and the way to any other period."""
    account = _account(request)
    this = timezone.localdate().replace(day=1)
    context = {
        "account": account,
        "wallets": _wallets(request),
        "months": months(account, today=timezone.localdate(), limit=ALL_MONTHS),
        "form": PeriodForm(initial={"start": previous_month(this), "end": timezone.localdate()}),
        "check": latest_check(company=request.company, now=timezone.now()),
    }
    return render(request, "wallet/statements.html", context)


@require_GET
@permitted("wallet.see")
def statements_csv(request: CompanyRequest) -> HttpResponseBase:
    """The months of a wallet as a file."""
    account = _account(request)
    found = months(account, today=timezone.localdate(), limit=ALL_MONTHS)
    rows = (
        [each.key, *(f"{money.decimal:f}" for money in (each.opening, each.money_in, each.money_out, each.closing))]
        for each in found
    )
    names = [_("Month"), _("Opening"), _("In"), _("Out"), _("Closing")]
    return csv_response("statements.csv", [*names, _("Currency")], ([*row, account.currency] for row in rows))


def _page(request: CompanyRequest, found: Statement, **more: Any) -> HttpResponse:
    page = paginate(found.transfers, by=BY_TIME, cursor=request.GET.get("cursor", ""), descending=False)
    total, exact = bounded_count(found.transfers)
    context = {
        "statement": found,
        "last_day": found.ends - timedelta(days=1),
        "page": page,
        "lines": lines(found.account, page.rows),
        "count": total,
        "exact": exact,
        "is_running": found.ends > timezone.localdate(),
        "check": latest_check(company=request.company, now=timezone.now()),
        **more,
    }
    return render(request, "wallet/statement.html", context)


@require_GET
@permitted("wallet.see")
def wallet_statement(request: CompanyRequest, month: str) -> HttpResponse:
    """One month: opening balance, every movement, closing balance."""
    first, later = _month(month), next_month(_month(month))
    after = f"{later:%Y-%m}" if later <= timezone.localdate() else ""
    found = _of_month(request, month)
    return _page(request, found, month=month, before=f"{previous_month(first):%Y-%m}", after=after)


@require_GET
@permitted("wallet.see")
def period(request: CompanyRequest) -> HttpResponse:
    """Any period: opening balance, every movement, closing balance."""
    found = _of_period(request)
    if found is None:
        context = {"form": PeriodForm(request.GET), "account": _account(request), "wallets": _wallets(request)}
        context |= {"months": [], "check": latest_check(company=request.company, now=timezone.now())}
        return render(request, "wallet/statements.html", context, status=422)
    return _page(request, found)


@require_GET
@permitted("wallet.see")
def wallet_statement_csv(request: CompanyRequest, month: str) -> HttpResponseBase:
    """The statement of a month as a file."""
    return _csv(_of_month(request, month), f"statement-{month}.csv")


@require_GET
@permitted("wallet.see")
def period_csv(request: CompanyRequest) -> HttpResponseBase:
    """The statement of a period as a file."""
    found = _of_period(request)
    return _csv(found, "statement.csv") if found else period(request)


def _csv(found: Statement, name: str) -> HttpResponseBase:
    """Opening and closing stand in the file as lines of their own."""

    def rows() -> Iterator[list[Any]]:
        currency = found.account.currency
        yield [found.starts.isoformat(), "opening", "", "", currency, f"{found.opening.decimal:f}"]
        for line in found.lines():
            yield [*cells(found.account.company, line.transfer, line.change), f"{line.balance.decimal:f}"]
        yield [found.ends.isoformat(), "closing", "", "", currency, f"{found.closing.decimal:f}"]

    return csv_response(name, head(), rows())


@require_GET
@permitted("wallet.see")
def wallet_statement_pdf(request: CompanyRequest, month: str) -> HttpResponseBase:
    """The statement of a month as a document."""
    return _pdf(request, _of_month(request, month), f"statement-{month}.pdf")


@require_GET
@permitted("wallet.see")
def period_pdf(request: CompanyRequest) -> HttpResponseBase:
    """The statement of a period as a document."""
    found = _of_period(request)
    return _pdf(request, found, "statement.pdf") if found else period(request)


def _pdf(request: CompanyRequest, found: Statement, name: str) -> HttpResponseBase:
    if found.transfers[: PDF_LINES + 1].count() > PDF_LINES:
        shown = {"limit": format.count(PDF_LINES)}
        text = _("A document has at most %(limit)s lines. Take a shorter period, or the CSV file.") % shown
        return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
    rows = (
        (
            format.full_day(line.transfer.booked_at),
            str(line.transfer),
            format.amount(line.change, unit=False),
            format.amount(line.balance, unit=False),
        )
        for line in found.lines()
    )
    response = HttpResponse(statement_pdf(_paper(request, found), rows), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _paper(request: CompanyRequest, found: Statement) -> Paper:
    last, check = found.ends - timedelta(days=1), latest_check(company=request.company, now=timezone.now())
    days = {"first": format.full_day(found.starts), "last": format.full_day(last), "wallet": wallet_name(found.account)}
    checked = format.moment(check.checked_at)
    agrees, not_ = (
        _("The ledger was checked %(when)s, and agrees."),
        _("The ledger was checked %(when)s, and does not agree."),
    )
    figures = [
        (_("Opening"), found.opening),
        (_("In"), found.money_in),
        (_("Out"), found.money_out),
        (_("Closing"), found.closing),
    ]
    return Paper(
        title=request.company.legal_name or request.company.name,
        subtitle=_("%(wallet)s, %(first)s to %(last)s") % days,
        figures=[(name, format.amount(money)) for name, money in figures],
        heads=(_("Date"), _("What"), found.account.currency, _("Balance")),
        page=_("Page"),
        foot=(agrees if check.agrees else not_) % {"when": checked},
    )
