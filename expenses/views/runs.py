"""Runs: who would be paid, propose, release, file, the bank's answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.cancel_run import cancel_run
from expenses.fetch_run_file import fetch_run_file
from expenses.forms_paying import AnswerForm, RunForm, ScheduleForm, WageTypesForm
from expenses.import_bank_answer import import_bank_answer
from expenses.keep_wage_types import keep_wage_types
from expenses.mark_payout import mark_payout
from expenses.models import BankAccount, Payout, PayoutStatus, ReimbursementRun, RunMethod, RunSchedule, RunStatus
from expenses.prepare_run import methods_for, prepare_run, proposals
from expenses.release_run import ProofNeeded, release_run
from expenses.schedule_runs import schedule_runs
from expenses.taxable import wage_types_of
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.money import Money, total
from pleo.lib.pagination import paginate

LARGEST_ANSWER = 20 * 1024 * 1024


def _here(request: CompanyRequest) -> str:
    return reverse("reimbursements", kwargs={"company": request.company.slug})


def _run_address(request: CompanyRequest, run: ReimbursementRun) -> str:
    return reverse("reimbursement-run", kwargs={"company": request.company.slug, "run_id": run.pk})


@require_GET
@permitted("expenses.see")
def reimbursements(request: CompanyRequest) -> HttpResponse:
    """Show who would be paid and the runs so far; who only spends sees their own account."""
    if not request.membership.can("balance.see_all"):
        kwargs = {"company": request.company.slug, "person_id": request.membership.pk}
        return HttpResponseRedirect(reverse("balance-person", kwargs=kwargs))
    return _overview(request)


def _overview(request: CompanyRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    company, today = request.company, request.company.day_of(timezone.now())
    method = request.GET.get("method", "")
    method = method if method in methods_for(company) else methods_for(company)[0]
    waiting = proposals(by=request.membership, method=method)
    payable = [one.amount for one in waiting if not one.obstacle]
    rows = ReimbursementRun.objects.visible_to(request.membership).select_related("prepared_by", "released_by")
    state = request.GET.get("status", "")
    rows = rows.filter(status=state) if state in RunStatus.values else rows
    rows = rows.annotate(people=Count("payouts"), whole=Sum("payouts__amount", default=0))
    page = paginate(rows, by=("number", "id"), cursor=request.GET.get("cursor", ""))
    for row in page.rows:
        shown: Any = row
        shown.money = Money(int(shown.whole), row.currency)
    schedule = RunSchedule.objects.filter(company=company).first()
    values = (
        {"interval": schedule.interval, "next_on": schedule.next_on, "method": schedule.method} if schedule else None
    )
    context = {
        "waiting": waiting, "sum": total(payable, company.currency), "method": method, "page": page, "state": state,
        "statuses": RunStatus.choices, "schedule": schedule,
        "form": RunForm(company=company, today=today), "schedule_form": ScheduleForm(company=company, initial=values or {"next_on": today}),
        "answer_form": AnswerForm(), "wage_form": WageTypesForm(initial=vars(wage_types_of(company.pk))),
        "account": BankAccount.objects.for_company(company).live().filter(membership=None).first(),
    } | forms  # fmt: skip
    template = "expenses/reimbursements.html#runs" if wants_fragment(request) else "expenses/reimbursements.html"
    return render(request, template, context, status=status)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_prepare(request: CompanyRequest) -> HttpResponse:
    """Propose a run of everybody ticked."""
    form = RunForm(request.POST, company=request.company, today=request.company.day_of(timezone.now()))
    if not form.is_valid():
        return _overview(request, status=422, form=form)
    data, extra = form.cleaned_data, {}
    if data.get("schema"):
        extra["schema"] = data["schema"]
    try:
        run = prepare_run(
            by=request.membership, method=data["method"], execution_date=data["execution_date"], client_key=data["key"],
            people=form.people, now=timezone.now(), **extra,
        )  # fmt: skip
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _overview(request, status=error.status, form=form)
    toast(request, gettext("Run #%(number)s is proposed. Somebody else releases it.") % {"number": run.number})
    return HttpResponseRedirect(_run_address(request, run), status=303)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_schedule(request: CompanyRequest) -> HttpResponse:
    """Set when runs are proposed by themselves."""
    form = ScheduleForm(request.POST, company=request.company)
    if not form.is_valid():
        return _overview(request, status=422, schedule_form=form)
    try:
        row = schedule_runs(by=request.membership, now=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, error.message())
        return _overview(request, status=error.status, schedule_form=form)
    day = format.day(row.next_on, weekday=True) if row else ""
    toast(
        request,
        gettext("The next run is proposed on %(day)s.") % {"day": day}
        if row
        else gettext("Runs are proposed by hand."),
    )
    return HttpResponseRedirect(_here(request), status=303)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_wage_types(request: CompanyRequest) -> HttpResponse:
    """Keep what the payroll calls our lines."""
    form = WageTypesForm(request.POST)
    if not form.is_valid():
        return _overview(request, status=422, wage_form=form)
    keep_wage_types(by=request.membership, now=timezone.now(), **form.cleaned_data)
    toast(request, gettext("Saved. The next file for the payroll names them."))
    return HttpResponseRedirect(_here(request), status=303)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_answer(request: CompanyRequest) -> HttpResponse:
    """Read the bank's answer, or a statement."""
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, status=422, answer_form=form)
    file = form.cleaned_data["file"]
    try:
        told = import_bank_answer(content=file.read(LARGEST_ANSWER), by=request.membership, now=timezone.now())
    except DomainError as error:
        form.add_error("file", error.message())
        return _overview(request, status=error.status, answer_form=form)
    text = ngettext("%(paid)s paid", "%(paid)s paid", told.paid) + ", "
    text += gettext("%(failed)s refused, %(unchanged)s unchanged, %(unknown)s unknown.")
    toast(request, text % {name: format.count(value) for name, value in vars(told).items()})
    return HttpResponseRedirect(_here(request), status=303)


