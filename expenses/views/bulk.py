"""Acts on many expenses: from the ticked rows of the list to what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from expenses.bulk_outcome import sentence
from expenses.forms import ticked_ids
from expenses.forms_bulk import BulkForm
from expenses.listing import Listing
from expenses.models import BulkAct, BulkEdit, BulkRow, Expense, RowState, Tag
from expenses.run_bulk import run_bulk
from expenses.start_bulk import NothingTicked, NothingToSet, start_bulk, undo_bulk
from expenses.views.lists import back_to_list
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import paginate

# So few are done before the answer; more go to the worker, with a page that shows how far it is.
AT_ONCE = 100
# Accepting suggestions looks each of them up.
ACCEPTED_AT_ONCE = 20


def _chosen(request: CompanyRequest) -> QuerySet[Expense]:
    """Return the ticked rows, or every row of the list that the form was sent from."""
    if request.POST.get("every"):
        return Listing(request.membership, request.GET).rows
    return Expense.objects.visible_to(request.membership).filter(pk__in=ticked_ids(request.POST))


@require_POST
@permitted("expenses.edit")
def expenses_bulk(request: CompanyRequest) -> HttpResponseBase:
    """Do something with many expenses. Coding without a category shows the form that asks for it."""
    form = BulkForm(request.POST, company=request.company)
    if not form.is_valid():
        return _ask(request, form, status=422)
    values = form.cleaned_data
    try:
        bulk = start_bulk(
            by=request.membership, expenses=_chosen(request), act=values["act"],
            category=values["category"], tax_code=values["tax_code"], tags=form.chosen_tags(),
        )  # fmt: skip
    except NothingToSet as error:
        if "asked" in request.POST:
            form.add_error(error.field, error.message())
        return _ask(request, form, status=422 if form.errors else 200)
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(back_to_list(request), status=303)
    return _answer(request, bulk)


def _ask(request: CompanyRequest, form: BulkForm, *, status: int) -> HttpResponse:
    """Show what coding asks for, with the ticked rows sent along."""
    rows = _chosen(request)
    if not rows.exists():
        toast(request, NothingTicked().message())
        return HttpResponseRedirect(back_to_list(request), status=303)
    is_every = bool(request.POST.get("every"))
    context = {
        "form": form
        if form.is_bound and form.errors
        else BulkForm(initial={"act": BulkAct.CODE}, company=request.company),
        "count": rows.count(),
        "ids": [] if is_every else ticked_ids(request.POST),
        "is_every": is_every,
        "back": back_to_list(request),
        "list_query": Listing(request.membership, request.GET).query_string(),
    }
    return render(request, "expenses/bulk_code.html", context, status=status)


def _answer(request: CompanyRequest, bulk: BulkEdit) -> HttpResponseBase:
    """Go back to the list when all is done, else to the page that shows how far it is."""
    if bulk.total <= (ACCEPTED_AT_ONCE if bulk.act == BulkAct.ACCEPT else AT_ONCE):
        run_bulk(bulk.pk)
        bulk.refresh_from_db()
    if bulk.is_open or bulk.skipped:
        return HttpResponseRedirect(_address("expenses-bulk-job", bulk), status=303)
    toast(request, report(bulk), undo="" if bulk.act == BulkAct.UNDO else _address("expenses-bulk-undo", bulk))
    return HttpResponseRedirect(_back(request), status=303)


def _back(request: CompanyRequest) -> str:
    """Return the queue of the inbox for what was ticked there, else the list with its filters."""
    queue = request.POST.get("inbox", "")
    if queue in ("mine", "instead"):
        return reverse("review", kwargs={"company": request.company.slug}) + f"?queue={queue}"
    return back_to_list(request)


def _address(name: str, bulk: BulkEdit) -> str:
    return reverse(name, kwargs={"company": bulk.company.slug, "bulk_id": bulk.pk})


def report(bulk: BulkEdit) -> str:
    """Say what was done, in one line."""
    words = {
        BulkAct.CODE: ngettext("%(count)s expense is coded.", "%(count)s expenses are coded.", bulk.done),
        BulkAct.ACCEPT: ngettext(
            "What is sure is accepted on %(count)s expense.",
            "What is sure is accepted on %(count)s expenses.",
            bulk.done,
        ),
        BulkAct.OKAY: ngettext("%(count)s expense is okay.", "%(count)s expenses are okay.", bulk.done),
        BulkAct.UNDO: ngettext("%(count)s expense is as before.", "%(count)s expenses are as before.", bulk.done),
    }
    return words[BulkAct(bulk.act)] % {"count": format.count(bulk.done)}


def _found(request: CompanyRequest, bulk_id: UUID) -> BulkEdit:
    """Find a bulk edit: one's own, or anybody's for who may edit everything."""
    rows = BulkEdit.objects.for_company(request.company).select_related("by", "category", "tax_code", "company")
    if not request.membership.can("expenses.edit_all"):
        rows = rows.filter(by=request.membership)
    return get_object_or_404(rows, pk=bulk_id)


@require_GET
@permitted("expenses.edit")
@never_cache
def expenses_bulk_job(request: CompanyRequest, bulk_id: UUID) -> HttpResponse:
    """Show how far a bulk edit is, and why rows were skipped."""
    bulk = _found(request, bulk_id)
    skipped = bulk.rows.filter(state=RowState.SKIPPED, expense__in=Expense.objects.visible_to(request.membership))
    page = paginate(
        skipped.select_related("expense"), by=("id",), cursor=request.GET.get("cursor", ""), descending=False
    )
    for row in page.rows:
        shown: Any = row
        shown.why = sentence(shown.error)
    context: dict[str, Any] = {"bulk": bulk, "report": report(bulk), "page": page}
    context["may_undo"] = not bulk.is_open and bulk.done and bulk.act != BulkAct.UNDO
    context["tags"] = Tag.objects.for_company(request.company).filter(pk__in=bulk.tags).order_by("path", "id")
    context["undone_by"] = BulkEdit.objects.filter(undo_of=bulk).first()
    return render(request, template_for(request, "expenses/bulk.html", "state"), context)


@require_GET
@permitted("expenses.edit")
def expenses_bulk_export(request: CompanyRequest, bulk_id: UUID) -> HttpResponseBase:
    """Stream what became of each row as CSV."""
    bulk = _found(request, bulk_id)
    header = [gettext("Number"), gettext("Merchant"), gettext("Result"), gettext("Reason")]
    return csv_response(f"bulk-edit-{bulk.created_at:%Y-%m-%d}.csv", header, _export_rows(request, bulk))


def _export_rows(request: CompanyRequest, bulk: BulkEdit) -> Iterator[list[Any]]:
    rows: QuerySet[BulkRow] = bulk.rows.filter(expense__in=Expense.objects.visible_to(request.membership))
    for row in rows.select_related("expense").order_by("id").iterator(chunk_size=2_000):
        why = sentence(row.error) if row.error else ""
        yield [row.expense.number, row.expense.merchant, row.get_state_display(), why]


@require_POST
@permitted("expenses.edit")
def expenses_bulk_undo(request: CompanyRequest, bulk_id: UUID) -> HttpResponseBase:
    """Put back what a bulk edit changed, where nobody changed it since."""
    bulk = _found(request, bulk_id)
    try:
        undoing = undo_bulk(bulk=bulk, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(_address("expenses-bulk-job", bulk), status=303)
    return _answer(request, undoing)
