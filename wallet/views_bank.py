"""Bank statements: bring one in, watch it being read, match its lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from pleo.lib import files, format, work
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast, wants_fragment
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate
from wallet import tasks
from wallet.forms_bank import LineFilter, MatchForm, StatementFilter, StatementForm
from wallet.forms_money import ReasonForm
from wallet.ignore_line import ignore_line
from wallet.import_statement import import_statement
from wallet.match_line import match_line
from wallet.match_new import suggested_wallets
from wallet.models import BankLine, BankStatement, LineStatus, StatementStatus
from wallet.statements.parsed import explain
from wallet.undo_line import undo_line
from wallet.views_money import put, to

LINE_SORTS = {
    "date": (("booked_on", "id"), False),
    "-date": (("booked_on", "id"), True),
    "amount": (("amount", "id"), False),
    "-amount": (("amount", "id"), True),
}


def _statement(request: CompanyRequest, statement_id: UUID) -> BankStatement:
    row: BankStatement = get_object_or_404(
        BankStatement.objects.visible_to(request.membership).select_related("by", "company"), pk=statement_id
    )
    return row


def _line(request: CompanyRequest, line_id: UUID) -> BankLine:
    rows = BankLine.objects.visible_to(request.membership)
    row: BankLine = get_object_or_404(rows.select_related("statement", "top_up__account", "company"), pk=line_id)
    return row


def _lines(request: CompanyRequest, rows: Any) -> dict[str, Any]:
    narrow = LineFilter(request.GET)
    rows = narrow.narrow(rows)
    by, descending = LINE_SORTS.get(request.GET.get("sort", ""), LINE_SORTS["-date"])
    shown = rows.select_related("top_up__account", "decided_by", "looks_like__statement", "statement")
    page = paginate(shown, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    return {"narrow": narrow, "page": page, "count": count, "exact": exact}


@require_http_methods(["GET", "POST"])
@permitted("wallet.see")
def bank_statements(request: CompanyRequest) -> HttpResponseBase:
    """Every statement, and the way to bring one in."""
    if request.method == "POST":
        return _import(request)
    return _show_statements(request, StatementForm())


def _show_statements(request: CompanyRequest, form: StatementForm) -> HttpResponse:
    narrow = StatementFilter(request.GET)
    rows = narrow.narrow(BankStatement.objects.visible_to(request.membership))
    descending = request.GET.get("sort") != "date"
    page = paginate(
        rows.select_related("by"),
        by=("created_at", "id"),
        cursor=request.GET.get("cursor", ""),
        descending=descending,
        size=20,
    )
    count, exact = bounded_count(rows)
    waiting = BankLine.objects.visible_to(request.membership).filter(status=LineStatus.WAITING)
    context = {"form": form, "narrow": narrow, "page": page, "count": count, "exact": exact}
    context["waiting"] = bounded_count(waiting)[0]
    template = template_for(request, "wallet/bank_statements.html", "list")
    return render(request, template, context, status=422 if form.errors else 200)


@permitted("wallet.reconcile")
def _import(request: CompanyRequest) -> HttpResponseBase:
    form = StatementForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            row = import_statement(by=request.membership, file=form.cleaned_data["file"], now=timezone.now())
        except DomainError as error:
            put(form, error)
        else:
            return to(request, "bank-statement", statement_id=row.pk)
    return _show_statements(request, form)


@require_GET
@permitted("wallet.see")
def bank_statement(request: CompanyRequest, statement_id: UUID) -> HttpResponse:
    """One statement: how far it is, whether it adds up, and its lines."""
    row = _statement(request, statement_id)
    lines = BankLine.objects.visible_to(request.membership).filter(statement=row)
    context = {"statement": row, **_lines(request, lines)}
    if wants_fragment(request) and "progress" not in request.GET:
        return render(request, "wallet/bank_statement.html#list", context)
    context |= {
        "parts": [_part(part) for part in row.parts[:20]],
        "left": lines.filter(status=LineStatus.NEW).count(),
        "waiting": lines.filter(status=LineStatus.WAITING).count(),
        "repeated": lines.filter(status=LineStatus.REPEATED).count(),
        "failure": _failure(row),
    }
    context["is_moving"] = row.is_open or bool(context["left"])
    return render(request, template_for(request, "wallet/bank_statement.html", "state"), context)


def _part(part: dict[str, Any]) -> dict[str, Any]:
    balances = {name: Money(*part[name]) if part[name] else None for name in ("opening", "closing")}
    return {**part, **balances}


def _failure(row: BankStatement) -> dict[str, str] | None:
    if row.status != StatementStatus.FAILED or not row.last_error:
        return None
    code = row.last_error["code"]
    return {"code": code, "sentence": explain(code, row.last_error)}


@require_POST
@permitted("wallet.reconcile")
def bank_statement_again(request: CompanyRequest, statement_id: UUID) -> HttpResponseBase:
    """Try to read it once more."""
    row = _statement(request, statement_id)
    if BankStatement.retry(row.pk):
        work.enqueue(tasks.read_statement, statement_id=row.pk)
    return to(request, "bank-statement", statement_id=row.pk)


@require_GET
@permitted("wallet.see")
def bank_statement_original(request: CompanyRequest, statement_id: UUID) -> HttpResponseBase:
    """The file as the bank made it."""
    row = _statement(request, statement_id)
    name = row.file_name or f"statement-{row.number}"
    url = files.signed_url(row.key, media_type="application/octet-stream", name=name, download=True)
    return HttpResponseRedirect(url)


@require_GET
@permitted("wallet.see")
def bank_lines(request: CompanyRequest) -> HttpResponse:
    """The lines of all statements."""
    context = _lines(request, BankLine.objects.visible_to(request.membership))
    return render(request, template_for(request, "wallet/bank_lines.html", "list"), context)


@require_GET
@permitted("wallet.see")
def bank_lines_csv(request: CompanyRequest) -> HttpResponseBase:
    """The lines as filtered, of all statements or of one, as a file."""
    rows = LineFilter(request.GET).narrow(BankLine.objects.visible_to(request.membership))
    if number := request.GET.get("statement", ""):
        rows = rows.filter(statement__number=int(number)) if number.isdecimal() and len(number) < 9 else rows.none()
    head = [
        _("Booked"), _("Value"), _("Amount"), _("Currency"), _("Counterparty"), _("Their account"), _("Text"), _("Reference"),
        _("End-to-end id"), _("Bank reference"), _("Status"), _("Statement"),
    ]  # fmt: skip
    cells = (
        [
            row.booked_on.isoformat(), row.value_date.isoformat(), f"{row.signed.decimal:f}", row.currency, row.counterparty,
            row.counterparty_account, row.text, row.reference, row.end_to_end_id, row.bank_reference, row.status,
            row.statement.number,
        ]
        for row in rows.select_related("statement").order_by("booked_on", "id").iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response("bank-lines.csv", head, cells)


@require_http_methods(["GET", "POST"])
@permitted("wallet.reconcile")
def bank_line(request: CompanyRequest, line_id: UUID) -> HttpResponseBase:
    """One line: match it to a wallet by hand."""
    line = _line(request, line_id)
    suggested = suggested_wallets(line) if line.status != LineStatus.MATCHED else []
    initial = {"account": suggested[0][0].pk} if suggested else {}
    form = MatchForm(request.POST or None, company=request.company, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            match_line(line=line, account=form.cleaned_data["account"], by=request.membership, now=timezone.now())
        except DomainError as error:
            form.add_error("account", error.message())
        else:
            undo = reverse("bank-line-undo", kwargs={"company": request.company.slug, "line_id": line.pk})
            toast(request, _("%(amount)s is in the wallet.") % {"amount": format.amount(line.money)}, undo=undo)
            return to(request, "bank-statement", statement_id=line.statement_id)
    context = {"line": line, "form": form, "ignore": ReasonForm(), "suggested": suggested}
    return render(request, "wallet/bank_line.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("wallet.reconcile")
def bank_line_ignore(request: CompanyRequest, line_id: UUID) -> HttpResponseBase:
    """It is no top-up."""
    line, form = _line(request, line_id), ReasonForm(request.POST)
    if form.is_valid():
        try:
            ignore_line(line=line, reason=form.cleaned_data["reason"], by=request.membership, now=timezone.now())
        except DomainError as error:
            put(form, error)
        else:
            undo = reverse("bank-line-undo", kwargs={"company": request.company.slug, "line_id": line.pk})
            toast(request, _("Put aside."), undo=undo)
            return to(request, "bank-statement", statement_id=line.statement_id)
    match = MatchForm(company=request.company)
    context = {"line": line, "form": match, "ignore": form, "suggested": suggested_wallets(line)}
    return render(request, "wallet/bank_line.html", context, status=422)


@require_POST
@permitted("wallet.reconcile")
def bank_line_undo(request: CompanyRequest, line_id: UUID) -> HttpResponseBase:
    """Take the decision back; the line waits again."""
    line = _line(request, line_id)
    try:
        undo_line(line=line, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("The line waits again."))
    return to(request, "bank-statement", statement_id=line.statement_id)