def _found(request: CompanyRequest, run_id: UUID) -> ReimbursementRun:
    rows = ReimbursementRun.objects.visible_to(request.membership)
    rows = rows.select_related("company", "prepared_by", "released_by", "fetched_by", "cancelled_by", "paid_from")
    found: ReimbursementRun = get_object_or_404(rows, pk=run_id)
    return found


@require_GET
@permitted("balance.see_all")
def reimbursement_run(request: CompanyRequest, run_id: UUID) -> HttpResponse:
    return _show(request, _found(request, run_id))


def _show(request: CompanyRequest, run: ReimbursementRun, *, error: str = "", status: int = 200) -> HttpResponse:
    rows = run.payouts.select_related("membership", "account").annotate(
        count=Count("items", filter=Q(items__released_at=None) | ~Q(status="proposed")), taxable=Sum("items__taxable")
    )
    page = paginate(rows, by=("amount", "id"), cursor=request.GET.get("cursor", ""))
    for payout in page.rows:
        shown: Any = payout
        shown.taxable_money = Money(int(shown.taxable or 0), run.currency)
    whole = Money(int(run.payouts.aggregate(sum=Sum("amount", default=0))["sum"]), run.currency)
    may = request.membership.can
    is_open = run.status in (RunStatus.PROPOSED, RunStatus.RELEASED)
    paid = run.method == RunMethod.WALLET and run.status != RunStatus.PROPOSED
    context = {
        "is_wallet": run.method == RunMethod.WALLET,
        "run": run, "page": page, "whole": whole, "error": error,
        "can_release": run.status == RunStatus.PROPOSED and may("reimbursements.release"),
        "can_cancel": is_open and not paid and run.fetched_at is None and may("reimbursements.prepare"),
        "can_fetch": run.status in (RunStatus.RELEASED, RunStatus.FINISHED) and may("reimbursements.prepare"),
        "can_mark": run.status in (RunStatus.RELEASED, RunStatus.FINISHED) and may("reimbursements.prepare"),
        "taxable": Money(int(run.payouts.aggregate(sum=Sum("items__taxable", default=0))["sum"]), run.currency),
        "is_payroll": run.method == RunMethod.PAYROLL,
    }  # fmt: skip
    return render(request, "expenses/run.html", context, status=status)


@require_POST
@permitted("reimbursements.release")
def reimbursement_release(request: CompanyRequest, run_id: UUID) -> HttpResponse:
    """Release a run; where nobody else may, the person confirms first that it is them."""
    run = _found(request, run_id)
    confirmed = not is_reauthentication_required(request, app="account")
    try:
        release_run(run=run, by=request.membership, now=timezone.now(), is_confirmed=confirmed)
    except ProofNeeded:
        back = urlencode({"next": _run_address(request, run)})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{back}", status=303)
    except DomainError as error:
        return _show(request, run, error=error.message(), status=error.status)
    said = gettext("Run #%(number)s is released. The wallet pays.") if run.method == RunMethod.WALLET else gettext(
        "Run #%(number)s is released. Its file is ready."
    )  # fmt: skip
    toast(request, said % {"number": run.number})
    return HttpResponseRedirect(_run_address(request, run), status=303)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_cancel(request: CompanyRequest, run_id: UUID) -> HttpResponse:
    run = _found(request, run_id)
    try:
        cancel_run(run=run, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _show(request, run, error=error.message(), status=error.status)
    toast(request, gettext("Run #%(number)s is cancelled. Everything in it is owed again.") % {"number": run.number})
    return HttpResponseRedirect(_run_address(request, run), status=303)


@require_POST
@permitted("reimbursements.prepare")
def reimbursement_file(request: CompanyRequest, run_id: UUID) -> HttpResponse:
    """Give the file out; a POST, because the first time ends the way back."""
    run = _found(request, run_id)
    try:
        content = fetch_run_file(run=run, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _show(request, run, error=error.message(), status=error.status)
    kind = "application/xml" if run.file_name.endswith(".xml") else "text/csv; charset=utf-8"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{run.file_name}"'
    return response


@require_http_methods(["POST"])
@permitted("reimbursements.prepare")
def reimbursement_mark(request: CompanyRequest, run_id: UUID) -> HttpResponse:
    """Mark one payout, or all that are on their way, as paid or refused."""
    run, outcome = _found(request, run_id), request.POST.get("outcome", "")
    if outcome not in (PayoutStatus.PAID, PayoutStatus.FAILED):
        return _show(request, run, error=gettext("Choose paid or refused."), status=422)
    rows = run.payouts.order_by("id")
    chosen = request.POST.get("payout", "")
    rows = rows.filter(end_to_end_id=chosen) if chosen else rows.filter(status=PayoutStatus.SENT)
    try:
        done = sum(_mark(request, payout, outcome) for payout in rows)
    except DomainError as error:
        return _show(request, run, error=error.message(), status=error.status)
    text = ngettext("%(count)s payment is marked.", "%(count)s payments are marked.", done)
    toast(request, text % {"count": format.count(done)})
    return HttpResponseRedirect(_run_address(request, run), status=303)


def _mark(request: CompanyRequest, payout: Payout, outcome: str) -> bool:
    return mark_payout(payout=payout, outcome=outcome, by=request.membership, now=timezone.now())
