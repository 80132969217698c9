"""Answering what a rule flagged, and letting it pass."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.permissions import permitted
from expenses.answer_flag import answer_flag
from expenses.let_flag_pass import let_flag_pass
from expenses.models import PolicyFlag
from expenses.page import ExpensePage
from expenses.views.expense import address, fetch, show
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


def _flag(request: CompanyRequest, expense_id: UUID, flag_id: UUID) -> PolicyFlag:
    expense = fetch(request, expense_id)
    return get_object_or_404(PolicyFlag.objects.select_related("expense"), pk=flag_id, expense=expense)


@require_POST
@permitted("expenses.edit")
def expense_flag_answer(request: CompanyRequest, expense_id: UUID, flag_id: UUID) -> HttpResponse:
    """Give the reason that a rule asks for; what was typed stays when it is refused."""
    flag, words = _flag(request, expense_id, flag_id), request.POST.get("answer", "")
    try:
        answer_flag(flag=flag, by=request.membership, answer=words, now=timezone.now())
    except DomainError as error:
        page = ExpensePage(fetch(request, expense_id), request.membership)
        page.flag_refused = {"flag": flag.pk, "error": error.message(), "answer": words[:500]}
        return show(request, page, status=error.status)
    toast(request, gettext("Your reason is with %(merchant)s.") % {"merchant": flag.expense.merchant})
    return HttpResponseRedirect(address(request, flag.expense), status=303)


@require_POST
@permitted("expenses.review")
def expense_flag_pass(request: CompanyRequest, expense_id: UUID, flag_id: UUID) -> HttpResponse:
    """Let it pass, or take that back with `back=1`."""
    flag, passes = _flag(request, expense_id, flag_id), not request.POST.get("back") and not request.GET.get("back")
    try:
        let_flag_pass(flag=flag, by=request.membership, now=timezone.now(), passes=passes)
    except DomainError as error:
        page = ExpensePage(fetch(request, expense_id), request.membership)
        page.flag_refused = {"flag": flag.pk, "error": error.message(), "answer": ""}
        return show(request, page, status=error.status)
    where = {"company": request.company.slug, "expense_id": expense_id, "flag_id": flag_id}
    undo = f"{reverse('expense-flag-pass', kwargs=where)}?back=1"
    said = gettext("The flag passes.") if passes else gettext("The flag stands again.")
    toast(request, said, undo=undo if passes else "")
    return HttpResponseRedirect(address(request, flag.expense), status=303)
